"""A network as the first lesson writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd import Tensor

from ..layers import Sequential
from ..layers.losses import CrossEntropyLoss, MSELoss
from ..module import Module
from ..optim import Adam
from .trainer import Trainer


class Network(Sequential):
    """Layers in a row that are added one by one, and trained on arrays in a line.

    network = Network().add(nn.Linear(2, 8)).add(nn.Tanh()).add(nn.Linear(8, 2))
    history = network.train(X, y, epochs=200)
    """

    def add(self, layer: Module) -> Network:
        """Add a layer at the end; returns the network."""
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
        """Learn from inputs x (N, …) and targets y, by Adam; returns the History. `options` are those of `Trainer`.

        The loss is the cross-entropy if y holds class numbers, integers of shape (N,), and else the mean squared error.
        Without y this is `Module.train(mode)`.
        """
        if y is None:
            return super().train(x)
        x, y = autograd.as_tensor(x), autograd.as_tensor(y)
        loss = loss or (MSELoss() if y.is_floating_point() else CrossEntropyLoss())
        return Trainer(**options).fit(
            self, (x, y), None, epochs, Adam(self.parameters(), lr), loss, batch_size=batch_size
        )
