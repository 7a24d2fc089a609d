"""Tensor: what a tensor is stands in `tensor_base.py`; here is what it can do, one line a method.

What is needed less often stands in `rarer_methods.py`. Each function is written once, in the file of its family, and
is a method here.
"""

from __future__ import annotations

import builtins
from typing import Any

from ..core import listening
from ..core.engine import Traced
from . import (
    choices,
    comparison,
    conversion,
    creation,
    elementwise,
    indexing,
    inplace,
    joining,
    numpy_protocol,
    order,
    products,
    reductions,
    shaping,
    tensor_display,
    windows,
)
from .inplace import in_place, reshaped
from .operators import Operators
from .placement import Placement
from .rarer_methods import RarerMethods
from .rewriting import follow


class Tensor(Operators, Placement, RarerMethods):
    """An array that remembers how it was computed.

    `Tensor(2, 3)` has that shape and whatever values the memory held; `Tensor([1, 2])` and `Tensor(array)` have those
    values in the default dtype, float32; `Tensor(tensor)` is another tensor of the same memory and dtype. Memory is
    shared where the dtype allows it. `autograd.tensor(data)`, which copies and keeps the dtype of the data, is mostly
    the better choice.

    Args:
        data: sizes, or one array, nested list of numbers, or tensor.
        dtype: another dtype.
        requires_grad: collect a gradient in `.grad` when `backward()` is called on something computed from it.
        label: a name for drawings.

    Raises:
        TypeError, ValueError: data that are not numbers, a number that is no size, or rows of different lengths.
        RuntimeError: a size below 0, and requires_grad with a dtype that is not floating point.
    """

    __slots__ = ()

    def __init__(self, *data: Any, dtype: Any = None, requires_grad: builtins.bool = False, label: str = "") -> None:
        self._data, self._node = creation.constructed(data, dtype)
        if label:
            self._label = label
        if requires_grad:
            self.requires_grad = True

    retain_grad = listening.retain_grad
    register_hook = listening.register_hook

    _follow = follow
    _repr_html_ = tensor_display.html
    __array__ = numpy_protocol.array
    __array_ufunc__ = numpy_protocol.array_ufunc
    __array_function__ = numpy_protocol.array_function

    # -- functions of one number --

    absolute = abs = elementwise.abs
    negative = neg = elementwise.neg
    exp = elementwise.exp
    exp2 = elementwise.exp2
    expm1 = elementwise.expm1
    log = elementwise.log
    log1p = elementwise.log1p
    log2 = elementwise.log2
    log10 = elementwise.log10
    sqrt = elementwise.sqrt
    rsqrt = elementwise.rsqrt
    square = elementwise.square
    reciprocal = elementwise.reciprocal
    sin = elementwise.sin
    cos = elementwise.cos
    tan = elementwise.tan
    arcsin = asin = elementwise.asin
    arccos = acos = elementwise.acos
    arctan = atan = elementwise.atan
    sinh = elementwise.sinh
    cosh = elementwise.cosh
    tanh = elementwise.tanh
    arcsinh = asinh = elementwise.asinh
    arccosh = acosh = elementwise.acosh
    arctanh = atanh = elementwise.atanh
    sigmoid = elementwise.sigmoid
    relu = elementwise.relu
    sign = elementwise.sign
    floor = elementwise.floor
    ceil = elementwise.ceil
    fix = trunc = elementwise.trunc
    round = elementwise.round
    nan_to_num = elementwise.nan_to_num
    clone = elementwise.clone

    # -- arithmetic of two --

    add = elementwise.add
    subtract = sub = elementwise.sub
    multiply = mul = elementwise.mul
    divide = true_divide = div = elementwise.div
    floor_divide = elementwise.floor_divide
    remainder = elementwise.remainder
    fmod = elementwise.fmod
    pow = elementwise.pow
    arctan2 = atan2 = elementwise.atan2
    hypot = elementwise.hypot
    logaddexp = elementwise.logaddexp
    xlogy = elementwise.xlogy
    maximum = elementwise.maximum
    minimum = elementwise.minimum
    lerp = elementwise.lerp
    addcmul = elementwise.addcmul

    # -- choices, comparisons, tests --

    clip = clamp = choices.clamp

    def where(self, condition: Tensor, other: Any) -> Tensor:
        """The tensor where condition, other elsewhere."""
        return choices.where(condition, self, other)

    masked_fill = choices.masked_fill
    eq = comparison.eq
    ne = comparison.ne
    lt = comparison.lt
    le = comparison.le
    gt = comparison.gt
    ge = comparison.ge
    equal = comparison.equal
    allclose = comparison.allclose
    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logical_not = comparison.logical_not
    bitwise_and = comparison.bitwise_and
    bitwise_or = comparison.bitwise_or
    bitwise_xor = comparison.bitwise_xor
    bitwise_not = comparison.bitwise_not
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_right_shift = comparison.bitwise_right_shift

    # -- reductions and scans --

    sum = reductions.sum
    nansum = reductions.nansum
    mean = reductions.mean
    prod = reductions.prod
    var = reductions.var
    std = reductions.std
    norm = reductions.norm
    amax = order.amax
    amin = order.amin
    argmax = order.argmax
    argmin = order.argmin
    all = reductions.all
    any = reductions.any
    logsumexp = reductions.logsumexp
    softmax = reductions.softmax
    log_softmax = reductions.log_softmax
    cumsum = reductions.cumsum
    cumprod = reductions.cumprod
    max = order.max
    min = order.min
    median = order.median

    # -- shape --

    reshape = shaping.reshape
    reshape_as = shaping.reshape_as
    view = shaping.view
    view_as = shaping.view_as
    flatten = shaping.flatten
    unflatten = shaping.unflatten
    ravel = shaping.ravel
    squeeze = shaping.squeeze
    unsqueeze = shaping.unsqueeze
    permute = shaping.permute
    transpose = shaping.transpose
    swapaxes = shaping.swapaxes
    swapdims = shaping.swapdims
    movedim = shaping.movedim
    moveaxis = shaping.moveaxis
    t = shaping.t
    expand = shaping.expand
    expand_as = shaping.expand_as
    broadcast_to = shaping.broadcast_to
    repeat = shaping.repeat
    tile = shaping.tile
    repeat_interleave = shaping.repeat_interleave
    flip = shaping.flip
    roll = shaping.roll
    narrow = joining.narrow
    select = joining.select
    split = joining.split
    chunk = joining.chunk
    unbind = joining.unbind

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""
        return shaping.transposed(self, tuple(range(self._data.ndim))[::-1])

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged; a number as it is. Raises RuntimeError for a vector."""
        if self.ndim == 1:
            raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
        return shaping.transpose(self, -2, -1) if self.ndim else self

    # -- indexing and order --

    gather = indexing.gather
    scatter_add = indexing.scatter_add
    take_along_dim = indexing.take_along_dim
    index_select = indexing.index_select
    masked_select = indexing.masked_select
    argsort = order.argsort
    sort = order.sort
    topk = order.topk

    # -- triangles, diagonals, windows --

    tril = windows.tril
    triu = windows.triu
    diagonal = windows.diagonal
    diag = windows.diag
    diag_embed = windows.diag_embed
    trace = windows.trace

    def unfold(self, dimension: builtins.int, size: builtins.int, step: builtins.int) -> Tensor:
        """Every window of `size` along `dimension`, `step` apart, as a new last dimension."""
        return windows.unfold_dimension(self, dimension, size, step)

    # -- linear algebra --

    matmul = products.matmul
    mm = products.mm
    bmm = products.bmm
    mv = products.mv
    dot = products.dot
    outer = products.outer
    det = products.det
    logdet = products.logdet
    slogdet = products.slogdet
    inverse = products.inverse
    cholesky = products.cholesky

    # -- dtypes and memory --

    to = conversion.to
    type_as = conversion.type_as
    astype = conversion.astype
    half = conversion.half
    float = conversion.float
    double = conversion.double
    short = conversion.short
    int = conversion.int
    long = conversion.long
    bool = conversion.bool
    contiguous = conversion.contiguous

    # -- in place --

    add_ = in_place(elementwise.add)
    subtract_ = sub_ = in_place(elementwise.sub)
    multiply_ = mul_ = in_place(elementwise.mul)
    divide_ = true_divide_ = div_ = in_place(elementwise.div)
    pow_ = in_place(elementwise.pow)
    remainder_ = in_place(elementwise.remainder)
    fmod_ = in_place(elementwise.fmod)
    floor_divide_ = in_place(elementwise.floor_divide)
    negative_ = neg_ = in_place(elementwise.neg)
    absolute_ = abs_ = in_place(elementwise.abs)
    exp_ = in_place(elementwise.exp)
    exp2_ = in_place(elementwise.exp2)
    expm1_ = in_place(elementwise.expm1)
    log_ = in_place(elementwise.log)
    log1p_ = in_place(elementwise.log1p)
    log2_ = in_place(elementwise.log2)
    log10_ = in_place(elementwise.log10)
    sqrt_ = in_place(elementwise.sqrt)
    rsqrt_ = in_place(elementwise.rsqrt)
    square_ = in_place(elementwise.square)
    reciprocal_ = in_place(elementwise.reciprocal)
    sin_ = in_place(elementwise.sin)
    cos_ = in_place(elementwise.cos)
    tan_ = in_place(elementwise.tan)
    arcsin_ = asin_ = in_place(elementwise.asin)
    arccos_ = acos_ = in_place(elementwise.acos)
    arctan_ = atan_ = in_place(elementwise.atan)
    sinh_ = in_place(elementwise.sinh)
    cosh_ = in_place(elementwise.cosh)
    tanh_ = in_place(elementwise.tanh)
    arcsinh_ = asinh_ = in_place(elementwise.asinh)
    arccosh_ = acosh_ = in_place(elementwise.acosh)
    arctanh_ = atanh_ = in_place(elementwise.atanh)
    sigmoid_ = in_place(elementwise.sigmoid)
    relu_ = in_place(elementwise.relu)
    sign_ = in_place(elementwise.sign)
    floor_ = in_place(elementwise.floor)
    ceil_ = in_place(elementwise.ceil)
    fix_ = trunc_ = in_place(elementwise.trunc)
    round_ = in_place(elementwise.round)
    lerp_ = in_place(elementwise.lerp)
    addcmul_ = in_place(elementwise.addcmul)
    nan_to_num_ = in_place(elementwise.nan_to_num)
    clip_ = clamp_ = in_place(choices.clamp)
    masked_fill_ = in_place(choices.masked_fill)
    tril_ = in_place(windows.tril)
    triu_ = in_place(windows.triu)
    cumsum_ = in_place(reductions.cumsum)
    cumprod_ = in_place(reductions.cumprod)
    scatter_add_ = indexing.scatter_add_
    logical_and_ = in_place(comparison.logical_and)
    logical_or_ = in_place(comparison.logical_or)
    logical_xor_ = in_place(comparison.logical_xor)
    logical_not_ = in_place(comparison.logical_not)
    bitwise_and_ = in_place(comparison.bitwise_and)
    bitwise_or_ = in_place(comparison.bitwise_or)
    bitwise_xor_ = in_place(comparison.bitwise_xor)
    bitwise_not_ = in_place(comparison.bitwise_not)
    bitwise_left_shift_ = in_place(comparison.bitwise_left_shift)
    bitwise_right_shift_ = in_place(comparison.bitwise_right_shift)
    hypot_ = in_place(elementwise.hypot)
    xlogy_ = in_place(elementwise.xlogy)
    squeeze_ = reshaped(shaping.squeeze)
    unsqueeze_ = reshaped(shaping.unsqueeze)
    t_ = reshaped(shaping.t)
    swapdims_ = transpose_ = reshaped(shaping.transpose)
    swapaxes_ = reshaped(shaping.swapaxes)
    copy_ = inplace.copy_
    fill_ = inplace.fill_
    zero_ = inplace.zero_
    detach_ = inplace.detach_


Traced._result = Tensor
