"""Calls whose results are whole numbers, places or refusals: each gives, or refuses, what it does in torch."""

import warnings

import numpy as np
import pytest
import torch

import autograd
from nn import functional
from tests.cases.calls import INF, NAN, ROWS, Given
from tests.oracle import outputs_of


def outcome(m, row):
    """What the row gives, all tensors as arrays; or the exception."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = eval(row, {"m": m, "g": Given(m), "NAN": NAN, "INF": INF})
        except (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError) as refusal:
            return refusal
    return [np.asarray(part.detach().numpy() if hasattr(part, "detach") else part) for part in outputs_of(found)]


@pytest.mark.parametrize("row", ROWS, ids=[row[:60] for row in ROWS])
def test_it_gives_or_refuses_what_torch_does(row):
    ours, theirs = outcome(autograd, row), outcome(torch, row)
    if isinstance(theirs, Exception):
        assert isinstance(ours, type(theirs)), f"torch: {theirs!r}, ours: {ours!r}"
        return
    if isinstance(ours, Exception):
        raise ours
    assert [part.dtype for part in ours] == [part.dtype for part in theirs]
    for mine, expected in zip(ours, theirs, strict=True):
        assert mine.shape == expected.shape
        np.testing.assert_allclose(mine, expected, rtol=2e-5, atol=2e-6)


WITHOUT_DERIVATIVE = {
    "unique": lambda x: autograd.unique(x), "unique_consecutive": lambda x: x.unique_consecutive(),
    "histogram": lambda x: x.histogram(3).hist, "heaviside": lambda x: autograd.heaviside(x, x.detach()),
    "linalg.svd": lambda x: autograd.linalg.svd(x).U, "linalg.qr": lambda x: autograd.linalg.qr(x, "complete").Q,
    "linalg.qr ": lambda x: autograd.linalg.qr(x, "r").R, "nextafter": lambda x: x.nextafter(x.detach() + 1),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT_DERIVATIVE)
def test_what_has_no_derivative_says_so_when_it_is_asked_for(name):
    x = autograd.tensor([[1.0, 2.0], [3.0, 5.0], [2.0, 0.5]], requires_grad=True)
    result = WITHOUT_DERIVATIVE[name](x)
    assert result.requires_grad
    with pytest.raises(NotImplementedError, match=f"the derivative for '?{name.strip()}"):
        result.sum().backward()
    with autograd.no_grad():
        assert not WITHOUT_DERIVATIVE[name](x).requires_grad


@pytest.mark.parametrize("call", [
    lambda x: autograd.vander(x), lambda x: autograd.vander(x, 3, increasing=True),
    lambda x: autograd.linalg.cond(x.reshape(2, 2), "fro"), lambda x: autograd.matrix_power(x.reshape(2, 2), 0),
    lambda x: autograd.cdist(x.reshape(2, 2), x.reshape(2, 2) + 3, 2),
    lambda x: autograd.cov(x, fweights=autograd.arange(4)),
    lambda x: autograd.scatter(x * 1, 0, autograd.tensor([0, 0, 1]), x[1:], reduce="multiply"),
    lambda x: autograd.scatter(x * 1, 0, autograd.tensor([0, 0, 1]), x[1:], reduce="add"),
])  # fmt: skip
def test_where_torch_has_no_derivative_ours_is_the_limit_of_differences(call):
    x = autograd.tensor([1.5, -0.5, 2.0, 0.7], dtype=autograd.float64, requires_grad=True)
    assert autograd.gradcheck(call, [x])
    assert autograd.gradgradcheck(call, [x])


@pytest.mark.parametrize("zeros", [(), (0,), (2,), (0, 2), (1, 2)])
def test_the_gradient_of_a_scattered_product_is_exact_where_factors_are_0(zeros):
    x, y = autograd.tensor([2.0, 3.0], dtype=autograd.float64), autograd.tensor([4.0, 5.0, 6.0], dtype=autograd.float64)
    for i in zeros:
        y[i] = 0
    x.requires_grad_(), y.requires_grad_()
    places = autograd.tensor([0, 0, 0])
    assert autograd.gradcheck(lambda x, y: x.scatter_reduce(0, places, y, "prod"), [x, y])


def test_multinomial_draws_in_the_ratio_of_the_weights():
    weights = autograd.tensor([[1.0, 0.0, 3.0], [2.0, 2.0, 4.0]])
    drawn = autograd.multinomial(weights, 20000, replacement=True, generator=autograd.Generator().manual_seed(0))
    shares = np.stack([np.bincount(row, minlength=3) for row in drawn.numpy()]) / 20000
    np.testing.assert_allclose(shares, [[0.25, 0, 0.75], [0.25, 0.25, 0.5]], atol=0.015)


def test_multinomial_without_replacement_draws_each_once_and_those_without_weight_last():
    weights = autograd.tensor([0.0, 1.0, 0.0, 5.0])
    generator = autograd.Generator().manual_seed(0)
    drawn = np.stack([autograd.multinomial(weights, 4, generator=generator).numpy() for _ in range(2000)])
    assert (np.sort(drawn, 1) == np.arange(4)).all()
    assert {*np.unique(drawn[:, :2])} == {1, 3}
    assert np.mean(drawn[:, 0] == 3) == pytest.approx(5 / 6, abs=0.03)


def test_what_is_drawn_follows_from_the_seed():
    def draw():
        autograd.manual_seed(3)
        x = autograd.full((50,), 4.0)
        return [*x.multinomial(20).tolist(), *autograd.poisson(x).tolist(), *autograd.randint_like(x, 9).tolist()]

    assert draw() == draw()
    assert np.mean(autograd.poisson(autograd.full((4000,), 4.0)).numpy()) == pytest.approx(4, abs=0.2)


def test_distances_of_many_points_take_no_more_memory_than_their_product():
    import tracemalloc

    x = autograd.randn(400, 500)
    tracemalloc.start()
    autograd.cdist(x, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 400 * 400 * 4


def test_lists_of_splits_are_views():
    x = autograd.arange(12.0).reshape(3, 4)
    x.hsplit(2)[1].fill_(0)
    x.tensor_split(2)[1].add_(1)
    assert x.tolist() == [[0, 1, 0, 0], [4, 5, 0, 0], [9, 10, 1, 1]]


def test_a_write_that_fails_leaves_the_tensor_as_it_was():
    x = autograd.arange(4.0)
    with pytest.raises(RuntimeError, match="out of bounds"):
        x.scatter_(0, autograd.tensor([0, 9]), autograd.ones(2))
    with pytest.raises(IndexError, match="out of range"):
        x.put_(autograd.tensor([1, 8]), autograd.ones(2))
    assert x.tolist() == [0, 1, 2, 3]
    leaf = autograd.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf"):
        leaf.index_fill_(0, autograd.tensor([0]), 2.0)
    assert leaf.tolist() == [1, 1, 1]


SHARING = {
    "scatter_": lambda m, x, i: x.scatter_(0, i, x), "put_": lambda m, x, i: x.put_(i, x),
    "scatter_reduce_": lambda m, x, i: x.scatter_reduce_(0, i, x, "sum"),
    "index_add_": lambda m, x, i: x.index_add_(0, i, x), "index_copy_": lambda m, x, i: x.index_copy_(0, i, x),
    "index_put_": lambda m, x, i: x.index_put_((i,), x),
    "masked_scatter_": lambda m, x, i: x.masked_scatter_(x > 1, x), "an index": lambda m, x, i: i.scatter_(0, i, 1),
    "a part": lambda m, x, i: x[1:].scatter_(0, i[1:] * 0, x[:-1]), "an index ": lambda m, x, i: i.index_put_((i,), i),
}  # fmt: skip


@pytest.mark.parametrize("name", SHARING)
def test_a_write_reads_nothing_of_the_memory_that_it_writes_to_as_in_torch(name):
    def write(m):
        x, i = m.arange(4.0), m.tensor([1, 0, 3, 2])
        try:
            SHARING[name](m, x, i)
        except RuntimeError as error:
            return str(error).partition("unsupported operation")[1]
        return x.tolist()

    assert write(autograd) == write(torch)


def test_the_cosine_of_a_vector_shorter_than_eps_has_the_gradient_of_its_norm():
    gradients = []
    for m, cosine in ((autograd, functional.cosine_similarity), (torch, torch.nn.functional.cosine_similarity)):
        x = m.tensor([[1e-9, 2e-9], [1.0, 2.0], [0.0, 0.0]], dtype=m.float64, requires_grad=True)
        cosine(x, m.tensor([[3.0, 1.0]], dtype=m.float64)).sum().backward()
        gradients.append(x.grad.numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-12)
