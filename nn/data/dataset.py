"""What a DataLoader reads from."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor


class Dataset:
    """A sequence of samples: a subclass defines `__getitem__(index)` and `__len__()`.

    One that can serve many samples at once also defines `__getitems__(indices)`, which is given an integer array and
    returns the finished batch; the loader then never touches a single sample.
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index)")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__()")


class TensorDataset(Dataset):
    """Tensors (or ndarrays) of the same length: sample i is the tuple of their i-th elements."""

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(autograd.as_tensor(tensor) for tensor in tensors)
        if not self.tensors or any(tensor.ndim == 0 for tensor in self.tensors):
            raise ValueError("TensorDataset: expected one or more tensors with a first dimension that counts samples")
        if len({len(tensor) for tensor in self.tensors}) > 1:
            shapes = ", ".join(str(tuple(tensor.shape)) for tensor in self.tensors)
            raise ValueError(f"TensorDataset: expected tensors of the same length, given shapes {shapes}")

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __getitems__(self, indices: np.ndarray) -> tuple[Tensor, ...]:
        return self[indices]

    def __len__(self) -> int:
        return len(self.tensors[0])
