"""Backward hooks of modules see and replace the gradients that torch's do."""

import gc
import weakref
from collections import namedtuple

import pytest
import torch

import autograd
import nn
from tests.hooked import SIDES, both, leaves, module, product, shown, watch

Pair = namedtuple("Pair", "first second")


def test_gradients_of_a_network_pass_its_modules_from_the_outside_in_and_back_out():
    def run(m, layers):
        net, seen = layers.Sequential(layers.Linear(2, 2), layers.Sequential(layers.Tanh(), layers.Linear(2, 1))), []
        for i, p in enumerate(net.parameters()):
            p.data = m.linspace(-1, 1 + i, p.numel(), dtype=m.float64).reshape(p.shape)
        for name, layer in net.named_modules():
            watch(layer, seen, name)
        (x,) = leaves(m, [[0.5, -1.0], [2.0, 1.0]], dtype=m.float64)
        net(x).sum().backward()
        return seen, shown(x.grad)

    ours, theirs = (run(m, layers) for m, layers in SIDES)
    assert [row[:2] for row in ours[0]] == [row[:2] for row in theirs[0]]
    for mine, other in zip(ours[0], theirs[0], strict=True):
        for a, b in zip(mine[2:], other[2:], strict=True):
            assert a[0] == [pytest.approx(row, rel=1e-12) for row in b[0]]
    assert ours[1] == [pytest.approx(row, rel=1e-12) for row in theirs[1]]


def test_several_inputs_and_outputs_come_in_one_tuple():
    def run(m, layers):
        layer, seen = module(layers, lambda x, n, y: (x * y, "text", y * n, x.exp() * 0)), []
        watch(layer, seen)
        x, y = leaves(m, [1.0, 2.0], [3.0, 4.0])
        product, text, scaled, unused = layer(x, 7, y)
        (product * 2 + scaled).sum().backward()
        return [seen, text, shown(x.grad), shown(y.grad)]

    both(run)


def test_gradients_are_replaced_on_their_way_out_and_in():
    def run(m, layers):
        layer, seen = product(layers), []
        layer.register_full_backward_pre_hook(lambda module, out: (out[0] * 10,))
        layer.register_full_backward_pre_hook(lambda module, out: seen.append(shown(out)))
        layer.register_full_backward_hook(lambda module, into, out: (into[0] + 1, into[1] + 2))
        layer.register_full_backward_hook(lambda module, into, out: seen.append([shown(into), shown(out)]))
        layer.register_full_backward_hook(lambda module, into, out: (into[1], into[0]))
        x, y = leaves(m, [1.0, 2.0], [3.0, 4.0])
        layer(x, y).sum().backward()
        return [seen, shown(x.grad), shown(y.grad)]

    both(run)


def test_a_gradient_replaced_by_none_is_zero():
    """torch then passes none on."""
    layer = product(nn)
    layer.register_full_backward_hook(lambda module, into, out: (None, into[1]))
    x, y = leaves(autograd, [1.0, 2.0], [3.0, 4.0])
    layer(x, y).sum().backward()
    assert [shown(x.grad), shown(y.grad)] == [[0.0, 0.0], [1.0, 2.0]]


def test_one_tensor_given_twice_gets_both_gradients():
    def run(m, layers):
        layer = product(layers)
        layer.register_full_backward_hook(lambda module, into, out: (into[0] * 10, into[1]))
        (x,) = leaves(m, [3.0])
        (layer(x, x) + x).sum().backward()
        return shown(x.grad)

    assert both(run) == [34.0]


@pytest.mark.parametrize("other", ["float", "float64", "int", "bool", "number"])
def test_an_input_without_grad_has_a_gradient_of_zeros_and_what_is_no_tensor_has_none(other):
    def run(m, layers):
        layer, seen = product(layers), []
        watch(layer, seen)
        (x,) = leaves(m, [1.0, 2.0])
        given = {"float": m.ones(2), "float64": m.ones(2, dtype=m.float64), "int": m.tensor([1, 2]),
                 "bool": m.tensor([True, False]), "number": 2.0}  # fmt: skip
        layer(x, given[other], None).sum().backward()
        return [seen, shown(x.grad)]

    both(run)


def test_without_an_input_that_requires_grad_the_hook_is_called_for_the_outputs():
    def run(m, layers):
        layer, seen = layers.Linear(2, 1), []
        watch(layer, seen)
        layer.register_full_backward_pre_hook(lambda module, out: (out[0] * 3,))
        with pytest.warns(UserWarning, match="no inputs require gradients"):
            layer(m.ones(1, 2)).sum().backward()
        return [seen, shown(layer.bias.grad)]

    both(run)


def test_without_an_output_that_requires_grad_nothing_is_called():
    def run(m, layers):
        layer, seen = layers.ReLU(), []
        watch(layer, seen)
        assert not layer(m.ones(2)).requires_grad
        with m.no_grad():
            assert not layer(*leaves(m, [1.0])).requires_grad
        layer(*leaves(m, [1.0]))
        return seen

    assert both(run) == []


@pytest.mark.parametrize("given", [(None, None, None), ()], ids=repr)
@pytest.mark.parametrize("kind", ["full_backward", "full_backward_pre"])
def test_another_number_of_gradients_is_refused(kind, given):
    def run(m, layers):
        layer = product(layers)
        getattr(layer, f"register_{kind}_hook")(lambda *shown: given)
        with pytest.raises(RuntimeError, match="returned an invalid number of grad_") as error:
            layer(*leaves(m, [1.0], [2.0])).sum().backward()
        return str(error.value)

    both(run)


def test_a_gradient_of_another_shape_is_refused():
    def run(m, layers):
        layer = layers.ReLU()
        layer.register_full_backward_hook(lambda module, into, out: (m.ones(3),))
        with pytest.raises(RuntimeError, match=r"hook .*has changed the"):
            layer(*leaves(m, [1.0])).sum().backward()

    both(run)


def test_without_inputs_that_require_grad_there_is_nothing_to_replace():
    def run(m, layers):
        layer = layers.Linear(2, 1)
        layer.register_full_backward_hook(lambda module, into, out: (m.ones(1, 2),))
        with pytest.warns(UserWarning), pytest.raises(RuntimeError, match="should always return None"):  # noqa: PT030
            layer(m.ones(1, 2)).sum().backward()

    both(run)


def test_a_list_as_output_is_warned_of_and_left_alone():
    def run(m, layers):
        layer, seen = module(layers, lambda x: [x * 2]), []
        watch(layer, seen)
        (x,) = leaves(m, [1.0])
        with pytest.warns(UserWarning, match="output should be a Tensor or a tuple of Tensors but received"):
            (out,) = layer(x)
        out.sum().backward()
        return [seen, shown(x.grad)]

    both(run)


def test_a_named_tuple_stays_one():
    def run(m, layers):
        layer, seen = module(layers, lambda x: Pair(x * 2, x * 3)), []
        watch(layer, seen)
        out = layer(*leaves(m, [1.0]))
        out.second.sum().backward()
        return [type(out) is Pair, seen]

    both(run)


def test_second_derivatives_go_through_the_gates_and_hooks_may_compute_with_gradients():
    def run(m, layers):
        layer, seen = product(layers), []
        layer.register_full_backward_hook(
            lambda module, into, out: seen.append([g.requires_grad for g in (*into, *out)]) or (into[0] * 2, into[1])
        )
        x, y = leaves(m, [1.0, 2.0], [3.0, 4.0])
        z = layer(x, y)
        gx, gy = (m.autograd if m is torch else m).grad((z * z).sum(), [x, y], create_graph=True)
        (gx * gy).sum().backward()
        return [seen[0], shown(gx), shown(gy), shown(x.grad), shown(y.grad)]

    both(run)


def test_every_call_and_every_walk_is_one_of_its_own():
    def run(m, layers):
        layer, seen = product(layers), []
        watch(layer, seen)
        x, y = leaves(m, [1.0], [2.0])
        z = layer(layer(x, y), y) + layer(y, y)
        z.sum().backward(retain_graph=True)
        first = len(seen)
        z.sum().backward()
        assert seen[:first] == seen[first:]
        return [seen, shown(x.grad), shown(y.grad)]

    both(run)


def test_an_input_that_is_not_used_or_not_asked_for_has_no_gradient():
    """torch shows zeros for the first, and computes the second all the same."""
    for forward, wanted in ((lambda x, y: x * 2, 2), (lambda x, y: x * y, 1)):
        layer, seen = module(nn, forward), []
        watch(layer, seen)
        inputs = leaves(autograd, [1.0], [2.0])
        autograd.grad(layer(*inputs).sum(), inputs[:wanted], allow_unused=True)
        assert seen[1] == ["", "full", [[2.0], None], [[1.0]]]


def test_a_graph_with_hooks_dies_by_reference_count():
    class Pairwise(nn.Module):
        def forward(self, x, y):
            return x * y, x + y

    gc.collect()
    gc.disable()
    try:
        layer, seen = Pairwise(), []
        watch(layer, seen)
        x, y = leaves(autograd, [1.0], [2.0])
        a, b = layer(x, y)
        gone = [weakref.ref(thing) for thing in (a, b, a.grad_fn, b.grad_fn, layer)]
        (a * b).sum().backward(retain_graph=True)
        (g,) = autograd.grad((a * b).sum(), x, create_graph=True)
        gone.append(weakref.ref(g))
        assert len(seen) == 4
        del a, b, g, layer
        assert [ref() for ref in gone] == [None] * len(gone)
    finally:
        gc.enable()
