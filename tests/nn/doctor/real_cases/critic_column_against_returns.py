"""A critic's values (N, 1) minus returns (N,) give (N, N) in a loss written by hand; every state has the same worth.

kind: loss
codes: loss_broadcast
from: https://github.com/sunwuzhou03/reinforcement-learning-lab/issues/1
score: squared error of the values of held-out states, lower is better
"""

import torch
from torch import nn

torch.manual_seed(0)
states = torch.rand(700, 2) * 2 - 1
steps_to_goal = (10 * (states - 0.5).norm(dim=1)).round()
returns = 0.9**steps_to_goal
critic = nn.Sequential(
    nn.Linear(2, 32),
    nn.Tanh(),
    nn.Linear(32, 1),
)
optimizer = torch.optim.Adam(critic.parameters(), lr=0.01)
for _update in range(400):
    batch = torch.randint(0, 600, (64,))
    values = critic(states[batch])  # mistake
    # fix: values = critic(states[batch]).squeeze(-1)
    advantage = returns[batch] - values
    loss = advantage.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print((critic(states[600:]).squeeze(-1) - returns[600:]).pow(2).mean().item())
