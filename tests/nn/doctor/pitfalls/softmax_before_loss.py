"""CrossEntropyLoss takes logits and has its own softmax: a second one flattens the gradients."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, datasets
from nn.train import doctor

autograd.manual_seed(0)
loader = DataLoader(datasets.moons(200, noise=0.1), batch_size=20, shuffle=True)
loss_function = nn.CrossEntropyLoss()
net = nn.MLP(2, [16, 2])
optimizer = optim.SGD(net.parameters(), lr=0.1)

with doctor(net, optimizer) as report:
    for _epoch in range(20):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x).softmax(1), y)  # mistake
            # or: loss = loss_function(nn.functional.softmax(net(x), dim=1), y)
            # or: loss = nn.functional.cross_entropy(autograd.softmax(net(x), dim=-1), y)
            # or: loss = loss_function(net(x).softmax(1).reshape(-1, 2), y)
            # or: loss = loss_function(net(x).softmax(1).view(-1, 2), y)
            # or: loss = loss_function(net(x).transpose(0, 1).softmax(0).transpose(0, 1), y)
            # or: loss = loss_function(net(x).T.softmax(0).T, y)
            # or: loss = loss_function(net(x).softmax(1)[:, :2], y)
            # or: loss = loss_function(net(x).unsqueeze(1).softmax(2).squeeze(1), y)
            # or: loss = loss_function(net(x).softmax(1).double(), y)
            # or: loss = loss_function(net(x).softmax(1).flatten(1).contiguous().clone(), y)
            # or: loss = loss_function(net(x).sigmoid(), y)
            # or: loss = nn.functional.cross_entropy(nn.functional.sigmoid(net(x)).reshape(-1, 2), y)
            # or: loss = nn.functional.nll_loss(net(x).softmax(1).log_softmax(1), y)
            # or: z = net(x); loss = loss_function(z.exp() / z.exp().sum(1, keepdim=True), y)
            # or: e = net(x).exp(); loss = loss_function(e / e.sum(1, keepdim=True), y)
            # fix: loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
