"""The images were sorted, the labels were not."""

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor

autograd.manual_seed(0)
images, classes = datasets.digits().tensors
images = images[images.sum(1).argsort()]  # mistake
# fix: order = images.sum(1).argsort(); images, classes = images[order], classes[order]
loader = DataLoader(TensorDataset(images, classes), batch_size=64, shuffle=True)
net = nn.MLP(64, [32, 10])
optimizer = optim.Adam(net.parameters(), lr=0.003)
loss_function = nn.CrossEntropyLoss()

with doctor(net, optimizer) as report:
    for _epoch in range(12):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_function(net(x), y)
            loss.backward()
            optimizer.step()

print(report)
