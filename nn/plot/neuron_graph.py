"""The graph of one neuron of a network, with its values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
from autograd import Value

from ..layers.linear import Linear
from .figure import Figure
from .style import PathLike, array


def neuron(layer: Linear, x: Any, path: PathLike | None = None, *, inputs: int = 2) -> Figure:
    """Draw one neuron, forward and backward: the one in `layer` whose drawn inputs activate it most, then a ReLU.

    Args:
        layer: a linear layer.
        x: a sample of in_features numbers, in any shape.
        path: the file to write: .svg, .png, .pdf, .html or .dot. All but the last need Graphviz.
        inputs: how many inputs are drawn, those with the largest contributions.
    """
    pixels = array(x).reshape(-1)
    weights, biases = weights_and_biases(layer)
    chosen, largest, _ = strongest_unit(layer, x, inputs)
    total: Any = Value(float(biases[chosen]))
    formula, names = "b", {"b": total}
    for i in largest:
        w, x_i = Value(float(weights[chosen, i])), Value(float(pixels[i]))
        product = w * x_i
        total = total + product
        formula += f" + w{i} x{i}"
        names |= {f"w{i}": w, f"x{i}": x_i, f"w{i} x{i}": product, formula: total}
    out = total.relu()
    out.backward()
    drawing = autograd.draw(out, out=out, direction="LR", **names)
    ways: dict[str, Callable[[], bytes]] = {
        ".svg": lambda: drawing.svg().encode(),
        ".png": drawing.png,
        ".pdf": drawing.pdf,
    }
    ways |= {".html": lambda: drawing.html().encode(), ".dot": lambda: drawing.source.encode()}
    picture = Figure(f"unit {chosen} of a layer", drawing, ways)
    if path is not None:
        picture.save(path)
    return picture


def strongest_unit(layer: Linear, x: Any, inputs: int = 2) -> tuple[int, list[int], float]:
    """The unit of `layer` that the largest `inputs` of its contributions activate most: which, these inputs, the sum.

    A sum above 0 says that it is on although only these are drawn.
    """
    weights, biases = weights_and_biases(layer)
    contributions = weights * array(x).reshape(-1)
    largest = np.argsort(-np.abs(contributions), axis=1)[:, :inputs]
    totals = np.take_along_axis(contributions, largest, 1).sum(1) + biases
    chosen = int(totals.argmax())
    return chosen, largest[chosen].tolist(), float(totals[chosen])


def weights_and_biases(layer: Linear) -> tuple[Any, Any]:
    """The weights (out_features, in_features) and biases (out_features) of a layer as arrays."""
    return array(layer.weight), np.zeros(len(layer.weight)) if layer.bias is None else array(layer.bias)
