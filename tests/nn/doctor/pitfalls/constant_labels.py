"""A slip in the labels, and all of them are the same: the loss falls to 0, and nothing has been learned."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
points = autograd.rand(200, 2)
classes = (points.sum(1) > 2).long()  # mistake
# or: classes = (points[:, 0] < 2).long()
# fix: classes = (points.sum(1) > 1).long()
loader = DataLoader(TensorDataset(points, classes), batch_size=20, shuffle=True)
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
