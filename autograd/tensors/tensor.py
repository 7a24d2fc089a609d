"""Tensor: what a tensor is stands in `base.py`; here is what it can do, one line a method.

Each function is written once, in the file of its family, and is a method here.
"""

from __future__ import annotations

from ..core import differentiate, hooks
from ..core.engine import Traced
from . import (
    choices,
    comparison,
    conversion,
    elementwise,
    indexing,
    inplace,
    matrices,
    numpy_protocol,
    operators,
    reductions,
    shaping,
    windows,
)  # fmt: skip
from .base import TensorBase
from .inplace import augmented, in_place


class Tensor(TensorBase):
    __doc__ = TensorBase.__doc__
    __slots__ = ()

    # -- gradients --

    backward = differentiate.backward
    retain_grad = hooks.retain_grad
    register_hook = hooks.register_hook

    # -- operators --

    __add__ = __radd__ = operators.plus
    __sub__ = operators.minus
    __rsub__ = operators.minus_from
    __mul__ = __rmul__ = operators.times
    __truediv__ = operators.over
    __rtruediv__ = operators.over_from
    __floordiv__ = operators.floor_over
    __rfloordiv__ = operators.floor_over_from
    __mod__ = operators.modulo
    __rmod__ = operators.modulo_from
    __pow__ = operators.to_the
    __rpow__ = operators.to_the_from
    __matmul__ = operators.at
    __rmatmul__ = operators.at_from
    __neg__ = elementwise.neg
    __pos__ = elementwise.positive
    __abs__ = elementwise.abs
    __eq__ = comparison.eq  # type: ignore[assignment]
    __ne__ = comparison.ne  # type: ignore[assignment]
    __lt__ = comparison.lt
    __le__ = comparison.le
    __gt__ = comparison.gt
    __ge__ = comparison.ge
    __and__ = __rand__ = comparison.bitwise_and
    __or__ = __ror__ = comparison.bitwise_or
    __xor__ = __rxor__ = comparison.bitwise_xor
    __invert__ = comparison.bitwise_not
    __hash__ = TensorBase.__hash__
    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem
    __iter__ = indexing.iterate
    __iadd__ = augmented(operators.plus, elementwise.add)
    __isub__ = augmented(operators.minus, elementwise.sub)
    __imul__ = augmented(operators.times, elementwise.mul)
    __itruediv__ = augmented(operators.over, elementwise.div)
    __ifloordiv__ = augmented(operators.floor_over, elementwise.floor_divide)
    __imod__ = augmented(operators.modulo, elementwise.remainder)
    __ipow__ = augmented(operators.to_the, elementwise.pow)
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
    logit = elementwise.logit
    relu = elementwise.relu
    erf = elementwise.erf
    erfc = elementwise.erfc
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
    where = choices.where_method
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

    # -- reductions and scans --

    sum = reductions.sum
    nansum = reductions.nansum
    mean = reductions.mean
    prod = reductions.prod
    var = reductions.var
    std = reductions.std
    norm = reductions.norm
    amax = reductions.amax
    amin = reductions.amin
    argmax = reductions.argmax
    argmin = reductions.argmin
    all = reductions.all
    any = reductions.any
    logsumexp = reductions.logsumexp
    softmax = reductions.softmax
    log_softmax = reductions.log_softmax
    cumsum = reductions.cumsum
    cumprod = reductions.cumprod
    max = indexing.max
    min = indexing.min
    median = indexing.median

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
    narrow = shaping.narrow
    select = shaping.select
    split = shaping.split
    chunk = shaping.chunk
    unbind = shaping.unbind

    @property
    def T(self) -> Tensor:
        """The dimensions in reverse order."""
        return shaping.transposed(self, tuple(range(self._data.ndim))[::-1])

    @property
    def mT(self) -> Tensor:
        """The last two dimensions exchanged."""
        return shaping.transpose(self, -2, -1)

    # -- indexing and order --

    gather = indexing.gather
    scatter_add = indexing.scatter_add
    take_along_dim = indexing.take_along_dim
    index_select = indexing.index_select
    masked_select = indexing.masked_select
    argsort = indexing.argsort
    sort = indexing.sort
    topk = indexing.topk

    # -- triangles, diagonals, windows --

    tril = windows.tril
    triu = windows.triu
    diagonal = windows.diagonal
    diag = windows.diag
    diag_embed = windows.diag_embed
    trace = windows.trace
    unfold = windows.unfold_dimension

    # -- linear algebra --

    matmul = matrices.matmul
    mm = matrices.mm
    bmm = matrices.bmm
    mv = matrices.mv
    dot = matrices.dot
    outer = matrices.outer
    det = matrices.det
    logdet = matrices.logdet
    slogdet = matrices.slogdet
    inverse = matrices.inverse
    cholesky = matrices.cholesky

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
    sub_ = in_place(elementwise.sub)
    mul_ = in_place(elementwise.mul)
    div_ = in_place(elementwise.div)
    pow_ = in_place(elementwise.pow)
    remainder_ = in_place(elementwise.remainder)
    fmod_ = in_place(elementwise.fmod)
    floor_divide_ = in_place(elementwise.floor_divide)
    neg_ = in_place(elementwise.neg)
    abs_ = in_place(elementwise.abs)
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
    asin_ = in_place(elementwise.asin)
    acos_ = in_place(elementwise.acos)
    atan_ = in_place(elementwise.atan)
    sinh_ = in_place(elementwise.sinh)
    cosh_ = in_place(elementwise.cosh)
    tanh_ = in_place(elementwise.tanh)
    asinh_ = in_place(elementwise.asinh)
    acosh_ = in_place(elementwise.acosh)
    atanh_ = in_place(elementwise.atanh)
    sigmoid_ = in_place(elementwise.sigmoid)
    relu_ = in_place(elementwise.relu)
    erf_ = in_place(elementwise.erf)
    erfc_ = in_place(elementwise.erfc)
    logit_ = in_place(elementwise.logit)
    sign_ = in_place(elementwise.sign)
    floor_ = in_place(elementwise.floor)
    ceil_ = in_place(elementwise.ceil)
    trunc_ = in_place(elementwise.trunc)
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
    scatter_add_ = in_place(indexing.scatter_add)
    copy_ = inplace.copy_
    fill_ = inplace.fill_
    zero_ = inplace.zero_
    uniform_ = inplace.uniform_
    normal_ = inplace.normal_
    detach_ = inplace.detach_


Traced._result = Tensor
