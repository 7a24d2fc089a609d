"""Draw the pictures of docs/mistakes again: what the two programs of each page do, in docs/images/mistakes.

    python .ci/mistake_pictures.py               all of them
    python .ci/mistake_pictures.py dead_relu     this one

Every number in a picture comes from a run of the programs as they stand on the page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import mistake_pages as pages
import numpy as np
from mistake_drawing import (
    BAD,
    FAINT,
    GOOD,
    Line,
    Panel,
    bars,
    cells,
    curves,
    picture,
    points,
    region,
)  # fmt: skip
from mistake_pages import Names

import autograd
from autograd.hooks import node_of, reachable
from nn import functional as F
from nn.module import Module
from nn.parameter import Parameter

FOLDER = pages.DOCS / "images" / "mistakes"
Look = Callable[[Names], Any]

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
    code: str,
    look: Look,
    title: str,
    names: tuple[str, str] = ("mistaken", "mended"),
    unit: str = "step",
    **options: Any,
) -> Panel:
    (_, bad), (_, good) = both(code, look)
    lines = [Line(names[0], bad, BAD), Line(names[1], good, GOOD)]
    return curves(title, lines, (f"{unit} 1", f"{unit} {len(good)}"), **options)


def epochs_of(code: str, what: str) -> tuple[list[float], list[float]]:
    """A name of both programs at the end of each of their epochs."""
    found = []
    for names, seen in both(code, once_an_epoch(what)):
        firsts = [value for (before, _), (epoch, value) in pairwise(seen) if before != epoch]
        found.append([*firsts, names[what]])
    return found[0], found[1]


def by_epoch(code: str, what: str, title: str, **options: Any) -> Panel:
    bad, good = epochs_of(code, what)
    return curves(title, [Line("mistaken", bad, BAD), Line("mended", good, GOOD)],
                  ("epoch 1", f"epoch {len(good)}"), **options)  # fmt: skip


def changes(code: str, what: str = "net") -> tuple[Panel, Panel]:
    """How far the weights of each layer went from where they were drawn, in percent of their size."""
    out = []
    for (names, seen), kind, title in zip(both(code, weights), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        after = weights(names)
        start = seen[0]
        moved = {k: 100 * float(np.linalg.norm(after[k] - start[k]) / np.linalg.norm(start[k])) for k in after}
        out.append((moved, kind, title))
    top = max(value for moved, *_ in out for value in moved.values())
    return tuple(
        bars(f"{title}: change of the weights, %", list(moved.values()), [named(k) for k in moved], kind, top=top,
             form=lambda v: f"{v:.0f}")
        for moved, kind, title in out
    )  # type: ignore[return-value]  # fmt: skip


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


# -- one function for each page ---------------------------------------------------------------------------------------

LOSS = "cross-entropy of all samples"
PERCENT = "right answers, %"


def no_zero_grad() -> list[Panel]:
    return [two_curves("no_zero_grad", right, PERCENT)]


def no_grad() -> list[Panel]:
    return [two_curves("no_grad", loss_of(), LOSS)]


def bad_optimizer_order() -> list[Panel]:
    return [two_curves("bad_optimizer_order", loss_of(), LOSS)]


def unregistered() -> list[Panel]:
    return [*changes("unregistered")]


def foreign_parameters() -> list[Panel]:
    return [two_curves("foreign_parameters", loss_of(), LOSS)]


def no_gradient() -> list[Panel]:
    return [*changes("no_gradient")]


def not_moved() -> list[Panel]:
    return [*changes("not_moved")]


def loss_broadcast() -> list[Panel]:
    n = 6
    meant = [[GOOD if r == c else BAD for c in range(n)] for r in range(n)]
    shades = [[0.9 if r == c else 0.35 for c in range(n)] for r in range(n)]
    square = cells(
        f"({n}, 1) − ({n},): {n * n} differences", shades, meant, width=220, note=f"only the {n} blue ones are meant"
    )
    return [square, *(scattered("loss_broadcast", 0, 190)), *(scattered("loss_broadcast", 1, 190))]


def scattered(code: str, which: int, width: float = 280) -> list[Panel]:
    """The predictions of one of the programs against their targets."""
    ends = [names for names, _ in both(code)]
    found = []
    for names in ends:
        x, y = everything(names)
        with asked(names["net"]) as net:
            found.append((y.numpy().ravel(), net(x).numpy().ravel()))
    low = min(float(v.min()) for pair in found for v in pair)
    high = max(float(v.max()) for pair in found for v in pair)
    kind, title = ((BAD, "mistaken"), (GOOD, "mended"))[which]
    pairs = np.stack(found[which], 1)[::2].tolist()
    return [points(title, [(pairs, kind)], kind=kind, width=width, axes=("target", "prediction"), diagonal=True,
                   box=(low, high, low, high))]  # fmt: skip


def softmax_before_loss() -> list[Panel]:
    least = float(np.log1p(np.exp(-1)))
    floor = least, f"the least that two classes can reach: {least:.3f}"
    return [two_curves("softmax_before_loss", loss_of(), "the loss of the program", level=floor)]


def softmax_of_one() -> list[Panel]:
    (bad, _), (good, _) = both("softmax_of_one")
    x, y = (part[16::33] for part in everything(bad))
    columns = []
    for names in (bad, good):
        with asked(names["net"]) as net:
            columns.append((net[0](x).numpy().ravel(), net(x).numpy().ravel()))
    rows = [[f"{columns[k][j][i]:.3g}" for k in (0, 1) for j in (0, 1)] for i in range(len(y))]
    shades = [[0.0, float(columns[0][1][i]), 0.0, float(columns[1][1][i])] for i in range(len(y))]
    kinds = [[FAINT, BAD, FAINT, GOOD]] * len(y)
    above = "score", "softmax of it", "score", "sigmoid of it"
    return [cells("six samples: mistaken (red) and mended (blue)", [[0.55 * s for s in row] for row in shades], kinds,
                  words=rows, above=above, beside=[f"target {int(t)}" for t in y.tolist()], width=560)]  # fmt: skip


def softmax_over_batch() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(
        both("softmax_over_batch"), (BAD, GOOD), ("dim=0, mistaken", "dim=1, mended"), strict=True
    ):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            p = net(x[:100:20]).softmax(0 if kind == BAD else 1).numpy()
        shades = [[*map(float, row), 0.0] for row in p]
        words = [[*(f"{v:.2f}" for v in row), f"{row.sum():.2f}"] for row in p]
        panels.append(cells(title, [[0.6 * v for v in row] for row in shades], [[kind, kind, FAINT]] * len(p), words=words,
                            above=("class 0", "class 1", "sum"), beside=[f"sample {i}" for i in range(len(p))], kind=kind))  # fmt: skip
    return panels


def not_log_probabilities() -> list[Panel]:
    return [
        two_curves("not_log_probabilities", own_loss, "the loss of the program", level=(0, "no likelihood is below 0"))
    ]


def relu_before_loss() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("relu_before_loss"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        x, y = everything(names)
        with asked(names["net"]) as net:
            given = net(x).argmax(1)
        shares = [100 * float(((given == c) & (y == c)).sum() / (y == c).sum()) for c in range(10)]
        panels.append(
            bars(
                f"{title}: found, % of each digit",
                shares,
                [str(c) for c in range(10)],
                kind,
                top=100,
                form=lambda v: f"{v:.0f}",
            )
        )
    return panels


def targets_out_of_range() -> list[Panel]:
    return [*scattered("targets_out_of_range", 0), *scattered("targets_out_of_range", 1)]


def several_labels() -> list[Panel]:
    (bad, _), (good, _) = both("several_labels")
    x, y = everything(bad)
    sample = int((y.sum(1) == 3).numpy().argmax())
    wanted = ["yes" if t else "no" for t in y[sample].tolist()]
    with asked(bad["net"]) as one, asked(good["net"]) as other:
        p, q = one(x[sample : sample + 1]).softmax(1)[0].tolist(), other(x[sample : sample + 1]).sigmoid()[0].tolist()
    form = "{:.2f}".format
    return [
        bars("mistaken: a softmax", p, wanted, BAD, top=1, form=form),
        bars("mended: four sigmoids", q, wanted, GOOD, top=1, form=form),
    ]


def zero_init() -> list[Panel]:
    return [two_curves("zero_init", loss_of(), LOSS)]


def symmetric_init() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("symmetric_init"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        w = np.vstack([names["net"][0].weight.numpy(force=True).T, names["net"][2].weight.numpy(force=True)])
        most = np.abs(w).max()
        kinds = [[BAD if v < 0 else GOOD for v in row] for row in w]
        panels.append(cells(f"{title}: " + ("all units alike" if (w == w[:, :1]).all() else "all units differ"), (np.abs(w) / most).tolist(), kinds, kind=kind,
                            beside=("in 1", "in 2", "out 1", "out 2"), note="a column for each of the 16 units"))  # fmt: skip
    return panels


def inputs_not_normalised() -> list[Panel]:
    return [two_curves("inputs_not_normalised", right, PERCENT, ("0 to 255", "0 to 1"))]


def exploding_gradients() -> list[Panel]:
    bad, good = gradients_back("exploding_gradients")
    lines = [Line("std=1", bad, BAD), Line("Kaiming", good, GOOD)]
    return [curves("size of the gradient, on its way back", lines, ("layer 7, the last", "layer 1"), log=True)]


def vanishing_gradients() -> list[Panel]:
    bad, good = gradients_back("vanishing_gradients")
    lines = [Line("sigmoid", bad, BAD), Line("ReLU", good, GOOD)]
    return [curves("size of the gradient, on its way back", lines, ("layer 21, the last", "layer 1"), log=True)]


def lr_too_high() -> list[Panel]:
    mse = loss_of(F.mse_loss)
    return [two_curves("lr_too_high", mse, "mean squared error", ("lr=3", "lr=0.01"), log=True)]


def lr_too_low() -> list[Panel]:
    return [two_curves("lr_too_low", loss_of(), LOSS, ("lr=1e-6", "lr=0.1"))]


def eval_mode_in_training() -> list[Panel]:
    return [by_epoch("eval_mode_in_training", "valid_loss", "validation loss")]


def train_mode_in_eval() -> list[Panel]:
    return [by_epoch("train_mode_in_eval", "valid_loss", "validation loss")]


def scheduler_first() -> list[Panel]:
    (_, bad), (_, good) = both("scheduler_first", rate)
    return [curves("learning rate", [Line("mistaken", bad, BAD), Line("mended", good, GOOD)], ("epoch 1", "epoch 10"))]


def dead_relu() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("dead_relu"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            on = (net[:2](x) > 0).float().mean(0).numpy()
        kinds = [[BAD if v == 0 else GOOD for v in row] for row in on.reshape(4, 16)]
        shades = [[0.75 if v == 0 else float(v) for v in row] for row in on.reshape(4, 16)]
        panels.append(cells(f"{title}: {(on == 0).sum()} of 64 units are dead", shades, kinds, kind=kind,
                            note="red: 0 for every sample"))  # fmt: skip
    return panels


def saturated() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("saturated"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            h = net[:2](x).numpy().ravel()
        shares = 100 * np.histogram(h, bins=np.linspace(-1, 1, 11))[0] / h.size
        ends = ["−1", *[""] * 8, "1"]
        panels.append(
            bars(f"{title}: outputs of tanh, %", shares.tolist(), ends, kind, top=50, form=lambda v: f"{v:.0f}")
        )
    return panels


def constant_labels() -> list[Panel]:
    (bad, _), (good, _) = both("constant_labels")
    return [
        points("mistaken: one class", by_class(bad), kind=BAD),
        points("mended: two classes", by_class(good), kind=GOOD),
    ]


def shuffled_labels() -> list[Panel]:
    (bad, _), (good, _) = both("shuffled_labels")
    return [
        points("mistaken: two shuffles", by_class(bad), kind=BAD),
        points("mended: one shuffle", by_class(good), kind=GOOD),
    ]


def data_leak() -> list[Panel]:
    bad, good = epochs_of("data_leak", "right")
    lines = [Line("with the leak", [100 * v for v in bad], BAD), Line("held out", [100 * v for v in good], GOOD)]
    return [curves("right answers in validation, %", lines, ("epoch 1", "epoch 100"), zero=False)]


def graph_kept_alive() -> list[Panel]:
    def kept(names: Names) -> int:
        held = [names[name] for name in ("total", "loss") if isinstance(names[name], autograd.Tensor)]
        return len(reachable([node for each in held if (node := node_of(each)) is not None]))

    return [two_curves("graph_kept_alive", kept, "nodes of graphs in memory", ("total += loss", "loss.item()"))]


def dropout_in_eval() -> list[Panel]:
    lines = []
    for (names, _), kind, title in zip(both("dropout_in_eval"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        x, _ = everything(names, "valid")
        autograd.manual_seed(0)
        with asked(names["net"]) as net:
            lines.append(Line(title, [net(x[3:4]).softmax(1)[0, 1].item() for _ in range(40)], kind))
    return [
        curves(
            "probability of one and the same sample, asked 40 times", lines, ("first time", "40th time"), values=False
        )
    ]


def samples_mixed() -> list[Panel]:
    return [two_curves("samples_mixed", loss_of(), LOSS)]


def wrong_sign() -> list[Panel]:
    return [two_curves("wrong_sign", right, PERCENT)]


def zero_gradients() -> list[Panel]:
    _, (names, _) = both("zero_gradients")
    x, y = (part[::10] for part in everything(names))
    shifts = np.linspace(-3, 3, 601).tolist()
    with asked(names["net"]) as net:
        scores = net(x)
        moved = [(scores + autograd.tensor([0.0, s])).softmax(1)[:, 1] for s in shifts]
    steps = [((p.round() - y) ** 2).mean().item() for p in moved]
    smooth = [F.binary_cross_entropy(p, y.float()).item() for p in moved]
    lines = [Line("share of wrong answers", steps, BAD), Line("cross-entropy", smooth, GOOD)]
    return [curves("the loss when one bias moves", lines, ("bias − 3", "bias + 3"), values=False, right=170)]


def schedule_too_fast() -> list[Panel]:
    return [two_curves("schedule_too_fast", rate, "learning rate", log=True)]


def clip_after_step() -> list[Panel]:
    return [two_curves("clip_after_step", loss_of(F.mse_loss), "mean squared error", log=True)]


def weight_decay_too_high() -> list[Panel]:
    def size(names: Names) -> float:
        return float(np.sqrt(sum((p.numpy(force=True) ** 2).sum() for p in names["net"].parameters())))

    return [two_curves("weight_decay_too_high", size, "size of all weights", ("decay 1", "decay 0.0001"))]


def dropout_too_high() -> list[Panel]:
    return [two_curves("dropout_too_high", loss_of(), LOSS, ("p=0.9", "p=0.1"))]


def optimizer_remade() -> list[Panel]:
    return [two_curves("optimizer_remade", loss_of(), LOSS)]


def batches_of_one_class() -> list[Panel]:
    return [two_curves("batches_of_one_class", right, PERCENT + ", of all digits", ("sorted", "shuffled"))]


def validation_scale() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("validation_scale"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        values = [loss_of()(names), loss_of(loader="valid")(names)]
        panels.append(bars(f"{title}: loss", values, ["training", "validation"], kind, log=True, low=0.05, top=100))
    return panels


def class_order() -> list[Panel]:
    panels = []
    for (names, _), kind, title in zip(both("class_order"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        x, y = everything(names, "valid")
        with asked(names["net"]) as net:
            given = net(x).argmax(1)
        counts = [[int(((y == r) & (given == c)).sum()) for c in (0, 1)] for r in (0, 1)]
        panels.append(cells(f"{title}: validation", [[0.6 * v / max(map(sum, counts)) for v in row] for row in counts], kind, words=counts,
                            above=("given 0", "given 1"), beside=("class 0", "class 1"), kind=kind))  # fmt: skip
    return panels


def linear_into_linear() -> list[Panel]:
    panels, box = [], (-1.5, 2.5, -1.0, 1.5)
    for (names, _), kind, title in zip(both("linear_into_linear"), (BAD, GOOD), ("mistaken", "mended"), strict=True):
        across, down = np.linspace(box[0], box[1], 56, dtype="f4"), np.linspace(box[3], box[2], 40, dtype="f4")
        plane = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
        with asked(names["net"]) as net:
            inside = (net(autograd.tensor(plane)).argmax(1) == 1).numpy().reshape(40, 56)
        panels.append(
            points(
                f"{title}: {right(names):.0f}% right",
                by_class(names),
                kind=kind,
                box=box,
                ground=region(inside.tolist()),
            )
        )
    return panels


def targets_too_large() -> list[Panel]:
    def error(names: Names) -> float:
        x, _ = everything(names)
        with asked(names["net"]) as net:
            told = net(x) * names["std"] + names["mean"] if "std" in names else net(x)
        return float(((told - names["prices"]) ** 2).mean().sqrt().item())

    return [two_curves("targets_too_large", error, "typical error of a price", log=True)]


def write(code: str) -> str:
    """Draw a picture and write it; returns its address."""
    about = pages.text(code).splitlines()[0].removeprefix("# ")
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{code}.svg"
    target.write_text(picture(about, *globals()[code]()), encoding="utf-8")
    return f"{target.relative_to(pages.DOCS.parent)}  {target.stat().st_size / 1000:.1f} kB"


def main(codes: list[str]) -> int:
    unknown = [code for code in codes if code not in pages.codes()]
    if unknown:
        print(f"there is no page for {', '.join(unknown)}, only for {', '.join(pages.codes())}", file=sys.stderr)
        return 2
    for code in codes or pages.codes():
        print(write(code))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
