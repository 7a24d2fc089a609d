"""NLLLoss takes logarithms of probabilities, and is given something else: the loss goes below 0."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.NLLLoss()
net = nn.MLP(2, [16, 2])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)  # mistake
            # or: loss = loss_function(net(x).softmax(1), y)
            # or: loss = loss_function(net(x).relu(), y)
            # or: loss = loss_function(net(x).softmax(1).reshape(-1, 2), y)
            # or: loss = loss_function(net(x).sigmoid(), y)
            # or: loss = nn.functional.nll_loss(net(x).sigmoid().log(), y)
            # or: loss = nn.functional.kl_div(net(x), nn.functional.one_hot(y, 2).float(), reduction="batchmean")
            # fix: loss = loss_function(net(x).log_softmax(1), y)
            loss.backward()
            optimizer.step()

print(report)
