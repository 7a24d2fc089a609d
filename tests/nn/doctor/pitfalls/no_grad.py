"""A function that was written for validation records nothing, so that there is nothing to go back through."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)


@autograd.no_grad()  # mistake
def loss_on(x, y):
    return loss_function(net(x), y)


with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_on(x, y)
            loss.backward()
            optimizer.step()

print(report)
