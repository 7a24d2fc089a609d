"""One sample in a hundred is positive: pos_weight makes up for it, and recall tells whether it worked."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
y = (torch.rand(4000) < 0.01).float()
x = torch.randn(4000, 8)
x[y == 1] += torch.tensor([2.0, -2.0, 1.5, 0.0, 0.0, 0.0, 1.0, 0.0])
train = TensorDataset(x[:3000], y[:3000])
pos_weight = (y[:3000] == 0).sum() / (y[:3000] == 1).sum()
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(6):
    for inputs, targets in DataLoader(train, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(inputs).squeeze(1), targets)
        loss.backward()
        optimizer.step()
with torch.no_grad():
    says = model(x[3000:]).squeeze(1) > 0
recall = says[y[3000:] == 1].float().mean().item()
correct = (~says[y[3000:] == 0]).float().mean().item()
print(recall, correct)
assert recall + correct > 1.4
