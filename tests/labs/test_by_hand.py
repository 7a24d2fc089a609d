"""Backpropagation by hand, beside the engine."""

import re

import numpy as np
import pytest
import torch

from demos import by_hand
from tests.labs import run


def test_the_gradients_and_the_course_of_the_training_are_those_of_the_engine(tmp_path):
    found = run("by_hand", tmp_path)
    assert found.figures["gradients_apart"] < 1e-14
    assert found.figures["losses_apart"] < 1e-13
    assert found.figures["loss_after"] < 0.2
    assert found.pictures == ["losses.png"]
    for line in ("dZ2 = A2 - Y", "dW2 = dZ2 A1ᵀ / m", "dA1 = W2ᵀ dZ2", "dZ1 = dA1 * (1 - A1²)", "dW1 = dZ1 A0ᵀ / m"):
        assert re.search(rf"^  {re.escape(line)} .*apart by", found.printed, re.MULTILINE), line
    assert [int(step) for step in re.findall(r"by_hand    iteration +(\d+)", found.printed)] == [0, 100, 200]


@pytest.mark.parametrize("head", ["bce", "softmax"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_gradients_by_hand_are_those_of_torch(activation, head):
    rng = np.random.default_rng(1)
    classes = 1 if head == "bce" else 3
    X, label = rng.normal(size=(4, 20)), rng.integers(0, max(classes, 2), 20)
    Y = label[None].astype(float) if head == "bce" else np.eye(3)[label].T
    parameters = by_hand.initialize([4, 6, 5, classes], rng)
    grads = by_hand.by_hand(parameters, X, Y, activation, head)

    leaves = {name: torch.tensor(p, requires_grad=True) for name, p in parameters.items()}
    a = torch.tensor(X)
    for layer in (1, 2, 3):
        z = leaves[f"W{layer}"] @ a + leaves[f"b{layer}"]
        a = getattr(torch, activation)(z)
    if head == "bce":
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z, torch.tensor(Y))
    else:
        loss = torch.nn.functional.cross_entropy(z.T, torch.tensor(label))
    loss.backward()
    for name, leaf in leaves.items():
        np.testing.assert_allclose(grads[f"d{name}"], leaf.grad.numpy(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_gradients_agree_from_any_start_also_where_a_sum_is_exactly_0(activation):
    rng = np.random.default_rng(3)
    X = np.concatenate([rng.normal(size=(4, 20)), np.zeros((4, 5))], axis=1)
    Y = np.eye(3)[rng.integers(0, 3, 25)].T
    for _ in range(50):
        assert by_hand.compare([4, 3, 3, 3, 3], X, Y, activation, "softmax", rng) < 1e-14


def test_every_gradient_that_the_engine_finds_is_compared():
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(3, 9)), rng.integers(0, 2, (1, 9)).astype(float)
    parameters = by_hand.initialize([3, 4, 4, 1], rng)
    hand, engine = (way(parameters, X, Y, "relu", "bce") for way in (by_hand.by_hand, by_hand.by_engine))
    assert sorted(hand) == sorted(engine)
