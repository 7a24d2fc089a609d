"""The table was sorted by class and cut at 80 percent, so the last class was only ever seen in validation.

kind: data
codes: other: class_missing_in_training
from: https://datascience.stackexchange.com/questions/64623/inconsistency-occurred-when-using-cross-val-score-in-python
score: accuracy on the validation part, higher is better
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
labels = torch.arange(5).repeat_interleave(120)
rows = (torch.randn(5, 6) * 2)[labels] + torch.randn(600, 6)
order = torch.arange(600)  # mistake
# fix: order = torch.randperm(600)
rows, labels = rows[order], labels[order]
train = DataLoader(TensorDataset(rows[:480], labels[:480]), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 5))
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _epoch in range(20):
    for x, y in train:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        accuracy = (model(rows[480:]).argmax(1) == labels[480:]).float().mean()
    model.train()
print(accuracy.item())
