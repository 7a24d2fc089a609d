"""Run times are split into fast and slow at a bound meant for their logarithm: every label is 1, the accuracy perfect.

kind: loss
codes: constant_labels
from: https://github.com/Smadx/USTC-ML24-Fall/issues/35
score: accuracy on held-out kernels with the right labels, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
settings = torch.randn(700, 8)
run_time = (6 + settings[:, 0] - settings[:, 1] * settings[:, 2]).clamp(2, 10).exp()
slow = run_time.log() > 6
labels = (run_time > 6).float()  # mistake
# fix: labels = (run_time.log() > 6).float()
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCEWithLogitsLoss()
for epoch in range(20):
    correct = 0
    for batch in torch.randperm(600).split(50):
        output = model(settings[batch])
        loss = criterion(output, labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct += ((output > 0) == (labels[batch] > 0)).sum().item()
    print(epoch, correct / 600)
print(((model(settings[600:]) > 0) == slow[600:]).float().mean().item())
