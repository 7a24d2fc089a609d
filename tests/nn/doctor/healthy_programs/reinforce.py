"""REINFORCE: a policy learns to walk right along a corridor, from the rewards of whole episodes."""

import torch
from torch import nn
from torch.distributions import Categorical

LENGTH = 6


class Corridor:
    def reset(self):
        self.place, self.time = 0, 0
        return self.seen()

    def seen(self):
        return torch.eye(LENGTH)[self.place]

    def step(self, action):
        self.place = max(0, self.place + (1 if action == 1 else -1))
        self.time += 1
        done = self.place == LENGTH - 1 or self.time == 20
        return self.seen() if not done else None, 1.0 if self.place == LENGTH - 1 else -0.05, done


torch.manual_seed(0)
policy = nn.Sequential(nn.Linear(LENGTH, 24), nn.Tanh(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
env, lengths = Corridor(), []
for episode in range(150):
    state, done, log_probs, rewards = env.reset(), False, [], []
    while not done:
        dist = Categorical(logits=policy(state))
        action = dist.sample()
        log_probs.append(dist.log_prob(action))
        state, reward, done = env.step(action.item())
        rewards.append(reward)
    returns, total = [], 0.0
    for reward in reversed(rewards):
        total = reward + 0.95 * total
        returns.insert(0, total)
    loss = -(torch.stack(log_probs) * torch.tensor(returns)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    lengths.append(len(rewards))
print(sum(lengths[:20]) / 20, sum(lengths[-20:]) / 20)
assert sum(lengths[-20:]) / 20 < 7
