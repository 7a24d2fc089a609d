"""Classes that count from 0 in one file, and from 1 in the other."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
pixels, classes = datasets.digits().tensors
few = classes < 6
pixels, classes = pixels[few], classes[few]
order = autograd.randperm(len(pixels))
train, valid = order[:800], order[800:]
train_loader = DataLoader(TensorDataset(pixels[train], classes[train]), batch_size=32, shuffle=True)
valid_data = TensorDataset(pixels[valid], classes[valid] + 1)  # mistake
# or: valid_data = TensorDataset(pixels[valid], 5 - classes[valid])
# fix: valid_data = TensorDataset(pixels[valid], classes[valid])
valid_loader = DataLoader(valid_data, batch_size=64)
net = nn.MLP(64, [32, 10])
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer, valid=valid_loader) as report:
    for _epoch in range(5):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss_function(net(x), y).backward()
            optimizer.step()
        with autograd.no_grad():
            valid_loss = sum(loss_function(net(x), y).item() for x, y in valid_loader) / len(valid_loader)

print(report)
