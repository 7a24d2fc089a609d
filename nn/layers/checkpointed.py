"""A network in segments whose activations are computed again in backward, to train what would not fit in memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, Literal

from autograd import checkpoint

from ..module import Module
from .container import Sequential


class CheckpointSequential(Sequential):
    """The modules of a `Sequential`, cut into segments of which backward keeps the inputs and computes the rest again.

    Gradients are bit by bit those of the model itself, and `state_dict` has the same names. With n layers of one size
    √n segments keep about 2 √n activations for one more forward pass; that is what "auto" chooses, where a layer is a
    module with parameters (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The last segment is not
    computed again: backward begins there.

    `nested` halves the row of segments, and each half again. About 2 log₂ n activations are kept, for about half as
    many more forward passes as the row can be halved; "auto" then makes segments of log₂ n layers.

        model = nn.CheckpointSequential(nn.MLP(784, [256] * 100 + [10]))

    Raises TypeError for what is no module, ValueError for segments that are neither "auto" nor between 1 and the
    number of modules.
    """

    def __init__(
        self,
        model: Sequential | Iterable[Module],
        segments: int | Literal["auto"] = "auto",
        nested: bool = False,
    ) -> None:
        if isinstance(model, Sequential):
            super().__init__(dict(model._members(Module)))
        else:
            super().__init__(*model)
        self.segments, self.nested = segments, nested
        self._cuts()

    def _cuts(self) -> list[int]:
        """Where the segments begin, and where the last one ends."""
        n, given = len(self), self.segments
        layers = sum(1 for module in self if next(module.parameters(), None) is not None) or n
        k = round(layers / math.log2(layers) if self.nested and layers > 1 else math.sqrt(layers)) or 1
        if given != "auto":
            if type(given) is not int or not 1 <= given <= max(n, 1):
                raise ValueError(
                    f"segments: expected 'auto' or a number from 1 to {n}, that of the modules, got {given!r}"
                )
            k = given
        return [n * i // k for i in range(k + 1)]

    def forward(self, input: Any) -> Any:
        modules, cuts = list(self), self._cuts()
        pieces = [modules[start:end] for start, end in pairwise(cuts)]
        return (_halved if self.nested else _one_by_one)(pieces, input)

    def extra_repr(self) -> str:
        return f"segments={self.segments!r}, nested={self.nested}"


def _one_by_one(pieces: Sequence[Sequence[Module]], input: Any) -> Any:
    for piece in pieces[:-1]:
        input = checkpoint(partial(in_a_row, piece), input)
    return in_a_row(pieces[-1], input)


def _halved(pieces: Sequence[Sequence[Module]], input: Any) -> Any:
    while len(pieces) > 1:
        half = len(pieces) // 2
        input, pieces = checkpoint(partial(_halved, pieces[:half]), input), pieces[half:]
    return in_a_row(pieces[0], input)


def in_a_row(functions: Iterable[Callable[[Any], Any]], input: Any) -> Any:
    """The functions, or modules, called one after the other."""
    for function in functions:
        input = function(input)
    return input
