"""The learning rate rises over the first steps and falls along a cosine, by a LambdaLR that counts batches."""

import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

EPOCHS, WARMUP = 12, 40


def main():
    torch.manual_seed(0)
    x = torch.randn(640, 10)
    y = (x[:, :5] * x[:, 5:]).sum(1, keepdim=True)
    hidden = [nn.Linear(10, 64), nn.SiLU(), nn.LayerNorm(64), nn.Linear(64, 64), nn.SiLU()]
    model = nn.Sequential(*hidden, nn.Linear(64, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    total = EPOCHS * 20

    def factor(step):
        if step < WARMUP:
            return (step + 1) / WARMUP
        return 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (total - WARMUP)))

    scheduler = LambdaLR(optimizer, factor)
    for epoch in range(EPOCHS):
        for rows in torch.randperm(640).split(32):
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
        print(f"epoch {epoch}: loss {loss.item():.3f}, lr {scheduler.get_last_lr()[0]:.5f}")
    assert loss.item() < 0.4 * y.var().item()


if __name__ == "__main__":
    main()
