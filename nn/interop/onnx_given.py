"""What an export is given: the sample and the batch in it, the state of the model, what the model returns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

Array = np.ndarray[Any, Any]


def arrays_of(model: nn.Module, sample: Any, names: Sequence[str] | None) -> dict[str, Array]:
    """The arrays of the sample by name."""
    samples = list(sample) if isinstance(sample, tuple | list) else [sample]
    for x in samples:
        if not isinstance(x, Tensor) or not x.numel():
            raise TypeError(f"to_onnx: expected tensors with elements as the sample, given {x!r:.80}")
    names = names or ["input"] if len(samples) == 1 else names or [f"input_{i}" for i in range(len(samples))]
    if isinstance(names, str) or len(names) != len(samples) or len({*names}) < len(names):
        raise ValueError(f"to_onnx: expected {len(samples)} different input names, given {names!r}")
    state = state_of(model)
    for name in names:
        if name in state:
            raise ValueError(f"to_onnx: the input {name!r} has the name of a tensor of the model: choose another")
    for name, x in [*state.items(), *zip(names, samples, strict=True)]:
        if x.dtype.itemsize == 2 and not is_float(x.dtype):
            raise TypeError(f"to_onnx: {name} is {x.dtype}, expected floats, bools, or integers of 32 or 64 bits")
    return {name: x.detach().numpy().copy() for name, x in zip(names, samples, strict=True)}


def is_float(dtype: Any) -> bool:
    """Whether it is a dtype of floats, bfloat16 among them, which is none of NumPy's own."""
    return bool(dtype.kind == "f" or dtype.name == "bfloat16")


def wide(dtype: Any) -> Any:
    """The dtype in which an op is computed whose result has this one: float32 for 16 bits."""
    return np.dtype(np.float32) if is_float(dtype) and dtype.itemsize == 2 else dtype


def outside(dtype: Any) -> Any:
    """The dtype of an input or an output: float32 for bfloat16, of which runtimes take no arrays."""
    return wide(dtype) if dtype.name == "bfloat16" else dtype


def dims_of(arrays: dict[str, Array], batch_dim: Any) -> dict[str, int | None]:
    """The dimension of the batch of each input."""
    dims = [batch_dim] * len(arrays) if batch_dim is None or isinstance(batch_dim, int) else list(batch_dim)
    if len(dims) != len(arrays):
        raise ValueError(f"to_onnx: expected a batch_dim for each of {len(arrays)} inputs, given {batch_dim!r}")
    for (name, array), dim in zip(arrays.items(), dims, strict=True):
        if dim is not None and not -array.ndim <= dim < array.ndim:
            raise ValueError(
                f"to_onnx: {name} of shape {list(array.shape)} has no dimension {dim} for the batch: give batch_dim, "
                "or dynamic_batch=False"
            )
    found = {name: None if dim is None else dim % x.ndim for (name, x), dim in zip(arrays.items(), dims, strict=True)}
    sizes = {name: arrays[name].shape[dim] for name, dim in found.items() if dim is not None}
    if len({*sizes.values()}) > 1:
        raise ValueError(
            f"to_onnx: the inputs have batches of different sizes, {sizes}: give batch_dim for each of them"
        )
    return found


def state_of(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter and buffer once, by its first name in the state_dict; then those that are not in it."""
    named = [*model.named_parameters(), *model.named_buffers()]
    order = {name: i for i, name in enumerate(model.state_dict())}
    return dict(sorted(named, key=lambda item: order.get(item[0], math.inf)))


def changed(array: Array, sample: Array, rng: np.random.Generator, power: float) -> Array:
    """Other values in the range of the sample's, most of them small if the power is above 1, most large if below."""
    low, high = sample.min(), sample.max()
    share = rng.uniform(size=array.shape) ** power
    if array.dtype == bool:  # as many in each row: a mask may have to leave something
        other = rng.permuted(array, axis=-1)
        return share > 0.5 if (other == array).all() else other
    if is_float(array.dtype):
        width = abs(low) or 1
        low, high = (low - width / 2, low + width / 2) if low == high else (low, high)
        return (low + share * (high - low)).astype(array.dtype)
    low, high = (int(low), int(high)) if low < high else (min(int(low), 0), max(int(high), 0))
    if low == high:
        raise ValueError("to_onnx: all integers of the sample are 0: give others, which show what depends on them")
    return (low + np.minimum(share * (high - low + 1), high - low)).astype(array.dtype)


def flat(outputs: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors in what a model returns, with names for those in a dict. Raises TypeError for anything else."""
    if isinstance(outputs, Tensor):
        yield name, outputs
    elif isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(outputs, tuple | list):
        for value in outputs:
            yield from flat(value, name)
    elif outputs is not None:
        raise TypeError(f"to_onnx: expected the model to return tensors, and it returned a {type(outputs).__name__}")


@contextmanager
def evaluated(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode, all its floats with gradients; afterwards all is as it was.

    Raises NotImplementedError if it has changed its own state.
    """
    modes = {module: module.training for module in model.modules()}
    state = state_of(model)
    before = {name: (x.detach().numpy().copy(), x.requires_grad) for name, x in state.items()}
    written = []
    try:
        with autograd.enable_grad():
            for x in state.values():
                if is_float(x.dtype):
                    x.requires_grad_(True)
            model.eval()
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for name, x in state.items():
            values, wanted = before[name]
            x.requires_grad_(wanted)
            if not np.array_equal(x.detach().numpy(), values, equal_nan=is_float(values.dtype)):
                x.data.copy_(autograd.tensor(values))
                written.append(name)
    if written:
        raise NotImplementedError(
            f"to_onnx: the model writes to {', '.join(written)} when it runs in evaluation mode, which a graph "
            "cannot do (the values are as they were): take the write out of forward"
        )
