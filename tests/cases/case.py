"""What a case is, and the kinds of numbers that an input may be drawn from."""

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Spec(NamedTuple):
    """An input: its shape, and how its numbers are drawn."""

    draw: Callable
    shape: tuple

    def array(self, rng, shape=None):
        return np.asarray(self.draw(rng, self.shape if shape is None else shape), dtype=np.float64)


def domain(draw):
    """Make of `draw(rng, shape)` a word for the table: `positive(3, 4)` is an input of shape (3, 4)."""
    return lambda *shape: Spec(draw, shape)


def separated(rng, shape):
    """Numbers at least 0.1 apart and at least 0.05 from every multiple of a half, in random order and of both signs."""
    count = int(np.prod(shape))
    return (rng.permutation(count).reshape(shape) - count // 2) * 0.5 + rng.uniform(0.1, 0.4, shape)


def spread_matrix(rng, shape):
    """Square matrices far from singular: random, with a heavier diagonal."""
    return rng.normal(size=shape) + 3.0 * np.eye(*shape[-2:]) if len(shape) > 1 else rng.normal(size=shape)


real = domain(lambda rng, shape: rng.normal(size=shape))
positive = domain(lambda rng, shape: rng.uniform(0.3, 2.5, shape))
unit = domain(lambda rng, shape: rng.uniform(0.05, 0.95, shape))
open_unit = domain(lambda rng, shape: rng.uniform(-0.9, 0.9, shape))
above_one = domain(lambda rng, shape: rng.uniform(1.2, 3.0, shape))
away = domain(lambda rng, shape: rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape))
distinct = domain(separated)
invertible = domain(spread_matrix)


class Case(NamedTuple):
    """One line of the table: an expression of the module `m` (ours or torch) and tensors, and the ops it exercises."""

    name: str
    keys: tuple
    fn: Callable
    specs: tuple
    kind: str
    without: dict[str, str]

    def arrays(self, shapes=None):
        """The same random inputs every time: the seed is the name."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        return [spec.array(rng, shape) for spec, shape in zip(self.specs, shapes or [s.shape for s in self.specs])]

    @property
    def matrices(self):
        """Whether some input must be an invertible matrix."""
        return any(spec.draw is spread_matrix for spec in self.specs)

    def __repr__(self):
        return self.name


def chapter(kind) -> tuple[list[Case], Callable]:
    """An empty chapter of the table and the function that writes a line into it.

    A line is `case(name, key or keys of the table of rules, expression, input, …, check="why that check is left out")`;
    an input is a shape, or a domain with a shape. A case that covers no rule has the key None.
    """
    cases: list[Case] = []

    def case(name: str, keys: Any, fn: Callable, *specs: Any, **without: str) -> None:
        keys = keys if isinstance(keys, tuple) else () if keys is None else (keys,)
        inputs = tuple(spec if isinstance(spec, Spec) else real(*spec) for spec in specs)
        cases.append(Case(name, keys, fn, inputs, kind, without))

    return cases, case
