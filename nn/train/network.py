"""A network as a first lesson writes it: add layers, then train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Tensor

from ..layers.container import Sequential
from ..layers.losses import CrossEntropyLoss, MSELoss
from ..module import Module
from ..optim import Adam
from .trainer import Trainer


class Network(Sequential):
    """A Sequential that is built layer by layer and trained on arrays in one line.

    network = Network().add(nn.Linear(2, 8)).add(nn.Tanh()).add(nn.Linear(8, 2))
    history = network.train(X, y, epochs=200)
    """

    def add(self, layer: Module) -> Network:
        """Add a layer at the end; returns the network. Raises TypeError for anything that is not a Module."""
        return self.append(layer)

    def train(  # type: ignore[override]
        self,
        x: Any = True,
        y: Any = None,
        epochs: int = 10,
        lr: float = 0.01,
        batch_size: int = 32,
        loss: Callable[[Any, Any], Tensor] | None = None,
        **options: Any,
    ) -> Any:
        """Train on inputs x (N, …) and targets y (N, …) with Adam; returns the History.

        The default loss is the mean squared error for floating-point y, and the cross-entropy for class numbers,
        integers of shape (N,). `options` are those of `Trainer`. Without y this is `Module.train(mode)`.

        Raises what `Trainer` and its `fit` do.
        """
        if y is None:
            return super().train(x)
        x, y = autograd.as_tensor(x), autograd.as_tensor(y)
        loss = loss or (MSELoss() if y.is_floating_point() else CrossEntropyLoss())
        return Trainer(**options).fit(
            self, (x, y), None, epochs, Adam(self.parameters(), lr), loss, batch_size=batch_size
        )
