"""A recurrent network written with bare tensors and a list of parameters; it learns the next letter of a rhyme."""

import torch
import torch.nn.functional as F

torch.manual_seed(0)
text = "how much wood would a woodchuck chuck if a woodchuck could chuck wood. " * 4
letters = sorted(set(text))
ids = torch.tensor([letters.index(letter) for letter in text])
n, h = len(letters), 48
Wxh = (torch.randn(n, h) * 0.2).requires_grad_()
Whh = (torch.randn(h, h) * 0.1).requires_grad_()
bh = torch.zeros(h, requires_grad=True)
Why = (torch.randn(h, n) * 0.1).requires_grad_()
by = torch.zeros(n, requires_grad=True)
params = [Wxh, Whh, bh, Why, by]
optimizer = torch.optim.Adagrad(params, lr=0.1)
losses, state = [], torch.zeros(h)
for step in range(120):
    start = (step * 20) % (len(ids) - 21)
    if start < 20:
        state = torch.zeros(h)
    state, loss = state.detach(), 0.0
    for t in range(start, start + 20):
        state = torch.tanh(Wxh[ids[t]] + state @ Whh + bh)
        loss = loss + F.cross_entropy((state @ Why + by)[None], ids[t + 1 : t + 2])
    loss = loss / 20
    for p in params:
        p.grad = None
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses[0], losses[-1])
assert losses[-1] < 0.5 * losses[0]
