"""Whatever way a convolution is computed in, it is torch's: values, both gradients, what is infinite, and memory."""

import tracemalloc

import numpy as np
import pytest
import torch

import autograd
from nn import functional as F
from nn.functional import convolution_methods as methods
from nn.functional import winograd

# what is called on the way, images, kernels, options
CASES = {
    "by_windows": ((5, 3, 9, 8), (4, 3, 3, 3), {"padding": 1}),
    "by_windows with a stride": ((5, 32, 9, 8), (32, 32, 3, 3), {"padding": 1, "stride": 2}),
    "by_rows": ((5, 8, 9, 8), (6, 8, 5, 3), {"padding": (4, 2)}),
    "by_rows, dilated": ((5, 12, 11, 9), (10, 12, 3, 2), {"dilation": (2, 3)}),
    "by_rows in groups": ((5, 24, 7, 8), (20, 12, 3, 3), {"padding": 1, "groups": 2}),
    "by_rows, channel by channel": ((5, 6, 7, 8), (12, 1, 3, 3), {"padding": 1, "groups": 6}),
    "by_rows, padded by more than the kernel": ((2, 9, 5, 6), (10, 9, 2, 3), {"padding": 4}),
    "by_places": ((5, 9, 9, 8), (2, 9, 3, 4), {"padding": 1}),
    "by_places, dilated, in groups": ((5, 12, 9, 10), (4, 6, 2, 3), {"dilation": 2, "groups": 2}),
    "by_places back": ((5, 2, 9, 8), (9, 2, 3, 4), {"padding": (0, 2)}),
    "winograd": ((5, 33, 12, 10), (40, 33, 3, 3), {"padding": 1}),
    "winograd, odd sizes": ((5, 32, 13, 11), (36, 32, 3, 3), {"padding": (0, 2)}),
    "winograd, half of the tiles": ((40, 32, 5, 18), (32, 32, 3, 3), {}),
}
every = pytest.mark.parametrize(("images", "kernels", "options"), CASES.values(), ids=CASES)


def arrays(*shapes, dtype=np.float64):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def computed(m, functional, x, y, options, order=1):
    """The result, and its gradients of an order."""
    x, y = (m.tensor(a, requires_grad=True) for a in (x, y))
    out = functional.conv2d(x, y, **options)
    grad = torch.autograd.grad if m is torch else autograd.grad
    found = out
    for _ in range(order):
        found = grad((found * found).sum() if found is out else sum((g * g).sum() for g in found), [x, y],
                     create_graph=True)  # fmt: skip
    return [out.detach().numpy(), *(g.detach().numpy() for g in found)]


@every
@pytest.mark.parametrize("order", [1, 2])
def test_values_and_gradients_are_those_of_torch(images, kernels, options, order):
    x, y = arrays(images, kernels)
    ours = computed(autograd, F, x, y, options, order)
    theirs = computed(torch, torch.nn.functional, x, y, options, order)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * abs(b).max())
        assert a.flags.c_contiguous


@pytest.mark.parametrize("name", CASES)
def test_each_case_takes_the_way_that_it_is_for(name, monkeypatch):
    images, kernels, options = CASES[name]
    way = name.split(",")[0].split(" ")[0]
    taken = []
    for place, function, called in (
        (methods, "by_windows", "by_windows"), (methods, "by_rows", "by_rows"), (methods, "by_places", "by_places"),
        (winograd, "convolved", "winograd"), (winograd, "correlated", "winograd"),
    ):  # fmt: skip
        original = getattr(place, function)

        def spied(*given, original=original, called=called):
            taken.append(called)
            return original(*given)

        monkeypatch.setattr(place, function, spied)
    computed(autograd, F, *arrays(images, kernels), options)
    assert way in taken


def test_winograds_rounding_errors_are_no_larger_than_those_of_a_plain_product():
    x, y, g = arrays((16, 64, 16, 16), (64, 64, 3, 3), (16, 64, 16, 16), dtype=np.float32)
    one, widths = (1, 1), ((1, 1), (1, 1))
    settings = one, widths, one, 1

    def errors(plain, fast, *given):
        exact = plain(*[a.astype(np.float64) if isinstance(a, np.ndarray) else a for a in given])
        return [abs(found - exact).max() for found in (plain(*given), fast)]

    forward = winograd.convolved(x, y, widths, [slice(0, 16)])
    plain, fast = errors(lambda x, y: methods.by_windows(x, y, g.shape, *settings), forward, x, y)
    assert fast < 1.5 * plain
    back = winograd.correlated(x, g, widths, [slice(0, 16)])
    plain, fast = errors(lambda x, g: methods.correlation_by_windows(x, g, (3, 3), *settings), back, x, g)
    assert fast < 2 * plain


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38])
def test_what_is_not_finite_stays_where_it_is_in_torch(value):
    x, y = arrays((2, 32, 8, 8), (32, 32, 3, 3), dtype=np.float32)
    x[1, 5, 3, 4] = value
    y = abs(y)
    with autograd.no_grad(), torch.no_grad():
        ours = F.conv2d(autograd.tensor(x), autograd.tensor(y), padding=1).numpy()
        theirs = torch.nn.functional.conv2d(torch.tensor(x), torch.tensor(y), padding=1).numpy()
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    assert (np.isposinf(ours) == np.isposinf(theirs)).all()


@every
def test_no_way_needs_more_memory_than_a_few_images_written_out_as_columns(images, kernels, options):
    x, y = (autograd.tensor(a) for a in arrays((64, *images[1:]), kernels))
    with autograd.no_grad():
        tracemalloc.start()
        out = F.conv2d(x, y, **options)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    padded = x.numpy().nbytes * 4
    assert peak < out.numpy().nbytes + padded + 4 * methods.NEAR
