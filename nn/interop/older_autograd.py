"""`torch.autograd`'s older ways: `backward` of several tensors, and anomaly detection as a switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from autograd import Tensor, detect_anomaly


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add to `.grad` of the leaves, or of `inputs`, the gradients of each of the tensors, weighted by `grad_tensors`.

    Raises RuntimeError for another number of weights than of tensors, and as `Tensor.backward`.
    """
    roots = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    weights = [grad_tensors] if isinstance(grad_tensors, Tensor) else list(grad_tensors or [None] * len(roots))
    if len(weights) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(weights)} gradients")
    for number, (root, weight) in enumerate(zip(roots, weights, strict=True), 1):
        keep = retain_graph if number == len(roots) else True
        root.backward(weight, retain_graph=keep, create_graph=create_graph, inputs=inputs)


class set_detect_anomaly:
    """Turn anomaly detection on or off by `mode`: at once, and as a context manager until its end."""

    _on: detect_anomaly | None = None

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = set_detect_anomaly._on is not None
        self._check_nan = check_nan
        self._turn(mode)

    def _turn(self, mode: bool) -> None:
        on = set_detect_anomaly._on
        if on is not None:
            on.__exit__()
        set_detect_anomaly._on = detect_anomaly(self._check_nan).__enter__() if mode else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._turn(self._before)
