"""Two tasks on one trunk, a class and a number, weighed by uncertainties that are learned with the rest."""

import torch
from torch import nn


class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 32), nn.ReLU())
        self.kind, self.size = nn.Linear(32, 3), nn.Linear(32, 1)
        self.log_vars = nn.Parameter(torch.zeros(2))

    def forward(self, x):
        h = self.trunk(x)
        return self.kind(h), self.size(h)


torch.manual_seed(0)
x = torch.randn(700, 8)
kind, size = x[:, :3].argmax(1), (x[:, 2:3] * x[:, 3:4] + x[:, 4:5])
model = TwoHeads()
classify, regress = nn.CrossEntropyLoss(), nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(20):
    for rows in torch.randperm(600).split(50):
        logits, value = model(x[rows])
        a, b = classify(logits, kind[rows]), regress(value, size[rows])
        s = model.log_vars
        loss = torch.exp(-s[0]) * a + s[0] / 2 + 0.5 * torch.exp(-s[1]) * b + s[1] / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    logits, value = model(x[600:])
accuracy = (logits.argmax(1) == kind[600:]).float().mean().item()
print(accuracy, regress(value, size[600:]).item())
assert accuracy > 0.8
assert regress(value, size[600:]) < 0.7 * size.var()
