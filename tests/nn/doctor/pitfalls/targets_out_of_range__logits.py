"""BCEWithLogitsLoss wants targets of 0 and 1, and is given -1 and 1."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.BCEWithLogitsLoss()
net = nn.MLP(2, [16, 1])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            wanted = 2.0 * y - 1  # mistake
            # or: wanted = y + 1.0
            # fix: wanted = y.float()
            loss = loss_function(net(x).squeeze(1), wanted)
            loss.backward()
            optimizer.step()

print(report)
