"""`chalkgrad draw`: the graph of a formula, or of the network of a run, with every value and every gradient."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd
from autograd import Tensor, Value

from ..data import DataLoader
from ..runs.data_of_run import data_of
from ..runs.run_folder import CONFIG, RunFolder
from ..runs.settings import ConfigError
from .class_balance import training_loss
from .formula import FormulaError, evaluate

ENDINGS = (".svg", ".png", ".pdf", ".html", ".dot", ".gv")
HIGHEST = 9  # derivative: the graph of each is several times as large as the one before
SAMPLES = 4  # of a run's data, which its network is drawn with
POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def draw(
    what: str,
    values: Sequence[str] = (),
    out: Path | None = None,
    rules: bool = True,
    direction: str = "",
    order: int = 1,
) -> None:
    """Draw a formula, whose variables have `values` such as "x=2", or the network of the run in a folder.

    Prints the result and its derivatives, up to `order`, and writes the picture to `out`, by default graph.svg, which
    for a run is in its folder. `direction` is "LR", left to right, or "TB", top to bottom, or "": as fits.

    Raises ConfigError for an option or a value that cannot be used; FormulaError for a formula with a mistake;
    FileError for a model that is missing or damaged; RuntimeError without Graphviz.
    """
    if out is not None and out.suffix.lower() not in ENDINGS:
        raise ConfigError(f"--out: expected a name ending in {', '.join(ENDINGS)}, given {out.name!r}")
    if direction not in ("", "LR", "TB"):
        raise ConfigError(f"--direction: expected LR (left to right) or TB (top to bottom), given {direction!r}")
    if not 1 <= order <= HIGHEST:
        raise ConfigError(f"--order: expected 1 to {HIGHEST}, given {order}")
    if is_run(what):
        if values or order != 1:
            raise ConfigError(f"values and --order are for formulas, but {what} is a run: leave them out")
        lines, drawing = draw_run(RunFolder.open(Path(what)), rules=rules, direction=direction or None)
        out = out or Path(what) / "graph.svg"
    else:
        lines, drawing = draw_formula(what, values, order, rules=rules, direction=direction or None)
        out = out or Path("graph.svg")
    print(*lines, sep="\n")
    out.parent.mkdir(parents=True, exist_ok=True)
    drawing.save(out)
    print(out)


def is_run(what: str) -> bool:
    """Whether the folder of a run is meant: it is one, or begins with a folder that exists."""
    parent, name = os.path.split(what)
    return os.path.isfile(os.path.join(what, CONFIG)) or bool(parent and name and os.path.isdir(parent))


def draw_formula(text: str, values: Sequence[str] = (), order: int = 1, **options: Any) -> tuple[list[str], Any]:
    """The value and the derivatives of a formula, in lines, and its drawing after the backward pass.

    Raises FormulaError, after printing the place of the mistake, and ConfigError for a value that cannot be used.
    """
    root, lines = differentiated(text, values, order)
    root.backward()
    return lines, autograd.draw(root, **options)


def differentiated(text: str, values: Sequence[str] = (), order: int = 1) -> tuple[Value, list[str]]:
    """A formula with its graph; its value and its derivatives, in lines. Raises as `draw_formula`."""
    try:
        root, variables = evaluate(text, assigned(values))
    except FormulaError as error:
        print(error.excerpt, file=sys.stderr)
        raise
    lines = [f"{' '.join(text.split())} = {root.data:.10g}"]
    for name, x in variables.items():
        for n, value in enumerate(derivatives(root, x, order), 1):
            power = str(n).translate(POWERS) if n > 1 else ""
            lines.append(f"d{power}/d{name}{power} = {value:.10g}")
    return root, lines


def derivatives(root: Value, x: Value, order: int) -> list[float]:
    """The first, second, … derivative of `root` by x."""
    found: list[float] = []
    y: Any = root
    while y is not None and y.requires_grad and len(found) < order:
        (y,) = autograd.grad(y, x, create_graph=True, allow_unused=True)
        found.append(0.0 if y is None else y.item())
    return found + [0.0] * (order - len(found))


def assigned(words: Sequence[str]) -> dict[str, float]:
    """The numbers in words such as "x=2" or "angle=pi/4". Raises ConfigError for any other word."""
    values: dict[str, float] = {}
    for word in words:
        name, equals, number = word.partition("=")
        name = name.strip()
        if not (equals and name.isidentifier()):
            raise ConfigError(f"expected a name and a value, such as x=2, given {word!r}")
        if name in values:
            raise ConfigError(f"{name} has two values, expected one")
        try:
            values[name] = evaluate(number, {})[0].data
        except FormulaError:
            raise ConfigError(f"{word}: expected a number, such as {name}=2 or {name}=pi/4") from None
    return values


def draw_run(folder: RunFolder, **options: Any) -> tuple[list[str], Any]:
    """The loss that a network was trained with and its gradients on a few samples, in lines, and its drawing.

    Raises FileError for a model that is missing or damaged; DataChangedError for weights of classes whose rows are
    gone; what unreadable data raise.
    """
    folder.check_trained_by_command()
    model, data = folder.load_model(), data_of(folder)
    inputs, target = next(iter(DataLoader(data.valid or data.train, SAMPLES)))
    loss = training_loss(folder.settings, data)
    out: list[Tensor] = []

    def step() -> Tensor:
        out.append(loss(model(inputs), target))
        out[0].backward(retain_graph=True)  # keeps the values for the picture
        return out[0]

    drawing = autograd.draw(step, net=model, inputs=inputs, target=target, **options)
    table = [(name, "x".join(map(str, p.shape)), f"{_norm(p.grad):.3g}") for name, p in model.named_parameters()]
    sizes = [max(map(len, column)) for column in list(zip(*table, strict=True))[:2]]
    lines = [
        *[f"note: {data.note}"] * bool(data.note),
        f"loss on {len(target)} samples = {out[0].item():.6g}",
        "norm of the gradient of each parameter:",
    ]
    lines += [f"  {name:{sizes[0]}}  {shape:{sizes[1]}}  {norm}" for name, shape, norm in table]
    return lines, drawing


def _norm(gradient: Any) -> float:
    return float(gradient.square().sum().sqrt().item())
