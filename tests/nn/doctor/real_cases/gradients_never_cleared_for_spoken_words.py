"""A keyword spotter on sound clips is trained by a loop that never clears its gradients; its accuracy stays poor.

kind: loop
codes: no_zero_grad
from: https://github.com/wenet-e2e/wekws/issues/72
score: accuracy on held-out clips, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def clips(n):
    word = torch.randint(0, 5, (n,))
    time = torch.arange(48) / 48
    sound = torch.sin(6.2832 * ((2 + 2 * word[:, None]) * time + torch.rand(n, 1)))
    return (sound + 0.8 * torch.randn(n, 48)).unsqueeze(1), word


spotter = nn.Sequential(nn.Conv1d(1, 12, 9, stride=3), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 14, 5))
optimizer = torch.optim.SGD(spotter.parameters(), lr=0.1)
for _ in range(300):
    x, y = clips(32)
    loss = nn.functional.cross_entropy(spotter(x), y)
    # fix: optimizer.zero_grad()
    loss.backward()
    optimizer.step()

x, y = clips(1000)
with torch.no_grad():
    print((spotter(x).argmax(1) == y).float().mean().item())
