"""Class names were numbered as they turned up, once in the training list and once more in the validation list.

kind: data
codes: class_order
from: https://github.com/uzh-rpg/rpg_event_representation_learning/issues/2
score: accuracy on the validation samples, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
names = ["walk", "run", "sit", "stand", "fall", "climb"]
kinds = torch.randint(0, 6, (1000,))
signals = torch.randn(6, 1, 20)[kinds] + torch.randn(1000, 1, 20)
words = [names[kind] for kind in kinds.tolist()]
train_names = list(dict.fromkeys(words[:800]))
valid_names = list(dict.fromkeys(words[800:]))  # mistake
# fix: valid_names = train_names
train_y = torch.tensor([train_names.index(word) for word in words[:800]])
valid_y = torch.tensor([valid_names.index(word) for word in words[800:]])
model = nn.Sequential(nn.Conv1d(1, 12, 5), nn.ReLU(), nn.Flatten(), nn.Linear(192, 6))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
for _epoch in range(8):
    for rows in torch.randperm(800).split(32):
        loss = nn.functional.cross_entropy(model(signals[rows]), train_y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        accuracy = (model(signals[800:]).argmax(1) == valid_y).float().mean()
print(accuracy.item())
