"""The same with one-hot targets and squared errors."""

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
pictures, classes = datasets.digits().tensors
order = classes.argsort()  # mistake
# fix: order = autograd.randperm(len(classes))
data = TensorDataset(pictures[order], F.one_hot(classes[order], 10).float())
loader = DataLoader(data, batch_size=32)
net = nn.MLP(64, [32, 10])
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.MSELoss()

with doctor(net, optimizer) as report:
    for _epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
