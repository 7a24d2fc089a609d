"""Activations: functions of a tensor of any shape, element by element (softmax: along a dimension).

With `inplace` the result is written to the input.
"""

from __future__ import annotations

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Generator, Tensor

from ..functional import activation_functions as F
from ..module import Module
from .new_parameters import new_parameter


class InPlace(Module):
    """A function with no setting but `inplace`."""

    def __init__(self, inplace: bool = False) -> None:
        self.inplace = inplace

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU(InPlace):
    """max(0, x)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class LeakyReLU(Module):
    """x where x > 0, negative_slope * x elsewhere."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """x where x > 0, weight * x elsewhere.

    `weight`, of shape (num_parameters,), is learned: one slope for all, or one for each channel (dimension 1). Raises
    RuntimeError if the input has another number of channels.
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: DeviceLike = None, dtype: DTypeLike | None = None
    ) -> None:
        self.num_parameters, self.init = num_parameters, init
        self.weight = new_parameter(num_parameters, device=device, dtype=dtype, value=float(init))

    def reset_parameters(self) -> None:
        """Set the weight to `init` again."""
        with autograd.no_grad():
            self.weight.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class ELU(Module):
    """x where x > 0, alpha * (exp(x) - 1) elsewhere."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(InPlace):
    """scale * elu(x, alpha), with constants that keep mean 0 and variance 1 from layer to layer (Klambauer 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class GELU(Module):
    """x * P(X <= x) for a standard normal X; `approximate="tanh"` computes it by a tanh that is close to it."""

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(InPlace):
    """x * sigmoid(x), also named Swish."""

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


Swish = SiLU


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        return autograd.sigmoid(input)


class LogSigmoid(Module):
    """log(1 / (1 + exp(-x)))."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Tanh(Module):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        return autograd.tanh(input)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Mish(InPlace):
    """x * tanh(softplus(x)) (Misra 2019)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


class Softsign(Module):
    """x / (1 + |x|)."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class CELU(Module):
    """x where x > 0, alpha * (exp(x / alpha) - 1) elsewhere (Barron 2017).

    Calls raise RuntimeError for an alpha of 0.
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class GLU(Module):
    """a * sigmoid(b) for the halves a and b of x along `dim` (Dauphin 2017).

    Calls raise RuntimeError for an odd number of elements along it.
    """

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class RReLU(Module):
    """x where x > 0, a * x elsewhere: in training a is drawn from U(lower, upper) for each x, else it is their mean.

    Calls raise RuntimeError for a `lower` above `upper`.
    """

    def __init__(
        self,
        lower: float = 1 / 8,
        upper: float = 1 / 3,
        inplace: bool = False,
        *,
        generator: Generator | None = None,
    ) -> None:
        self.lower, self.upper, self.inplace, self.generator = lower, upper, inplace, generator

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace, generator=self.generator)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class _AlongDim(Module):
    """A function along the dimension `dim`. PyTorch guesses it if it is None, and warns; here that is an error."""

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"

    def _known_dim(self, input: Tensor) -> int:
        if self.dim is None:
            raise ValueError(
                f"expected the dimension of the classes, dim=-1 or dim=1, given None: input {list(input.shape)}"
            )
        return self.dim


class Softmax(_AlongDim):
    """exp(x) / sum(exp(x)) along `dim`. Raises ValueError when called if `dim` is None."""

    def forward(self, input: Tensor) -> Tensor:
        return autograd.softmax(input, self._known_dim(input))


class LogSoftmax(_AlongDim):
    """log(softmax(x)) along `dim`, finite where the softmax is 0. Raises ValueError when called if `dim` is None."""

    def forward(self, input: Tensor) -> Tensor:
        return autograd.log_softmax(input, self._known_dim(input))


class Softmin(_AlongDim):
    """softmax(-x) along `dim`. Raises ValueError when called if `dim` is None."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self._known_dim(input))


class Softmax2d(Module):
    """The softmax over the channels of images (N, C, H, W) or (C, H, W), at every pixel.

    Calls raise ValueError for another number of dimensions.
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return autograd.softmax(input, -3)
