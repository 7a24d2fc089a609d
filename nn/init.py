"""Fill a tensor in place with initial values, under PyTorch's names.

Every function returns the tensor it was given. Numbers are drawn from `generator`, by default the one that
`autograd.manual_seed` seeds. `fan_in` and `fan_out` count the inputs and outputs of one unit: for a weight of shape
(out, in, *kernel), they are in and out, each times the size of the kernel.
"""

from __future__ import annotations

import math
import warnings
from statistics import NormalDist
from typing import Any

import numpy as np

import autograd
from autograd import Generator, Tensor, default_generator

from .old_init_names import renamed

__all__ = [
    "calculate_gain", "constant", "constant_", "dirac", "dirac_", "eye", "eye_", "kaiming_normal", "kaiming_normal_",
    "kaiming_uniform", "kaiming_uniform_", "normal", "normal_", "ones_", "orthogonal", "orthogonal_", "sparse",
    "sparse_", "trunc_normal_", "uniform", "uniform_", "xavier_normal", "xavier_normal_", "xavier_uniform",
    "xavier_uniform_", "zeros_",
]  # fmt: skip

GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4, "sigmoid": 1.0, "linear": 1.0} | {
    f"conv{transpose}{d}d": 1.0 for transpose in ("", "_transpose") for d in (1, 2, 3)
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor for weights before this nonlinearity that keeps outputs as large as inputs.

    1 for "linear", "conv2d" and their like and "sigmoid", 5/3 for "tanh", √2 for "relu", 3/4 for "selu", and
    √(2 / (1 + slope²)) for "leaky_relu" with `param` as its slope (0.01). Raises ValueError for another name, and for a
    slope that is not a number.
    """
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, int | float | None):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in GAINS:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}: expected leaky_relu or one of {', '.join(GAINS)}")
    return GAINS[nonlinearity]


# -- constants --------------------------------------------------------------------------------------------------------


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one number."""
    with autograd.no_grad():
        return tensor.fill_(val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """The identity: 1 on the diagonal of a matrix, 0 elsewhere. Raises ValueError for another number of dimensions."""
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, given shape {tuple(tensor.shape)}")
    rows, columns = tensor.shape
    return _write(tensor, np.eye(rows, columns))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The kernels (out, in, *kernel) of a convolution that hands on its channels: 1 in the middle of the i-th i-th.

    With `groups` each group of channels is handed on. Raises ValueError unless there are 3 to 5 dimensions, the first
    divisible by `groups`.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, given shape {tuple(tensor.shape)}")
    if len(tensor) % groups:
        raise ValueError(f"dim 0 must be divisible by groups, given {len(tensor)} and {groups}")
    values = np.zeros(tensor.shape)
    each = len(tensor) // groups
    channels = np.arange(min(each, tensor.shape[1]))
    for group in range(groups):
        middle: tuple[Any, ...] = (group * each + channels, channels, *(n // 2 for n in tensor.shape[2:]))
        values[middle] = 1
    return _write(tensor, values)


# -- distributions ----------------------------------------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from U(a, b)."""
    with autograd.no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from N(mean, std²)."""
    with autograd.no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from N(mean, std²), those outside [a, b] drawn again.

    Where few normal numbers would fall into [a, b], uniform ones are drawn and kept in proportion to their density.
    Raises ValueError unless a < b and std > 0.
    """
    if not (a < b and std > 0):
        raise ValueError(f"trunc_normal_: expected a < b and std > 0, given a={a}, b={b}, std={std}")
    rng, n = (generator or default_generator).rng, tensor.numel()
    normal = NormalDist(mean, std)
    common = normal.cdf(b) - normal.cdf(a) > 0.3
    peak = min(max(mean, a), b)

    def draw(n: int) -> tuple[Any, Any]:
        if common:
            x = rng.normal(mean, std, n)
            return x, (x >= a) & (x <= b)
        x = rng.uniform(a, b, n)
        return x, rng.random(n) <= np.exp(((peak - mean) ** 2 - (x - mean) ** 2) / (2 * std**2))

    values = np.empty(n)
    again = np.arange(n)
    while again.size:
        values[again], kept = draw(again.size)
        again = again[~kept]
    return _write(tensor, values.reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with draws from N(0, std²), and set a share `sparsity` of each column to 0 (Martens, 2010).

    Raises ValueError for another number of dimensions.
    """
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, given shape {tuple(tensor.shape)}")
    rows, columns = tensor.shape
    rng = (generator or default_generator).rng
    values = rng.normal(0, std, (rows, columns))
    order = rng.permuted(np.tile(np.arange(rows)[:, None], (1, columns)), axis=0)
    values[order < math.ceil(sparsity * rows)] = 0
    return _write(tensor, values)


# -- by the size of the layer -----------------------------------------------------------------------------------------


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from U(-a, a), a = gain √(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Raises ValueError for fewer than two dimensions.
    """
    a = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with draws from N(0, std²), std = gain √(2 / (fan_in + fan_out)) (Glorot and Bengio, 2010).

    Raises ValueError for fewer than two dimensions.
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from U(-bound, bound), bound = gain √(3 / fan) (He et al., 2015).

    `mode` chooses the fan, "fan_in" or "fan_out"; the gain is that of the nonlinearity, `a` the slope of a leaky ReLU.
    Raises ValueError for another mode or nonlinearity, and for fewer than two dimensions.
    """
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with draws from N(0, std²), std = gain / √fan (He et al., 2015).

    `mode` chooses the fan, "fan_in" or "fan_out"; the gain is that of the nonlinearity, `a` the slope of a leaky ReLU.
    Raises ValueError for another mode or nonlinearity, and for fewer than two dimensions.
    """
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with `gain` times a random matrix whose rows (or columns, if there are fewer) are orthonormal.

    More than two dimensions count as one matrix of shape (first, product of the others) (Saxe et al., 2014). Raises
    ValueError for fewer.
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, given shape {tuple(tensor.shape)}")
    rows = len(tensor)
    if not tensor.numel():
        return tensor
    columns = tensor.numel() // rows
    normal = (generator or default_generator).rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diag(r))  # or not every orthogonal matrix would be as likely (Mezzadri, 2007)
    return _write(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))


def _fans(tensor: Tensor) -> tuple[int, int]:
    """fan_in and fan_out of a weight."""
    if tensor.ndim < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, given shape "
            f"{tuple(tensor.shape)}"
        )
    outputs, inputs, *kernel = tensor.shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    modes = ("fan_in", "fan_out")
    if str(mode).lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {list(modes)}")
    gain = calculate_gain(nonlinearity, a)
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", UserWarning, stacklevel=3)
        return 0.0
    return gain / math.sqrt(_fans(tensor)[modes.index(mode.lower())])


def _write(tensor: Tensor, values: Any) -> Tensor:
    with autograd.no_grad():
        return tensor.copy_(autograd.as_tensor(values))


# -- under their old names --------------------------------------------------------------------------------------------

uniform = renamed(uniform_)
normal = renamed(normal_)
constant = renamed(constant_)
eye = renamed(eye_)
dirac = renamed(dirac_)
xavier_uniform = renamed(xavier_uniform_)
xavier_normal = renamed(xavier_normal_)
kaiming_uniform = renamed(kaiming_uniform_)
kaiming_normal = renamed(kaiming_normal_)
orthogonal = renamed(orthogonal_)
sparse = renamed(sparse_)
