"""Recurrent cells: one step of a recurrent layer, for loops of one's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .. import init
from ..functional.recurrent_functions import KINDS, recurrence
from ..module import Module
from ..parameter import Parameter


class RecurrentCell(Module):
    """What the cells have in common.

    `weight_ih` has shape (G H, input_size), `weight_hh` (G H, H), `bias_ih` and `bias_hh` (G H,) or they are None, for
    G gates of H units. All start as draws from U(-k, k), k = 1/√H.
    """

    def __init__(
        self, gates: int, input_size: int, hidden_size: int, bias: bool, device: Any, dtype: DTypeLike | None
    ) -> None:
        def parameter(*shape: int) -> Parameter:
            return Parameter(autograd.empty(*shape, dtype=dtype).to(device=device))

        rows = gates * hidden_size
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        self.weight_ih = parameter(rows, input_size)
        self.weight_hh = parameter(rows, hidden_size)
        self.bias_ih = parameter(rows) if bias else None
        self.bias_hh = parameter(rows) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        k = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}{'' if self.bias else ', bias=False'}"

    def _step(self, mode: str, input: Tensor, hx: Sequence[Tensor] | None) -> Tensor:
        """The states (S, B, H) after one step or, without a batch, (S, H)."""
        self._check(input, hx or ())
        x = input if input.ndim == 2 else input.unsqueeze(0)
        if hx is None:
            states = autograd.zeros(KINDS[mode].states, len(x), self.hidden_size, dtype=x.dtype)
        else:
            states = autograd.stack([h if h.ndim == 2 else h.unsqueeze(0) for h in hx])
        _, last = recurrence(mode, x, states, list(self.parameters()), (len(x),))
        return last if input.ndim == 2 else last.squeeze(1)

    def _check(self, input: Tensor, hx: Sequence[Tensor]) -> None:
        """Raise ValueError for other dimensions, RuntimeError for sizes and dtypes that do not fit."""
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead")
        for i, h in enumerate(hx):
            if h.ndim not in (1, 2):
                which = f"hx[{i}]" if len(hx) > 1 else "hidden"
                raise ValueError(f"{name}: Expected {which} to be 1D or 2D, got {h.ndim}D instead")
        if input.shape[-1] != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {input.shape[-1]} expected {self.input_size}")
        for i, h in enumerate(hx):
            if h.shape[-1] != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {h.shape[-1]}, expected {self.hidden_size}"
                )
            if h.ndim != input.ndim:
                raise RuntimeError(
                    f"For {input.ndim}-D input, hidden{i} should also be {input.ndim}-D but got {h.ndim}-D tensor"
                )
            if len(h) != len(input) and h.ndim == 2:
                raise RuntimeError(f"Input batch size {len(input)} doesn't match hidden{i} batch size {len(h)}")
        for x in (input, *hx):
            if x.dtype != self.weight_ih.dtype:
                raise RuntimeError(
                    f"mat1 and mat2 must have the same dtype, but got {x.dtype} and {self.weight_ih.dtype}"
                )


class RNNCell(RecurrentCell):
    """One step of `RNN`: input (B, input_size), h (B, H), default zeros, give the next h; or all without B.

    Raises RuntimeError, when called, for another `nonlinearity` than "tanh" and "relu" and for sizes that do not fit,
    ValueError for other dimensions.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        self.nonlinearity = nonlinearity
        super().__init__(1, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}: it is either tanh or relu")
        return self._step(f"RNN_{self.nonlinearity.upper()}", input, None if hx is None else [hx])[0]

    def extra_repr(self) -> str:
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else f", nonlinearity={self.nonlinearity}")


class LSTMCell(RecurrentCell):
    """One step of `LSTM`: input (B, input_size), (h, c), (B, H) each, default zeros, give the next; or without B.

    Raises, when called, ValueError for other dimensions, RuntimeError for sizes that do not fit, TypeError for an hx
    that is no pair.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(4, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """The next h and c."""
        if hx is not None and (isinstance(hx, Tensor) or len(hx) != 2):
            raise TypeError(f"LSTMCell: expected hx to be a pair of tensors (h, c), given a {type(hx).__name__}")
        h, c = self._step("LSTM", input, hx)
        return h, c


class GRUCell(RecurrentCell):
    """One step of `GRU`: input (B, input_size), h (B, H), default zeros, give the next h; or all without B.

    Raises, when called, ValueError for other dimensions, RuntimeError for sizes that do not fit.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(3, input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        """The next state."""
        return self._step("GRU", input, None if hx is None else [hx])[0]
