"""How a network's outputs tell of classes, which depends on the loss that it is trained with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from autograd import Tensor

from ...layers.losses import BCEWithLogitsLoss, NLLLoss

Array = np.ndarray[Any, Any]


class ClassOutputs(NamedTuple):
    """One output for each class, or one output for the second of two classes, and what turns it into probabilities."""

    probabilities: Callable[[Tensor], Tensor]
    single: bool = False

    def count(self, classes: int) -> int:
        """How many outputs the network has. Raises ValueError for more classes than can be told apart."""
        if self.single and classes > 2:
            raise ValueError(f"BCEWithLogitsLoss tells two classes apart, given {classes}: take nn.CrossEntropyLoss")
        return 1 if self.single else classes

    def target(self, codes: Array, dtype: DTypeLike) -> Array:
        """What the loss compares outputs of the dtype with, given the numbers of the classes (N,)."""
        return codes.reshape(-1, 1).astype(dtype) if self.single else codes

    def of(self, output: Tensor) -> Array:
        """The probability of each class (N, classes), in the dtype of the output."""
        found = self.probabilities(output).numpy()
        return np.hstack([1 - found, found]) if self.single else found


SOFTMAX = ClassOutputs(lambda output: output.softmax(dim=1))
OTHERS = {
    NLLLoss: ClassOutputs(lambda output: output.exp()),
    BCEWithLogitsLoss: ClassOutputs(lambda output: output.sigmoid(), single=True),
}


def class_outputs(criterion: Any) -> ClassOutputs:
    """The outputs that go with a criterion, a class or an instance; those of the cross-entropy with any other."""
    kind = criterion if isinstance(criterion, type) else type(criterion)
    return next((outputs for loss, outputs in OTHERS.items() if issubclass(kind, loss)), SOFTMAX)
