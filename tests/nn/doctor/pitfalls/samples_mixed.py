"""A recurrent layer takes (time, batch, features) unless it is told: here it runs over the batch."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import doctor


class Net(nn.Module):
    def __init__(self):
        self.rnn = nn.LSTM(3, 16)  # mistake
        # or: self.rnn = nn.GRU(3, 16)
        # fix: self.rnn = nn.LSTM(3, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


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
