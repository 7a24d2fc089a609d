import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.lr_scheduler import StepLR


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn = nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.conv2, self.fc = nn.Conv2d(8, 16, 3, padding=1), nn.Linear(16 * 4, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(x.flatten(1))


torch.manual_seed(6)
labels = torch.randint(0, 2, (256,))
images = 0.3 * torch.randn(256, 1, 8, 8)
images[labels == 1, :, 3:5] += 1.0  # a bar across, or
images[labels == 0, :, :, 3:5] += 1.0  # a bar upright
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
net = Net().to(device)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
for epoch in range(5):
    net.train()
    for batch in torch.randperm(192).split(32):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images[batch].to(device)), labels[batch].to(device))
        loss.backward()
        optimizer.step()
    scheduler.step()
    net.eval()
    with torch.no_grad():
        print(epoch, (net(images[192:]).argmax(1) == labels[192:]).float().mean().item(), scheduler.get_last_lr())
torch.save(net.state_dict(), "weights.pt")
