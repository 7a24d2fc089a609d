"""LogSoftmax(dim=0) in a model of rows: the loss looks alive, and a single picture always gets the same answer.

kind: output
codes: softmax_over_batch, samples_mixed
from: https://github.com/MicrosoftDocs/pytorchfundamentals/pull/21
score: accuracy on held-out samples that are asked for one at a time, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
centres = 2 * torch.randn(5, 12)
labels = torch.randint(0, 5, (600,))
inputs = centres[labels] + torch.randn(600, 12)
model = nn.Sequential(
    nn.Linear(12, 32),
    nn.ReLU(),
    nn.Linear(32, 5),
    nn.LogSoftmax(dim=0),  # mistake
    # fix: nn.LogSoftmax(dim=1),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
criterion = nn.NLLLoss()
for _epoch in range(20):
    for batch in torch.randperm(500).split(50):
        optimizer.zero_grad()
        loss = criterion(model(inputs[batch]), labels[batch])
        loss.backward()
        optimizer.step()
answers = torch.stack([model(inputs[i : i + 1]).argmax() for i in range(500, 600)])
print((answers == labels[500:]).float().mean().item())
