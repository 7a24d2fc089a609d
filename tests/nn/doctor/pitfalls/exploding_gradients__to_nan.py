"""The gradients are so large that SGD's first step leads to infinity; no usual learning rate would save it."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
inputs = autograd.randn(200, 3)
targets = inputs @ autograd.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * autograd.randn(200, 1)
loader = DataLoader(TensorDataset(inputs, targets), batch_size=20, shuffle=True)
loss_function = nn.MSELoss()
net = nn.MLP(3, [64] * 6 + [1])
for layer in net:
    if isinstance(layer, nn.Linear):
        nn.init.normal_(layer.weight, std=1.0)  # mistake
        # fix: nn.init.kaiming_normal_(layer.weight)
optimizer = optim.SGD(net.parameters(), lr=0.001)

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
