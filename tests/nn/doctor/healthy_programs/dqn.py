"""Q-learning with a replay memory and a target network that is copied every 25 steps, on a ring of eight places."""

import copy
import random
from collections import deque

import torch
import torch.nn.functional as F
from torch import nn, optim

PLACES, GOAL = 8, 5
torch.manual_seed(0)
random.seed(1)
q_net = nn.Sequential(nn.Linear(PLACES, 32), nn.ReLU(), nn.Linear(32, 2))
target_net = copy.deepcopy(q_net)
optimizer = optim.Adam(q_net.parameters(), lr=5e-3)
memory = deque(maxlen=500)
one_hot = torch.eye(PLACES)
place = 0
for step in range(500):
    epsilon = max(0.1, 1 - step / 200)
    with torch.no_grad():
        action = random.randrange(2) if random.random() < epsilon else q_net(one_hot[place]).argmax().item()
    after = (place + (1 if action else -1)) % PLACES
    memory.append((place, action, float(after == GOAL), after))
    place = random.randrange(PLACES) if after == GOAL else after
    if len(memory) < 64:
        continue
    s, a, r, s2 = zip(*random.sample(memory, 32))
    a, r = torch.tensor(a), torch.tensor(r)
    with torch.no_grad():
        target = r + 0.8 * (1 - r) * target_net(one_hot[list(s2)]).max(1).values
    value = q_net(one_hot[list(s)]).gather(1, a.unsqueeze(1)).squeeze(1)
    loss = F.smooth_l1_loss(value, target)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(q_net.parameters(), 10.0)
    optimizer.step()
    if step % 25 == 0:
        target_net.load_state_dict(q_net.state_dict())
best = q_net(one_hot).argmax(1).tolist()
print(best)
assert best[2:5] == [1, 1, 1]
assert best[6:] == [0, 0]
