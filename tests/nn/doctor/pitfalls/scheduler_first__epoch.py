"""A scheduler that is stepped at the start of every epoch, as it was done long ago."""

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
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.5)

with doctor(net, optimizer, scheduler=scheduler) as report:
    for _epoch in range(20):
        scheduler.step()  # mistake
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        # fix: scheduler.step()

print(report)
