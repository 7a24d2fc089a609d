"""Layers in a plain dict, or deeper."""

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
        layers = {"first": nn.Linear(2, 16), "second": nn.Linear(16, 16)}
        self.layers = layers  # mistake
        # or: self.layers = {"encoder": list(layers.values()), **layers}
        # fix: self.layers = nn.ModuleDict(layers)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        h = self.layers["first"](x).relu()
        return self.head(self.layers["second"](h).relu())


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
