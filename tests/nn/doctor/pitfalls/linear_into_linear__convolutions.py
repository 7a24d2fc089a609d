"""Convolutions and linear layers with no activation between any two: pictures of both signs cannot be told apart."""

import autograd
import nn
from nn import optim
from nn.train import doctor

autograd.manual_seed(0)
signs = autograd.randint(0, 2, (256,)) * 2 - 1
y = autograd.randint(0, 2, (256,))
x = 0.3 * autograd.randn(256, 1, 6, 6)
for i in range(256):
    x[i, 0, 1 : 4 if y[i] else 2, 1 : 2 if y[i] else 4] += 1.5 * signs[i]
activation = nn.Identity  # mistake
# fix: activation = nn.ReLU
convolutions = nn.Conv2d(1, 8, 3, padding=1), activation(), nn.Conv2d(8, 8, 3, padding=1), activation()
net = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(288, 32), activation(), nn.Linear(32, 2))
optimizer = optim.Adam(net.parameters(), lr=2e-3)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for i in autograd.randperm(256).split(32):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[i]), y[i])
            loss.backward()
            optimizer.step()

print(report)
