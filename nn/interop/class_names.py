"""How `type(x)` prints where this project serves `import torch`: by the name that the class has in PyTorch."""

from __future__ import annotations

import autograd

from ..parameter import Parameter

HOMES = {
    autograd.Tensor: "torch", autograd.Size: "torch", autograd.dtype: "torch", autograd.device: "torch",
    Parameter: "torch.nn.parameter",
}  # fmt: skip
OWN_HOMES = {kind: kind.__module__ for kind in HOMES}


def name_classes_as_torch(wanted: bool = True) -> None:
    """Let the classes that programs print, such as `<class 'torch.Tensor'>`, name PyTorch's modules; or no longer."""
    for kind, home in (HOMES if wanted else OWN_HOMES).items():
        kind.__module__ = home
