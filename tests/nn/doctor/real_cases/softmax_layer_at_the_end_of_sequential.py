"""A Sequential model of many classes has Softmax as its last layer, in front of CrossEntropyLoss; it learns slowly.

kind: output
codes: softmax_before_loss
from: https://github.com/vinhkhuc/PyTorch-Mini-Tutorials/issues/1
score: accuracy on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
species = 1.5 * torch.randn(30, 16)
labels = torch.randint(0, 30, (1200,))
measurements = species[labels] + 0.5 * torch.randn(1200, 16)
model = nn.Sequential()
model.add_module("hidden", nn.Linear(16, 64))
model.add_module("relu", nn.ReLU())
model.add_module("output", nn.Linear(64, 30))
model.add_module("softmax", nn.Softmax(dim=1))  # mistake
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
criterion = nn.CrossEntropyLoss()
for _epoch in range(12):
    for batch in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        loss = criterion(model(measurements[batch]), labels[batch])
        loss.backward()
        optimizer.step()
print((model(measurements[1000:]).argmax(1) == labels[1000:]).float().mean().item())
