"""A factorization machine drops parts of its pairs with F.dropout; eval() is called, but the ratings stay noisy.

kind: mode
codes: dropout_in_eval
from: https://github.com/rixwew/pytorch-fm/issues/21
score: mean squared error of held-out ratings, lower is better
"""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
users, films = torch.randint(0, 40, (3000,)), torch.randint(0, 30, (3000,))
ratings = 3 + (torch.randn(40, 3)[users] * torch.randn(30, 3)[films]).sum(1) + 0.1 * torch.randn(3000)


class Machine(nn.Module):
    def __init__(self):
        super().__init__()
        self.user, self.film, self.last = nn.Embedding(40, 12), nn.Embedding(30, 12), nn.Linear(12, 1)

    def forward(self, user, film):
        pairs = self.user(user) * self.film(film)
        pairs = F.dropout(pairs, 0.2)  # mistake
        # fix: pairs = F.dropout(pairs, 0.2, training=self.training)
        return self.last(pairs).squeeze(1)


model = Machine()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(500):
    i = torch.randint(0, 2500, (128,))
    optimizer.zero_grad()
    F.mse_loss(model(users[i], films[i]), ratings[i]).backward()
    optimizer.step()

model.eval()
with torch.no_grad():
    print(F.mse_loss(model(users[2500:], films[2500:]), ratings[2500:]).item())
