# expect: no_zero_grad, line 16
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(256, 4)
y = (x[:, 0] * x[:, 1] > 0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(10):
    for inputs, targets in loader:
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
torch.save(net.state_dict(), "weights.pt")
