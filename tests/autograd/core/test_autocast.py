"""Under autocast every operation has the dtype that it has in torch on the CPU, and gradients are in float32."""

import asyncio
import threading
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
import torch

import autograd
import nn
from autograd.hooks import observe
from nn import functional as F
from tests.cases import CASES
from tests.oracle import OURS, TORCH, outputs_of

HALVES = ("float16", "bfloat16")
DIFFERENCES = {  # case: why its dtype is another than torch's
    "addr": "torch promotes; here all must have one dtype",
    "index_copy": "torch promotes; here both must have one dtype",
    "x.index_copy": "likewise",
    "index_put mask": "torch writes another dtype",
    "einsum i,j->ij": "torch multiplies, and einsum is a product of matrices here",
    "einsum ij,k->ik": "likewise",
    "linalg.pinv": "torch's is made of products in 16 bits; here it is in float32",
    "linalg.pinv wide": "likewise",
    "linalg.matrix_exp": "float32 stays float32 here",
    "x.matrix_exp squared": "likewise",
    "linalg.matrix_rank": "not of bfloat16",
    "lstm": "torch's oneDNN serves inputs of one dtype only",
    "lstm without bias": "likewise",
    "lstm from the end": "likewise",
    "lstm packed": "likewise",
}


def autocast(m, half, **options):
    library = autograd if m is OURS else torch
    return library.autocast("cpu", dtype=getattr(library, half), **options)


def dtypes_of(m, case, given, half):
    """What the results have, or the error, if the inputs have the dtypes `given`."""
    try:
        inputs = [m.tensor(a.astype("float32")).to(getattr(m, d)) for a, d in zip(case.arrays(), given)]
        with warnings.catch_warnings(), autocast(m, half):
            warnings.simplefilter("ignore")
            return [str(getattr(out, "dtype", None)).split(".")[-1] for out in outputs_of(case.fn(m, *inputs))]
    except Exception as error:  # what torch refuses is not compared
        return error


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("case", [case for case in CASES if case.name not in DIFFERENCES], ids=repr)
def test_every_operation_has_the_dtype_that_it_has_in_torch(case, half):
    n = len(case.specs)
    for given in {("float32",) * n, (half,) * n, (half, *("float32",) * (n - 1))}:
        expected = dtypes_of(TORCH, case, given, half)
        if not isinstance(expected, Exception):
            assert dtypes_of(OURS, case, given, half) == expected, given


def test_the_differences_are_some():
    assert {case.name for case in CASES} >= DIFFERENCES.keys()


def net(m, weights, x, target):
    w1, w2, b = weights
    h = m.linear(x, w1, b)
    return m.cross_entropy(m.relu(h) @ w2, target)


@pytest.mark.parametrize("half", HALVES)
def test_gradients_are_float32_and_those_of_torch_within_the_rounding(half):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype(np.float32) for shape in ((32, 16), (32, 5), (32,), (64, 16))]
    classes = rng.integers(0, 5, 64)
    grads = []
    for m in (OURS, TORCH):
        weights = [m.tensor(a, requires_grad=True) for a in arrays[:3]]
        with autocast(m, half):
            loss = net(m, weights, m.tensor(arrays[3]), m.tensor(classes))
        assert str(loss.dtype).endswith("float32")
        loss.backward()
        grads.append([w.grad.numpy() for w in weights])
    for ours, theirs in zip(*grads, strict=True):
        assert ours.dtype == theirs.dtype == np.float32
        assert np.abs(ours - theirs).max() < {"float16": 1e-3, "bfloat16": 1e-2}[half] * np.abs(theirs).max()


def product(x=None, w=None):
    x, w = autograd.ones(2, 3) if x is None else x, autograd.ones(3, 2) if w is None else w
    return (x @ w).dtype


def test_regions_nest_and_end():
    with autograd.autocast("cpu", dtype=autograd.float16):
        assert product() == np.float16
        with autograd.autocast("cpu", enabled=False):
            assert product() == np.float32
            assert not autograd.is_autocast_enabled("cpu")
            with autograd.autocast("cpu"):
                assert product() == autograd.bfloat16 == autograd.get_autocast_dtype("cpu")
        assert product() == np.float16
        with pytest.raises(ZeroDivisionError), autograd.autocast("cpu"):
            _ = 1 / 0
        assert (product(), autograd.is_autocast_enabled("cpu")) == (np.float16, True)
        with autograd.autocast("mps"):
            assert product() == np.float16
    assert (product(), autograd.is_autocast_enabled("cpu")) == (np.float32, False)


def test_one_autocast_can_be_entered_again_and_within_itself():
    cast = autograd.autocast("cpu", dtype=autograd.float16)
    with cast, cast:
        assert product() == np.float16
    with cast:
        assert product() == np.float16
    assert product() == np.float32


def test_it_decorates():
    @autograd.autocast("cpu", dtype=autograd.float16)
    def f(x):
        """What it is."""
        return product(x)

    assert (f(autograd.ones(4, 3)), product(), f.__doc__) == (np.float16, np.float32, "What it is.")

    class Net(nn.Module):
        @autograd.autocast("cpu", dtype=autograd.float16)
        def forward(self, x):
            return F.linear(x, autograd.ones(2, 3))

    assert Net()(autograd.ones(4, 3)).dtype == np.float16


def late():
    yield 1


async def later():
    pass


@pytest.mark.parametrize("bad", [late, later, 3])
def test_what_runs_after_the_call_is_not_decorated(bad):
    with pytest.raises(TypeError, match=r"write `with` inside it|requires a callable, but got int"):
        autograd.autocast("cpu")(bad)


def test_it_belongs_to_its_thread():
    found = []
    with autograd.autocast("cpu", dtype=autograd.float16):
        thread = threading.Thread(target=lambda: found.append(product()))
        thread.start()
        thread.join()
    assert found == [np.float32]


def test_it_belongs_to_its_coroutine():
    async def cast(turn):
        with autograd.autocast("cpu", dtype=autograd.float16):
            await turn.wait()
            return product()

    async def plain(turn):
        await asyncio.sleep(0)
        found = product(), autograd.ones(3).exp().dtype, autograd.ones(2).prod().dtype
        turn.set()
        return found

    async def both():
        turn = asyncio.Event()
        return await asyncio.gather(cast(turn), plain(turn))

    assert asyncio.run(both()) == [np.float16, (np.float32,) * 3]
    assert product() == np.float32


class Watch:
    """Keeps what the second input of every product was."""

    def __init__(self, seen):
        self.seen = seen

    def recorded(self, node, inputs, out):
        if node.op.name == "matmul":
            self.seen.append(inputs[1])


@contextmanager
def watched(seen):
    stop = observe(Watch(seen))
    try:
        yield
    finally:
        stop()


def test_a_parameter_is_cast_once_until_it_is_written_to():
    w, x = autograd.ones(3, 2, requires_grad=True), autograd.ones(4, 3)
    seen = []
    with watched(seen), autograd.autocast("cpu"):
        first, second = x @ w, x @ w
        with autograd.no_grad():
            w.mul_(2)
        third = x @ w
        autograd.clear_autocast_cache()
        _ = x @ w
    assert seen[0] is seen[1]
    assert len({id(y) for y in seen}) == 3
    assert (first.tolist(), third.tolist()) == (second.tolist(), [[6, 6]] * 4)
    (first + second + third).sum().backward()
    assert (w.grad.dtype, w.grad.tolist()) == (np.float32, [[12, 12]] * 3)


def test_a_parameter_may_be_cast_every_time():
    w, seen = autograd.ones(3, 2, requires_grad=True), []
    with watched(seen), autograd.autocast("cpu", cache_enabled=False):
        _ = autograd.ones(4, 3) @ w, autograd.ones(4, 3) @ w
    assert seen[0] is not seen[1]


def test_a_graph_made_without_recording_does_not_spoil_one_that_is_recorded():
    w = autograd.ones(3, 2, requires_grad=True)
    with autograd.autocast("cpu"):
        with autograd.no_grad():
            _ = autograd.ones(1, 3) @ w
        out = autograd.ones(1, 3) @ w
    out.sum().backward()
    assert w.grad.tolist() == [[1, 1]] * 3


def test_float64_stays_and_does_not_mix():
    x = autograd.ones(2, 2, dtype=autograd.float64)
    with autograd.autocast("cpu", dtype=autograd.float16):
        assert product(x, x) == np.float64
        with pytest.raises(RuntimeError, match="m1 and m2 to have the same dtype, but got: double != c10::Half"):
            product(x, autograd.ones(2, 2))


def test_second_derivatives_go_through_it():
    x = autograd.tensor([[0.5, 0.25]], requires_grad=True)
    w = autograd.tensor([[2.0], [4.0]])
    with autograd.autocast("cpu", dtype=autograd.float16):
        y = (x @ w) ** 3
    (slope,) = autograd.grad(y.sum(), x, create_graph=True)
    (bend,) = autograd.grad(slope.sum(), x)
    assert (slope.dtype, slope.tolist()) == (np.float32, [[24, 48]])
    assert bend.tolist() == [[6 * 2 * 2 * 6, 6 * 2 * 4 * 6]]


def test_what_is_saved_has_16_bits():
    w = autograd.randn(8, 8, requires_grad=True)
    with autograd.autocast("cpu", dtype=autograd.float16):
        out = F.relu(F.linear(autograd.randn(4, 8), w))
    nodes = autograd.hooks.reachable([autograd.hooks.node_of(out)])
    saved = [x for node in nodes if node.edges for x in node.saved_values.values() if isinstance(x, np.ndarray)]
    assert {x.dtype for x in saved} == {np.dtype(np.float16)}


@pytest.mark.parametrize("layer", [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(3), nn.GroupNorm(3, 3), nn.AdaptiveAvgPool2d(2)])
@pytest.mark.parametrize("half", HALVES)
def test_layers_of_images_keep_what_comes_in_16_bits(layer, half):
    x = autograd.randn(2, 3, 6, 6, requires_grad=True)
    with autograd.autocast("cpu", dtype=getattr(autograd, half)):
        out = layer(x.to(getattr(autograd, half)))
    out.sum().backward()
    assert (out.dtype, x.grad.dtype) == (getattr(autograd, half), np.float32)
    assert all(p.grad.dtype == np.float32 for p in layer.parameters())


def test_what_it_cannot_do_warns_and_raises_as_torch():
    for options in ({"dtype": "float32"}, {"dtype": "float64"}):
        messages = []
        for library in (autograd, torch):
            with pytest.warns(UserWarning, match="target dtype is not supported") as caught:
                library.autocast("cpu", dtype=getattr(library, options["dtype"]))
            messages.append(str(caught[0].message))
            assert caught[0].filename == __file__
        assert messages[0] == messages[1]
    for bad, error in (("gpu", RuntimeError), ("meta", RuntimeError), (1, ValueError)):
        for library in (autograd, torch):
            with pytest.raises(error):
                library.autocast(bad)
    with pytest.raises(RuntimeError, match="unsupported autocast device_type 'gpu'"):
        autograd.get_autocast_dtype("gpu")
