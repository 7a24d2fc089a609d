"""One recurrent layer in one direction, from PyTorch's parameters to the op that computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from autograd import Tensor

from . import recurrent_primitives as p
from .layer_functions import linear


class Kind(NamedTuple):
    """A kind of recurrent layer: how many gates and states it has, and its op."""

    gates: int
    states: int
    op: Callable[..., Tensor]


KINDS = {
    "RNN_TANH": Kind(1, 1, partial(p.rnn, nonlinearity="tanh")),
    "RNN_RELU": Kind(1, 1, partial(p.rnn, nonlinearity="relu")),
    "LSTM": Kind(4, 2, p.lstm),
    "GRU": Kind(3, 1, p.gru),
}


def recurrence(
    mode: str,
    x: Tensor,
    states: Tensor,
    weights: Sequence[Tensor],
    batch_sizes: tuple[int, ...],
    reverse: bool = False,
) -> tuple[Tensor, Tensor]:
    """The outputs (rows, H), and the last states (S, B, H).

    Args:
        mode: a key of `KINDS`.
        x: (rows, inputs), of B sequences that lie there step after step.
        states: the initial states, (S, B, H); with an LSTM S = 2, h and c.
        weights: weight_ih (G H, inputs), weight_hh (G H, H) and, unless there are none, the biases, (G H,) each.
        batch_sizes: how many sequences are running at each step, the longest first.
        reverse: begin at the last step.
    """
    _, n, op = KINDS[mode]
    weight_ih, weight_hh, *biases = weights
    inputs: list[Tensor | None] = [weight_hh, states]
    if mode == "GRU":  # its reset gate acts on the sum of product and bias
        inputs.append(biases.pop() if biases else None)
    bias = biases[0] + biases[1] if len(biases) == 2 else biases[0] if biases else None
    out = op(linear(x, weight_ih, bias), *inputs, batch_sizes=batch_sizes, reverse=reverse)
    steps = p.schedule(batch_sizes, reverse)
    return out[-n, steps.rows], out[-n:, steps.final]
