"""Weight decay that is larger than the gradient: nothing is left of the weights."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=3.0)  # mistake
# or: optimizer = optim.Adam(net.parameters(), lr=0.01, weight_decay=5.0)
# or: optimizer = optim.AdamW(net.parameters(), lr=0.01, weight_decay=30.0)
# fix: optimizer = optim.SGD(net.parameters(), lr=0.1, weight_decay=1e-4)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
