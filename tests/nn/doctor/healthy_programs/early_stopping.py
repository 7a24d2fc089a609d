"""Training ends when the validation loss has not fallen for five epochs, and the best weights come back."""

import copy

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.bad, self.state = patience, float("inf"), 0, None

    def stop(self, loss, model):
        if loss < self.best:
            self.best, self.bad, self.state = loss, 0, copy.deepcopy(model.state_dict())
        else:
            self.bad += 1
        return self.bad >= self.patience


def main():
    torch.manual_seed(0)
    x = torch.randn(300, 10)
    y = (x[:, :1] + x[:, 1:2] * x[:, 2:3] > 0).float()
    train_loader = DataLoader(TensorDataset(x[:200], y[:200]), batch_size=20, shuffle=True)
    valid_loader = DataLoader(TensorDataset(x[200:], y[200:]), batch_size=50)
    model, criterion = nn.Sequential(nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 1)), nn.BCEWithLogitsLoss()
    optimizer = optim.AdamW(model.parameters(), lr=5e-3)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2, factor=0.5)
    stopping = EarlyStopping(patience=5)
    for epoch in range(60):
        model.train()
        for inputs, targets in train_loader:
            optimizer.zero_grad()
            criterion(model(inputs), targets).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            valid = sum(criterion(model(a), b).item() for a, b in valid_loader) / len(valid_loader)
        scheduler.step(valid)
        if stopping.stop(valid, model):
            break
    model.load_state_dict(stopping.state)
    print(epoch, stopping.best)
    assert stopping.best < 0.55


main()
