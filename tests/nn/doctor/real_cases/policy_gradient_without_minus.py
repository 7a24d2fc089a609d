"""The policy loss is log_prob times reward, as the paper writes it, and is minimised: the rewards get smaller.

kind: loss
codes: wrong_sign
from: https://github.com/ikostrikov/pytorch-a3c/issues/30
score: mean reward of the greedy policy, higher is better
"""

import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
best_arm = nn.Linear(4, 3, bias=False).requires_grad_(False)
policy = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
for _episode in range(300):
    state = torch.randn(64, 4)
    choice = Categorical(logits=policy(state))
    action = choice.sample()
    reward = (action == best_arm(state).argmax(1)).float()
    advantage = reward - reward.mean()
    loss = (choice.log_prob(action) * advantage).mean()  # mistake
    # fix: loss = -(choice.log_prob(action) * advantage).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
state = torch.randn(500, 4)
print((policy(state).argmax(1) == best_arm(state).argmax(1)).float().mean().item())
