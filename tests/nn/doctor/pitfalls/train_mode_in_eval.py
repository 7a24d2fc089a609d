"""Validation in training mode: dropout throws units away, and BatchNorm learns from the validation data."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets, random_split
from nn.train import doctor

autograd.manual_seed(0)
train, valid = random_split(datasets.moons(200, noise=0.1), [160, 40])
train_loader, valid_loader = DataLoader(train, batch_size=20, shuffle=True), DataLoader(valid, batch_size=20)
loss_function = nn.CrossEntropyLoss()
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.2), nn.Linear(32, 2))
# or: net = nn.Sequential(nn.Linear(2, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 2))
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        net.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        # fix: net.eval()
        with autograd.no_grad():
            valid_loss = sum(loss_function(net(x), y).item() for x, y in valid_loader) / len(valid_loader)

print(report)
