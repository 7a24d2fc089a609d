"""A ReLU whose input is below 0 for every sample has no slope anywhere, and never comes back."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 16, 2])
nn.init.constant_(net[0].bias, -10.0)  # mistake
# or: nn.init.constant_(net[2].bias, -10.0)
# fix: nn.init.constant_(net[0].bias, 0.0)
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
