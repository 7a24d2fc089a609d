"""The graph of one neuron of a network, with its values and gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Value

from ..layers.linear import Linear
from .style import PathLike, array


def neuron(layer: Linear, x: Any, path: PathLike, *, inputs: int = 2) -> Path:
    """Draw one neuron, forward and backward: the one in `layer` whose drawn inputs activate it most, then a ReLU.

    Args:
        layer: a linear layer.
        x: a sample of in_features numbers, in any shape.
        path: the file that `autograd.draw` writes: .svg, .png or .dot. A picture needs Graphviz.
        inputs: how many inputs are drawn, those with the largest contributions.
    """
    path, pixels = Path(path), array(x).reshape(-1)
    weights, biases = array(layer.weight), np.zeros(len(layer.weight)) if layer.bias is None else array(layer.bias)
    contributions = weights * pixels
    largest = np.argsort(-np.abs(contributions), axis=1)[:, :inputs]
    chosen = int((np.take_along_axis(contributions, largest, 1).sum(1) + biases).argmax())
    total: Any = Value(float(biases[chosen]))
    formula, names = "b", {"b": total}
    for i in largest[chosen].tolist():
        w, x_i = Value(float(weights[chosen, i])), Value(float(pixels[i]))
        product = w * x_i
        total = total + product
        formula += f" + w{i} x{i}"
        names |= {f"w{i}": w, f"x{i}": x_i, f"w{i} x{i}": product, formula: total}
    out = total.relu()
    out.backward()
    path.parent.mkdir(parents=True, exist_ok=True)
    autograd.draw(out, out=out, **names).save(path)
    return path
