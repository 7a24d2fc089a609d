"""chalkgrad's engine: tensors that remember how they were computed, and the calculus that takes them back.

>>> import autograd
>>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4.])
"""

import math as _math
import typing as _typing

from . import func, hooks, linalg
from .core.dtypes import bool_ as bool
from .core.dtypes import float32 as float
from .core.dtypes import int32 as int
from .core.differentiate import grad
from .core.dtypes import (
    bool_, double, float16, float32, float64, half, int16, int32, int64, int8, long, set_default_dtype, short, uint8,
)  # fmt: skip
from .core.memory import keep_freed_memory as _keep_freed_memory
from .core.primitive import primitive
from .core.modes import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from .core.ops import define
from .tensors.choices import clamp, clip, masked_fill, where
from .tensors.comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal,
    ge, gt, is_tensor, isfinite, isinf, isnan, le, logical_and, logical_not, logical_or, logical_xor, lt, ne,
)  # fmt: skip
from .tensors.conversion import contiguous
from .tensors.creation import (
    arange, as_tensor, empty, empty_like, eye, from_numpy, full, full_like, linspace, ones, ones_like, tensor, zeros,
    zeros_like,
)  # fmt: skip
from .tensors.custom_function import Function, once_differentiable
from .tensors.device import DeviceLike, device, map_to_cpu
from .tensors.dtype_functions import (
    can_cast, finfo, get_default_dtype, iinfo, is_floating_point, numel, promote_types, result_type,
)  # fmt: skip
from .tensors.elementwise import (
    abs, absolute, acos, acosh, add, addcmul, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, asin,
    asinh, atan, atan2, atanh, ceil, clone, cos, cosh, div, divide, erf, erfc, exp, exp2, expm1, fix, floor,
    floor_divide, fmod, hypot, lerp, log, log10, log1p, log2, logaddexp, logit, maximum, minimum, mul, multiply,
    nan_to_num, neg, negative, positive, pow, reciprocal, relu, remainder, round, rsqrt, sigmoid, sign, sin, sinh,
    sqrt, square, sub, subtract, tan, tanh, true_divide, trunc, xlogy,
)  # fmt: skip
from .tensors.generator import (
    Generator, default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state,
)  # fmt: skip
from .tensors.indexing import (
    gather, index_select, masked_select, scatter_add, take_along_dim,
)  # fmt: skip
from .tensors.joining import cat, chunk, concat, concatenate, narrow, select, split, stack, unbind
from .tensors.inplace import in_place
from .tensors.legacy import (
    BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor, ShortTensor,
    Variable,
)  # fmt: skip
from .tensors.order import amax, amin, argmax, argmin, argsort, max, median, min, sort, topk
from .tensors.print_options import get_printoptions, set_printoptions
from .tensors.products import bmm, cholesky, det, dot, einsum, inverse, logdet, matmul, mm, mv, outer, slogdet
from .tensors.random_tensors import (
    bernoulli, normal, rand, rand_like, randint, randn, randn_like, randperm,
)  # fmt: skip
from .tensors.reductions import (
    all, any, cumprod, cumsum, log_softmax, logsumexp, mean, nansum, norm, prod,
    softmax, std, sum, var,
)  # fmt: skip
from .tensors.shaping import (
    broadcast_tensors, broadcast_to, expand, flatten, flip, moveaxis, movedim, permute, ravel, repeat,
    repeat_interleave, reshape, roll, squeeze, swapaxes, swapdims, t, tile, transpose, unflatten, unsqueeze, view,
)  # fmt: skip
from .tensors.placement import print_as_torch
from .tensors.tensor import Tensor
from .tensors.torch_names import Size, bfloat16, complex64, complex128, dtype
from .tensors.value import Value
from .tensors.windows import (
    diag, diag_embed, diagonal, fold, fold_windows, one_hot, pad, trace, tril, triu, unfold, windows,
)  # fmt: skip
from .tools import tensor_arguments as _arguments
from .tools.anomaly import detect_anomaly
from .tools.comparison_table import Comparison
from .tools.drawing import draw
from .tools.gradient_check import GradcheckError, check_op, gradcheck, gradgradcheck
from .tools.torch_comparison import compare_with_torch

__version__ = "0.1.0"

newaxis = None
e, inf, nan, pi = _math.e, _math.inf, _math.nan, _math.pi

_keep_freed_memory()

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "Comparison", "DoubleTensor", "FloatTensor", "Function", "Generator",
    "GradcheckError", "HalfTensor", "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "Value", "Variable",
    "abs", "absolute", "acos", "acosh", "add", "addcmul", "all", "allclose", "amax", "amin", "any", "arange", "arccos",
    "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort", "as_tensor", "asin",
    "asinh", "atan", "atan2", "atanh", "bernoulli", "bfloat16", "bitwise_and", "bitwise_left_shift", "bitwise_not",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm", "bool", "bool_", "broadcast_tensors", "broadcast_to",
    "can_cast", "cat", "ceil", "check_op", "cholesky", "chunk", "clamp", "clip", "clone", "compare_with_torch",
    "complex64", "complex128", "concat", "concatenate", "contiguous", "cos", "cosh", "cumprod", "cumsum",
    "default_generator", "define", "det", "detect_anomaly", "device", "diag", "diag_embed", "diagonal", "div", "divide",
    "dot", "double", "draw", "dtype", "e", "einsum", "empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erfc",
    "exp", "exp2", "expand", "expm1", "eye", "finfo", "fix", "flatten", "flip", "float", "float16", "float32",
    "float64", "floor", "floor_divide", "fmod", "fold", "fold_windows", "from_numpy", "full", "full_like", "func",
    "gather", "ge", "get_default_dtype", "get_printoptions", "get_rng_state", "grad", "gradcheck", "gradgradcheck",
    "gt", "half", "hooks", "hypot", "iinfo", "in_place", "index_select", "inf", "inference_mode", "initial_seed", "int",
    "int8", "int16", "int32", "int64", "inverse", "is_floating_point", "is_grad_enabled", "is_inference_mode_enabled",
    "is_tensor", "isfinite", "isinf", "isnan", "le", "lerp", "linalg", "linspace", "log", "log1p", "log2", "log10",
    "log_softmax", "logaddexp", "logdet", "logical_and", "logical_not", "logical_or", "logical_xor", "logit",
    "logsumexp", "long", "lt", "manual_seed", "map_to_cpu", "masked_fill", "masked_select", "matmul", "max", "maximum",
    "mean", "median", "min", "minimum", "mm", "moveaxis", "movedim", "mul", "multiply", "mv", "nan", "nan_to_num",
    "nansum", "narrow", "ne", "neg", "negative", "newaxis", "no_grad", "norm", "normal", "numel", "once_differentiable",
    "one_hot", "ones", "ones_like", "outer", "pad", "permute", "pi", "positive", "pow", "primitive", "print_as_torch",
    "prod", "promote_types", "rand", "rand_like", "randint", "randn", "randn_like", "randperm", "ravel", "reciprocal",
    "relu", "remainder", "repeat", "repeat_interleave", "reshape", "result_type", "roll", "round", "rsqrt",
    "scatter_add", "seed", "select", "set_default_dtype", "set_grad_enabled", "set_printoptions", "set_rng_state",
    "short", "sigmoid", "sign", "sin", "sinh", "slogdet", "softmax", "sort", "split", "sqrt", "square", "squeeze",
    "stack", "std", "sub", "subtract", "sum", "swapaxes", "swapdims", "t", "take_along_dim", "tan", "tanh", "tensor",
    "tile", "topk", "trace", "transpose", "tril", "triu", "true_divide", "trunc", "uint8", "unbind", "unflatten",
    "unfold", "unsqueeze", "var", "view", "where", "windows", "xlogy", "zeros", "zeros_like",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))

if not _typing.TYPE_CHECKING:  # so that checkers report every name that is not here

    def __getattr__(name):
        place = f": it is nn.functional.{name}" if name in ("linear", "cross_entropy", "nll_loss") else ""
        raise AttributeError(f"module 'autograd' has no attribute {name!r}{place}")
