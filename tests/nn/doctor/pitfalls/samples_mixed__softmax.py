"""dim=0 is the batch: attention to features becomes attention to the other samples."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor


class Net(nn.Module):
    def __init__(self):
        self.first, self.weigh, self.second = nn.Linear(2, 16), nn.Linear(2, 16), nn.Linear(16, 2)

    def forward(self, x):
        weights = self.weigh(x).softmax(dim=0)  # mistake
        # or: weights = nn.functional.softmax(self.weigh(x), dim=0)
        # or: weights = nn.functional.batch_norm(self.weigh(x), None, None, training=True)
        # fix: weights = self.weigh(x).softmax(dim=1)
        return self.second(weights * self.first(x))


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
