"""A policy for bandits that depend on a context, with a bonus for entropy that grows smaller."""

import torch

torch.manual_seed(0)
arms, features = 4, 5
truth = torch.randn(features, arms)
policy = torch.nn.Linear(features, arms)
optimizer = torch.optim.RMSprop(policy.parameters(), lr=0.02)
baseline, history = 0.0, []
for step in range(500):
    context = torch.randn(64, features)
    dist = torch.distributions.Categorical(logits=policy(context))
    arm = dist.sample()
    reward = (context @ truth).gather(1, arm[:, None])[:, 0] + 0.1 * torch.randn(64)
    entropy_weight = 0.5 * (1 - step / 500)
    loss = -(dist.log_prob(arm) * (reward - baseline)).mean() - entropy_weight * dist.entropy().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    baseline = 0.9 * baseline + 0.1 * reward.mean().item()
    history.append(reward.mean().item())
first, last = sum(history[:20]) / 20, sum(history[-20:]) / 20
print(first, last)
assert last > first + 0.3
