"""The autoencoder's decoder ends in a sigmoid, its pictures are standardised; the dark half cannot be drawn.

kind: output
codes: targets_out_of_range
from: https://github.com/mikesj-public/convolutional_autoencoder/pull/9
score: squared error of held-out reconstructions, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
strokes = torch.rand(6, 64)
images = torch.rand(700, 6) @ strokes
images = (images - images.mean()) / images.std()
encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
decoder = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 64),
    nn.Sigmoid(),  # mistake
)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.005)
for _epoch in range(20):
    for batch in images[:600].split(50):
        loss = nn.functional.mse_loss(decoder(encoder(batch)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
with torch.no_grad():
    print(nn.functional.mse_loss(decoder(encoder(images[600:])), images[600:]).item())
