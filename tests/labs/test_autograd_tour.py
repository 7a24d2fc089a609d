"""The tour of autograd: formulas on paper, the order of the backward pass, a neuron."""

import pytest
import torch

from tests.labs import run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return run("autograd_tour", tmp_path_factory.mktemp("autograd_tour"))


def test_the_engine_finds_the_derivatives_that_are_found_on_paper(found):
    assert found.figures["furthest_from_2x_plus_3"] == 0
    assert found.figures["chain_rule"] == 2 * (3 + 2)
    assert "   4.0   33.00   11.00    11.00   11.0000" in found.printed


def test_a_recursion_that_does_not_wait_counts_a_gradient_twice(found):
    assert (found.figures["dc_da_by_recursion"], found.figures["dc_da"]) == (6, 4)
    assert "a would be 6 if no node waited for all its contributions" in found.printed


def test_the_gradients_of_the_neuron_are_those_of_torch(found):
    leaves = {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0}
    x1, w1, x2, w2 = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in leaves.values())
    (x1 * w1 + x2 * w2 + 6.8813735870195432).tanh().backward()
    for name, expected in zip(leaves, (x1, w1, x2, w2), strict=True):
        assert found.figures[f"gradient_of_{name}"] == pytest.approx(expected.grad.item(), rel=1e-12)


def test_it_leaves_two_drawings_and_two_pages_to_click_through(found):
    assert found.pictures == ["chain.png", "order.html", "neuron.png", "backprop.html"]
