"""A policy that ends in a softmax, whose probabilities are taken for logits: it stays nearly even."""

import autograd
import nn
from nn import optim
from nn.distributions import Categorical
from nn.train import doctor

autograd.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 3), nn.Softmax(dim=-1))
optimizer = optim.Adam(net.parameters(), lr=0.01)

with doctor(net, optimizer) as report:
    for _step in range(150):
        states = autograd.randn(32, 4)
        policy = Categorical(logits=net(states))  # mistake
        # fix: policy = Categorical(probs=net(states))
        actions = policy.sample()
        rewards = (actions == states[:, :3].argmax(1)).float()
        loss = -(policy.log_prob(actions) * (rewards - rewards.mean())).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

print(report)
