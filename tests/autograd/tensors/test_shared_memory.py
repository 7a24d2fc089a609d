"""Writes to memory that repeats, and between tensors that share some: refused, or carried out, as in torch."""

import numpy as np
import pytest

import autograd
from tests.oracle import TORCH

EXPANDED = """
x.fill_(m.tensor(2.0))  x.add_(1)  x.mul_(x)  x.copy_(m.ones(3))  x.copy_(m.ones(()))  x[0]=1  x[-1]=y  x[:1]=1
x[1:2]=y  x[:1].add_(1)  x[0].mul_(y)  x[0].add_(x[1])  x[:]=1  x[...]=y  x[None]=1  x[m.tensor(0)]=1  x[:0]=1
x[:0].add_(1)  x.exp_()  x.clamp_(1,2)  x.scatter_add_(0,m.tensor([0]),m.ones(1))  x.squeeze_()  x.unsqueeze_(0)
x.lerp_(m.ones(3),0.5)  x.cumsum_(0)
"""
OVERLAPPING = """
x[1:]=x[:-1]  x[1:].copy_(x[:-1])  x[1:].add_(x[:-1])  x[:]=x  x[:]=x[:]  x.copy_(x)  x.add_(x)  x[:].add_(x)
x[None].copy_(x)  x[None]=x  x[None].add_(x)  x.copy_(x[:1])  x.copy_(x[0])  x.add_(x[0])  x[0]=x[1]  x[0]=x[0]
x[::2].copy_(x[::2])  x[::2]=x[1::2]  x[:3]=x[::2]  x[:3].add_(x[3:])  x[[0]]=x[0]  x[[0]]=x[1:2]  x[[0,1,2,3,4,5]]=x
x[[0,1]]=x[[0,1]]  x[x>0]=x[1:]  x[x>2]=x[0]  x[x>2]=x[2:3]  x[x>2]=x[:3]  x.fill_(x[0])  x.clamp_(min=x[0])
x.clamp_(x,x)  x.lerp_(x,0.5)  x.lerp_(x[0],0.5)  x.addcmul_(x[0],x)  x.scatter_add_(0,m.tensor([0]),x)
x.scatter_add_(0,m.tensor([0]),x[:1])  x.scatter_add_(0,m.arange(6),x.clone())  x[0]*=x[1]  x[0,]*=m.tensor(2.0)
x[-1,None]+=1  x[0:3]*=x[3:6]  x[0:3].mul_(x[0])  x[0:3].mul_(x[0:1])  x.mul_(x[None])
x.view(2,3).mul_(x.view(2,3)[0])  x.view(2,3).mul_(x.view(2,3))  x[:4].view(2,2).copy_(x[:4].view(2,2).T)
x[:1].copy_(x[0])  x[:1]=x[0]  x[0].copy_(x[:1])  x[0]=x[:1]  x[:2].copy_(x[:1])  x[:2]=x[:1]  x[:2]=x[0]  x[2:4]=x[0]
x[[0,1],]=x[2:4]  x[m.tensor(0)]=x[1:2]  x[2:][[0,1]]=x[:2]  x[True]=x  x[False]=x
"""
INTEGERS = "i[i]=5  i[i[:2]]=0  i[i>1]=i  i.scatter_add_(0,i,i.clone())  i[[0,1]]=i[1]  i[1]=i[0]  i[i,]=i"


def left(m, program, make):
    """What a statement leaves in memory and in the gradient, or that it raised and left all as it was."""
    w = m.tensor([1.0], requires_grad=True)
    x, y, i = *make(m, w), m.arange(6)
    before = [t.tolist() for t in (x, i)]
    try:
        exec(program, {"m": m, "x": x, "y": y, "i": i})
    except (RuntimeError, IndexError):
        assert [t.tolist() for t in (x, i)] == before
        return "an error"
    gradient = None
    if x.requires_grad:
        try:
            (x * x * m.arange(1.0, x.numel() + 1).reshape(x.shape)).sum().backward()
            gradient = w.grad.tolist()
        except RuntimeError:
            gradient = "something that backward needs was overwritten"
    return x.tolist(), i.tolist(), gradient


def expanded(m, w):
    return m.tensor([3.0]).expand(3), m.tensor(4.0)


def expanded_in_a_graph(m, w):
    return (w * 2).expand(3), m.tensor(4.0)


def a_number_expanded_in_a_graph(m, w):
    return (w * 2).sum().expand(3), w[0] * 5


def six(m, w):
    return m.arange(6.0), m.tensor(4.0)


def six_in_a_graph(m, w):
    return w * m.arange(6.0), w[0] * 5


CASES = [
    *((s, expanded) for s in ("x.fill_(2)", "x.zero_()")),
    *((s, make) for s in EXPANDED.split() for make in (expanded, expanded_in_a_graph, a_number_expanded_in_a_graph)),
    *((s, make) for s in [*OVERLAPPING.split(), *INTEGERS.split()] for make in (six, six_in_a_graph)),
]


@pytest.mark.parametrize(("statement", "make"), CASES)
def test_a_write_to_shared_memory_is_refused_or_done_as_in_torch(statement, make):
    assert left(autograd, statement, make) == left(TORCH, statement, make)


@pytest.mark.parametrize("make", [expanded_in_a_graph, a_number_expanded_in_a_graph])
def test_nothing_flows_back_through_an_expansion_that_was_filled(make):  # where torch's backward raises
    for fill in ("x.fill_(2)", "x.zero_()"):
        assert left(autograd, fill, make)[2] == [0.0]


def test_what_shows_an_array_that_is_read_only_is_not_written_to():
    array = np.arange(3.0)
    array.flags.writeable = False
    for write in (lambda x: x.add_(1), lambda x: x.zero_(), lambda x: x.expand(2, 3)[0].mul_(2)):
        with pytest.raises(RuntimeError, match="read-only"):
            write(autograd.from_numpy(array))
    assert array.tolist() == [0, 1, 2]


def test_a_view_of_an_array_that_runs_backward_follows_what_is_written():
    w = autograd.tensor(2.0, requires_grad=True)
    base = autograd.from_numpy(np.arange(4.0)[::-1])
    view = base[1:3]
    view.mul_(w)
    (base * autograd.tensor([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    assert base.tolist() == [3, 4, 2, 0]
    assert w.grad.item() == 10 * 2 + 100 * 1


def test_the_gradient_of_an_input_that_is_named_twice_is_one_tensor():
    for m in (autograd, TORCH):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        first, second = (m.autograd.grad if m is TORCH else m.grad)((x * x).sum(), [x, x])
        assert first is second


@pytest.mark.parametrize("leave", ["x.detach_()", "x.requires_grad_(False)"])
def test_what_has_left_the_graph_collects_no_gradient_any_more(leave):
    grads = []
    for m in (autograd, TORCH):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        y = (x * x).sum()
        y.backward(retain_graph=True)
        exec(leave, {"x": x})
        y.backward()
        grads.append(x.grad.tolist())
    assert grads[0] == grads[1] == [2, 4]


def test_a_view_of_what_was_detached_in_place_is_one_of_a_leaf():
    for m in (autograd, TORCH):
        x = m.tensor([1.0, 2.0], requires_grad=True)
        view = x[:1]
        x.detach_()
        with pytest.raises(RuntimeError, match="a view of a leaf Variable"):
            view.zero_()
        assert x.tolist() == [1, 2]


DOTS = """
[...,[0],...]  [...,0,...]  [...,0,...,0]  [...,...]  [0,...,...,0]  [...,...,0]  [...,0,...,None]  [...,[0],...,None]
[...,None,...]  [0,...,0,...,0]  [...,...,None]  [...,1,1,1,...]  [...,1,1,1,...,None]  [[1],...,...,...]
[1,2,3,...,...]  [None,...,[0],[1],...]  [...,True,...]  [True,...,0,...]
"""


@pytest.mark.parametrize("index", DOTS.split())
def test_further_dots_in_an_index_skip_dimensions_as_in_torch(index):
    read, written = [], []
    for m in (autograd, TORCH):
        x = m.arange(24).reshape(2, 3, 4)
        try:
            read.append(eval(f"x{index}", {"x": x}).tolist())
            exec(f"x{index} = -1", {"x": x})
        except IndexError:
            read.append("IndexError")
        written.append(x.tolist())
    assert read[0] == read[1]
    assert written[0] == written[1]


@pytest.mark.parametrize("m", [autograd, TORCH], ids=["ours", "torch"])
@pytest.mark.parametrize("part", [lambda x: x.unbind(2)[1], lambda x: x.split(1, 2)[1], lambda x: x.unbind()[0][1]])
def test_a_write_of_what_requires_grad_to_one_of_several_views_is_refused_before_anything_is_changed(m, part):
    x = m.ones(2, 2, 2)
    with pytest.raises(RuntimeError, match="view"):
        part(x).mul_(m.full((1,), 3.0, requires_grad=True))
    assert x.tolist() == m.ones(2, 2, 2).tolist()


COMPOSED = """
y.renorm_(2,0,0.5)  y.scatter_reduce_(0,m.tensor([[0,1,0],[1,0,1]]),y.detach()*2,'prod')  y.addcdiv_(y.detach(),z)
y.xlogy_(z)  y.sinc_()  y.logit_(0.1)  y.float_power_(3)  y.mul_(z).sin_()  y[:,1:].renorm_(1,1,0.5)
y.cumprod_(1)  y[:0].cos_()  y.copysign_(z)
"""


@pytest.mark.parametrize("program", COMPOSED.split())
def test_what_the_steps_of_a_write_read_is_kept_for_its_gradient(program):
    gradients = []
    for m in (autograd, TORCH):
        x = m.tensor([[0.3, 0.4, 0.5], [0.6, 0.7, 0.8]], dtype=m.float64, requires_grad=True)
        y, z = x * 1, m.tensor([1.5, 0.5, 2.5], dtype=m.float64)
        exec(program, {"m": m, "y": y, "z": z})
        (y * m.arange(6.0).reshape(2, 3)).sum().backward()
        gradients.append(x.grad.numpy())
    np.testing.assert_allclose(*gradients, rtol=1e-10)
