"""MAML: weights from which one step of gradient descent fits a new line, learned through that step."""

import torch
from torch.nn.functional import mse_loss


def network(x, w):
    return torch.tanh(x @ w[0] + w[1]) @ w[2] + w[3]


def task():
    slope, offset = torch.randn(2)
    return lambda x: slope * x + offset


def adapted(weights, x, y, rate=0.1):
    loss = mse_loss(network(x, weights), y)
    grads = torch.autograd.grad(loss, weights, create_graph=True)
    return [w - rate * g for w, g in zip(weights, grads)]


torch.manual_seed(0)
weights = [torch.randn(1, 24) * 0.7, torch.zeros(24), torch.randn(24, 1) * 0.2, torch.zeros(1)]
weights = [w.requires_grad_() for w in weights]
meta = torch.optim.Adam(weights, lr=5e-3)
history = []
for iteration in range(200):
    meta.zero_grad()
    loss = 0.0
    for _ in range(4):
        line = task()
        support, query = torch.rand(10, 1) * 2 - 1, torch.rand(10, 1) * 2 - 1
        loss = loss + mse_loss(network(query, adapted(weights, support, line(support))), line(query))
    (loss / 4).backward()
    meta.step()
    history.append(loss.item() / 4)
print(sum(history[:30]) / 30, sum(history[-30:]) / 30)
assert sum(history[-30:]) < 0.6 * sum(history[:30])
