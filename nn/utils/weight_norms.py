"""Weights that are computed before every call, from others that are trained: weight and spectral normalization."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

import autograd
from autograd import Tensor

from ..module import Module
from ..parameter import Parameter
from ..uninitialized import is_lazy

M = TypeVar("M", bound=Module)


class WeightNorm:
    """weight = g v / ‖v‖, the norm taken over all dimensions but `dim`, or over all if it is None."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def __call__(self, module: Any, args: Any) -> None:
        setattr(module, self.name, self.weight(module))

    def weight(self, module: Any) -> Tensor:
        """The weight of this moment."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        weight: Tensor = v * (g / self.norm(v))
        return weight

    def norm(self, v: Tensor) -> Tensor:
        """‖v‖, in a shape that meets v."""
        if self.dim is None:
            return v.norm()
        return v.square().sum([d for d in range(v.ndim) if d != self.dim % v.ndim], keepdim=True).sqrt()


class SpectralNorm:
    """weight = weight_orig / σ, its largest singular value, which power iteration approaches step by step."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name, self.n_power_iterations, self.dim, self.eps = name, n_power_iterations, dim, eps

    def __call__(self, module: Any, args: Any) -> None:
        setattr(module, self.name, self.weight(module, module.training))

    def matrix(self, weight: Tensor) -> Tensor:
        """The weight with the dimension `dim` first and all others as one."""
        return weight.movedim(self.dim, 0).flatten(1)

    def weight(self, module: Any, iterate: bool) -> Tensor:
        """The weight of this moment, after some steps of power iteration if `iterate`."""
        original: Tensor = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = self.matrix(original)
        if iterate:
            with autograd.no_grad():
                for _ in range(self.n_power_iterations):
                    v.copy_(_unit(matrix.mT @ u, self.eps))
                    u.copy_(_unit(matrix @ v, self.eps))
            u, v = u.clone(), v.clone()  # the next call writes to them
        return original / (u @ (matrix @ v))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train the length of a weight and its direction apart: weight = g v / ‖v‖ (Salimans and Kingma 2016).

    The parameter `name` becomes two, `name_g` and `name_v`; the norm is taken over all dimensions but `dim`, or over
    all if it is None. Returns the module. Raises RuntimeError if that is done already; PyTorch calls the function
    deprecated, and so does a FutureWarning.
    """
    text = (
        "`torch.nn.utils.weight_norm` is deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`, which "
        "is not here; this one stays"
    )
    warnings.warn(text, FutureWarning, stacklevel=2)
    norm = WeightNorm(name, dim)
    weight = _taken(module, name, WeightNorm)
    with autograd.no_grad():
        module.register_parameter(f"{name}_g", Parameter(norm.norm(weight)))
        module.register_parameter(f"{name}_v", Parameter(weight.clone()))
        setattr(module, name, norm.weight(module))
    module.register_forward_pre_hook(norm)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make one parameter again of the two that `weight_norm` made. Raises ValueError if there are none."""
    norm = _removed(module, name, WeightNorm, "weight_norm")
    with autograd.no_grad():
        weight = norm.weight(module)
    _give_back(module, name, weight, "_g", "_v")
    return module


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, so that the layer stretches no vector (Miyato 2018).

    The parameter `name` becomes `name_orig`; the buffers `name_u` and `name_v` approach its singular vectors by
    `n_power_iterations` steps at every call in training. The weight counts as a matrix whose rows are the dimension
    `dim`: by default 0, but 1 for a transposed convolution. Returns the module. Raises RuntimeError if that is done
    already, ValueError for `n_power_iterations` < 1.
    """
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    norm = SpectralNorm(name, n_power_iterations, dim, eps)
    weight = _taken(module, name, SpectralNorm)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.detach())
    for letter, count in zip("uv", norm.matrix(weight.detach()).shape, strict=True):
        module.register_buffer(f"{name}_{letter}", _unit(autograd.randn(count).to(weight.dtype), eps))
    module.register_forward_pre_hook(norm)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make an ordinary parameter of the divided weight. Raises ValueError if there is none."""
    norm = _removed(module, name, SpectralNorm, "spectral_norm")
    with autograd.no_grad():
        weight = norm.weight(module, False)
    _give_back(module, name, weight, "_orig", "_u", "_v")
    return module


def _unit(vector: Tensor, eps: float) -> Tensor:
    return vector / vector.norm().clamp(min=eps)


def _computes(hook: Any, name: str, kind: type) -> bool:
    return isinstance(hook, kind) and vars(hook)["name"] == name


def _taken(module: Module, name: str, kind: type) -> Parameter:
    """The parameter, which is no longer an attribute of the module."""
    for hook in module._forward_pre_hooks.values():
        if _computes(hook.function, name, kind):
            raise RuntimeError(f"Cannot register two {kind.__name__} hooks on the same parameter {name}")
    weight = getattr(module, name)
    if is_lazy(weight) or not isinstance(weight, Parameter):
        raise ValueError(
            f"{kind.__name__}: expected {name!r} of {type(module).__name__} to be a parameter with a shape, given "
            f"{type(weight).__name__}"
        )
    delattr(module, name)
    return weight


def _removed(module: Module, name: str, kind: type, what: str) -> Any:
    """The hook that computes the weight, which is no longer one."""
    for key, hook in list(module._forward_pre_hooks.items()):
        if _computes(hook.function, name, kind):
            module.__dict__["_forward_pre_hooks"] = {k: h for k, h in module._forward_pre_hooks.items() if k != key}
            return hook.function
    raise ValueError(f"{what} of '{name}' not found in {module}")


def _give_back(module: Module, name: str, weight: Tensor, *suffixes: str) -> None:
    """Make the weight a parameter, and take away what it was computed from."""
    gone = [name, *(f"{name}{suffix}" for suffix in suffixes)]
    module.__dict__["_buffers"] = {key: kept for key, kept in module._buffers.items() if key not in gone}
    for attribute in gone:
        delattr(module, attribute)
    setattr(module, name, Parameter(weight))
