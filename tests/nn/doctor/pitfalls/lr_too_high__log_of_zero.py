"""No learning rate is to blame here: 0 times the logarithm of 0 is NaN, and from then on all weights are."""

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

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            p = net(x).softmax(1)
            t = nn.functional.one_hot(y, 2).float()
            loss = (t * (t / p).log()).sum(1).mean()  # mistake
            # or: loss = (t * autograd.log(t / p)).sum() / len(t)
            # fix: loss = (t * (t / p + 1e-8).log()).sum(1).mean()
            loss.backward()
            optimizer.step()

print(report)
