"""uniform_ without bounds gave weights from 0 to 1; with pixels above 0 every hidden sigmoid stood at 1 from the start.

kind: initialisation
codes: saturated
from: https://discuss.pytorch.org/t/simple-linear-sigmoid-network-not-learning/98714
score: squared error per pixel on new pictures, lower is better
"""

import torch
from torch import nn


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode, self.decode = nn.Linear(64, 16), nn.Linear(16, 64)
        nn.init.uniform_(self.encode.weight)  # mistake
        nn.init.uniform_(self.decode.weight)  # mistake

    def forward(self, x):
        return torch.sigmoid(self.decode(torch.sigmoid(self.encode(x))))


def pictures(n):
    return (0.5 + 0.25 * torch.randn(n, 4) @ basis).clamp(0, 1)


torch.manual_seed(0)
basis = torch.randn(4, 64)
model = Autoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for _step in range(400):
    x = pictures(64)
    loss = nn.functional.mse_loss(model(x), x)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
x = pictures(500)
print(nn.functional.mse_loss(model(x), x).item())
