"""A mixture density network: for each input three Gaussians, and the log-likelihood of what came."""

import torch
import torch.nn as nn
from torch.distributions import Normal


class MDN(nn.Module):
    def __init__(self, parts=3):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(1, 32), nn.Tanh())
        self.weights, self.means, self.scales = (nn.Linear(32, parts) for _ in range(3))

    def forward(self, x):
        h = self.hidden(x)
        return self.weights(h).log_softmax(1), Normal(self.means(h), self.scales(h).exp())


def nll(model, x, y):
    log_weights, parts = model(x)
    return -torch.logsumexp(log_weights + parts.log_prob(y.unsqueeze(1)), dim=1).mean()


torch.manual_seed(0)
y = torch.rand(600) * 4 - 2
x = (torch.sin(2 * y) + 0.3 * y + 0.1 * torch.randn(600)).unsqueeze(1)
model = MDN()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
losses = []
for epoch in range(40):
    for rows in torch.randperm(600).split(60):
        loss = nll(model, x[rows], y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < losses[0] - 0.4
