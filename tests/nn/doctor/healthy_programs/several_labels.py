"""A sample can have several labels at once: a sigmoid and a binary cross-entropy for each."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
topics = torch.randn(5, 20)
tags = (torch.rand(800, 5) < 0.3).float()
texts = tags @ topics + 0.5 * torch.randn(800, 20)
train_set, test_set = random_split(TensorDataset(texts, tags), [600, 200])
model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 5))
criterion, optimizer = nn.BCEWithLogitsLoss(), torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(15):
    running = 0.0
    for inputs, targets in DataLoader(train_set, batch_size=30, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        running += loss.item() * inputs.size(0)
    print(f"epoch {epoch + 1}: {running / len(train_set):.4f}")
hits = []
with torch.no_grad():
    for inputs, targets in DataLoader(test_set, batch_size=50):
        hits.append(((torch.sigmoid(model(inputs)) > 0.5) == targets.bool()).float().mean())
print(torch.stack(hits).mean().item())
assert torch.stack(hits).mean() > 0.85
