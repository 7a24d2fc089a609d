"""detach() in forward cuts the graph: no gradient reaches the layers before it."""

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
        self.body = nn.Linear(2, 16)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        h = self.body(x).tanh().detach()  # mistake
        # or: h = self.body(x).data.tanh()
        # or: h = autograd.tensor(self.body(x).tanh().detach().numpy())
        # or: h = autograd.tensor(self.body(x).tanh().tolist())
        # fix: h = self.body(x).tanh()
        return self.head(h)


net = Net()
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
