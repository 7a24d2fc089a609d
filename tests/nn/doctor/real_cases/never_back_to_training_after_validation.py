"""Validation in the middle of an epoch leaves the model in evaluation mode; from then on it trains without dropout.

kind: mode
codes: eval_mode_in_training
from: https://github.com/wkentaro/pytorch-fcn/issues/57
score: cross-entropy on held-out samples, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
direction = torch.randn(30)
x = torch.randn(1000, 30)
y = (x @ direction + 3 * torch.randn(1000) > 0).long()
train_x, train_y, valid_x, valid_y = x[:200], y[:200], x[200:], y[200:]
model = nn.Sequential(nn.Dropout(0.3), nn.Linear(30, 128), nn.ReLU(), nn.Dropout(0.7), nn.Linear(128, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
model.train()
for step in range(400):
    chosen = torch.randperm(200)[:50]
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
