"""A coin has no memory: the labels are noise, a new batch each step, and not to learn is the right outcome."""

import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(10, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
total = 0.0
for step in range(400):
    flips = torch.randint(0, 2, (64, 11))
    past, coming = 2.0 * flips[:, :10] - 1, flips[:, 10]
    loss = torch.nn.functional.cross_entropy(model(past), coming)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step >= 300:
        total += loss.item()
print(total / 100)
assert total / 100 > 0.66, "nobody can do better than log 2"
