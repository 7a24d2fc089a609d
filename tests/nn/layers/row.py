"""What a row of the tables of layers is: a layer in either library, and what it is called with."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import nn as torch_nn

import autograd
import nn

IMAGES = (2, 4, 7, 6)


class Row(NamedTuple):
    """A layer made by `make(m)` in either library, and the shapes of its inputs (indices below `ints`, if given)."""

    name: str
    make: Callable
    shapes: tuple
    ints: int = 0
    call: Callable = lambda net, m, *xs: net(*xs)
    once: str = ""  # why there is no second derivative to compare with
    rough: float = 1.0  # by how much torch is less exact than usual

    def arrays(self, dtype):
        rng = np.random.default_rng(len(self.name))
        if self.ints:
            return [rng.integers(self.ints, size=shape) for shape in self.shapes]
        return [rng.normal(size=shape).astype(dtype) for shape in self.shapes]

    def twins(self, dtype="float64"):
        """Our layer and torch's, with torch's weights (and none of them 0 or 1 everywhere)."""
        torch.manual_seed(0)
        theirs = self.make(torch_nn).to(getattr(torch, dtype))
        with torch.no_grad():
            for parameter in theirs.parameters():
                parameter += 0.1 * torch.randn_like(parameter)
        ours = self.make(nn).to(getattr(autograd, dtype))
        assert ours.load_state_dict(theirs.state_dict()) == ([], [])
        return ours, theirs

    def __repr__(self):
        return self.name
