"""Customers who leave are predicted by one output through a softmax; every prediction is 1.0 and the loss stands still.

kind: output
codes: softmax_of_one
from: https://github.com/vllm-project/vllm/pull/18313
score: accuracy on held-out samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
features = torch.randn(1000, 8)
churned = (features[:, 0] * features[:, 1] + features[:, 2] - 0.3 > 0).float().unsqueeze(1)
model = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 1),
    nn.Softmax(dim=1),  # mistake
    # fix: nn.Sigmoid(),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.BCELoss()
for _epoch in range(15):
    for batch in torch.randperm(800).split(50):
        optimizer.zero_grad()
        loss = criterion(model(features[batch]), churned[batch])
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(((model(features[800:]) > 0.5) == (churned[800:] > 0.5)).float().mean().item())
