"""What may stand in a call: plain data that prints as Python, drawn at random to suit the tensors that are there."""

from __future__ import annotations

import inspect
import math
from random import Random
from typing import Any, NamedTuple

import torch


class Slot(NamedTuple):
    """A variable of the program."""

    name: str


class Literal(NamedTuple):
    """A tensor written out; one without elements by its shape, which nested lists would not tell."""

    shape: tuple[int, ...]
    data: Any
    dtype: str

    def tensor(self, m: Any) -> Any:
        dtype = getattr(m, self.dtype)
        return m.zeros(self.shape, dtype=dtype) if 0 in self.shape else m.tensor(self.data, dtype=dtype)

    def __str__(self) -> str:
        call = f"zeros({self.shape}" if 0 in self.shape else f"tensor({self.data}"
        return f"m.{call}, dtype=m.{self.dtype})"


class Dtype(NamedTuple):
    name: str


def value_of(a: Any, scope: dict[str, Any], m: Any) -> Any:
    """What the operand is in the library m."""
    kind = type(a)
    if kind is Slot:
        return scope[a.name]
    if kind is Literal:
        return a.tensor(m)
    if kind is Dtype:
        return getattr(m, a.name)
    if kind is tuple or kind is list:
        return kind([value_of(each, scope, m) for each in a])
    return a


def text_of(a: Any, key: bool = False) -> str:
    """The operand as it is written in a program; a tuple that is a key has no brackets of its own."""
    if isinstance(a, Slot):
        return a.name
    if isinstance(a, Literal):
        return str(a)
    if isinstance(a, Dtype):
        return f"m.{a.name}"
    if isinstance(a, slice) and key:
        edges = ["" if edge is None else str(edge) for edge in (a.start, a.stop, a.step)]
        return ":".join(edges if a.step is not None else edges[:2])
    if isinstance(a, tuple):
        parts = ", ".join(text_of(each, key) for each in a) + "," * (len(a) == 1)
        return parts if key and a else f"({parts})"
    if isinstance(a, list):
        return f"[{', '.join(map(text_of, a))}]"
    return "..." if a is ... else repr(a)


FLOATS = [-2.5, -2.0, -1.5, -1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0]
STRANGE = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e4, 1e-4]
INTS = [-3, -2, -1, 0, 0, 1, 1, 2, 3, 4, 7]
DTYPES = ["float32", "float32", "float64", "int64", "int64", "int32", "uint8", "bool"]
PYTHON = {"float32": float, "float64": float, "int64": int, "int32": int, "uint8": int, "bool": bool}
NAME = {getattr(torch, name): name for name in PYTHON}
SIZES = [0, 1, 1, 2, 2, 2, 3, 3, 3, 4]


class Misfit(Exception):  # noqa: N818  it is no error: another operation is drawn
    """No tensor that is there suits the operation."""


class Operands:
    """The operands of one call: a method for each name in the table. The first tensor is what the others suit."""

    def __init__(self, r: Random, live: dict[str, Any]) -> None:
        self.r, self.live = r, live
        self.first: torch.Tensor | None = None
        self.memory: dict[str, Any] = {}

    def draw(self, name: str) -> Any:
        drawn = self.memory[name] = getattr(self, name.removesuffix("_2"))()
        return drawn

    # -- plain data --

    def number(self) -> Any:
        chance = self.r.random()
        if chance < 0.45:
            return self.r.choice(INTS)
        if chance < 0.9:
            return self.r.choice(FLOATS)
        return self.r.choice([True, False, 300, -1, 2**31, math.inf, math.nan])

    def flag(self) -> bool:
        return self.r.random() < 0.5

    def small(self) -> int:
        return self.r.choice([-2, -1, 0, 0, 0, 1, 1, 2])

    def count(self) -> int:
        return self.r.choice([0, 1, 1, 2, 2, 3, 4])

    def dtype(self) -> Dtype:
        return Dtype(self.r.choice(DTYPES))

    def shape(self) -> tuple[int, ...]:
        return tuple(self.r.choices(SIZES, k=self.r.choice([0, 1, 1, 2, 2, 2, 3, 3])))

    def items_of(self, shape: tuple[int, ...], dtype: str, below: int | None = None, negative: float = 0.3) -> Any:
        """Nested lists of numbers; of indices, some of them negative, if `below` is given."""
        if shape:
            return [self.items_of(shape[1:], dtype, below, negative) for _ in range(shape[0])]
        if below is not None:
            index = self.r.randrange(below or 1)
            return index - below if self.r.random() < negative else index
        kind = PYTHON[dtype]
        if kind is float:
            return self.r.choice(FLOATS if self.r.random() < 0.98 else STRANGE)
        if kind is bool:
            return self.r.random() < 0.5
        return abs(self.r.choice(INTS)) if dtype == "uint8" else self.r.choice(INTS)

    def data(self) -> Any:
        return self.items_of(self.shape(), self.r.choice([*DTYPES[:4], "bool"]))

    def floats(self) -> Any:
        return self.items_of(self.shape(), "float32")

    def literal(self, shape: tuple[int, ...], dtype: str | None = None, below: int | None = None) -> Literal:
        dtype = dtype or self.r.choice(DTYPES)
        shape = tuple(shape)
        return Literal(shape, self.items_of(shape, dtype, below), dtype)

    # -- tensors --

    def among(self, suits: Any = lambda t: True, tries: int = 6) -> Slot:
        names = list(self.live)
        for _ in range(tries if names else 0):
            name = self.r.choice(names)
            t = self.live[name]
            if isinstance(t, torch.Tensor) and suits(t):
                if self.first is None:
                    self.first = t
                return Slot(name)
        raise Misfit

    def x(self) -> Slot:
        if self.r.random() < 0.5:
            try:
                return self.among(lambda t: t.requires_grad, 4)
            except Misfit:
                pass
        return self.among()

    def root(self) -> Slot:
        return self.among(lambda t: t.requires_grad and (not t.is_leaf or self.r.random() < 0.1), 20)

    def wrt(self) -> Slot:
        """A leaf, mostly, and not the same tensor twice."""
        taken = self.live[self.memory["wrt"].name] if "wrt" in self.memory else None
        suits = lambda t: t.requires_grad and t is not taken
        return self.among(lambda t: suits(t) and (t.is_leaf or (not t._is_view() and self.r.random() < 0.3)), 20)

    def inner(self) -> Slot:
        """A tensor in a graph, and no view: torch gives a view a new node, without hooks, when its base is written."""
        return self.among(lambda t: t.requires_grad and not t._is_view(), 20)

    def own(self) -> Slot:
        return self.among(lambda t: t.is_leaf and not t._is_view())

    def leaf(self) -> Slot:
        return self.among(lambda t: t.is_leaf and t.requires_grad and not t._is_view() and not t._backward_hooks, 20)

    def view(self) -> Slot:
        return self.among(lambda t: t._is_view())

    def finite(self) -> Slot:
        """A tensor without NaN and infinity, where a cast is undefined, and the gradient of a product an accident."""
        return self.among(lambda t: t.isfinite().all())

    def distinct(self) -> Slot:
        """A tensor without two equal elements: torch does not say which of them it names first."""
        return self.among(lambda t: t.detach().unique().numel() == t.numel() and not t.isnan().any())

    def dense(self) -> Slot:
        """A tensor without repeated memory, which torch's masked_fill_, tril_ and median do not notice."""
        return self.among(lambda t: 0 not in t.stride())

    def scalar(self) -> Slot:
        return self.among(lambda t: t.numel() == 1)

    def items(self) -> Slot:
        names = [name for name, t in self.live.items() if isinstance(t, tuple | list) and t]
        if not names:
            raise Misfit
        return Slot(self.r.choice(names))

    def at(self) -> int:
        return self.r.randrange(len(self.live[self.memory["items"].name]))

    def part_of(self, shape: torch.Size) -> tuple[int, ...]:
        """A shape that broadcasts to another."""
        part = [n if self.r.random() < 0.75 else 1 for n in shape]
        return tuple(part[self.r.randrange(len(part) + 1) if part and self.r.random() < 0.3 else 0 :])

    def z(self) -> Slot | Literal:
        """A tensor that broadcasts with the first, nearly always."""
        x = self.first
        if self.r.random() < 0.75:
            try:
                suits = lambda t: broadcasts(t.shape, x.shape) or self.r.random() < 0.05
                return self.among(lambda t: suits(t) and not interleaved(t, x), 4)
            except Misfit:
                pass
        own = NAME.get(x.dtype, "float32") if self.r.random() < 0.7 else None
        return self.literal(self.part_of(x.shape), own)

    def y(self) -> Any:
        return self.number() if self.r.random() < 0.3 else self.z()

    def left(self) -> Slot:
        return self.among(lambda t: t.ndim > 0)

    def right(self) -> Slot | Literal:
        inner = self.first.shape[-1]
        try:
            return self.among(lambda t: t.ndim and t.shape[-2:][0] == inner and t.dtype == self.first.dtype)
        except Misfit:
            shape = self.r.choice([(inner,), (inner, 2), (inner, 3), (2, inner, 1)])
            return self.literal(shape, NAME.get(self.first.dtype))

    def mask(self) -> Slot | Literal:
        x = self.first
        suits = lambda t: t.dtype is torch.bool and (x is None or broadcasts(t.shape, x.shape))
        try:
            return self.among(suits, 3)
        except Misfit:
            if x is None:
                raise
            return self.literal(x.shape if self.r.random() < 0.8 else self.part_of(x.shape), "bool")

    def like(self) -> Literal:
        return Literal(tuple(self.first.shape), self.finite_items(self.first.shape), NAME[self.first.dtype])

    def finite_items(self, shape: tuple[int, ...]) -> Any:
        return [self.finite_items(shape[1:]) for _ in range(shape[0])] if shape else self.r.choice(FLOATS)

    # -- dimensions and sizes of the first --

    def dim(self) -> int:
        n = self.first.ndim or 1
        return self.r.randrange(-n, n) if self.r.random() < 0.97 else self.r.choice([n, -n - 1])

    def new_dim(self) -> int:
        return self.r.randrange(-self.first.ndim - 1, self.first.ndim + 1)

    def dims(self) -> Any:
        order = list(range(self.first.ndim))
        self.r.shuffle(order)
        return tuple(order[: self.r.randrange(len(order) + 1)])

    def order(self) -> tuple[int, ...]:
        order = list(range(self.first.ndim))
        self.r.shuffle(order)
        return tuple(order)

    def sizes(self) -> tuple[int, ...]:
        """A shape of as many elements, perhaps with a -1."""
        left, sizes = self.first.numel(), []
        while left > 1 and len(sizes) < 3:
            n = self.r.choice([n for n in range(1, left + 1) if left % n == 0])
            sizes.append(n)
            left //= n
        sizes += [left] if left != 1 or self.r.random() < 0.3 else []
        if sizes and self.r.random() < 0.3:
            sizes[self.r.randrange(len(sizes))] = -1
        return tuple(sizes)

    def wide(self) -> tuple[int, ...]:
        """What the shape may be expanded to."""
        wide = [self.r.choice([n, -1, 2, 3]) if n == 1 else self.r.choice([n, n, -1]) for n in self.first.shape]
        return tuple(([self.r.choice([1, 2])] if self.r.random() < 0.3 else []) + wide)

    def repeats(self) -> tuple[int, ...]:
        return tuple(self.r.choices([0, 1, 1, 2], k=self.first.ndim + (self.r.random() < 0.2)))

    def parts(self) -> list[int]:
        dim = self.r.choice(self.first.shape or [0])
        cut = self.r.randrange(dim + 1)
        return [cut, dim - cut]

    # -- places in the first --

    def places(self) -> Literal:
        """What gather and scatter_add take: as many dimensions, and indices along `dim`."""
        shape, dim = self.first.shape, self.memory.get("dim")
        if dim is None:
            dim = self.memory["dim"] = self.dim()
        length = shape[dim] if shape and -len(shape) <= dim < len(shape) else 1
        smaller = tuple(n if self.r.random() < 0.7 else self.r.randrange(n + 1) for n in shape)
        return Literal(smaller, self.items_of(smaller, "int64", length, 0), "int64")

    def source(self) -> Literal:
        return self.literal(self.memory["places"].shape, NAME[self.first.dtype])

    def index(self) -> Literal:
        x = self.first
        dim = self.memory.get("dim", 0)
        length = x.shape[dim] if -x.ndim <= dim < x.ndim else 1
        shape = self.r.choice([(), (1,), (2,), (3,)])
        if not length:
            shape = (0,)
        return self.literal(shape, "int64", length if self.r.random() < 0.98 else length + 1)

    def key(self) -> Any:
        """An index of any kind: numbers, slices, None, ..., lists, tensors, masks, and mixtures."""
        shape, together = list(self.first.shape), self.r.choice([1, 2, 3])
        key: list[Any] = []
        d, end = 0, self.r.randrange(len(shape) + 1)
        while d < end:
            chance = self.r.random()
            if chance < 0.12 and d + 2 <= end:
                key.append(self.literal(tuple(shape[d : d + 2]), "bool"))
                d += 2
                continue
            key.append(self.entry(shape[d], chance, together))
            d += 1
        if self.r.random() < 0.15:
            key.insert(self.r.randrange(len(key) + 1), None)
        if self.r.random() < 0.15:
            key.insert(self.r.randrange(len(key) + 1), ...)
        if self.r.random() < 0.03:
            key.insert(self.r.randrange(len(key) + 1), self.r.choice([0, True, False, slice(None), ...]))
        return key[0] if len(key) == 1 and self.r.random() < 0.7 else tuple(key)

    def entry(self, n: int, chance: float, together: int) -> Any:
        """What indexes one dimension of n places."""
        if chance < 0.35 and n:
            return self.r.randrange(-n, n) if self.r.random() < 0.97 else n
        if chance < 0.65 or not n:
            edges = [None, None, *range(-n - 1, n + 2)]
            step = self.r.choice([None, None, 1, 2, 3, -1 if self.r.random() < 0.1 else None])
            return slice(self.r.choice(edges), self.r.choice(edges), step)
        if chance < 0.75:
            return self.items_of((together,), "int64", n)
        if chance < 0.9:
            return self.literal(self.r.choice([(together,), (together,), (2, together), (1,), ()]), "int64", n)
        return self.literal((n,), "bool") if self.r.random() < 0.7 else self.items_of((n,), "bool")

    def value(self) -> Any:
        """What can be written to the places of the key, nearly always."""
        name = next(name for name in ("key", "mask", "index") if name in self.memory)
        try:
            shape = self.first.detach()[value_of(self.memory[name], self.live, torch)].shape
        except Exception:  # whatever torch has to say about this key, it says it when the program runs
            shape = self.first.shape
        try:
            fits = lambda t: broadcasts(t.shape, shape) and t.ndim <= len(shape)
            return self.among(lambda t: fits(t) and not interleaved(t, self.first), 3)
        except Misfit:
            own = NAME.get(self.first.dtype) if self.r.random() < 0.7 else None
            return self.literal(self.part_of(shape), own)


def broadcasts(a: torch.Size, b: torch.Size) -> bool:
    return all(n == k or n == 1 or k == 1 for n, k in zip(a[::-1], b[::-1], strict=False))


def interleaved(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether torch does not see that a write to one may change the other while it is read."""
    dense = a.is_contiguous() and b.is_contiguous()
    return a is not b and not dense and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


NAMES = frozenset(
    name + again
    for name, method in vars(Operands).items()
    for again in ("", "_2")
    if callable(method) and not set(inspect.signature(method).parameters) - {"self"}
)
