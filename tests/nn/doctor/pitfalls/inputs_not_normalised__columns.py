"""A table of years and sizes in square metres: 2000 ± 10 beside 100 ± 30."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
year, size = 2000 + 10 * autograd.randn(200), 100 + 30 * autograd.randn(200)
table = autograd.stack([year, size], 1)
price = ((size - 100) / 30 + (year - 2000) / 20).unsqueeze(1)
inputs = table  # mistake
# fix: inputs = (table - table.mean(0)) / table.std(0)
loader = DataLoader(TensorDataset(inputs, price), batch_size=20, shuffle=True)
net = nn.MLP(2, [16, 1])
optimizer = optim.SGD(net.parameters(), lr=0.05)
# or: optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
