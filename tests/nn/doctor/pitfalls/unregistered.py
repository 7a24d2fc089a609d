"""Layers in a plain list: parameters() does not find them, so no optimizer moves them."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()


class Net(nn.Module):
    def __init__(self):
        self.layers = []  # mistake
        # fix: self.layers = nn.ModuleList()
        for inputs in 2, 16, 16:
            self.layers.append(nn.Linear(inputs, 16))
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x).relu()
        return self.head(x)


net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
