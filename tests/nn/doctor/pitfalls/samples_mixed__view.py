"""view does not exchange axes: it cuts the same numbers into other rows, and mixes the samples."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor


class Net(nn.Module):
    def __init__(self):
        self.rnn, self.head = nn.LSTM(3, 16), nn.Linear(16, 2)

    def forward(self, x):
        x = x.view(5, -1, 3)  # mistake
        # or: x = x.reshape(x.shape[1], x.shape[0], 3)
        # fix: x = x.permute(1, 0, 2)
        return self.head(self.rnn(x)[0][-1])


autograd.manual_seed(0)
x = autograd.randn(200, 5, 3)
loader = DataLoader(TensorDataset(x, (x[:, :, 0].sum(1) > 0).long()), batch_size=20, shuffle=True)
net = Net()
optimizer = optim.Adam(net.parameters(), lr=0.01)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(10):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
