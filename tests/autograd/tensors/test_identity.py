"""What a function returns where it has nothing to do, or only shows its input: the tensor itself, a view, or a copy."""

import numpy as np
import pytest

import autograd
from tests.oracle import TORCH, array

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")
SHAPES = {
    "number": lambda m: m.tensor(2.0),
    "result": lambda m: m.tensor([2.0, 1.0]).sum(),
    "one": lambda m: m.tensor([2.0]),
    "vector": lambda m: m.tensor([1.0, 2.0, 3.0]),
    "repeated": lambda m: m.tensor([1.0]).expand(3),
    "strided": lambda m: m.tensor([[1.0, 2.0], [3.0, 4.0]]).diagonal(),
    "matrix": lambda m: m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "transposed": lambda m: m.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).T,
    "row": lambda m: m.tensor([[1.0, 2.0, 3.0]]),
    "integers": lambda m: m.tensor([[1, 2], [3, 4]]),
    "bools": lambda m: m.tensor([[True, False]]),
}
TABLE = """
x.flatten()  x.flatten(0,0)  x.flatten(0,1)  x.flatten(-1)  x.ravel()  x.reshape(x.shape)  x.reshape(-1)
x.view(x.shape)  x.view_as(x)  x.reshape_as(x)  x.unflatten(0,(1,-1))  x.squeeze()  x.squeeze(0)  x.unsqueeze(0)
x.permute(tuple(range(x.ndim)))  x.transpose(0,0)  x.transpose(0,-1)  x.swapdims(0,0)  x.swapaxes(0,-1)  x.movedim(0,0)
x.moveaxis(0,-1)  x.T  x.t()  x.expand(x.shape)  x.expand(2,*x.shape)  x.expand_as(x)  x.broadcast_to(x.shape)
x.narrow(0,0,1)  x.narrow(0,0,x.shape[0])  x.select(0,0)  x.split(9)[0]  x.split(1)[0]  x.chunk(1)[0]  x.unbind()[0]
x.diagonal()  x.unfold(0,1,1)  x.contiguous()  x.flip(0)  x.flip(())  x.roll(0)  x.roll(1)  x.repeat((1,)*x.ndim)
x.tile(())  x.tile((1,))  x.tril()  x.triu()  x.detach()  x.data  x.clone()  x.to(x.dtype)  x.to(x)  x.to("cpu")
x.to(x.dtype,copy=True)  x.float()  x.long()  x.bool()  x.type_as(x)  x.clamp(0,9)  m.where(x==x,x,x)  x.where(x==x,x)
x.masked_fill(x!=x,0)  x.masked_select(x==x)  x.index_select(0,m.tensor([0]))  x.gather(0,m.zeros_like(x).long())
x.take_along_dim(m.zeros_like(x).long(),0)  x.nan_to_num()  x.sign()  x.sum(())  x.sum(0)  x.amax(0)  x.max(0)[0]
x.max(0)[1]  x.min(0)[0]  x.median()  x.median(0)[0]  x.median(0)[1]  x.sort()[0]  x.topk(1)[0]  x.cumsum(0)  x.prod(0)
x.pow(1)  x*1  x+0  x[...]  x[()]  x[None]  x[:]  x[0]  x[0:1]  x[0,...]  x[...,0]  x[[0]]  x[[]]  x[x==x]  x[None,[0]]
x[True]  x[:,True]  x[True,0]  x[m.tensor(0)]  x.requires_grad_(False)  m.cat([x])  m.stack([x])  m.maximum(x,x)
m.broadcast_tensors(x)[0]  m.broadcast_tensors(x,x)[1]  m.broadcast_tensors(x,m.zeros(1))[0]
m.broadcast_tensors(x,m.zeros(2,1,1))[0]  m.einsum("...->...",x)  m.einsum("ij->ji",x)  m.einsum("i...->...",x)
"""
CALLS = TABLE.split()
MEANT = {"x.median()": "bools", "x.median(0)[0]": "bools", "x.median(0)[1]": "bools", "x.topk(1)[0]": "bools"}


def fate(m, shape, call, requires_grad):
    """What became of x: itself, a view or a copy; and, as both libraries know it, whether the result is a view."""
    x = SHAPES[shape](m)
    if requires_grad and shape not in ("integers", "bools"):
        x.requires_grad_()
    try:
        y = eval(call, {"m": m, "x": x})
    except (RuntimeError, IndexError, ValueError):
        return "an error"
    if y is x:
        return "itself"
    view = y._is_view() if m is TORCH else getattr(y, "_parent", None) is not None
    a, b = array(y.detach()), array(x.detach())
    return f"{y.is_leaf} {'shares memory' if np.may_share_memory(a, b) else 'copy'}{', a view' * bool(view)}"


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("call", CALLS)
def test_a_result_is_the_tensor_itself_a_view_or_a_copy_as_in_torch(call, requires_grad):
    shapes = [shape for shape in SHAPES if MEANT.get(call) != shape]
    ours, theirs = ({shape: fate(m, shape, call, requires_grad) for shape in shapes} for m in (autograd, TORCH))
    assert ours == theirs


@pytest.mark.parametrize("equation", ["ij->ji", "ij", "ii->i"])
def test_a_write_to_what_einsum_shows_is_a_write_to_its_operand(equation):
    results = []
    for m in (autograd, TORCH):
        x = m.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        y = x * 2
        m.einsum(equation, y).mul_(3)
        (y * y).sum().backward()
        results.append((y.tolist(), x.grad.tolist()))
    assert results[0] == results[1]
