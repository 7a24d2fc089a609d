"""Each step of a walk to the exit costs 1, but the Q network ends in a ReLU: all its values are 0, and it walks on.

kind: output
codes: targets_out_of_range
from: https://github.com/dennybritz/reinforcement-learning/pull/104
score: share of the cells in which the greedy action leads to the exit, higher is better
"""

import torch
from torch import nn

torch.manual_seed(0)
cells = torch.eye(8)
q_net = nn.Sequential(
    nn.Linear(8, 32),
    nn.ReLU(),
    nn.Linear(32, 2),
    nn.ReLU(),  # mistake
)
optimizer = torch.optim.Adam(q_net.parameters(), lr=0.01)
for _step in range(600):
    state = torch.randint(0, 7, (32,))
    action = torch.randint(0, 2, (32,))
    following = (state + 2 * action - 1).clamp(min=0)
    with torch.no_grad():
        best = q_net(cells[following]).max(1).values
        target = -1 + 0.9 * best * (following < 7)
    value = q_net(cells[state]).gather(1, action.unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(value, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print((q_net(cells[:7]).argmax(1) == 1).float().mean().item())
