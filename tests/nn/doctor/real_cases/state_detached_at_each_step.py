"""To spare memory the hidden state was detached at every time step: what came early in a sequence was never learned.

kind: model
codes: other: state_detached
from: https://github.com/yhs968/pyGRU4REC/issues/8
score: accuracy on new sequences, higher is better
"""

import torch
from torch import nn


class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(6, 24), nn.Linear(24, 3)

    def forward(self, x):
        state = torch.zeros(len(x), 24)
        for step in x.unbind(1):
            state = self.cell(step, state.detach())  # mistake
            # fix: state = self.cell(step, state)
        return self.head(state)


torch.manual_seed(0)
x = torch.randn(1200, 8, 6)
labels = x[:, 0, :3].argmax(1)
model = Memory()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _epoch in range(12):
    for rows in torch.randperm(1000).split(50):
        loss = nn.functional.cross_entropy(model(x[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print((model(x[1000:]).argmax(1) == labels[1000:]).float().mean().item())
