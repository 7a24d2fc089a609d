"""A picture can show a cat and a dog, and the probabilities of a softmax leave no room for both."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor

autograd.manual_seed(0)
points = autograd.randn(200, 4)
labels = (points > 0).float()
loader = DataLoader(TensorDataset(points, labels), batch_size=20, shuffle=True)
net = nn.MLP(4, [16, 4])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)  # mistake
            # or: loss = nn.functional.mse_loss(net(x).softmax(1), y)
            # or: loss = nn.functional.binary_cross_entropy(net(x).softmax(1), y)
            # or: loss = -(y * net(x).log_softmax(1)).sum(1).mean()
            # or: loss = (net(x).softmax(1) - y).square().mean()
            # fix: loss = nn.functional.binary_cross_entropy_with_logits(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
