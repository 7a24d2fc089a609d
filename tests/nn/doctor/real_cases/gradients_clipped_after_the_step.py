"""Gradients of a recurrent network are clipped to length 1, but after the step, so the big ones still wreck it.

kind: loop
codes: clip_after_step
from: https://github.com/VGraphRNN/VGRNN/issues/4
score: mean squared error on held-out sequences, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)


def sequences(n):
    x = torch.randn(n, 30, 1)
    return x, x.cumsum(1)


rnn, head = nn.RNN(1, 24, nonlinearity="relu", batch_first=True), nn.Linear(24, 1)
weights = [*rnn.parameters(), *head.parameters()]
optimizer = torch.optim.SGD(weights, lr=0.05)
for _ in range(400):
    x, y = sequences(32)
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(head(rnn(x)[0]), y)
    loss.backward()
    # fix: nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()
    nn.utils.clip_grad_norm_(weights, 1.0)  # mistake

x, y = sequences(200)
with torch.no_grad():
    print(nn.functional.mse_loss(head(rnn(x)[0]), y).item())
