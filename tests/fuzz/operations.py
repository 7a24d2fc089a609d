"""The calls that programs are made of: one a line, in Python. Each name says what stands in its place: see operands.py.

A family is as likely as its number says, and within a family each line is as likely as the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .operands import NAMES

FAMILIES: dict[str, tuple[int, str]] = {
    "creation": (16, """
        m.tensor(data)
        m.tensor(data)
        m.tensor(data)
        m.tensor(floats, requires_grad=True)
        m.tensor(floats, requires_grad=True)
        m.tensor(floats, requires_grad=True)
        m.tensor(floats, requires_grad=True)
        m.tensor(floats, dtype=m.float64, requires_grad=True)
        m.tensor(data, dtype=dtype)
        m.tensor(number)
        m.tensor(number, dtype=dtype)
        m.zeros(shape)
        m.zeros(shape, dtype=dtype, requires_grad=flag)
        m.ones(shape)
        m.ones(shape, dtype=dtype)
        m.full(shape, number)
        m.full(shape, number, dtype=dtype)
        m.arange(count)
        m.arange(count, dtype=dtype)
        m.arange(small, count)
        m.linspace(small, count, count)
        m.eye(count)
        m.zeros_like(x)
        m.ones_like(x, dtype=dtype)
        m.full_like(x, number)
        m.tensor(x.tolist())
        """),
    "arithmetic": (16, """
        x + y
        x - y
        x * y
        x * y
        x / y
        x // y
        x % y
        x ** y
        number + x
        number - x
        number * x
        number / x
        number // x
        number % x
        number ** x
        -x
        x & y
        x | y
        x ^ y
        ~x
        x.add(y, alpha=number)
        x.sub(y)
        x.div(y, rounding_mode="floor")
        x.div(y, rounding_mode="trunc")
        x.fmod(y)
        x.pow(y)
        m.maximum(x, z)
        m.minimum(x, z)
        m.atan2(x.double(), z.double())
        m.lerp(x, z, number)
        m.addcmul(x, z, z, value=number)
        """),
    "one number": (8, """
        x.abs()
        x.exp()
        x.log()
        x.log1p()
        x.sqrt()
        x.rsqrt()
        x.square()
        x.reciprocal()
        x.sin()
        x.cos()
        x.tanh()
        x.sigmoid()
        x.relu()
        x.erf()
        x.sign()
        x.floor()
        x.ceil()
        x.trunc()
        x.round()
        x.nan_to_num()
        x.clone()
        """),
    "comparison": (5, """
        x == y
        x != y
        x < y
        x <= y
        x > y
        x >= y
        number < x
        number == x
        m.logical_and(x, z)
        x.logical_not()
        x.isnan()
        x.isfinite()
        m.equal(x, z)
        m.allclose(x, z)
        """),
    "choice": (5, """
        m.where(mask, x, y)
        m.where(mask, x, z)
        x.where(mask, y)
        m.where(mask)
        x.clamp(number, number)
        x.clamp(min=number)
        x.clamp(max=number)
        x.clamp(min=z)
        m.clamp(x, z, z)
        x.masked_fill(mask, number)
        x.masked_select(mask)
        """),
    "reading": (14, """
        x[key]
        x[key]
        x[key]
        x[mask]
        x[index]
        items[at]
        items[at]
        list(x)
        x.gather(dim, places)
        x.index_select(dim, index)
        x.take_along_dim(places, dim)
        x.scatter_add(dim, places, source)
        """),
    "view": (16, """
        x.reshape(sizes)
        x.view(sizes)
        x.view(-1)
        x.flatten()
        x.flatten(dim, dim_2)
        x.unflatten(dim, sizes)
        x.ravel()
        x.squeeze()
        x.squeeze(dim)
        x.unsqueeze(new_dim)
        x.permute(order)
        x.transpose(dim, dim_2)
        x.movedim(dim, dim_2)
        x.T
        x.mT
        x.t()
        x.expand(wide)
        x.expand_as(z)
        x.broadcast_to(wide)
        m.broadcast_tensors(x, z)
        x.narrow(dim, small, small_2)
        x.select(dim, small)
        x.split(count, dim)
        x.split(parts, dim)
        x.chunk(count, dim)
        x.unbind(dim)
        x.diagonal()
        x.diagonal(small, dim, dim_2)
        x.unfold(dim, count, count)
        x.unfold(dim, count, count_2).clone()
        x.contiguous()
        x.flip(dim)
        x.roll(small, dim)
        x.repeat(repeats)
        x.repeat_interleave(count, dim)
        x.tril(small)
        x.triu(small)
        x.diag()
        m.cat([x, z], dim)
        m.cat([x, z, x])
        m.stack([x, z], new_dim)
        m.stack([x, x])
        """),
    "reduction": (12, """
        x.sum()
        x.sum(dim)
        x.sum(dims, keepdim=flag)
        x.sum(dim, dtype=dtype)
        x.mean()
        x.mean(dim, keepdim=flag)
        x.mean(dims)
        finite.prod()
        finite.prod(dim)
        x.var(dim)
        x.std(dim, keepdim=flag)
        x.norm()
        x.all()
        x.any(dim)
        x.all(dim, keepdim=flag)
        x.amax(dims, keepdim=flag)
        x.amin(dim)
        x.max()
        x.min()
        x.max(dim)
        x.min(dim, keepdim=flag)
        m.max(x, z)
        x.median()
        dense.median(dim).values
        distinct.median(dim)
        x.argmax()
        x.argmax(dim, keepdim=flag)
        x.argmin(dim)
        x.logsumexp(dim)
        x.softmax(dim)
        x.log_softmax(dim)
        x.cumsum(dim)
        finite.cumprod(dim)
        """),
    "order": (3, """
        distinct.sort()
        x.sort(dim=dim, stable=True)
        x.sort(dim=dim, descending=flag, stable=True)
        distinct.sort(dim)
        distinct.argsort(dim)
        x.argsort(dim=dim, descending=flag, stable=True)
        distinct.topk(count)
        distinct.topk(count, dim, largest=flag)
        x.detach().topk(count).values
        x.detach().gather(dim, x.topk(count, dim).indices)
        """),
    "product": (4, """
        x @ z
        left @ right
        left @ right
        m.matmul(left, right)
        left.mm(right)
        x.dot(z)
        m.outer(x, z)
        m.bmm(x, z)
        """),
    "in place": (14, """
        x += y
        x -= y
        x *= y
        x /= y
        x //= y
        x %= y
        x **= y
        x += number
        x *= number
        x.add_(y)
        x.add_(y, alpha=number)
        x.sub_(number)
        x.mul_(y)
        x.div_(y)
        x.pow_(number)
        x.zero_()
        x.fill_(number)
        x.fill_(z)
        x.copy_(z)
        x.clamp_(number, number)
        x.clamp_(min=number)
        x.neg_()
        x.abs_()
        x.exp_()
        x.sqrt_()
        x.sin_()
        x.sigmoid_()
        x.relu_()
        x.floor_()
        x.round_()
        dense.masked_fill_(mask, number)
        x.cumsum_(dim)
        dense.tril_()
        x.lerp_(z, number)
        x.addcmul_(z, z)
        x.scatter_add_(dim, places, source)
        x.detach().add_(number)
        """),
    "writing": (9, """
        x[key] = number
        x[key] = number
        x[key] = value
        x[key] = value
        x[key] += number
        x[key] *= value
        x[mask] = number
        x[mask] += number
        x[index] = number
        x[key].zero_()
        x[key].copy_(value)
        """),
    "graph": (9, """
        x.detach()
        x.clone()
        own.requires_grad_()
        own.detach().requires_grad_(flag)
        view.detach_()
        leaf.detach_()
        inner.retain_grad()
        inner.register_hook(lambda g: g * 2)
        inner.register_hook(lambda g: None)
        wrt.grad
        wrt.grad
        wrt.grad.zero_()
        wrt.grad.mul_(number)
        wrt.grad = None
        wrt.grad = like
        wrt.grad = z
        """),
    "backward": (12, """
        root.sum().backward()
        root.sum().backward()
        root.sum().backward(retain_graph=True)
        (root * root).sum().backward()
        root.backward()
        root.backward(gradient=like)
        root.backward(like, retain_graph=True)
        m.grad(root.sum(), wrt)
        m.grad(root.sum(), [wrt, wrt_2], allow_unused=True)
        m.grad(root, wrt, like, create_graph=True, allow_unused=True)
        m.grad((root * root).sum(), wrt, create_graph=True, allow_unused=True)
        m.grad(root.sum(), wrt, retain_graph=True, allow_unused=True)
        """),
    "dtype": (5, """
        x.float()
        x.double()
        finite.long()
        finite.int()
        x.bool()
        x.to(dtype)
        x.to(z)
        x.type_as(z)
        """),
    "number": (3, """
        x.item()
        x.tolist()
        float(x)
        int(x)
        bool(x)
        len(x)
        x.numel()
        tuple(x.shape)
        x.dim()
        x.is_contiguous()
        scalar.item()
        float(scalar)
        int(scalar)
        bool(scalar)
        number in x
        """),
}  # fmt: skip

OPERANDS = re.compile(rf"(?<![\w.])({'|'.join(sorted(NAMES, key=len, reverse=True))})\b(?!=)")
FIRST = ["x", "distinct", "dense", "finite", "root", "left", "items", "dim"]  # the others suit them
AUGMENTED = re.compile(r"(x) \S+= ")


class Operation(NamedTuple):
    """A line of the table, ready to be called with a library and the values of its operands."""

    text: str
    family: str
    operands: tuple[str, ...]
    call: Callable[..., Any]
    writes: bool  # it may change tensors other than its result
    statement: bool
    rebinds: bool  # `x += y` gives x a new meaning


def operation(text: str, family: str) -> Operation:
    found = list(dict.fromkeys(OPERANDS.findall(text)))
    operands = tuple(sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)))
    statement = re.search(r" [^=!<>]?[^=!<>]?= ", text) is not None
    rebinds = AUGMENTED.match(text) is not None
    writes = statement or re.search(r"_\(|backward|m\.grad|hook", text) is not None
    scope: dict[str, Any] = {}
    body = f"{text}\n    {'return x' * rebinds}" if statement else f"return {text}"
    exec(f"def call({', '.join(('m', *operands))}):\n    {body}", scope)
    return Operation(text, family, operands, scope["call"], writes, statement, rebinds)


OPERATIONS = {
    family: [operation(line.strip(), family) for line in lines.strip().splitlines()]
    for family, (_, lines) in FAMILIES.items()
}
WEIGHTS = [weight for weight, _ in FAMILIES.values()]
BY_TEXT = {each.text: each for operations in OPERATIONS.values() for each in operations}
