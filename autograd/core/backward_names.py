"""What PyTorch calls the node of an op: `MulBackward0`."""

from __future__ import annotations

from typing import Any

# PyTorch's names, where they are not those of the ops here.
NAMES = {
    "linear": "Addmm", "reshape": "View", "to": "ToCopy", "square": "Pow", "log1p": "Log1P", "cross_entropy": "NllLoss",
    "conv2d": "Convolution", "max_pool2d": "MaxPool2DWithIndices", "pad": "ConstantPadNd", "det": "LinalgDet",
    "inv": "LinalgInvEx", "vector_norm": "LinalgVectorNorm", "standardize": "NativeBatchNorm",
}  # fmt: skip
PRODUCTS = ("Dot", "Mv", "Mm", "Bmm")  # by the dimensions of the result
NUMBERED = {"sum": 1, "mean": 1}  # of several functions of one name PyTorch counts: the one that leaves dimensions


def backward_name(node: Any) -> str:
    """The name of the backward function, as in PyTorch: 'MulBackward0', and 'CubeBackward' for a Function Cube."""
    name, ndim = node.op.name, len(node.shape)
    if getattr(node.plan, "gaps", False):
        return f"{name}Backward"
    if name == "matmul":
        called = PRODUCTS[min(ndim, 3)]
    else:
        called = NAMES.get(name) or "".join(part.capitalize() for part in name.split("_"))
    return f"{called}Backward{NUMBERED.get(name, 0) if ndim else 0}"
