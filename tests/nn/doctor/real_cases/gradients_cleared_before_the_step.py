"""A policy is trained by its rewards, and cleared between backward and step; its rate warms up, and it stays random.

kind: loop
codes: not_moved
from: https://github.com/Tony-Y/pytorch_warmup/issues/12
score: mean reward, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
worth = torch.randn(6, 8)


def reward(state, action):
    return (state @ worth)[torch.arange(len(state)), action].tanh()


policy = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 8))
optimizer = torch.optim.AdamW(policy.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 50))
for _ in range(300):
    state = torch.randn(64, 6)
    log_probabilities = policy(state).log_softmax(1)
    action = torch.multinomial(log_probabilities.exp().detach(), 1)
    gain = reward(state, action.squeeze(1))
    loss = -(log_probabilities.gather(1, action).squeeze(1) * (gain - gain.mean())).mean()
    loss.backward()
    optimizer.zero_grad()  # mistake
    optimizer.step()
    # fix: optimizer.zero_grad()
    scheduler.step()

state = torch.randn(1000, 6)
print(reward(state, policy(state).argmax(1)).mean().item())
