"""A program as a user would write it: mypy and pyright find no error in it, and it runs."""

from pathlib import Path

import numpy as np

import autograd
import nn
from autograd import Tensor
from nn import functional as F
from nn import optim
from nn.data import DataLoader, TensorDataset


def formula(x: Tensor, scale: float = 2.0) -> Tensor:
    ones = np.ones((2, 2), dtype=np.float32)
    y = 1 - x / scale + x * ones + ones * x - (x @ x.T) ** 2 + 2**x - abs(-x) + x // 2 + x % 3
    y += x.exp().log1p() * autograd.sqrt(x) + autograd.maximum(x, x.mT).clamp(min=0.5)
    y = y - x.sum(dim=0) + x.mean(axis=1, keepdims=True) - x.max(dim=1, keepdim=True).values + x.amax()
    y = autograd.where(y > 0, y, y.tanh()) + autograd.stack([x[0], x[-1]]) + x[:, None, 0] + np.sum(x, axis=0)
    values, indices = y.sort(dim=-1, descending=True)
    return autograd.cat([values, indices.float()], dim=1).reshape(-1, 4).permute(1, 0).flatten(start_dim=0)


def slopes(x: Tensor) -> tuple[Tensor, Tensor]:
    (formula(x) ** 2).mean().backward()
    gradient = x.grad
    assert gradient is not None
    (cubic,) = autograd.grad(x.pow(3).sum(), [x], create_graph=True)
    with autograd.no_grad():
        x -= 0.1 * gradient
    return gradient, cubic.detach()


class Classifier(nn.Module):
    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, 8), nn.ReLU(), nn.LayerNorm(8), nn.Dropout(p=0.1))
        self.head = nn.MLP(8, [8, classes], activation=nn.Tanh)
        self.scale = nn.Parameter(autograd.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        hidden = F.relu(self.body(x)) * self.scale
        return self.head(hidden)


def samples(count: int) -> TensorDataset:
    x = autograd.randn(count, 2, generator=autograd.Generator().manual_seed(0))
    return TensorDataset(x, (x[:, 0] > x[:, 1]).long())


def train(net: Classifier, epochs: int) -> list[float]:
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    optimizer = optim.Adam(net.parameters(), lr=0.05, weight_decay=1e-4)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    losses: list[float] = []
    for _ in range(epochs):
        for x, y in DataLoader(samples(32), batch_size=8, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
    return losses


def main(folder: Path) -> float:
    autograd.manual_seed(0)
    gradient, cubic = slopes(autograd.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True))
    print(f"slopes {gradient.tolist()}, {cubic.norm().item():.3f}")
    net = Classifier(inputs=2, classes=2)
    losses = train(net, epochs=3)
    print(f"{sum(p.numel() for p in net.parameters())} weights, loss {losses[0]:.3f} to {losses[-1]:.3f}")
    nn.save(net.state_dict(), folder / "net.safetensors")
    copy = Classifier(2, 2)
    copy.load_state_dict(nn.load(folder / "net.safetensors"))
    copy.eval()
    with autograd.no_grad():
        x = autograd.linspace(-1, 1, 10).view(5, 2)
        probabilities: np.ndarray = copy(x).softmax(dim=-1).numpy()
    return float(probabilities.sum())
