"""To PyTorch and back: the same network as modules of torch.nn, with copies of its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor, as_tensor

from .layer_twins import TwinBuilder, Twins


def to_torch(model: nn.Module, twins: Twins | None = None) -> Any:
    """The torch.nn module that computes what `model` computes, with copies of its parameters and buffers.

    Every module keeps its mode (training or evaluation), every tensor its dtype, every parameter its `requires_grad`;
    what is shared stays shared. `state_dict()` has the same keys on both sides.

    Args:
        model: a network of the layers, losses and containers of nn. A subclass counts as its layer if it has no
            `forward` of its own.
        twins: for each class of your own, a function from a module to its twin in PyTorch, which must have the same
            parameter names: `{Block: lambda block: TorchBlock(block.width)}`. The weights are copied into it.

    Raises TypeError for a module that cannot be built, naming its class and place, and ImportError without PyTorch.
    """
    theirs = pytorch().nn
    if not isinstance(model, nn.Module):
        raise TypeError(f"to_torch: expected an nn.Module, given {type(model).__name__}")
    twin = TwinBuilder(nn, theirs, "PyTorch", tensor_to_torch, twins).build(model, "")
    _copy(model, twin, tensor_to_torch, theirs.Parameter)
    return twin


def from_torch(module: Any, twins: Twins | None = None) -> Any:
    """The module of nn that computes what a torch.nn module computes: the reverse of `to_torch`, on the same terms.

    Raises TypeError for a module that cannot be built, naming its class and place, and ImportError without PyTorch.
    """
    theirs = pytorch().nn
    if not isinstance(module, theirs.Module):
        raise TypeError(f"from_torch: expected a torch.nn.Module, given {type(module).__name__}")
    twin = TwinBuilder(theirs, nn, "nn", _tensor_from_torch, twins).build(module, "")
    _copy(module, twin, _tensor_from_torch, nn.Parameter)
    return twin


def to_array(values: Any) -> np.ndarray[Any, Any]:
    """A copy of a tensor of either library, or of numbers, as an array."""
    values = values if hasattr(values, "dtype") else as_tensor(values)
    if str(values.dtype) == "torch.bfloat16" and not isinstance(values, Tensor):  # which it has no NumPy array for
        return np.array(values.view(pytorch().int16).numpy(force=True).view(autograd.bfloat16))
    return np.array(values.numpy(force=True) if hasattr(values, "numpy") else values)


def pytorch() -> Any:
    """The module torch. Raises ImportError where it is not installed."""
    try:
        import torch
    except ImportError as error:
        raise ImportError("nn.interop needs PyTorch: pip install torch") from error
    return torch


def tensor_to_torch(tensor: Any) -> Any:
    """A copy of a tensor or an array as one of PyTorch; bfloat16 goes there by its bits, as NumPy has no such dtype."""
    array = to_array(tensor)
    if array.dtype.name == "bfloat16":
        return pytorch().from_numpy(array.view(np.int16)).view(pytorch().bfloat16)
    return pytorch().from_numpy(array)


def _tensor_from_torch(tensor: Any) -> Tensor:
    return as_tensor(to_array(tensor))


def _copy(source: Any, target: Any, convert: Callable[[Any], Any], parameter: Any) -> None:
    """Give `target` the modes and copies of the tensors of `source`, in their dtype; what is shared stays shared."""
    wanted, found = _tensors(source), _tensors(target)
    if wanted.keys() != found.keys():
        raise TypeError(
            f"{type(source).__name__}: the twin's tensors have other names: it lacks "
            f"{sorted(wanted.keys() - found.keys())} and has {sorted(found.keys() - wanted.keys())} instead"
        )
    made: dict[int, Any] = {}
    for name, value in wanted.items():
        owner, _, attribute = name.rpartition(".")
        if tuple(found[name].shape) != tuple(value.shape):
            raise TypeError(f"{name}: the twin's shape is {tuple(found[name].shape)}, not {tuple(value.shape)}")
        if id(value) not in made:
            twin = convert(value)
            is_parameter = isinstance(found[name], parameter)
            made[id(value)] = parameter(twin, requires_grad=value.requires_grad) if is_parameter else twin
        setattr(target.get_submodule(owner), attribute, made[id(value)])
    modes = {name: module.training for name, module in source.named_modules(remove_duplicate=False)}
    for name, module in target.named_modules(remove_duplicate=False):
        module.training = modes.get(name, module.training)


def _tensors(module: Any) -> dict[str, Any]:
    return dict([*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)])
