"""What an initialization does to the numbers that go forward and backward through the layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

import autograd

from ..module import Module
from .figure import Figure
from .line_labels import LINES, coloured, name_ends, readable, short
from .style import DARK, GREY, Array, PathLike, array, bare, figure, finish

LEAST, MOST = 1e-37, 1e37  # what is beyond counts as 0, or as infinite
WIDTH = 5.6
SHOWN = 6  # layers with a histogram


class Flow(NamedTuple):
    """The outputs of each layer, and the gradients of the loss with respect to them, as flat arrays."""

    outputs: list[Array]
    gradients: list[Array]


def initialization(
    models: Mapping[str, Module],
    x: Any,
    path: PathLike | None = None,
    *,
    y: Any = None,
    loss: Callable[[Any, Any], Any] | None = None,
    seed: int = 0,
    heading: str = "From layer to layer",
) -> Figure:
    """How widely activations and gradients spread, layer by layer, in networks that were initialized differently.

    The curves are standard deviations over a batch (Glorot and Bengio, 2010): where they fall or rise from layer to
    layer, signals vanish or explode; flat ones learn. Below them, histograms of the activations, each on its own scale.

    Args:
        models: networks of the same layers, by the name of their initialization. They are not changed: copies run, in
            the mode that they are in.
        x: a batch of inputs.
        y, loss: the gradients are those of `loss(model(x), y)`; without a loss, those of a random output gradient with
            standard deviation 1.
        seed: of that gradient, and of random layers such as dropout.

    A layer is a module with a weight of two or more dimensions; its activations are what leaves the modules without
    such a weight that follow it, if there are any. Raises ValueError if there are no models, for one without such
    layers, and if only one of `y` and `loss` is given.
    """
    if not models:
        raise ValueError("expected at least one model, given none")
    if (y is None) != (loss is None):
        raise ValueError(f"expected both y and loss, or neither, given only {'loss' if y is None else 'y'}")
    random = autograd.get_rng_state()
    try:
        flows = {str(name): _flow(str(name), model, x, y, loss, seed) for name, model in models.items()}
    finally:
        autograd.set_rng_state(random)
    colours = coloured(list(flows))

    fig, axes = figure(WIDTH, 3.7, 2, 1, gaps=(0.36, 0))
    for ax, what, words in zip(axes, ("outputs", "gradients"), ("activations", "gradients"), strict=True):
        _spreads(ax, {name: getattr(flow, what) for name, flow in flows.items()}, colours)
        ax.set_title(words, loc="left", fontsize=10, color=DARK)
    axes[1].set_xlabel("layer")
    fig.text(0, 1.185, heading, fontsize=12, fontweight="bold")
    fig.text(0, 1.12, "standard deviation: what falls, vanishes; what rises, explodes", fontsize=9, color=GREY)
    fig.text(0, -0.23, "histograms of the activations, below them the layer and their range", fontsize=9, color=GREY)
    for i, name in enumerate(list(flows)[: len(LINES)]):
        _histograms(fig, i, name, flows[name].outputs, readable(colours[name]))
    return finish(fig, path, heading)


def _flow(name: str, model: Module, x: Any, y: Any, loss: Any, seed: int) -> Flow:
    """What goes through a copy of the model."""
    model, outputs = deepcopy(model), []
    autograd.manual_seed(seed)

    def note(module: Module, args: Any, out: Any) -> None:
        if not isinstance(out, autograd.Tensor):
            return
        if _has_weights(module):
            outputs.append(out)
        elif outputs:
            outputs[-1] = out

    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(note)
    with autograd.enable_grad(), np.errstate(all="ignore"):
        out = model(autograd.as_tensor(x))
        if not outputs:
            raise ValueError(f"expected models with weights (out, in) or more dimensions, {name!r} has none")
        if loss is None:
            given = np.random.default_rng(seed).normal(size=out.shape)
            out, start = out, autograd.as_tensor(given).to(out.dtype)
        else:
            out, start = loss(out, autograd.as_tensor(y)), None
        gradients = autograd.grad(out, outputs, start, allow_unused=True)
    flat = [np.zeros(1) if g is None else array(g.detach()).astype(float).reshape(-1) for g in gradients]
    return Flow([array(o.detach()).astype(float).reshape(-1) for o in outputs], flat)


def _has_weights(module: Module) -> bool:
    return any(parameter.ndim > 1 for parameter in module.parameters())


def _spreads(ax: Any, layers: Mapping[str, list[Array]], colours: Mapping[str, str]) -> None:
    """The standard deviation by layer, on a logarithmic scale, of each model."""
    from matplotlib.ticker import LogLocator, NullLocator

    ends, depth = [], max(map(len, layers.values()))
    for name, values in layers.items():
        with np.errstate(all="ignore"):
            spread = np.array([np.std(value) for value in values])
        place, known = np.arange(1, len(spread) + 1), (spread > LEAST) & (spread < MOST)
        ax.plot(place[known], spread[known], color=colours[name], linewidth=2, marker="o", markersize=3.5)
        text = short(name)
        if not known.all():
            wrong = values[place[~known][0] - 1]
            fate = "NaN" if np.isnan(wrong).all() else "0" if not wrong.any() else "constant"
            fate = fate if spread[~known][0] <= LEAST or fate == "NaN" else "infinite"
            text += f": {fate} in layer {place[~known][0]}"
            ax.plot(
                place[known][-1:], spread[known][-1:], color=colours[name], marker="x", markersize=8, markeredgewidth=2
            )
        ends.append((float(spread[known][-1]) if known.any() else None, text, colours[name]))
    ax.set_yscale("log")
    low, high = ax.dataLim.intervaly if np.isfinite(ax.dataLim.intervaly).all() else (0.1, 10)
    if high < 30 * low:
        middle = np.sqrt(low * high)
        low, high = min(low, middle / 5), max(high, middle * 5)
    ax.set(xlim=(1, depth) if depth > 1 else (0, 2), ylim=(low / 1.5, high * 1.5))
    ax.yaxis.set_major_locator(LogLocator(numticks=5))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter("{x:g}")
    ax.xaxis.get_major_locator().set_params(integer=True, nbins=8)
    ax.grid(axis="y", color=GREY, alpha=0.25)
    bare(ax, "bottom")
    ax.tick_params(axis="x", length=3)
    name_ends(ax, [(low if end is None else end, text, colour) for end, text, colour in ends[: len(LINES)]], size=9)


def _histograms(fig: Any, row: int, name: str, outputs: list[Array], colour: str) -> None:
    """A row of small histograms of the activations of some layers, with the name of the model above it."""
    height, gap, top = 0.1, 0.12, -0.33
    below = top - height - row * (height + gap)
    shown = np.unique(np.linspace(0, len(outputs) - 1, min(len(outputs), SHOWN)).round().astype(int))
    fig.text(0, below + height + 0.02, short(name), fontsize=9, color=colour)
    width = 1 / max(len(shown), 4)
    for column, layer in enumerate(shown):
        ax = fig.add_axes((column * width, below, 0.86 * width, height))
        values = outputs[layer][np.isfinite(outputs[layer])]
        reach = np.abs(values).max(initial=0) or 1.0
        counts, edges = np.histogram(values / reach, bins=31, range=(-1, 1))
        ax.stairs(counts / max(counts.max(), 1), edges, fill=True, color=colour, alpha=0.85)
        ax.set(xlim=(-1, 1), ylim=(0, 1.05), xticks=[], yticks=[])
        bare(ax, "bottom")
        ax.spines["bottom"].set_color(GREY)
        limit = f"±{reach:.2g}" if values.any() else "all 0" if len(values) else "not finite"
        ax.set_xlabel(f"{layer + 1}: {limit}", fontsize=7, color=GREY, labelpad=2)
