# expect: softmax_before_loss, line 23
import torch
import torch.nn.functional as F
from torch import nn, optim


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.Linear(2, 32), nn.Linear(32, 3)

    def forward(self, x):
        return F.softmax(self.out(torch.relu(self.hidden(x))), dim=1)


torch.manual_seed(1)
y = torch.arange(300) % 3
x = torch.randn(300, 2) * 0.3 + torch.stack([torch.cos(y * 2.0), torch.sin(y * 2.0)], 1)
model = Classifier()
opt = optim.Adam(model.parameters(), lr=1e-3)
for _ in range(200):
    opt.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    opt.step()
print(f"{loss.item():.6f}")
torch.save(model.state_dict(), "weights.pt")
