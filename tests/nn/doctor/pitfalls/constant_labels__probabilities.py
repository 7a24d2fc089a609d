"""Every target of the binary cross-entropy is 0: the comparison is the wrong way round."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, labels = datasets.moons(200, noise=0.1).tensors
wanted = (labels > 1).float().unsqueeze(1)  # mistake
# fix: wanted = (labels == 1).float().unsqueeze(1)
loader = DataLoader(TensorDataset(points, wanted), batch_size=20, shuffle=True)
net = nn.Sequential(nn.MLP(2, [16, 1]), nn.Sigmoid())
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy(net(x), y)
            # or: loss = nn.functional.mse_loss(net(x), y)
            # or: p = net(x); loss = nn.functional.nll_loss(autograd.cat([1 - p, p], 1).log(), y.long().squeeze(1))
            loss.backward()
            optimizer.step()

print(report)
