"""Pixels are divided by 255 in training, and it was forgotten in validation."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
pixels, classes = datasets.digits().tensors
order = autograd.randperm(len(pixels))
pixels, classes = (255 * pixels[order]).round(), classes[order]
train_loader = DataLoader(TensorDataset(pixels[:1400] / 255, classes[:1400]), batch_size=64, shuffle=True)
valid_loader = DataLoader(TensorDataset(pixels[1400:], classes[1400:]), batch_size=64)  # mistake
# or: valid_loader = DataLoader(TensorDataset(pixels[1400:] / 127.5 - 1, classes[1400:]), batch_size=64)
# fix: valid_loader = DataLoader(TensorDataset(pixels[1400:] / 255, classes[1400:]), batch_size=64)
net = nn.MLP(64, [32, 10])
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        with autograd.no_grad():
            valid_loss = sum(loss_function(net(x), y).item() for x, y in valid_loader) / len(valid_loader)

print(report)
