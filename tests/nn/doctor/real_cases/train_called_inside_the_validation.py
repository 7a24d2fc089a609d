"""A model of two kinds of input is set to eval(), and a few lines on, inside the validation, back to train().

kind: mode
codes: train_mode_in_eval
from: https://github.com/pliang279/MultiBench/issues/26
score: mean absolute error on held-out samples, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
sound, text = torch.randn(1200, 12), torch.randn(1200, 8)
feeling = (sound[:, 0] * text[:, 0] + sound[:, 1:4].sum(1) - text[:, 1:3].sum(1)).unsqueeze(1)
hear, read = nn.Linear(12, 32), nn.Linear(8, 32)
fuse = nn.Sequential(nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 1))
model = nn.ModuleList([hear, read, fuse])
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.002)
for _ in range(25):
    model.train()
    for i in torch.randperm(900).split(50):
        optimizer.zero_grad()
        out = fuse(torch.cat([hear(sound[i]), read(text[i])], 1))
        nn.functional.mse_loss(out, feeling[i]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        model.train()  # mistake
        out = fuse(torch.cat([hear(sound[900:]), read(text[900:])], 1))
        error = (out - feeling[900:]).abs().mean().item()

print(error)
