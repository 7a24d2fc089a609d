"""Cross-entropy chooses among classes, and is given the score of one class only."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 1])  # mistake
# fix: net = nn.MLP(2, [16, 2])
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y.float().unsqueeze(1))  # mistake
            # or: loss = loss_function(net(x), 0 * y)
            # or: loss = nn.functional.nll_loss(net(x).log_softmax(1), 0 * y)
            # fix: loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
