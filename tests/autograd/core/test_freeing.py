"""What a graph keeps is freed during the walk, value by value, as soon as the last rule that reads it has run."""

import gc
import tracemalloc
import weakref
from itertools import pairwise

import pytest

import autograd
import nn
from autograd.hooks import node_of, observe
from nn import functional as F
from tests.traced import tracing

N = 2**16
SIZE = 4 * N  # bytes


@pytest.fixture(autouse=True)
def without_collector():
    """Reference counts alone decide what lives."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def watched(loss, look):
    """Walk back from `loss`; what `look()` says after every step, by the name of the op."""
    seen = []

    class Watch:
        def pulled(self, node, g, gradients):
            seen.append((node.op.name, look()))

    end = observe(Watch())
    try:
        loss.backward()
    finally:
        end()
    return seen


def memory(tensor):
    return weakref.ref(tensor._array)


def freed(loss, **held):
    """For each array, after how many steps of the walk it was gone; None: it never was."""
    seen = watched(loss, lambda: [name for name, ref in held.items() if ref() is None])
    last = [*(gone for _, gone in seen), [name for name, ref in held.items() if ref() is None]]
    return {name: next((i for i, gone in enumerate(last) if name in gone), None) for name in held}


def test_memory_falls_with_every_step_of_a_chain():
    x, w = autograd.ones(N, requires_grad=True), autograd.ones(1, requires_grad=True)
    with tracing() as more:
        y = x
        for _ in range(6):
            y = (y * w).relu()
        loss = y.sum()
        del y
        assert more() == 6 * SIZE
        seen = watched(loss, more)
        assert more() == SIZE + 4  # the gradients of x and w
    relus = [bytes for name, bytes in seen if name == "relu"]
    assert [a - b for a, b in pairwise(relus[1:])] == [SIZE] * 4
    assert max(bytes for _, bytes in seen) <= 8 * SIZE + 64


def test_a_step_holds_nothing_of_the_step_before():
    """Where w was broadcast, its gradient before it is summed is as large as an activation."""
    x, w = autograd.ones(N, requires_grad=True), autograd.ones(1, requires_grad=True)
    loss = ((x * w).relu() * w).relu().sum()

    def look():
        memory = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        return memory

    tracemalloc.start()
    try:
        seen = watched(loss, look)
    finally:
        tracemalloc.stop()
    assert [name for name, _ in seen] == ["sum", "relu", "mul", "relu", "mul"]
    before, peak = seen[2][1][0], seen[3][1][1]
    assert peak - before < 0.1 * SIZE  # the gradient that relu makes has taken the place of w's


def test_what_one_node_reads_is_gone_when_the_next_one_has_run():
    x = autograd.ones(N, requires_grad=True)
    a = x.exp()
    b = a.tanh()
    c = b.sigmoid()
    loss, held = c.sum(), {"a": memory(a), "b": memory(b), "c": memory(c)}
    del a, b, c
    assert freed(loss, **held) == {"c": 2, "b": 3, "a": 4}  # of the steps sum, sigmoid, tanh, exp


def test_a_value_that_several_nodes_read_is_freed_after_the_last_of_them():
    x = autograd.ones(N, requires_grad=True)
    y = x * 2
    early, late = y * y, y.exp() * y
    loss, held = (early * late).sum(), memory(y)
    del y, early, late
    assert freed(loss, y=held) == {"y": 5}  # sum, early * late, exp * y, exp, y * y, x * 2


def test_a_base_is_freed_with_the_last_of_its_views():
    x = autograd.ones(4, N, requires_grad=True)
    base = x * 2
    first, turned = base[0], base.reshape(2, -1).T
    loss, held = turned.exp().sum() + (first * first).sum(), memory(base)
    del base, first, turned
    assert freed(loss, base=held) == {"base": 3}  # add, sum, first * first, sum, exp, …


LAYERS = {
    "linear": (lambda: nn.Linear(8, 8), (4, 8)),
    "conv": (lambda: nn.Conv2d(2, 3, 3, padding=1), (2, 2, 8, 8)),
    "batch norm": (lambda: nn.BatchNorm2d(2), (2, 2, 8, 8)),
    "layer norm": (lambda: nn.LayerNorm(8), (4, 8)),
    "dropout": (lambda: nn.Dropout(0.5), (64, 64)),
    "pool": (lambda: nn.MaxPool2d(2), (2, 2, 8, 8)),
    "lstm": (lambda: nn.LSTM(8, 8, batch_first=True), (2, 5, 8)),
    "gru": (lambda: nn.GRU(8, 8, batch_first=True), (2, 5, 8)),
    "attention": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), (2, 5, 8)),
    "weight norm": (lambda: nn.utils.weight_norm(nn.Linear(8, 8)), (4, 8)),
    "spectral norm": (lambda: nn.utils.spectral_norm(nn.Linear(8, 8)), (4, 8)),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of weight_norm
@pytest.mark.parametrize("name", LAYERS)
def test_no_module_keeps_anything_of_a_pass_but_gradients(name):
    make, shape = LAYERS[name]
    layer, x = make(), autograd.randn(*shape, requires_grad=True)

    def step():
        out = layer(x)
        out = out[0] if isinstance(out, tuple) else out
        node = weakref.ref(node_of(out))
        (out * out).sum().backward()
        return node

    step()
    with tracing() as more:
        step()
        layer(x)  # without backward
        kept = more()  # such as a weight that is computed in every pass
        node = step()
        assert node() is None or not node().saved
        layer(x)
        assert more() == kept


def test_the_loss_of_logits_takes_two_arrays_of_their_size_at_most():
    """The gradient, and where the targets are; the softmax is made in place."""
    x, target = autograd.randn(256, 1024, requires_grad=True), autograd.randint(0, 1024, (256,))
    tracemalloc.start()
    try:
        loss = F.cross_entropy(x, target)
        assert tracemalloc.get_traced_memory()[1] < 1.1 * x.nbytes
        tracemalloc.reset_peak()
        loss.backward()
        assert tracemalloc.get_traced_memory()[1] < 2.1 * x.nbytes
    finally:
        tracemalloc.stop()
