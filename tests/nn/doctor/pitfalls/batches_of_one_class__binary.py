"""Two classes, first all of one, then all of the other; 0/1 targets."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
pictures, classes = datasets.digits().tensors
high = (classes > 4).float().unsqueeze(1)
order = high[:, 0].argsort()  # mistake
# fix: order = autograd.randperm(len(high))
loader = DataLoader(TensorDataset(pictures[order], high[order]), batch_size=16)
net = nn.MLP(64, [32, 1])
optimizer = optim.SGD(net.parameters(), lr=0.1)
loss_function = nn.BCEWithLogitsLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(4):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
