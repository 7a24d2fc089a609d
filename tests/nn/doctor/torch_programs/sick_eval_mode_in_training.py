# expect: eval_mode_in_training, line 16
import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(400, 6)
y = (x @ torch.randn(6, 1)).sign().clamp(min=0)
x_valid, y_valid, x, y = x[:100], y[:100], x[100:], y[100:]
model = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
criterion = nn.BCEWithLogitsLoss()
model.train()
for epoch in range(20):
    for i in range(0, 300, 50):
        optimizer.zero_grad()
        loss = criterion(model(x[i : i + 50]), y[i : i + 50])
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(epoch, criterion(model(x_valid), y_valid).item())
torch.save(model.state_dict(), "weights.pt")
