"""The names of the classes are numbered for training and for validation, each time in the order in which they come."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
points, kinds = datasets.iris().tensors
names = [("setosa", "versicolor", "virginica")[kind] for kind in kinds.tolist()]
order = [i for i in range(150) if i % 3], list(range(0, 150, 3))[::-1]
index = {name: i for i, name in enumerate(dict.fromkeys(names[i] for i in order[0]))}
train = points[order[0]], autograd.tensor([index[names[i]] for i in order[0]])
index = {name: i for i, name in enumerate(dict.fromkeys(names[i] for i in order[1]))}  # mistake
valid = points[order[1]], autograd.tensor([index[names[i]] for i in order[1]])
train_loader = DataLoader(TensorDataset(*train), batch_size=20, shuffle=True)
valid_loader = DataLoader(TensorDataset(*valid), batch_size=50)
net = nn.MLP(4, [16, 3])
optimizer = optim.Adam(net.parameters(), lr=0.02)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(30):
        for x, y in train_loader:
            optimizer.zero_grad()
            loss_function(net(x), y).backward()
            optimizer.step()
        right = 0
        with autograd.no_grad():
            for x, y in valid_loader:
                right += (net(x).argmax(1) == y).sum().item()

print(report)
