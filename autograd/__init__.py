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
from .compiler.compiling import compile
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
from .tensors.autocast import (
    autocast, clear_autocast_cache, get_autocast_dtype, is_autocast_enabled,
)  # fmt: skip
from .tensors.choices import clamp, clip, masked_fill, where
from .tensors.combined_products import (
    addbmm, addmm, addmv, addr, baddbmm, chain_matmul, cross, inner, kron, matrix_power, tensordot, vdot,
)  # fmt: skip
from .tensors.comparison import (
    allclose, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, eq, equal,
    ge, greater, greater_equal, gt, is_nonzero, is_tensor, isclose, isfinite, isinf, isnan, isneginf, isposinf,
    isreal, le, less, less_equal, logical_and, logical_not, logical_or, logical_xor, lt, ne, not_equal, signbit,
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
from .tensors.distances import cdist, cosine_similarity, dist, pairwise_distance, renorm
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
from .tensors.grids_and_sequences import (
    broadcast_shapes, cartesian_prod, combinations, logspace, meshgrid, range, scalar_tensor, tril_indices,
    triu_indices, vander,
)  # fmt: skip
from .tensors.indexing import (
    gather, index_select, masked_select, scatter_add, take_along_dim,
)  # fmt: skip
from .tensors.joining import (
    cat, chunk, concat, concatenate, narrow, narrow_copy, select, split, split_with_sizes, stack, unbind, unsafe_chunk,
    unsafe_split, unsafe_split_with_sizes,
)  # fmt: skip
from .tensors.inplace import in_place
from .tensors.legacy import (
    BFloat16Tensor, BoolTensor, ByteTensor, CharTensor, DoubleTensor, FloatTensor, HalfTensor, IntTensor, LongTensor,
    ShortTensor, Variable,
)  # fmt: skip
from .tensors.old_decompositions import matrix_exp, qr, svd
from .tensors.order import amax, amin, argmax, argmin, argsort, kthvalue, max, median, min, msort, sort, topk
from .tensors.print_options import get_printoptions, set_printoptions
from .tensors.random_tensors import (
    bernoulli, normal, rand, rand_like, randint, randn, randn_like, randperm,
)  # fmt: skip
from .tensors.products import (
    bmm, cholesky, det, dot, einsum, ger, inverse, logdet, matmul, mm, mv, outer, pinverse, slogdet,
)  # fmt: skip
from .tensors.rarer_arithmetic import (
    addcdiv, clamp_max, clamp_min, copysign, deg2rad, digamma, erfinv, float_power, fmax, fmin, frac, gcd,
    heaviside, lcm, ldexp, lgamma, logaddexp2, nextafter, polygamma, rad2deg, sgn, sinc,
)  # fmt: skip
from .tensors.reductions import (
    all, any, cumprod, cumsum, log_softmax, logsumexp, mean, nansum, norm, prod,
    softmax, std, sum, var,
)  # fmt: skip
from .tensors.replaced_parts import diagonal_scatter, index_reduce, select_scatter, slice_scatter
from .tensors.sampling import multinomial, poisson, randint_like
from .tensors.scans import cummax, cummin, cumulative_trapezoid, diff, logcumsumexp, trapezoid, trapz
from .tensors.scattering import (
    index_add, index_copy, index_fill, index_put, masked_scatter, put, scatter, scatter_reduce, take,
)  # fmt: skip
from .tensors.sets_and_counts import (
    argwhere, bincount, bucketize, count_nonzero, histc, histogram, isin, nonzero, searchsorted, unique,
    unique_consecutive,
)  # fmt: skip
from .tensors.shaping import (
    broadcast_tensors, broadcast_to, expand, flatten, flip, fliplr, flipud, moveaxis, movedim, permute, ravel,
    repeat, repeat_interleave, reshape, roll, rot90, squeeze, swapaxes, swapdims, t, tile, transpose, unflatten,
    unsqueeze, view,
)  # fmt: skip
from .tensors.stacking import (
    atleast_1d, atleast_2d, atleast_3d, block_diag, column_stack, dsplit, dstack, hsplit, hstack, row_stack,
    tensor_split, vsplit, vstack,
)  # fmt: skip
from .tensors.statistics import (
    aminmax, corrcoef, cov, mode, nanmean, nanmedian, nanquantile, quantile, std_mean, var_mean,
)  # fmt: skip
from .tensors.placement import print_as_torch
from .tensors.storage import as_strided, empty_strided
from .tensors.tensor import Tensor
from .tensors.torch_names import Size, bfloat16, complex64, complex128, dtype
from .tensors.type_questions import (
    adjoint, channels_last, channels_last_3d, conj, contiguous_format, is_complex, is_conj, is_inference, is_neg,
    is_same_size, is_signed, layout, memory_format, preserve_format, real, resolve_conj, resolve_neg, strided,
)  # fmt: skip
from .tensors.value import Value
from .tensors.windows import (
    diag, diag_embed, diagflat, diagonal, fold, fold_windows, one_hot, pad, trace, tril, triu, unfold, windows,
)  # fmt: skip
from .tools import tensor_arguments as _arguments
from .tools.anomaly import detect_anomaly
from .tools.checkpointing import CheckpointError, checkpoint
from .tools.comparison_table import Comparison
from .tools.debugging import Debugger, debug
from .tools.drawing import draw
from .tools.gradient_check import GradcheckError, check_op, gradcheck, gradgradcheck
from .tools.memory_record import record_memory
from .tools.saved_memory import saved_bytes
from .tools.torch_comparison import compare_with_torch

__version__ = "0.1.0"

newaxis = None
e, inf, nan, pi = _math.e, _math.inf, _math.nan, _math.pi

_keep_freed_memory()

__all__ = [
    "BFloat16Tensor", "BoolTensor", "ByteTensor", "CharTensor", "CheckpointError", "Comparison", "Debugger",
    "DoubleTensor", "FloatTensor", "Function", "Generator", "GradcheckError", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "Size", "Tensor", "Value", "Variable", "abs", "absolute", "acos", "acosh", "add", "addbmm",
    "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint", "all", "allclose", "amax", "amin", "aminmax", "any",
    "arange", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort",
    "argwhere", "as_strided", "as_tensor", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d",
    "atleast_3d", "autocast", "baddbmm", "bernoulli", "bfloat16", "bincount", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "block_diag", "bmm", "bool", "bool_",
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "bucketize", "can_cast", "cartesian_prod", "cat", "cdist",
    "ceil", "chain_matmul", "channels_last", "channels_last_3d", "check_op", "checkpoint", "cholesky", "chunk",
    "clamp", "clamp_max", "clamp_min", "clear_autocast_cache", "clip", "clone", "column_stack", "combinations",
    "compare_with_torch", "compile", "complex64", "complex128", "concat", "concatenate", "conj", "contiguous",
    "contiguous_format", "copysign", "corrcoef", "cos", "cosh", "cosine_similarity", "count_nonzero", "cov", "cross",
    "cummax", "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "debug", "default_generator", "define", "deg2rad",
    "det", "detect_anomaly", "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff",
    "digamma", "dist", "div", "divide", "dot", "double", "draw", "dsplit", "dstack", "dtype", "e", "einsum", "empty",
    "empty_like", "empty_strided", "enable_grad", "eq", "equal", "erf", "erfc", "erfinv", "exp", "exp2", "expand",
    "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud", "float", "float16", "float32", "float64",
    "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "fold", "fold_windows", "frac", "from_numpy",
    "full", "full_like", "func", "gather", "gcd", "ge", "ger", "get_autocast_dtype", "get_default_dtype",
    "get_printoptions", "get_rng_state", "grad", "gradcheck", "gradgradcheck", "greater", "greater_equal", "gt",
    "half", "heaviside", "histc", "histogram", "hooks", "hsplit", "hstack", "hypot", "iinfo", "in_place", "index_add",
    "index_copy", "index_fill", "index_put", "index_reduce", "index_select", "inf", "inference_mode", "initial_seed",
    "inner", "int", "int8", "int16", "int32", "int64", "inverse", "is_autocast_enabled", "is_complex", "is_conj",
    "is_floating_point", "is_grad_enabled", "is_inference", "is_inference_mode_enabled", "is_neg", "is_nonzero",
    "is_same_size", "is_signed", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "kron", "kthvalue", "layout", "lcm", "ldexp", "le", "lerp", "less", "less_equal", "lgamma", "linalg",
    "linspace", "log", "log1p", "log2", "log10", "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet",
    "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long", "lt",
    "manual_seed", "map_to_cpu", "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_exp",
    "matrix_power", "max", "maximum", "mean", "median", "memory_format", "meshgrid", "min", "minimum", "mm", "mode",
    "moveaxis", "movedim", "msort", "mul", "multinomial", "multiply", "mv", "nan", "nan_to_num", "nanmean",
    "nanmedian", "nanquantile", "nansum", "narrow", "narrow_copy", "ne", "neg", "negative", "newaxis", "nextafter",
    "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "once_differentiable", "one_hot", "ones",
    "ones_like", "outer", "pad", "pairwise_distance", "permute", "pi", "pinverse", "poisson", "polygamma", "positive",
    "pow", "preserve_format", "primitive", "print_as_torch", "prod", "promote_types", "put", "qr", "quantile",
    "rad2deg", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "range", "ravel",
    "real", "reciprocal", "record_memory", "relu", "remainder", "renorm", "repeat", "repeat_interleave", "reshape",
    "resolve_conj", "resolve_neg", "result_type", "roll", "rot90", "round", "row_stack", "rsqrt", "saved_bytes",
    "scalar_tensor", "scatter", "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_scatter",
    "set_default_dtype", "set_grad_enabled", "set_printoptions", "set_rng_state", "sgn", "short", "sigmoid", "sign",
    "signbit", "sin", "sinc", "sinh", "slice_scatter", "slogdet", "softmax", "sort", "split", "split_with_sizes",
    "sqrt", "square", "squeeze", "stack", "std", "std_mean", "strided", "sub", "subtract", "sum", "svd", "swapaxes",
    "swapdims", "t", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split", "tensordot", "tile", "topk",
    "trace", "transpose", "trapezoid", "trapz", "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc",
    "uint8", "unbind", "unflatten", "unfold", "unique", "unique_consecutive", "unsafe_chunk", "unsafe_split",
    "unsafe_split_with_sizes", "unsqueeze", "vander", "var", "var_mean", "vdot", "view", "vsplit", "vstack", "where",
    "windows", "xlogy", "zeros", "zeros_like",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))

if not _typing.TYPE_CHECKING:  # so that checkers report every name that is not here

    def __getattr__(name):
        place = f": it is nn.functional.{name}" if name in ("linear", "cross_entropy", "nll_loss") else ""
        raise AttributeError(f"module 'autograd' has no attribute {name!r}{place}")
