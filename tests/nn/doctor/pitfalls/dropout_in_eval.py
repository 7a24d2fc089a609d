"""F.dropout does not know the mode: it drops units in evaluation too, unless it is told."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor


class Net(nn.Module):
    def __init__(self):
        self.first, self.second = nn.Linear(2, 32), nn.Linear(32, 2)

    def forward(self, x):
        h = self.first(x).relu()
        h = F.dropout(h, 0.2)  # mistake
        # or: h = F.dropout(h, p=0.2, training=True)
        # or: h = nn.Dropout(0.2)(h)
        # fix: h = F.dropout(h, 0.2, training=self.training)
        return self.second(h)


autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
net = Net()
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
