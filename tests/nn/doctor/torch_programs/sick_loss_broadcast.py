# expect: loss_broadcast, line 17
import torch
from torch import nn


def train(model, optimizer, batches):
    for x, y in batches:
        optimizer.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        optimizer.step()
        total.append(loss.item())


def mse(prediction, target):
    # (N, 1) against (N,)
    return ((prediction - target) ** 2).mean()


torch.manual_seed(3)
x, total = torch.rand(320, 2) * 2 - 1, []
y = 3 * x[:, 0] - 2 * x[:, 1] + 0.1 * torch.randn(320)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for _ in range(15):
    train(net, optimizer, zip(x.split(32), y.split(32)))
print(total[-1])
torch.save(net.state_dict(), "weights.pt")
