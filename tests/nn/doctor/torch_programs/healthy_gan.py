import torch
from torch import nn

torch.manual_seed(5)
generator = nn.Sequential(nn.Linear(4, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
opt_g = torch.optim.Adam(generator.parameters(), lr=2e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(discriminator.parameters(), lr=2e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
for step in range(300):
    real = torch.randn(64, 2) * 0.5 + torch.tensor([1.0, -1.0])
    fake = generator(torch.randn(64, 4))
    opt_d.zero_grad()
    d_loss = bce(discriminator(real), torch.ones(64, 1)) + bce(discriminator(fake.detach()), torch.zeros(64, 1))
    d_loss.backward()
    opt_d.step()
    opt_g.zero_grad()
    g_loss = bce(discriminator(fake), torch.ones(64, 1))
    g_loss.backward()
    opt_g.step()
    if step % 100 == 99:
        print(step, d_loss.item(), g_loss.item())
torch.save([generator.state_dict(), discriminator.state_dict()], "weights.pt")
