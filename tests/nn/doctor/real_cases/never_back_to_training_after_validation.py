"""Validation in the middle of an epoch leaves the model in evaluation mode; from then on it trains without dropout.

kind: mode
codes: eval_mode_in_training
from: https://github.com/wkentaro/pytorch-fcn/issues/57
score: cross-entropy of the pixels of held-out images, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
noise = nn.functional.avg_pool2d(torch.randn(132, 1, 12, 12), 3, stride=1, padding=1)
inside = (noise.squeeze(1) > 0.1).long()
x = noise + 0.4 * torch.randn(132, 1, 12, 12)
train_x, train_y, valid_x, valid_y = x[:12], inside[:12], x[12:], inside[12:]
model = nn.Sequential(nn.Conv2d(1, 64, 5, padding=2), nn.ReLU(), nn.Dropout(0.8), nn.Conv2d(64, 2, 3, padding=1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
model.train()
for step in range(300):
    chosen = torch.randperm(12)[:4]
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(train_x[chosen]), train_y[chosen])
    loss.backward()
    optimizer.step()
    if step % 50 == 0:
        model.eval()
        with torch.no_grad():
            valid_loss = nn.functional.cross_entropy(model(valid_x), valid_y).item()
        # fix: model.train()

model.eval()
with torch.no_grad():
    print(nn.functional.cross_entropy(model(valid_x), valid_y).item())
