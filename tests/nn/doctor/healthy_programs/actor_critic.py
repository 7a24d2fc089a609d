"""An actor and a critic with a common body learn to hold a point near the middle of a line."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(2, 32)
        self.actor = nn.Linear(32, 2)
        self.critic = nn.Linear(32, 1)

    def forward(self, state):
        h = torch.tanh(self.body(state))
        return F.log_softmax(self.actor(h), dim=-1), self.critic(h).squeeze(-1)


def move(state, action):
    x, v = state.unbind(1)
    v = 0.9 * v + 0.2 * (2.0 * action - 1.0)
    x = x + 0.2 * v
    return torch.stack([x, v], 1), 0.1 * (1 - x.abs()).clamp(min=-1)


torch.manual_seed(0)
net = ActorCritic()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
state, rewards = torch.randn(32, 2), []
for step in range(800):
    log_probs, value = net(state)
    action = torch.multinomial(log_probs.detach().exp(), 1)
    state, reward = move(state, action.squeeze(1))
    with torch.no_grad():
        target = reward + 0.9 * net(state)[1]
    advantage = target - value
    actor_loss = -(log_probs.gather(1, action).squeeze(1) * advantage.detach()).mean()
    loss = actor_loss + 0.5 * advantage.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    rewards.append(reward.mean().item())
    if step % 20 == 19:
        state = torch.randn(32, 2)
print(sum(rewards[:100]) / 100, sum(rewards[-100:]) / 100)
assert sum(rewards[-100:]) > sum(rewards[:100]) + 2
