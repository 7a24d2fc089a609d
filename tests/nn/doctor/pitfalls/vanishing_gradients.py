"""Every sigmoid shrinks the gradient at least to a quarter: after twenty of them nothing is left of it."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [32] * 20 + [2], activation=nn.Sigmoid)  # mistake
# fix: net = nn.MLP(2, [32] * 20 + [2], activation=nn.ReLU)
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
optimizer = optim.Adam(net.parameters(), lr=0.001)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
