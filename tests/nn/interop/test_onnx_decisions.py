"""What has no gradient is exported as well: comparisons, logic, places of elements in order, and what they choose."""

import numpy as np
import pytest

import autograd
import nn
from tests.nn.interop.test_onnx import ENCODER, Written, exported, floats, words


def comparisons(model, x, y):
    return (
        autograd.where(x > 0, x, x * 2),
        autograd.where((x < y) & ~(x != x) | (y > 1), x, y),
        autograd.where(autograd.logical_xor(x > 0, y > 0), x, y),
        x.masked_fill(x <= y, 0.0),
        x * (x >= 0.5),
        x.exp() > y,
        x == y,
    )


def of_elements(model, x):
    return autograd.where(x.isnan() | x.isinf(), 0.0, x), x.isfinite(), x.log().isnan()


def chosen_words(model, x):
    return model.a(x) * (x != 3)[..., None] + model.a(x) * (x > 1.5)[..., None]


def padded_words(model, x):
    return model.b(model.a(x), src_key_padding_mask=x == 0)


def in_order(model, x):
    return (*x.sort(1), *x.sort(1, descending=True), x.sort(-1)[0].exp(), x.argsort(2))


def first_in_order(model, x):
    return (*x.topk(2, 1), *x.topk(3, 1, largest=False), x.topk(1)[0].exp())


MODELS = {
    "comparisons": (Written(comparisons), (floats(2, 3), floats(2, 3)), 0),
    "tests": (Written(of_elements), floats(2, 3), 0),
    "words compared": (Written(chosen_words, nn.Embedding(9, 4)), words(2, 5), 0),
    "a padding mask of words": (
        Written(padded_words, nn.Embedding(9, 8), ENCODER), autograd.tensor([[3, 4, 5, 0, 0], [1, 2, 3, 4, 0]]), None,
    ),
    "places": (Written(lambda model, x: (x.argmax(1), x.argmin(-1, keepdim=True))), floats(2, 5), 0),
    "sort": (Written(in_order), floats(2, 5, 3), 0),
    "sort along the batch": (Written(lambda model, x: x.sort(0)[0]), floats(2, 5), 0),
    "topk": (Written(first_in_order), floats(2, 5, 3), 0),
    "gather by an input": (Written(lambda model, x, i: x.gather(1, i) * 2), (floats(2, 5), words(2, 3) % 5), 0),
    "gather by places": (Written(lambda model, x: x.exp().gather(1, x.argsort(1))), floats(2, 5, 3), 0),
    "integers compared": (Written(lambda model, x, i: x * (i > 2).float()), (floats(2, 5), words(2, 5)), 0),
    "a threshold": (nn.Sequential(nn.Linear(3, 4), nn.Threshold(0.1, 20.0)), floats(2, 3), 0),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_decisions_are_exported(name, tmp_path):
    model, sample, dim = MODELS[name]
    exported(tmp_path, model, sample, dim)


def test_equal_elements_stay_in_their_order(tmp_path):
    model = Written(lambda model, x: (x.floor().sort(1)[1], x.floor().topk(4, 1)[1], x.floor().argmax(1)))
    exported(tmp_path, model, floats(2, 30), 0)


def test_of_two_that_are_equal_the_mask_is_that_of_the_comparison(tmp_path):
    file = exported(tmp_path, Written(lambda model, x: x * (x > 0)[:, None].squeeze(1)), floats(2, 5), 0)
    assert "Greater" in {node.op_type for node in file.graph.node}


REFUSALS = {
    "a choice of rows": lambda model, x: x[x > 0] * 2,
    "bits of integers": lambda model, x: x * (x.argmax(1, keepdim=True) & 1 > 0),
    "one place": lambda model, x: x[:, x[0].argmax()],
    "by NumPy": lambda model, x: autograd.where(autograd.tensor(x.detach().numpy() > 0), x, x * 2),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_decision_that_a_graph_cannot_follow_is_refused(what, tmp_path):
    with pytest.raises(NotImplementedError, match=r"to_onnx: .* \(in the model \(Written\), .*decisions\.py:\d+\): "):
        exported(tmp_path, Written(REFUSALS[what]), autograd.tensor(np.random.default_rng(0).normal(size=(3, 4))), 0)
    assert not list(tmp_path.iterdir())
