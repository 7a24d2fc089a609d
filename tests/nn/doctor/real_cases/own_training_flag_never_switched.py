"""The model keeps a flag of its own for dropout, which is true for ever; the accuracy is measured with dropout on.

kind: mode
codes: dropout_in_eval
from: https://github.com/d2l-ai/d2l-en/issues/1093
score: accuracy on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
centres = torch.randn(10, 20)
labels = torch.randint(0, 10, (2000,))
x = centres[labels] + torch.randn(2000, 20)


class Net(nn.Module):
    def __init__(self, is_training=True):
        super().__init__()
        self.first, self.last, self.is_training = nn.Linear(20, 32), nn.Linear(32, 10), is_training

    def forward(self, x):
        h = nn.functional.dropout(self.first(x).relu(), 0.5, training=self.is_training)  # mistake
        # fix: h = nn.functional.dropout(self.first(x).relu(), 0.5, training=self.training)
        return self.last(h)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(300):
    i = torch.randint(0, 1000, (64,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x[i]), labels[i]).backward()
    optimizer.step()

net.eval()
with torch.no_grad():
    print((net(x[1000:]).argmax(1) == labels[1000:]).float().mean().item())
