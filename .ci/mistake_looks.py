"""What is seen of the two programs of a page while they run, and the forms that many of their pictures have."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import mistake_pages as pages
import numpy as np
from mistake_drawing import BAD, GOOD, Line, Panel, bars, curves, points
from mistake_pages import Names

import autograd
from nn import functional as F
from nn.module import Module
from nn.parameter import Parameter

Look = Callable[[Names], Any]

whole = "{:.0f}".format

# -- what is looked at after every step -------------------------------------------------------------------------------


def own_loss(names: Names) -> float:
    """The loss that the program itself has just computed."""
    return float(names["loss"].item())


@contextmanager
def asked(net: Any) -> Any:
    """The model in evaluation mode, with nothing recorded, and as it was afterwards."""
    modes = [(module, module.training) for module in net.modules()]
    net.eval()
    try:
        with autograd.no_grad():
            yield net
    finally:
        for module, mode in modes:
            module.training = mode


def everything(names: Names, loader: str = "loader") -> tuple[Any, Any]:
    """All inputs and targets of a loader."""
    data = names[loader].dataset
    if loader == "valid" or not hasattr(data, "tensors"):
        rows = [data[i] for i in range(len(data))]
        return tuple(autograd.stack([row[k] for row in rows]) for k in (0, 1))  # type: ignore[return-value]
    return data.tensors


def loss_of(function: Callable[[Any, Any], Any] = F.cross_entropy, loader: str = "loader") -> Look:
    """A loss over all of the data."""

    def look(names: Names) -> float:
        x, y = everything(names, loader)
        with asked(names["net"]) as net:
            return float(function(net(x), y).item())

    return look


def right(names: Names, loader: str = "loader") -> float:
    """The percentage of right answers over all of the data."""
    x, y = everything(names, loader)
    with asked(names["net"]) as net:
        return 100 * float((net(x).argmax(1) == y).float().mean().item())


def rate(names: Names) -> float:
    """The learning rate of the step that was just made."""
    return float(names["optimizer"].param_groups[0]["lr"])


def once_an_epoch(what: str) -> Look:
    """A name of the program, as it stands when the next epoch begins."""
    return lambda names: (names["epoch"], names.get(what))


# -- forms that many pictures share -----------------------------------------------------------------------------------


@cache
def both(code: str, look: Look | None = None) -> tuple[tuple[Names, list[Any]], tuple[Names, list[Any]]]:
    """The names at the end of the mistaken and the mended program, and what was seen after each of their steps."""
    return pages.run(pages.mistaken(code), look), pages.run(pages.mended(code), look)


def two_curves(
    code: str, look: Look, title: str, names: tuple[str, str] = ("mistaken", "mended"), **options: Any
) -> Panel:
    """What was seen after every step of the two programs, as two curves."""
    (_, bad), (_, good) = both(code, look)
    lines = [Line(names[0], bad, BAD), Line(names[1], good, GOOD)]
    return curves(title, lines, ("step 1", f"step {len(good)}"), **options)


def epochs_of(code: str, what: str) -> tuple[list[float], list[float]]:
    """A name of both programs at the end of each of their epochs."""
    found = []
    for names, seen in both(code, once_an_epoch(what)):
        firsts = [value for (before, _), (epoch, value) in pairwise(seen) if before != epoch]
        found.append([*firsts, names[what]])
    return found[0], found[1]


def by_epoch(code: str) -> list[Panel]:
    """The validation loss of both programs, epoch by epoch."""
    bad, good = epochs_of(code, "valid_loss")
    lines = [Line("mistaken", bad, BAD), Line("mended", good, GOOD)]
    return [curves("validation loss", lines, ("epoch 1", f"epoch {len(good)}"))]


def changes(code: str) -> list[Panel]:
    """How far the weights of each layer went after the first step, in percent of their size."""
    moved = [
        {k: 100 * float(np.linalg.norm(w - seen[0][k]) / np.linalg.norm(seen[0][k])) for k, w in seen[-1].items()}
        for _, seen in both(code, weights)
    ]
    top = max(max(each.values()) for each in moved)
    return [
        bars(f"{title}: change of the weights, %", list(each.values()), [*map(named, each)], kind, top=top, form=whole)
        for each, kind, title in zip(moved, (BAD, GOOD), ("mistaken", "mended"), strict=True)
    ]


def named(path: str) -> str:
    """A layer by its path, or by its number among the layers that have weights."""
    return f"layer {int(path) // 2 + 1}" if path.isdigit() else path


def weights(names: Names) -> dict[str, Any]:
    """The weight matrices of a model by their paths, those in plain lists too."""
    found = {}
    for path, module in names["net"].named_modules():
        parts = {path: module}
        for name, value in vars(module).items():
            parts |= {f"{name}.{i}": each for i, each in enumerate(value)} if isinstance(value, list) else {}
        for name, part in parts.items():
            if isinstance(part, Module) and isinstance(getattr(part, "weight", None), Parameter):
                found[name] = part.weight.numpy(force=True).copy()
    return dict(sorted(found.items(), key=lambda pair: (pair[0] == "head", pair[0])))


def by_class(names: Names) -> list[tuple[Any, str]]:
    """The points of a program in the colours of their classes."""
    x, y = (part.numpy() for part in everything(names))
    return [(x[y == c][:, :2].tolist(), kind) for c, kind in ((0, GOOD), (1, BAD))]


def arriving(names: Names) -> list[float]:
    """The size of the gradient that the last step found at each layer, at its bias, from the last to the first."""
    return [float(np.linalg.norm(p.grad.numpy())) for p in list(names["net"].parameters())[::-1] if p.ndim == 1]


def gradients_back(code: str) -> tuple[list[float], list[float]]:
    """These sizes for the first step of both programs."""
    (_, bad), (_, good) = both(code, arriving)
    return bad[0], good[0]


def scattered(code: str, width: float = 280) -> list[Panel]:
    """The predictions of the mistaken and of the mended program against their targets."""
    found = []
    for names, _ in both(code):
        x, y = everything(names)
        with asked(names["net"]) as net:
            found.append(np.stack([y.numpy().ravel(), net(x).numpy().ravel()], 1))
    low, high = float(np.min(found)), float(np.max(found))
    return [
        points(title, [(pairs[::2].tolist(), kind)], kind=kind, width=width, axes=("target", "prediction"),
               diagonal=True, box=(low, high, low, high))
        for pairs, kind, title in zip(found, (BAD, GOOD), ("mistaken", "mended"), strict=True)
    ]  # fmt: skip
