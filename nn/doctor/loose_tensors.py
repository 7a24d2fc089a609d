"""Tensors that are trained without a module around them, as the doctor is given them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from autograd import Tensor

from ..module import Module


class LooseTensors(Module):
    """Stands for a model whose parameters are these tensors, by the names of the program; it is never called."""

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.__dict__["_tensors"] = dict(tensors)

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The tensors, with their names."""
        for name, tensor in self.__dict__["_tensors"].items():
            yield (f"{prefix}.{name}" if prefix else name), tensor
