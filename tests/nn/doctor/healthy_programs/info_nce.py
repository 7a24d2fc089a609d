"""Pictures and captions meet in one space, as in CLIP: the classes of a batch are its own samples."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
hidden_cause = torch.randn(600, 6)
pictures = hidden_cause @ torch.randn(6, 20) / 6**0.5 + 0.1 * torch.randn(600, 20)
captions = hidden_cause @ torch.randn(6, 10) / 6**0.5 + 0.1 * torch.randn(600, 10)
towers = nn.ModuleDict(
    {
        "picture": nn.Sequential(nn.Linear(20, 32), nn.GELU(), nn.Linear(32, 8)),
        "caption": nn.Sequential(nn.Linear(10, 32), nn.GELU(), nn.Linear(32, 8)),
    }
)
log_scale = nn.Parameter(torch.tensor(1.5))
optimizer = torch.optim.AdamW([{"params": towers.parameters()}, {"params": [log_scale], "weight_decay": 0.0}], lr=3e-3)


def similarities(rows):
    a = F.normalize(towers["picture"](pictures[rows]), dim=-1)
    b = F.normalize(towers["caption"](captions[rows]), dim=-1)
    return log_scale.exp() * a @ b.T


for epoch in range(20):
    for rows in torch.randperm(500).split(50):
        logits, own = similarities(rows), torch.arange(50)
        loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    found = (similarities(torch.arange(500, 600)).argmax(1) == torch.arange(100)).float().mean().item()
print(found)
assert found > 0.3
