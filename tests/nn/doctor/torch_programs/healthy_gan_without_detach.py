import torch
import torch.nn as nn
import torch.nn.functional as F


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(6, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8), nn.Tanh())

    def forward(self, z):
        return self.main(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(8, 32), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(32, 1), nn.Sigmoid())

    def forward(self, x):
        return self.main(x).view(-1)


torch.manual_seed(8)
netG, netD = Generator(), Discriminator()
optG = torch.optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.999))
optD = torch.optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.999))
places = torch.arange(8.0)
for step in range(250):
    real = torch.sin(places + torch.rand(32, 1)) * 0.8
    fake = netG(torch.randn(32, 6))
    # the generator gets gradients from this backward too, and loses them before its own
    netD.zero_grad()
    errD = F.binary_cross_entropy(netD(real), torch.full((32,), 0.9))
    errD = errD + F.binary_cross_entropy(netD(fake), torch.zeros(32))
    errD.backward(retain_graph=True)
    optD.step()
    netG.zero_grad()
    errG = F.binary_cross_entropy(netD(fake), torch.ones(32))
    errG.backward()
    optG.step()
netG.eval()
with torch.no_grad():
    print((netG(torch.randn(200, 6)).mean(0) - 0.8 * torch.sin(places + 0.5)).abs().mean().item())
torch.save({"G": netG.state_dict(), "D": netD.state_dict()}, "weights.pt")
