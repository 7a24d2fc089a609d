"""A tenth of the rate after every epoch: what is left after four of thirty epochs teaches nothing more."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=64, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [32, 10])
optimizer = optim.SGD(net.parameters(), lr=0.1)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.1)  # mistake
# fix: scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)

with doctor(net, optimizer, scheduler=scheduler) as report:
    for _epoch in range(30):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()
        scheduler.step()

print(report)
