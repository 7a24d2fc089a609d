"""From the table's ops to ONNX: a line for each, which any model that is composed of them goes through.

A line is given `g`, the graph to add nodes to, and names what else it reads: the inputs x, y, z, w (or `xs`, all of
them), each the name of a value in the graph, or a number or an array that is constant; `x_shape`, and `shape` and
`dtype` of the result; the `dtypes` of the inputs, None for a number; an option of the op. A number in a shape or an
index may be a `Size`, which goes with the batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.calculus import primitives as p

from ..functional import network_primitives as n
from ..functional import norm_primitives as norms
from ..functional import recurrent_primitives as r
from ..functional.gelu_primitives import gelu
from .onnx_decisions import DECISIONS
from .onnx_graph import Graph
from .onnx_indices import embed_windows, flipped, indexed, replaced, rolled, take_diagonal, take_windows, tiled
from .onnx_record import Size
from .onnx_recurrent import gru, lstm, rnn

Line = Callable[..., str]


# -- reductions -------------------------------------------------------------------------------------------------------


def reduce(g: Graph, kind: str, x: str, axis: Any, keepdims: bool) -> str:
    """A reduction over some axes, or over all."""
    axes = None if axis is None else np.atleast_1d(np.array(axis, np.int64))
    if axes is not None and not axes.size:
        return x
    return g(kind, x, axes, keepdims=int(keepdims))


def reduction(kind: str) -> Line:
    return lambda g, x, axis, keepdims: reduce(g, kind, x, axis, keepdims)


def variance(g: Graph, x: str, x_shape: Any, axis: Any, ddof: float, keepdims: bool) -> str:
    """mean((x - mean)²) n / (n - ddof)."""
    centred = g("Sub", x, reduce(g, "ReduceMean", x, axis, True))
    out = reduce(g, "ReduceMean", g("Mul", centred, centred), axis, keepdims)
    if not ddof:
        return out
    axes = range(len(x_shape)) if axis is None else np.atleast_1d(axis)
    counts = [x_shape[a] for a in axes]
    if any(isinstance(each, Size) for each in counts):
        raise NotImplementedError("an unbiased variance over the batch: give correction=0")
    total = math.prod(counts)
    return g("Mul", out, total / (total - ddof))


def vector_norm(g: Graph, x: str, ord: float, axis: Any, keepdims: bool) -> str:
    """(sum |x|^ord)^(1/ord), or the largest or smallest |x|."""
    if ord in (1, 2):
        return reduce(g, f"ReduceL{int(ord)}", x, axis, keepdims)
    size = g("Abs", x)
    if math.isinf(ord):
        return reduce(g, "ReduceMax" if ord > 0 else "ReduceMin", size, axis, keepdims)
    if not ord:
        raise NotImplementedError("the number of elements that are not 0")
    return g("Pow", reduce(g, "ReduceSum", g("Pow", size, float(ord)), axis, keepdims), 1 / ord)


def standardized(g: Graph, x: str, axis: Any, eps: float) -> str:
    """(x - mean) / sqrt(variance + eps)."""
    centred = g("Sub", x, reduce(g, "ReduceMean", x, axis, True))
    return scaled(g, centred, axis, eps)


def scaled(g: Graph, x: str, axis: Any, eps: float) -> str:
    """x / sqrt(mean(x²) + eps)."""
    spread = reduce(g, "ReduceMean", g("Mul", x, x), axis, True)
    return g("Div", x, g("Sqrt", g("Add", spread, eps)))


def affine(g: Graph, x: str, y: Any, z: Any) -> str:
    """x y + z, as far as y and z are given."""
    x = x if y is None else g("Mul", x, y)
    return x if z is None else g("Add", x, z)


def standardize(g: Graph, x: str, y: Any, z: Any, x_shape: Any, groups: int, over: tuple[int, ...], eps: float) -> str:
    """The numbers of every channel, or of every group of channels, brought to mean 0 and variance 1."""
    n, c, *rest = x_shape
    if over == (2,):
        together = g.reshape(x, (n, groups, c // groups * math.prod(rest)))
        out = g.reshape(standardized(g, together, (2,), eps), x_shape)
    else:
        out = standardized(g, x, (*over, *range(2, len(x_shape))), eps)
    y, z = (None if w is None else g.reshape(w, (c, *[1] * len(rest))) for w in (y, z))
    return affine(g, out, y, z)


# -- networks ---------------------------------------------------------------------------------------------------------


def linear(g: Graph, x: str, y: str, z: Any, x_shape: Any) -> str:
    """x y^T + z, for matrices as one node."""
    if len(x_shape) == 2:
        return g("Gemm", x, y, z, transB=1)
    out = g("MatMul", x, g("Transpose", y, perm=[1, 0]))
    return out if z is None else g("Add", out, z)


def around(widths: Any) -> list[int]:
    """Widths (before, after) for each axis as ONNX has them: all before, then all after."""
    return [low for low, _ in widths] + [high for _, high in widths]


def conv(g: Graph, x: str, y: str, z: Any, stride: Any, widths: Any, dilation: Any, groups: int) -> str:
    return g("Conv", x, y, z, strides=stride, pads=around(widths), dilations=dilation, group=groups)


def conv_transposed(
    g: Graph,
    x: str,
    y: str,
    x_shape: Any,
    y_shape: Any,
    shape: Any,
    stride: Any,
    widths: Any,
    dilation: Any,
    groups: int,
) -> str:
    """The adjoint of a convolution; `output_padding` is what the shape has beyond the last window."""
    axes = zip(shape[2:], x_shape[2:], y_shape[2:], stride, dilation, widths, strict=True)
    more = [size - ((count - 1) * s + d * (k - 1) + 1 - sum(width)) for size, count, k, s, d, width in axes]
    options = {"strides": stride, "pads": around(widths), "dilations": dilation, "group": groups}
    return g("ConvTranspose", x, y, output_padding=more, **options)


def pool(g: Graph, kind: str, x: str, size: Any, stride: Any, widths: Any, fill: float, **more: Any) -> str:
    """A pooling; what is padded with more than a window holds is padded first."""
    if any(max(width) >= k for width, k in zip(widths, size, strict=True)):
        x, widths = g("Pad", x, np.array(around([(0, 0), (0, 0), *widths])), fill), [(0, 0), (0, 0)]
    return g(kind, x, kernel_shape=size, strides=stride, pads=around(widths), **more)


def max_pool(g: Graph, x: str, size: Any, stride: Any, widths: Any, dilation: Any) -> str:
    return pool(g, "MaxPool", x, size, stride, widths, -math.inf, dilations=dilation)


def sum_pool(g: Graph, x: str, size: Any, stride: Any, widths: Any) -> str:
    mean = pool(g, "AveragePool", x, size, stride, widths, 0.0, count_include_pad=1)
    return g("Mul", mean, float(math.prod(size)))


def normal_cdf(g: Graph, x: str, approximate: str) -> str:
    """P(X <= x) for a standard normal X."""
    if approximate == "tanh":
        cubic = g("Add", g("Mul", g("Mul", x, x), 0.044715), 1.0)
        share = g("Tanh", g("Mul", g("Mul", x, cubic), math.sqrt(2 / math.pi)))
    else:
        share = g("Erf", g("Mul", x, math.sqrt(0.5)))
    return g("Mul", g("Add", share, 1.0), 0.5)


def clip(g: Graph, x: Any, y: Any, z: Any) -> str:
    x = x if y is None else g("Max", x, y)
    return x if z is None else g("Min", x, z)


def logit(g: Graph, x: str, eps: Any) -> str:
    x = x if eps is None else clip(g, x, eps, 1 - eps)
    return g("Log", g("Div", x, g("Sub", 1.0, x)))


def log_sum_of_two(g: Graph, x: Any, y: Any) -> str:
    """max + log(1 + exp(-|x - y|))."""
    return g("Add", g("Max", x, y), g("Log", g("Add", g("Exp", g("Neg", g("Abs", g("Sub", x, y)))), 1.0)))


def softplus(g: Graph, x: str, beta: float, threshold: float) -> str:
    """log(1 + exp(beta x)) / beta, x itself beyond the threshold."""
    scaled = product(g, x, beta)
    return g("Where", g("Greater", scaled, threshold), x, product(g, g("Softplus", scaled), 1 / beta))


def as_bools(g: Graph, x: Any, dtype: Any) -> Any:
    return x if dtype in (None, bool) else g.cast(x, np.dtype(bool))


def product(g: Graph, x: str, y: float) -> str:
    return x if y == 1 else g("Mul", x, y)


# -- the table --------------------------------------------------------------------------------------------------------

LINES: dict[Any, str | Line] = {  # where ONNX has the op, with the same inputs and no options, its name
    np.add: "Add", np.subtract: "Sub", np.multiply: "Mul", np.divide: "Div", np.power: "Pow", np.negative: "Neg",
    np.reciprocal: "Reciprocal", np.maximum: "Max", np.minimum: "Min", np.exp: "Exp", np.log: "Log", np.sqrt: "Sqrt",
    np.absolute: "Abs", np.sin: "Sin", np.cos: "Cos", np.tan: "Tan", np.arcsin: "Asin", np.arccos: "Acos",
    np.arctan: "Atan", np.sinh: "Sinh", np.cosh: "Cosh", np.tanh: "Tanh", np.arcsinh: "Asinh", np.arccosh: "Acosh",
    np.arctanh: "Atanh", p.sigmoid: "Sigmoid", p.erf: "Erf", p.relu: "Relu",
    p.sign: "Sign", np.floor: "Floor", np.ceil: "Ceil", np.rint: "Round",
    np.matmul: "MatMul", np.linalg.det: "Det", n.hardswish: "HardSwish",
    # arithmetic
    np.square: lambda g, x: g("Mul", x, x),
    np.remainder: lambda g, x, y: g("Sub", x, g("Mul", g("Floor", g("Div", x, y)), y)),
    np.fmod: lambda g, x, y: g("Mod", x, y, fmod=1),
    np.hypot: lambda g, x, y: g("Sqrt", g("Add", g("Mul", x, x), g("Mul", y, y))),
    np.logaddexp: log_sum_of_two,
    p.lerp: lambda g, x, y, z: g("Add", x, g("Mul", z, g("Sub", y, x))),
    p.addcmul: lambda g, x, y, z, value: g("Add", x, g("Mul", g("Mul", y, z), value)),
    # functions of one number
    np.exp2: lambda g, x: g("Exp", g("Mul", x, math.log(2))),
    np.expm1: lambda g, x: g("Sub", g("Exp", x), 1.0),
    np.log2: lambda g, x: g("Div", g("Log", x), math.log(2)),
    np.log10: lambda g, x: g("Div", g("Log", x), math.log(10)),
    np.log1p: lambda g, x: g("Log", g("Add", x, 1.0)),
    np.cbrt: lambda g, x: g("Mul", g("Sign", x), g("Pow", g("Abs", x), 1 / 3)),
    p.rsqrt: lambda g, x: g("Reciprocal", g("Sqrt", x)),
    p.erfc: lambda g, x: g("Sub", 1.0, g("Erf", x)),
    p.logit: logit,
    p.keep: lambda g, x, y, dtypes: g("Where", as_bools(g, y, dtypes[1]), x, 0.0),
    np.trunc: lambda g, x: g("Mul", g("Sign", x), g("Floor", g("Abs", x))),
    np.floor_divide: lambda g, x, y: g("Floor", g("Div", x, y)),
    # choices
    np.where: lambda g, x, y, z, dtypes: g("Where", as_bools(g, x, dtypes[0]), y, z),
    np.clip: clip,
    # reductions
    np.sum: reduction("ReduceSum"),
    np.mean: reduction("ReduceMean"),
    np.prod: reduction("ReduceProd"),
    np.max: reduction("ReduceMax"),
    np.min: reduction("ReduceMin"),
    p.logsumexp: reduction("ReduceLogSumExp"),
    np.var: variance,
    np.std: lambda g, x, x_shape, axis, ddof, keepdims: g("Sqrt", variance(g, x, x_shape, axis, ddof, keepdims)),
    p.vector_norm: vector_norm,
    np.cumsum: lambda g, x, axis: g("CumSum", x, np.array(axis, np.int64)),
    p.softmax: lambda g, x, axis: g("Softmax", x, axis=axis),
    p.log_softmax: lambda g, x, axis: g("LogSoftmax", x, axis=axis),
    # shape and index
    p.cast: lambda g, x, dtype: g.cast(x, dtype),
    np.reshape: lambda g, x, shape: g.reshape(x, shape),
    np.transpose: lambda g, x, axes: g("Transpose", x, perm=[a % len(axes) for a in axes]),
    np.broadcast_to: lambda g, x, shape: g("Expand", x, g.integers(shape)),
    np.tile: tiled,
    np.flip: flipped,
    np.roll: rolled,
    np.concatenate: lambda g, xs, axis: g("Concat", *xs, axis=axis),
    np.stack: lambda g, xs, axis: g("Concat", *[g("Unsqueeze", x, np.array([axis])) for x in xs], axis=axis),
    p.getitem: indexed,
    p.replace: replaced,
    np.tril: lambda g, x, k: g("Trilu", x, np.array(k, np.int64), upper=0),
    np.triu: lambda g, x, k: g("Trilu", x, np.array(k, np.int64), upper=1),
    p.diagonal: take_diagonal,
    p.pad: lambda g, x, widths, value: g("Pad", x, np.array(around(widths), np.int64), value),
    p.windows: take_windows,
    p.fold_windows: embed_windows,
    # linear algebra
    np.einsum: lambda g, xs, subscripts: g("Einsum", *xs, equation=subscripts),
    # networks
    n.linear: linear,
    n.conv2d: conv,
    n.conv2d_dx: conv_transposed,
    n.max_pool2d: max_pool,
    n.sum_pool2d: sum_pool,
    norms.standardize: standardize,
    norms.layer_norm: lambda g, x, y, z, dims, eps: affine(g, standardized(g, x, tuple(range(-dims, 0)), eps), y, z),
    norms.rms_norm: lambda g, x, y, dims, eps: g("Mul", scaled(g, x, tuple(range(-dims, 0)), eps), y),
    n.leaky_relu: lambda g, x, y: g("Where", g("Greater", x, 0.0), x, g("Mul", x, y)),
    n.elu: lambda g, x, alpha, scale: product(g, g("Elu", x, alpha=alpha), scale),
    n.hardtanh: lambda g, x, low, high: clip(g, x, low, high),
    n.hardshrink: lambda g, x, lambd: g("Shrink", x, lambd=lambd, bias=0.0),
    n.softshrink: lambda g, x, lambd: g("Shrink", x, lambd=lambd, bias=lambd),
    n.mish: lambda g, x: g("Mul", x, g("Tanh", g("Softplus", x))),
    gelu: lambda g, x, approximate: g("Mul", x, normal_cdf(g, x, approximate)),
    n.silu: lambda g, x: g("Mul", x, g("Sigmoid", x)),
    n.softplus: softplus,
    n.log_sigmoid: lambda g, x: g("Neg", g("Softplus", g("Neg", x))),
    r.rnn: rnn,
    r.lstm: lstm,
    r.gru: gru,
    **DECISIONS,
}  # fmt: skip
