"""Three layers of sigmoids and plain gradient descent: the first layer gets a thousandth of the gradient."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.digits(), batch_size=32, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(64, [32, 32, 32, 10], activation=nn.Sigmoid)  # mistake
# fix: net = nn.MLP(64, [32, 32, 32, 10], activation=nn.ReLU)
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(7):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
