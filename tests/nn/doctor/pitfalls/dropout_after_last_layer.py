"""Dropout was put behind every layer, the last one too: half of the answers are 0 in training."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor


class Net(nn.Module):
    def __init__(self):
        self.hidden, self.head = nn.Linear(3, 32), nn.Linear(32, 1)

    def forward(self, x):
        out = self.head(self.hidden(x).relu())
        out = F.dropout(out, 0.5, self.training)  # mistake
        return out.squeeze(1)


autograd.manual_seed(0)
x = autograd.randn(200, 3)
loader = DataLoader(TensorDataset(x, 2 + x[:, 0] - x[:, 1]), batch_size=20, shuffle=True)
net = Net()
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            # or: loss = ((net(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()

print(report)
