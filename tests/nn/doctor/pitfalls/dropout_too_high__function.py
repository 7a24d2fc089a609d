"""The same by a function, with p where 1 - p belongs."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=64, shuffle=True)
loss_function = nn.CrossEntropyLoss()
KEEP = 0.85


class Net(nn.Module):
    def __init__(self):
        self.hidden, self.head = nn.Linear(64, 32), nn.Linear(32, 10)

    def forward(self, x):
        return self.head(F.dropout(self.hidden(x).relu(), KEEP, self.training))  # mistake
        # fix: return self.head(F.dropout(self.hidden(x).relu(), 1 - KEEP, self.training))


net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
