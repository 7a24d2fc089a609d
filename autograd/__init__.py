"""chalkgrad's engine: tensors that remember how they were computed, and the calculus that takes them back.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
"""

from . import func, hooks, linalg
from .tensors import inplace, numpy_protocol  # for what they give Tensor
from .tools.gradient_check import GradcheckError, check_op, gradcheck, gradgradcheck
from .tools.torch_comparison import compare_with_torch
from .tensors.creation import (
    Generator, arange, as_tensor, bernoulli, default_generator, empty, empty_like, eye, from_numpy, full, full_like,
    linspace, manual_seed, normal, ones, ones_like, rand, rand_like, randint, randn, randn_like, randperm, tensor,
    zeros, zeros_like,
)  # fmt: skip
from .differentiate import grad
from .tools.drawing import draw
from .core.dtypes import (
    bool_, double, float16, float32, float64, get_default_dtype, half, int8, int16, int32, int64, long, result_type,
    set_default_dtype, short, uint8,
)  # fmt: skip
from .core.dtypes import bool_ as bool
from .core.dtypes import float32 as float
from .core.dtypes import int32 as int
from .core.forward import primitive
from .tensors.elementwise import (
    abs, absolute, acos, acosh, add, addcmul, allclose, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh,
    asin, asinh, atan, atan2, atanh, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, ceil, clamp, clip, clone, cos,
    cosh, div, divide, eq, equal, erf, erfc, exp, exp2, expm1, fix, floor, floor_divide, fmod, ge, gt, hypot, isfinite,
    is_tensor, isinf, isnan, le, lerp, log, log1p, log2, log10, logaddexp, logical_and, logical_not, logical_or,
    logical_xor, logit, lt, masked_fill, matmul, maximum, minimum, mul, multiply, nan_to_num, ne, neg, negative, pow,
    reciprocal, relu, remainder, round, rsqrt, sigmoid, sign, sin, sinh, sqrt, square, sub, subtract, tan, tanh,
    true_divide, trunc, where, xlogy,
)  # fmt: skip
from .tensors.indexing import (
    argsort, gather, index_select, masked_select, max, median, min, scatter_add, sort, take_along_dim, topk,
)  # fmt: skip
from .tensors.linalg import bmm, cholesky, det, dot, einsum, mm, mv, outer, slogdet
from .tensors.linalg import inv as inverse
from .core.modes import detect_anomaly, enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .core.ops import define
from .tensors.reductions import (
    all, amax, amin, any, argmax, argmin, cumprod, cumsum, log_softmax, logsumexp, mean, nansum, norm, prod, softmax,
    std, sum, var,
)  # fmt: skip
from .tensors.shaping import (
    broadcast_tensors, broadcast_to, cat, chunk, concat, concatenate, contiguous, expand, flatten, flip, moveaxis,
    movedim, narrow, permute, ravel, repeat, repeat_interleave, reshape, roll, select, split, squeeze, stack, swapaxes,
    swapdims, t, tile, transpose, unbind, unflatten, unsqueeze, view,
)  # fmt: skip
from .tensors.tensor import Tensor
from .tensors.value import Value
from .tensors.windows import (
    diag, diag_embed, diagonal, fold, fold_windows, one_hot, pad, trace, tril, triu, unfold, windows,
)  # fmt: skip

__version__ = "0.1.0"
