"""The classifier of small pictures ends in a softmax and is trained with CrossEntropyLoss; the loss hardly falls.

kind: output
codes: softmax_before_loss
from: https://github.com/illiterate/BertClassifier/issues/2
score: accuracy on held-out pictures, higher is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
prototypes = torch.randn(10, 1, 8, 8)
labels = torch.randint(0, 10, (600,))
images = prototypes[labels] + 0.7 * torch.randn(600, 1, 8, 8)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(x)), 2)
        return F.softmax(self.fc(x.flatten(1)), dim=1)  # mistake
        # fix: return self.fc(x.flatten(1))


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for _epoch in range(16):
    for batch in torch.randperm(500).split(50):
        optimizer.zero_grad()
        F.cross_entropy(net(images[batch]), labels[batch]).backward()
        optimizer.step()
print((net(images[500:]).argmax(1) == labels[500:]).float().mean().item())
