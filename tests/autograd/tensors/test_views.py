"""Which results share the memory of their input: a write to one is, or is not, seen in the other."""

import numpy as np
import pytest

import autograd
from tests.oracle import TORCH, array

VIEWS = {
    "x[0]": lambda m, x: x[0],
    "x[:, 1]": lambda m, x: x[:, 1],
    "x[..., None]": lambda m, x: x[..., None],
    "x[list]": lambda m, x: x[[0, 1]],
    "x[mask]": lambda m, x: x[m.tensor([True, False, True])],
    "T": lambda m, x: x.T,
    "transpose": lambda m, x: x.transpose(0, 1),
    "permute": lambda m, x: x.permute(1, 0),
    "movedim": lambda m, x: x.movedim(0, 1),
    "view": lambda m, x: x.view(4, 3),
    "reshape": lambda m, x: x.reshape(4, 3),
    "reshape of a transpose": lambda m, x: x.T.reshape(3, 4),
    "reshape to the same": lambda m, x: x.reshape(3, 4),
    "flatten": lambda m, x: x.flatten(),
    "ravel": lambda m, x: x.ravel(),
    "squeeze": lambda m, x: x.squeeze(),
    "unsqueeze": lambda m, x: x.unsqueeze(0),
    "expand": lambda m, x: x.expand(2, 3, 4),
    "broadcast_to": lambda m, x: m.broadcast_to(x, (2, 3, 4)),
    "diagonal": lambda m, x: x.diagonal(),
    "diag": lambda m, x: x.diag(),
    "unfold": lambda m, x: x.unfold(0, 2, 1),
    "split": lambda m, x: x.split(2)[0],
    "chunk": lambda m, x: x.chunk(2)[1],
    "unbind": lambda m, x: x.unbind()[1],
    "detach": lambda m, x: x.detach(),
    "data": lambda m, x: x.data,
    "contiguous": lambda m, x: x.contiguous(),
    "contiguous transpose": lambda m, x: x.T.contiguous(),
    "to the same dtype": lambda m, x: x.to(x.dtype),
    "double": lambda m, x: x.double(),
    "float": lambda m, x: x.float(),
    "flip": lambda m, x: x.flip(0),
    "flip of no axes": lambda m, x: x.flip(()),
    "roll": lambda m, x: x.roll(0),
    "tril": lambda m, x: x.tril(5),
    "repeat": lambda m, x: x.repeat(1, 1),
    "tile": lambda m, x: x.tile((1, 1)),
    "index_select": lambda m, x: x.index_select(0, m.tensor([0, 1, 2])),
    "gather": lambda m, x: x.gather(0, m.tensor([[0, 0, 0, 0]])),
    "take_along_dim": lambda m, x: x.take_along_dim(m.tensor([[0, 0, 0, 0]]), 0),
    "cat": lambda m, x: m.cat([x]),
    "clone": lambda m, x: x.clone(),
    "+x": lambda m, x: +x,
    "sum of no axes": lambda m, x: x.unsqueeze(0).sum(0),
    "round": lambda m, x: x.round(),
    "where": lambda m, x: m.where(x > -1, x, x),
    "max along a dim": lambda m, x: x.unsqueeze(0).max(0).values,
    "pad by nothing": lambda m, x: m.pad(x, (0, 0)),
    "masked_fill": lambda m, x: x.masked_fill(x > 9, 0.0),
}


@pytest.mark.parametrize("name", VIEWS)
def test_what_shares_memory_is_as_in_torch(name):
    shares = []
    for m in (autograd, TORCH):
        x = m.tensor(np.ones((3, 4)))
        view = VIEWS[name](m, x)
        shares.append(np.shares_memory(array(view), array(x)))
    assert shares[0] == shares[1]


CHOICES = {
    "gather": lambda m, x: m.gather(x, 0, m.tensor(0)),
    "sort": lambda m, x: m.sort(x)[0],
    "topk": lambda m, x: m.topk(x, 1)[0],
    "median": lambda m, x: m.median(x, 0)[0],
    "max": lambda m, x: m.max(x, 0)[0],
}


@pytest.mark.parametrize("name", CHOICES)
def test_what_is_chosen_of_a_single_number_is_a_copy_of_it(name):
    for m in (autograd, TORCH):
        x = m.tensor(3.0, requires_grad=True)
        y = x * 1
        chosen = CHOICES[name](m, y)
        chosen *= 2
        (y * chosen).backward()
        assert (y.item(), chosen.item(), x.grad.item()) == (3, 6, 12)
