"""Weights that are no attributes, or no Parameters, are not registered: parameters() does not find them."""

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
        self.weights = [nn.Parameter(autograd.randn(2, 16))]  # mistake
        # or: self.weights = {0: nn.Parameter(autograd.randn(2, 16))}
        # or: self.weights = (nn.Parameter(autograd.randn(2, 16)), None)
        # or: self.weights = autograd.randn(1, 2, 16, requires_grad=True)
        # fix: self.weights = nn.Parameter(autograd.randn(1, 2, 16))
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head((x @ self.weights[0]).tanh())


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
