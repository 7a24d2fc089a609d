"""The share of wrong answers as the loss: it is the same for all weights near these, so its slope is 0."""

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
            out = net(x)
            loss = (out.softmax(1)[:, 1].round() - y.float()).abs().mean()  # mistake
            # or: loss = ((out[:, 1] - out[:, 0]).sign() - (2 * y - 1).float()).square().mean()
            # or: loss = (out[:, 1].clamp(5, 9) - y.float()).square().mean()
            # fix: loss = loss_function(out, y)
            loss.backward()
            optimizer.step()

print(report)
