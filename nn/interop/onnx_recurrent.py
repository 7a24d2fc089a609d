"""Recurrent ops in ONNX: a Scan, whose body is one step, over the sequence as it stands in rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .onnx_graph import Graph
from .onnx_record import Size

Body = Callable[[list[str], str], tuple[list[str], list[str]]]  # (states, x) -> (gates, new states)


def rnn(
    g: Graph, x: str, y: str, z: str, batch_sizes: Any, reverse: bool, nonlinearity: str, x_shape: Any, shape: Any
) -> str:
    """h' = tanh(x + y h), or relu."""
    w = g("Transpose", y, perm=[1, 0])

    def step(states: list[str], x: str) -> tuple[list[str], list[str]]:
        return [], [g("Tanh" if nonlinearity == "tanh" else "Relu", g("Add", g("MatMul", states[0], w), x))]

    return scanned(g, step, x, z, 1, batch_sizes, reverse, x_shape, shape)


def lstm(g: Graph, x: str, y: str, z: str, batch_sizes: Any, reverse: bool, x_shape: Any, shape: Any) -> str:
    """i, f, o = sigmoid(x + y h), u = tanh(x + y h), c' = f c + i u, h' = o tanh(c')."""
    w = g("Transpose", y, perm=[1, 0])

    def step(states: list[str], x: str) -> tuple[list[str], list[str]]:
        h, c = states
        i, f, u, o = g.several("Split", 4, g("Add", g("MatMul", h, w), x), axis=1, num_outputs=4)
        i, f, u, o = g("Sigmoid", i), g("Sigmoid", f), g("Tanh", u), g("Sigmoid", o)
        c = g("Add", g("Mul", f, c), g("Mul", i, u))
        return [i, f, u, o], [g("Mul", o, g("Tanh", c)), c]

    return scanned(g, step, x, z, 2, batch_sizes, reverse, x_shape, shape)


def gru(g: Graph, x: str, y: str, z: str, w: Any, batch_sizes: Any, reverse: bool, x_shape: Any, shape: Any) -> str:
    """r, s = sigmoid(x + y h + w), m = y h + w, n = tanh(x + r m), h' = n + s (h - n)."""
    weight = g("Transpose", y, perm=[1, 0])

    def step(states: list[str], x: str) -> tuple[list[str], list[str]]:
        (h,) = states
        sums = g("MatMul", h, weight)
        sums = sums if w is None else g("Add", sums, w)
        r, s, m = g.several("Split", 3, sums, axis=1, num_outputs=3)
        xr, xs, xn = g.several("Split", 3, x, axis=1, num_outputs=3)
        r, s = g("Sigmoid", g("Add", r, xr)), g("Sigmoid", g("Add", s, xs))
        n = g("Tanh", g("Add", xn, g("Mul", r, m)))
        return [r, s, n, m], [g("Add", n, g("Mul", s, g("Sub", h, n)))]

    return scanned(g, step, x, z, 1, batch_sizes, reverse, x_shape, shape)


def scanned(
    g: Graph, step: Body, x: str, z: str, states: int, batch_sizes: Any, reverse: bool, x_shape: Any, shape: Any
) -> str:
    """All gates and states of all steps, as the op's result holds them, with the initial states at the one end."""
    if any(n != batch_sizes[0] for n in batch_sizes):
        raise NotImplementedError("sequences of different lengths: give them padded, without pack_padded_sequence")
    kinds, _, hidden = shape
    batch, helper = batch_sizes[0], g.helper
    rows = g.reshape(x, [len(batch_sizes), batch, x_shape[1]])
    initial = [g("Gather", z, np.array(s, np.int64), axis=0) for s in range(states)]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(g.dtype))
    outer, g.nodes = g.nodes, []
    names = [g.new("state") for _ in range(states)]
    at = g.new("row")
    gates, new = step(names, at)
    together = g("Concat", *[g("Unsqueeze", each, np.array([0])) for each in (*gates, *new)], axis=0)
    size = "batch" if isinstance(batch, Size) else batch
    state = [size, hidden]
    body = helper.make_graph(
        g.nodes,
        g.new("step"),
        [*(helper.make_tensor_value_info(name, kind, state) for name in names),
         helper.make_tensor_value_info(at, kind, [size, x_shape[1]])],
        [*(helper.make_tensor_value_info(name, kind, state) for name in new),
         helper.make_tensor_value_info(together, kind, [kinds, *state])],
    )  # fmt: skip
    g.nodes = outer
    direction = [int(reverse)]
    *_, made = g.several(
        "Scan", states + 1, *initial, rows, body=body, num_scan_inputs=1, scan_input_directions=direction,
        scan_output_directions=direction,
    )  # fmt: skip
    total = Size(batch.factor * len(batch_sizes), 0) if isinstance(batch, Size) else batch * len(batch_sizes)
    steps = g.reshape(g("Transpose", made, perm=[1, 0, 2, 3]), [kinds, total, hidden])
    if kinds > states:  # there are no gates before the first step
        z = g("Concat", g("Expand", 0.0, g.integers([kinds - states, batch, hidden])), z, axis=0)
    return g("Concat", *((steps, z) if reverse else (z, steps)), axis=1)
