"""Recurrent layers: RNN, LSTM and GRU, over whole sequences."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .. import init
from ..functional.layer_functions import dropout
from ..functional.recurrent_functions import KINDS, recurrence
from ..module import Module
from ..parameter import Parameter
from ..utils.rnn import PackedSequence

Input = TypeVar("Input", Tensor, PackedSequence)


class RecurrentLayer(Module):
    """What RNN, LSTM and GRU have in common: layers, directions, packed sequences, dropout between layers.

    Of layer k, `weight_ih_lk` has shape (G H, inputs), `weight_hh_lk` (G H, H), `bias_ih_lk` and `bias_hh_lk` (G H,),
    for G gates of H units; those of the other direction are called `weight_ih_lk_reverse` and so on. All start as
    draws from U(-k, k), k = 1/√H.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        batch_first: bool,
        dropout: float,
        bidirectional: bool,
        device: Any,
        dtype: DTypeLike | None,
    ) -> None:
        _check_settings(input_size, hidden_size, num_layers, bias, batch_first, dropout)
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout, self.bidirectional = bias, batch_first, float(dropout), bidirectional
        rows = KINDS[mode].gates * hidden_size
        for layer, names in enumerate(self._names()):
            inputs = hidden_size * (1 + bidirectional) if layer > bidirectional else input_size
            for name, shape in zip(names, ((rows, inputs), (rows, hidden_size), (rows,), (rows,)), strict=False):
                setattr(self, name, Parameter(autograd.empty(*shape, dtype=dtype).to(device=device)))
        self.reset_parameters()

    def _names(self) -> Iterator[list[str]]:
        """The names of the parameters, for each layer, and in it for each direction."""
        kinds = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"][: 4 if self.bias else 2]
        for layer in range(self.num_layers):
            for suffix in ("", "_reverse")[: 1 + self.bidirectional]:
                yield [f"{kind}_l{layer}{suffix}" for kind in kinds]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters, for each layer, and in it for each direction."""
        return [[getattr(self, name) for name in names] for names in self._names()]

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        k = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -k, k)

    def flatten_parameters(self) -> None:
        """Without effect: PyTorch arranges the parameters for a GPU."""

    def extra_repr(self) -> str:
        defaults = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        given = [f", {name}={getattr(self, name)}" for name, value in defaults.items() if getattr(self, name) != value]
        return f"{self.input_size}, {self.hidden_size}{''.join(given)}"

    def _run(self, input: Input, hx: Sequence[Tensor] | None) -> tuple[Input, list[Tensor]]:
        """The outputs, and the last states, (layers and directions, B, H) each."""
        return self._packed(input, hx) if isinstance(input, PackedSequence) else self._padded(input, hx)

    def _packed(self, input: PackedSequence, hx: Sequence[Tensor] | None) -> tuple[PackedSequence, list[Tensor]]:
        sizes, order, back = tuple(input.batch_sizes.tolist()), input.sorted_indices, input.unsorted_indices
        if sum(sizes) != len(input.data) or sorted(sizes, reverse=True) != list(sizes):
            raise RuntimeError(
                f"expected batch_sizes that do not grow and add up to {len(input.data)}, the rows of the packed data, "
                f"given {list(sizes)}: make packed sequences with nn.utils.rnn"
            )
        self._check(input.data, hx, 2, sizes[0])
        hx = None if hx is None else [_permuted(h, order) for h in hx]
        rows, states = self._layers(input.data, sizes, hx)
        return PackedSequence(rows, *input[1:]), [_permuted(state, back) for state in states]

    def _padded(self, input: Tensor, hx: Sequence[Tensor] | None) -> tuple[Tensor, list[Tensor]]:
        if input.ndim not in (2, 3):
            raise ValueError(f"{type(self).__name__}: Expected input to be 2D or 3D, got {input.ndim}D instead")
        if input.ndim == 2:
            self._check_dims(hx, 2, "unbatched")
            hx = None if hx is None else [h.unsqueeze(1) for h in hx]
            x = input.unsqueeze(1)
        else:
            x = input.transpose(0, 1) if self.batch_first else input
        steps, batch = x.shape[:2]
        self._check(x, hx, 3, batch)
        if not steps:
            raise RuntimeError(f"Expected sequence length to be larger than 0 in RNN, given {list(input.shape)}")
        rows, states = self._layers(x.flatten(0, 1), (batch,) * steps, hx)
        if input.ndim == 2:
            return rows, [state.squeeze(1) for state in states]
        out = rows.reshape(steps, batch, rows.shape[1])
        return out.transpose(0, 1) if self.batch_first else out, states

    def _layers(
        self, rows: Tensor, batch_sizes: tuple[int, ...], hx: Sequence[Tensor] | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The outputs (rows, directions * H) of the last layer, and the last states of all layers."""
        if hx is None:
            layers, batch, size = self._state_shape(batch_sizes[0])
            initial = autograd.zeros(layers, KINDS[self.mode].states, batch, size, dtype=rows.dtype)
        else:
            initial = autograd.stack(list(hx), 1)
        weights, directions, last = self.all_weights, 1 + self.bidirectional, []
        for layer in range(self.num_layers):
            if layer and self.dropout:
                rows = dropout(rows, self.dropout, self.training)
            outputs = []
            for reverse in range(directions):
                i = layer * directions + reverse
                out, states = recurrence(self.mode, rows, initial[i], weights[i], batch_sizes, bool(reverse))
                outputs.append(out)
                last.append(states)
            rows = autograd.cat(outputs, 1) if self.bidirectional else out
        return rows, list(autograd.stack(last, 1))

    def _state_shape(self, batch: int) -> tuple[int, int, int]:
        return self.num_layers * (1 + self.bidirectional), batch, self.hidden_size

    def _check(self, x: Tensor, hx: Sequence[Tensor] | None, dims: int, batch: int) -> None:
        """Raise ValueError for another dtype than that of the weights, RuntimeError for shapes that do not fit."""
        dtype = self.all_weights[0][0].dtype
        if x.dtype != dtype:
            raise ValueError(
                f"RNN input dtype ({x.dtype}) does not match weight dtype ({dtype}). Convert input: input.to({dtype}), "
                f"or convert model: model.to({x.dtype})"
            )
        if x.ndim != dims:
            raise RuntimeError(f"input must have {dims} dimensions, got {x.ndim}")
        if x.shape[-1] != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]}"
            )
        if dims == 3:
            self._check_dims(hx, 3, "batched")
        for i, h in enumerate(hx or ()):
            if h.shape != self._state_shape(batch):
                which = f"hidden[{i}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(f"Expected {which} size {self._state_shape(batch)}, got {list(h.shape)}")
            if h.dtype != dtype:
                raise RuntimeError(f"input and hx must have the same dtype, but got {dtype} and {h.dtype}")

    def _check_dims(self, hx: Sequence[Tensor] | None, dims: int, kind: str) -> None:
        if hx is not None and any(h.ndim != dims for h in hx):
            names, given = " and ".join(("hx", "cx")[: len(hx)]), [f"{h.ndim}-D" for h in hx]
            shown = f"({', '.join(given)}) tensors" if len(hx) > 1 else f"{given[0]} tensor"
            raise RuntimeError(f"For {kind} {dims}-D input, {names} should also be {dims}-D but got {shown}")


def _permuted(state: Tensor, order: Tensor | None) -> Tensor:
    """The sequences of (layers, B, H) in another order."""
    return state if order is None else state.index_select(1, order)


class RNN(RecurrentLayer):
    """Elman's network (1990), layer upon layer: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu.

    input (T, B, input_size), with `batch_first` (B, T, input_size), without a batch (T, input_size), or packed;
    h_0 (num_layers * directions, B, H), default zeros. Gives the outputs of the last layer, (T, B, directions * H), or
    packed, and h_n, shaped as h_0. `dropout` acts between the layers in training.

    The parameters are those of `RecurrentLayer`, with one gate.

    Raises TypeError and ValueError for sizes that are not positive integers, a dropout outside [0, 1] or another
    `nonlinearity` than "tanh" and "relu"; calls raise ValueError for an input of other dimensions or dtype,
    RuntimeError for shapes that do not fit.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity {nonlinearity!r}. Select from 'tanh' or 'relu'.")
        self.nonlinearity = nonlinearity
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            *(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype),
        )

    def forward(self, input: Input, hx: Tensor | None = None) -> tuple[Input, Tensor]:
        """The outputs, and the last states."""
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h


class LSTM(RecurrentLayer):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000), layer upon layer.

        i, f, o = σ(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)     input, forget and output gate
        g = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)        each with its own rows, in the order i, f, g, o
        c_t = f c_{t-1} + i g
        h_t = o tanh(c_t)

    input as `RNN` takes it; hx (h_0, c_0), each (num_layers * directions, B, H), default zeros. Gives the outputs of
    the last layer, (T, B, directions * H), or packed, and (h_n, c_n).

    The parameters are those of `RecurrentLayer`, with four gates. Raises as `RNN`; NotImplementedError for a
    `proj_size` other than 0, TypeError for an hx that is no pair.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        if proj_size:
            raise NotImplementedError(
                f"LSTM: proj_size={proj_size} is not supported: leave it at 0, and put a Linear after the LSTM where "
                "only the output is to be smaller"
            )
        self.proj_size = 0
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        )

    def forward(self, input: Input, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Input, tuple[Tensor, Tensor]]:
        """The outputs, and the last states h and c."""
        if hx is not None and (isinstance(hx, Tensor) or len(hx) != 2):
            raise TypeError(f"LSTM: expected hx to be a pair of tensors (h_0, c_0), given a {type(hx).__name__}")
        output, (h, c) = self._run(input, hx)
        return output, (h, c)


class GRU(RecurrentLayer):
    """The gated recurrent unit (Cho et al. 2014), layer upon layer.

        r, z = σ(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)        reset and update gate
        n = tanh(W_ih x_t + b_ih + r (W_hh h_{t-1} + b_hh))    each with its own rows, in the order r, z, n
        h_t = (1 - z) n + z h_{t-1}

    Takes and gives what `RNN` does, and raises as it does. The parameters are those of `RecurrentLayer`, with three
    gates.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device, dtype
        )

    def forward(self, input: Input, hx: Tensor | None = None) -> tuple[Input, Tensor]:
        """The outputs, and the last states."""
        output, (h,) = self._run(input, None if hx is None else [hx])
        return output, h


def _check_settings(
    input_size: Any, hidden_size: Any, num_layers: Any, bias: Any, batch_first: Any, dropout: Any
) -> None:
    """Raise TypeError or ValueError, as PyTorch, for settings that make no layer; warn of dropout that does nothing."""
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed, given "
            f"{dropout!r}"
        )
    for name, value, kind in (
        ("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int),
        ("hidden_size", hidden_size, int), ("num_layers", num_layers, int),
    ):  # fmt: skip
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero, given {value}")
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )
