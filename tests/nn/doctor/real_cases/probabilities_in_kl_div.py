"""Distillation by kl_div of the student's softmax and the teacher's softmax; the loss is negative, the match poor.

kind: loss
codes: not_log_probabilities
from: https://github.com/microsoft/ProDA/issues/43
score: divergence of student from teacher on held-out samples, lower is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
inputs = torch.randn(700, 10)
teacher = nn.Sequential(nn.Linear(10, 64), nn.Tanh(), nn.Linear(64, 6)).requires_grad_(False)
teacher[2].weight *= 6
target = F.softmax(teacher(inputs) / 2, dim=1)
student = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 6))
optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
for _epoch in range(20):
    for batch in torch.randperm(600).split(50):
        output = F.softmax(student(inputs[batch]) / 2, dim=1)  # mistake
        # fix: output = F.log_softmax(student(inputs[batch]) / 2, dim=1)
        loss = F.kl_div(output, target[batch], reduction="batchmean")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    output = F.log_softmax(student(inputs[600:]) / 2, dim=1)
    print(F.kl_div(output, target[600:], reduction="batchmean").item())
