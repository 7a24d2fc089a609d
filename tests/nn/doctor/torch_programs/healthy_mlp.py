import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=12)
args = parser.parse_args()
torch.manual_seed(4)
x = torch.randn(500, 2)
data = TensorDataset(x, (x.norm(dim=1) > 1.1).long())
train_data, valid_data = random_split(data, [400, 100])
train_loader = DataLoader(train_data, batch_size=25, shuffle=True)
valid_loader = DataLoader(valid_data, batch_size=100)
model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(args.epochs):
    model.train()
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(a).argmax(1) == b).sum().item() for a, b in valid_loader)
    print(f"epoch {epoch}: {right} of 100")
torch.save(model.state_dict(), "weights.pt")
