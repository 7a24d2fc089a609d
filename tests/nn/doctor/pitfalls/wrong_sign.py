"""A loss with a minus sign: the optimizer makes the answers as wrong as it can."""

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
            loss = -loss_function(net(x), y)  # mistake
            # or: loss = net(x).log_softmax(1)[autograd.arange(len(y)), y].mean()
            # or: loss = (nn.functional.one_hot(y, 2) * net(x).softmax(1).log()).sum(1).mean()
            # or: loss = -nn.functional.smooth_l1_loss(net(x), nn.functional.one_hot(y, 2).float())
            # fix: loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
