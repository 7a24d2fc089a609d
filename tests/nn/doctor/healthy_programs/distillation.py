"""A small student learns from the softened answers of a larger teacher, and a little from the labels."""

import torch
import torch.nn.functional as F
from torch import nn


def accuracy(net, x, y):
    with torch.no_grad():
        return (net(x).argmax(1) == y).float().mean().item()


torch.manual_seed(0)
x = torch.rand(800, 2) * 4 - 2
y = (x[:, 0].abs() > 1).long() + (x[:, 1] > 0).long()
train_x, train_y, test_x, test_y = x[:600], y[:600], x[600:], y[600:]

teacher = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
optimizer = torch.optim.Adam(teacher.parameters(), lr=5e-3)
for _ in range(15):
    for rows in torch.randperm(600).split(50):
        optimizer.zero_grad()
        F.cross_entropy(teacher(train_x[rows]), train_y[rows]).backward()
        optimizer.step()
teacher.eval()

student, T = nn.Sequential(nn.Linear(2, 12), nn.ReLU(), nn.Linear(12, 3)), 2.0
optimizer = torch.optim.Adam(student.parameters(), lr=1e-2)
for _ in range(30):
    for rows in torch.randperm(600).split(50):
        with torch.no_grad():
            soft = F.softmax(teacher(train_x[rows]) / T, dim=1)
        logits = student(train_x[rows])
        distilled = F.kl_div(F.log_softmax(logits / T, dim=1), soft, reduction="batchmean") * T * T
        loss = 0.8 * distilled + 0.2 * F.cross_entropy(logits, train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
print(accuracy(teacher, test_x, test_y), accuracy(student, test_x, test_y))
assert accuracy(student, test_x, test_y) > 0.85
