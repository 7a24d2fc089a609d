"""A network of the program that nobody trains, and the many that are meant to be as they are."""

from pathlib import Path

import pytest

from tests.programs_watched import watch

PROGRAM = """
import torch
from torch import nn

torch.manual_seed(0)
rows = torch.tanh(torch.randn(200, 3) @ torch.randn(3, 12))
first = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 4))
second = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 12))
{before}
optimizer = torch.optim.Adam({trained}, lr=0.01)
for step in range(60):
    x = rows[torch.randint(0, 200, (32,))]
    optimizer.zero_grad()
    loss = (second(first(x)) - x).square().mean()
    loss.backward()
    optimizer.step()
    {after}
print(loss.item())
"""
OTHER = "other = torch.optim.SGD(second.parameters(), lr=0.01)"
MEANT = {
    "trained before": f"{OTHER}\nfor _ in range(30):\n    other.zero_grad()\n"
    "    second(torch.randn(8, 4)).square().mean().backward()\n    other.step()",
    "in evaluation mode": "second.eval()",
    "without gradients": "second.requires_grad_(False)",
    "loaded": "second.load_state_dict({key: value * 1.3 + 0.2 for key, value in second.state_dict().items()})",
    "filled": "for p in second.parameters():\n    nn.init.normal_(p, std=0.3)",
}


def codes(trained="first.parameters()", before="", after=""):
    watched = watch(Path("trained.py"), PROGRAM.format(trained=trained, before=before, after=after))
    assert watched.error is None
    return watched


def test_a_network_that_the_loss_goes_through_and_nobody_trains_is_found():
    watched = codes()
    assert watched.codes == ["not_moved"]
    assert "second, a Sequential with 284 parameters, got gradients and is in no optimizer" in " ".join(
        watched.report.split()
    )


@pytest.mark.parametrize("how", MEANT)
def test_one_that_is_meant_to_be_as_it_is_is_not(how):
    assert codes(before=MEANT[how]).codes == []


def test_nor_one_that_is_trained_elsewhere():
    assert codes("[*first.parameters(), *second.parameters()]").codes == []
    assert codes(before=OTHER, after="other.step(); other.zero_grad()").codes == []
    by_hand = "with torch.no_grad(): [p.sub_(0.01 * p.grad) for p in second.parameters()]; second.zero_grad()"
    assert codes(after=by_hand).codes == []


def test_nor_one_behind_an_input_that_is_trained():
    """As a picture for a network, or a latent vector for a generator."""
    assert codes("[rows]", before="rows = rows.clone().requires_grad_()").codes == []
