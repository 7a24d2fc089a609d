"""What a network computes on the way to an answer: each hidden layer, and what each input contributes."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

from ..runs.build_model import ACTIVATIONS
from ..train import TrainedRun

Array = np.ndarray[Any, Any]

HIDDEN = tuple(ACTIVATIONS.values())
MOST_MAPS = 32  # of a convolution, that are shown


def look_inside(run: TrainedRun, x: Tensor) -> dict[str, Any]:
    """What the model makes of one input, (1, …), as plain data for the page.

    The gradient is that of the winning class's score, in a regression of the number, with respect to the input. It
    reads nothing but the weights and writes nothing, so that threads can share the model. Raises ValueError if the
    outputs are not finite.
    """
    assert isinstance(run.model, nn.Sequential)
    x = x.detach().requires_grad_()
    values, layers = x, []
    with autograd.enable_grad():
        for layer in run.model:
            values = layer(values)
            if isinstance(layer, HIDDEN):
                layers.append(activations(layer, np.asarray(values.detach())[0]))
        if not np.isfinite(np.asarray(values.detach())).all():
            raise ValueError("the network answers with infinities or NaN: its training has failed, train it again")
        winner = values[0].max()
        (gradient,) = autograd.grad(winner, x)
    (found,) = run.decode(values.detach(), ["1"])
    return {
        "answer": found.answer,
        "probabilities": list(found.probabilities.values()),
        "layers": layers,
        "gradient": levels(np.asarray(gradient)[0]),
    }


def activations(layer: nn.Module, values: Array) -> dict[str, Any]:
    """The outputs of a hidden layer, (units,) or (channels, H, W)."""
    maps = values[:MOST_MAPS] if values.ndim == 3 else values
    return {"kind": type(layer).__name__, "count": len(values), "shape": maps.shape, **levels(maps)}


def levels(values: Array) -> dict[str, Any]:
    """Numbers of both signs as whole numbers from -127 to 127, and what 127 stands for."""
    peak = float(np.abs(values).max(initial=0.0))
    return {"peak": peak, "levels": np.rint(values.ravel() * (127 / (peak or 1.0))).astype(int).tolist()}
