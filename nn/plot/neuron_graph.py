"""Graphs of a network at work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Value

from ..layers.linear import Linear
from .style import PathLike, array


def neuron(layer: Linear, x: Any, path: PathLike, *, inputs: int = 2) -> Path:
    """One neuron, forward and back: of those of `layer`, followed by a ReLU, the one that the sample x excites most.

    Of the inputs, x of shape (in_features,) or any shape of that many elements, those that weigh most are drawn, as
    many as `inputs` says. `autograd.draw` writes the file, .svg, .png or .dot; it needs Graphviz to make a picture.
    """
    path, pixels = Path(path), array(x).reshape(-1)
    weights, biases = array(layer.weight), np.zeros(len(layer.weight)) if layer.bias is None else array(layer.bias)
    chosen = int((weights @ pixels + biases).argmax())
    total: Any = Value(float(biases[chosen]))
    formula, names = "b", {"b": total}
    for i in np.argsort(-np.abs(weights[chosen] * pixels))[:inputs].tolist():
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
