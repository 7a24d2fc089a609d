"""A GRU forecasts the next value of a noisy sine wave; gradients are clipped between backward and step."""

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, series, length):
        self.series, self.length = series, length

    def __len__(self):
        return len(self.series) - self.length

    def __getitem__(self, i):
        return self.series[i : i + self.length, None], self.series[i + self.length, None]


class Forecaster(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1])


torch.manual_seed(0)
series = torch.sin(torch.arange(500) * 0.3) + 0.1 * torch.randn(500)
loader = DataLoader(Windows(series, 12), batch_size=32, shuffle=True, drop_last=True)
model, mse = Forecaster(24), nn.MSELoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
for epoch in range(8):
    total = 0.0
    for x, y in loader:
        loss = mse(model(x), y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    print(epoch, total / len(loader))
assert total / len(loader) < 0.1
