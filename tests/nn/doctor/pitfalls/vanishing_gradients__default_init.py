"""Twenty layers of sigmoids, as they come."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()


class Block(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        return self.linear(x).sigmoid()  # mistake
        # fix: return x + 0.1 * self.linear(x).tanh()


net = nn.Sequential(nn.Linear(2, 16), *[Block() for _ in range(20)], nn.Linear(16, 2))
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
