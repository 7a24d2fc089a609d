"""A mean teacher: few labels, many samples without, and a teacher that is the moving average of the student."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
angle = torch.rand(600) * 3.14
y = torch.arange(600) % 2
x = torch.stack([angle.cos() + y, (1 - 2 * y) * (angle.sin() - 0.25)], 1) + 0.1 * torch.randn(600, 2)
x = (x - x.mean(0)) / x.std(0)
student = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
teacher = copy.deepcopy(student)
for parameter in teacher.parameters():
    parameter.requires_grad_(False)
optimizer = torch.optim.Adam(student.parameters(), lr=3e-3)
labelled, unlabelled = torch.arange(30), torch.arange(30, 500)
for step in range(300):
    rows = unlabelled[torch.randint(0, 470, (60,))]
    supervised = F.cross_entropy(student(x[labelled]), y[labelled])
    noisy = x[rows] + 0.1 * torch.randn(60, 2)
    agreement = F.mse_loss(F.softmax(student(noisy), 1), F.softmax(teacher(x[rows]), 1))
    loss = supervised + min(1.0, step / 100) * agreement
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for slow, fast in zip(teacher.parameters(), student.parameters()):
            slow.mul_(0.95).add_(fast, alpha=0.05)
accuracy = (teacher(x[500:]).argmax(1) == y[500:]).float().mean().item()
print(accuracy)
assert accuracy > 0.75
