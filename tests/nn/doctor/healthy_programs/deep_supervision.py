"""Deep supervision: each stage of a network has a classifier of its own, and their losses are added with weights."""

import torch
from torch import nn


class Stages(nn.Module):
    def __init__(self, width=32, stages=3, classes=4):
        super().__init__()
        self.stages, self.heads = nn.ModuleList(), nn.ModuleList()
        for i in range(stages):
            inputs = 16 if i == 0 else width
            self.stages.append(nn.Sequential(nn.Linear(inputs, width), nn.BatchNorm1d(width), nn.ReLU()))
            self.heads.append(nn.Linear(width, classes))

    def forward(self, x):
        outputs = []
        for stage, head in zip(self.stages, self.heads):
            x = stage(x)
            outputs.append(head(x))
        return outputs


torch.manual_seed(0)
x = torch.randn(1200, 16)
y = (x[:, 0] > 0).long() + 2 * (x[:, 1] * x[:, 2] > 0).long()
model, loss_fn = Stages(), nn.CrossEntropyLoss()
optimizer = torch.optim.RAdam(model.parameters(), lr=1e-2)
for epoch in range(15):
    model.train()
    for rows in torch.randperm(1000).split(50):
        optimizer.zero_grad()
        outputs = model(x[rows])
        loss = sum(weight * loss_fn(out, y[rows]) for weight, out in zip((0.2, 0.3, 1.0), outputs))
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    accuracy = (model(x[1000:])[-1].argmax(1) == y[1000:]).float().mean().item()
print(accuracy)
assert accuracy > 0.6
