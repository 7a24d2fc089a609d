"""A schedule written for epochs is stepped with every batch: after the third epoch the rate is nothing."""

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
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.1)
# or: scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.8)
# or: scheduler = optim.lr_scheduler.MultiStepLR(optimizer, milestones=[5, 10, 15])
# or: scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)

with doctor(net, optimizer, scheduler=scheduler) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
            scheduler.step()  # mistake
        # fix: scheduler.step()

print(report)
