"""Three layers, and the activation between them was forgotten: they can draw no more than a straight line."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()


class Net(nn.Module):
    def __init__(self):
        self.first, self.second, self.head = nn.Linear(2, 16), nn.Linear(16, 16), nn.Linear(16, 2)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        h = self.dropout(self.first(x))  # mistake
        # fix: h = self.dropout(self.first(x).relu())
        h = self.second(h)  # mistake
        # fix: h = self.second(h).relu()
        return self.head(h)


net = Net()
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
