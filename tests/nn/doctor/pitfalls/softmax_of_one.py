"""A softmax over a single number is 1, whatever the number: the network says yes to every sample."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.BCELoss()
net = nn.Sequential(
    nn.MLP(2, [16, 1]),
    nn.Softmax(dim=1),  # mistake
    # or: nn.Softmax(dim=-1),
    # fix: nn.Sigmoid(),
)
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            out = net(x)
            loss = loss_function(out, y.float().unsqueeze(1))
            # or: loss = loss_function(out.squeeze(1), y.float())
            # or: loss = nn.functional.mse_loss(out, y.float().unsqueeze(1))
            # or: loss = ((out - y.float().unsqueeze(1)) ** 2).mean()
            loss.backward()
            optimizer.step()

print(report)
