"""Weights and biases were drawn with deviation 1, the default: the loss began at a hundred thousand, then came nan.

kind: initialisation
codes: exploding_gradients
from: https://github.com/mozilla/DeepSpeech/issues/138
score: accuracy on new frames, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
sounds = torch.randn(8, 40)
layers = [nn.Linear(40, 100), nn.ReLU()]
for _ in range(4):
    layers += [nn.Linear(100, 100), nn.ReLU()]
model = nn.Sequential(*layers, nn.Linear(100, 8))
for parameter in model.parameters():
    nn.init.normal_(parameter)  # mistake
    # fix: nn.init.normal_(parameter, std=0.12)
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss()
for _step in range(300):
    labels = torch.randint(0, 8, (64,))
    loss = criterion(model(sounds[labels] + torch.randn(64, 40)), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
labels = torch.randint(0, 8, (1000,))
print((model(sounds[labels] + torch.randn(1000, 40)).argmax(1) == labels).float().mean().item())
