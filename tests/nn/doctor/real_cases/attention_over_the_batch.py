"""Attention over time takes its softmax along dim 0, which is the batch: a lone sequence is read with equal weights.

kind: output
codes: softmax_over_batch, samples_mixed
from: https://github.com/PetrochukM/PyTorch-NLP/issues/2
score: accuracy on held-out sequences that are asked for one at a time, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
labels = torch.randint(0, 4, (700,))
steps = torch.randn(700, 12, 9)
steps[:, :, 8] = 0
marked = torch.randint(0, 12, (700,))
steps[torch.arange(700), marked, 8] = 3.0
steps[torch.arange(700), marked, :4] += 2.5 * torch.eye(4)[labels]
score, value, head = nn.Linear(9, 1), nn.Linear(9, 16), nn.Linear(16, 4)


def classify(x):
    weights = torch.softmax(score(x).squeeze(2), dim=0)  # mistake
    # fix: weights = torch.softmax(score(x).squeeze(2), dim=1)
    context = torch.bmm(weights.unsqueeze(1), value(x)).squeeze(1)
    return head(torch.relu(context))


optimizer = torch.optim.Adam(nn.ModuleList([score, value, head]).parameters(), lr=0.01)
for _epoch in range(20):
    for batch in torch.randperm(600).split(50):
        loss = nn.functional.cross_entropy(classify(steps[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
answers = torch.cat([classify(steps[i : i + 1]).argmax(1) for i in range(600, 700)])
print((answers == labels[600:]).float().mean().item())
