"""What a graph keeps for backward is counted to the byte, each buffer once."""

import numpy as np
import pytest

import autograd
import nn
from autograd import saved_bytes
from nn import functional as F
from tests.traced import tracing


def leaf(*shape):
    return autograd.randn(*shape, requires_grad=True)


KEPT = {
    "nothing, since no rule reads values": (lambda x: (x + x).sum(), 0),
    "a leaf, which does not count": (lambda x: (x * x).sum(), 0),
    "a result": (lambda x: x.exp().sum(), 400),
    "one buffer that two nodes save": (lambda x: ((y := x.exp()) * y.sin()).sum(), 800),
    "the base of a view, in full": (lambda x: (x * 1)[:1].sin().sum(), 400),
    "two views of one base": (lambda x: ((y := x * 1)[:5].reshape(25, 2).sin().sum() + y[5:].cos().sum()), 400),
    "what was broadcast in its own size": (lambda x: (x[:, :1] * 1).expand(10, 10).sin().sum(), 40),
    "a mask": (lambda x: autograd.where(autograd.ones(10, 10) > 0, x, 0.0).sum(), 100),
    "an index": (lambda x: x[autograd.tensor([1, 2])].sum(), 16),
    "several in a row": (lambda x: autograd.cat([x.exp(), x.sin()]).prod(), 400 + 800),
    "a number": (lambda x: x.sum().exp(), 0),
}  # fmt: skip


@pytest.mark.parametrize("what", KEPT)
def test_each_buffer_that_is_kept_counts_once(what):
    function, size = KEPT[what]
    x = leaf(10, 10)
    with tracing() as more:
        out = function(x)
        assert saved_bytes(out) == more() == size


def test_the_batch_counts_unless_it_is_said_to_be_there_anyway():
    net, x = nn.Linear(4, 2), autograd.ones(8, 4)
    assert saved_bytes(net(x).sum()) == x.nbytes
    assert saved_bytes(net(x).sum(), without=x) == 0
    assert saved_bytes(net(x).sum(), without=[x[:2]]) == 0


def test_several_roots_count_what_they_share_once():
    x = leaf(100)
    y = x.exp()
    assert saved_bytes([y.sin(), y.cos()]) == 400
    assert saved_bytes([]) == saved_bytes(autograd.ones(3)) == saved_bytes(x) == 0


def test_nothing_is_kept_after_backward_unless_the_graph_is_retained():
    loss = leaf(100).exp().sum()
    loss.backward(retain_graph=True)
    assert saved_bytes(loss) == 400
    loss.backward()
    assert saved_bytes(loss) == 0


def test_what_a_function_of_the_users_keeps_counts_saved_or_hung_on_its_context():
    class Double(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.own = np.zeros(7)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    assert saved_bytes(Double.apply(leaf(100) * 1).sum()) == 400 + 56


def test_a_leaf_that_is_gone_is_kept_by_the_graph_alone():
    x, w = leaf(100), leaf(100)
    out = (x * w).sum()
    assert saved_bytes(out) == 0
    del w
    assert saved_bytes(out) == 400


def test_pictures_count_in_the_same_way():
    net = nn.MLP(8, [8, 8])
    out = net(autograd.ones(5, 8)).relu().sum()
    source = autograd.draw(out, net=net, depth=0, values=False).source
    assert "saves 320 B" in source  # the batch, and the result of the ReLU inside
    assert saved_bytes(out) == 480


def test_only_tensors_have_a_graph():
    with pytest.raises(TypeError, match="saved_bytes: expected tensors, got ndarray"):
        saved_bytes([np.ones(3)])
    with pytest.raises(TypeError, match="saved_bytes: expected tensors, got int"):
        saved_bytes([1])


def test_a_training_step_of_each_kind_of_network_keeps_what_tracemalloc_says():
    nets = [
        (nn.MLP(20, [30, 5]), autograd.randn(16, 20)),
        (nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                       nn.Linear(36, 5)), autograd.randn(16, 1, 8, 8)),
        (nn.Sequential(nn.TransformerEncoderLayer(8, 2, 16, 0.1, batch_first=True), nn.Flatten(), nn.Linear(24, 5)),
         autograd.randn(16, 3, 8)),
    ]  # fmt: skip
    target = autograd.randint(0, 5, (16,))
    for net, x in nets:
        F.cross_entropy(net(x), target).backward()
        with tracing() as more:
            loss = F.cross_entropy(net(x), target)
            assert saved_bytes(loss, without=[x, target]) == more() > 0
