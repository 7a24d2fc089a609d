"""Draw the pictures of docs/mistakes again: what the two programs of each page do, in docs/images/mistakes.

    python .ci/mistake_pictures.py               all of them
    python .ci/mistake_pictures.py dead_relu     this one

`PICTURES` says what draws which. Every number comes from a run of the programs as they stand on that page.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import Any

import mistake_pages as pages
import numpy as np
from mistake_drawing import BAD, FAINT, GOOD, Line, Panel, bars, cells, curves, picture, points, region
from mistake_looks import (
    Look,
    asked,
    both,
    by_class,
    by_epoch,
    changes,
    epochs_of,
    everything,
    gradients_back,
    loss_of,
    own_loss,
    rate,
    right,
    scattered,
    two_curves,
)  # fmt: skip
from mistake_pages import Names
from mistake_sequences import right_words

import autograd
from autograd.hooks import node_of, reachable
from nn import functional as F

FOLDER = pages.DOCS / "images" / "mistakes"
Picture = Callable[[str], list[Panel]]

LOSS = "cross-entropy of all samples"
OWN = "the loss of the program"
PERCENT = "right answers, %"


def in_turn(code: str, bad: str = "mistaken", good: str = "mended") -> Iterator[tuple[Names, str, str]]:
    """The names at the end of the mistaken program, its colour and title; then those of the mended one."""
    for (names, _), kind, title in zip(both(code), (BAD, GOOD), (bad, good), strict=True):
        yield names, kind, title


def loss_broadcast(code: str) -> list[Panel]:
    n = 6
    meant = [[GOOD if r == c else BAD for c in range(n)] for r in range(n)]
    shades = [[0.9 if r == c else 0.35 for c in range(n)] for r in range(n)]
    square = cells(
        f"({n}, 1) − ({n},): {n * n} differences", shades, meant, width=220, note=f"only the {n} blue ones are meant"
    )
    return [square, *scattered(code, 190)]


def softmax_of_one(code: str) -> list[Panel]:
    (bad, _), (good, _) = both(code)
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


def softmax_over_batch(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code, "dim=0, mistaken", "dim=1, mended"):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            p = net(x[:100:20]).softmax(0 if kind == BAD else 1).numpy()
        shades = [[*(0.6 * float(v) for v in row), 0.0] for row in p]
        words = [[*(f"{v:.2f}" for v in row), f"{row.sum():.2f}"] for row in p]
        kinds = [[kind, kind, FAINT]] * len(p)
        beside, above = [f"sample {i}" for i in range(len(p))], ("class 0", "class 1", "sum")
        panels.append(cells(title, shades, kinds, words=words, above=above, beside=beside, kind=kind))
    return panels


def relu_before_loss(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
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


def several_labels(code: str) -> list[Panel]:
    (bad, _), (good, _) = both(code)
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


def symmetric_init(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
        w = np.vstack([names["net"][0].weight.numpy(force=True).T, names["net"][2].weight.numpy(force=True)])
        shades, kinds = np.abs(w) / np.abs(w).max(), [[BAD if v < 0 else GOOD for v in row] for row in w]
        title += ": all units alike" if (w == w[:, :1]).all() else ": all units differ"
        beside, below = ("in 1", "in 2", "out 1", "out 2"), "a column for each of the 16 units"
        panels.append(cells(title, shades.tolist(), kinds, kind=kind, beside=beside, note=below))
    return panels


def scheduler_first(code: str) -> list[Panel]:
    (_, bad), (_, good) = both(code, rate)
    return [curves("learning rate", [Line("mistaken", bad, BAD), Line("mended", good, GOOD)], ("epoch 1", "epoch 10"))]


def dead_relu(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            on = (net[:2](x) > 0).float().mean(0).numpy()
        kinds = [[BAD if v == 0 else GOOD for v in row] for row in on.reshape(4, 16)]
        shades = [[0.75 if v == 0 else float(v) for v in row] for row in on.reshape(4, 16)]
        panels.append(cells(f"{title}: {(on == 0).sum()} of 64 units are dead", shades, kinds, kind=kind,
                            note="red: 0 for every sample"))  # fmt: skip
    return panels


def saturated(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
        x, _ = everything(names)
        with asked(names["net"]) as net:
            h = net[:2](x).numpy().ravel()
        shares = 100 * np.histogram(h, bins=np.linspace(-1, 1, 11))[0] / h.size
        ends = ["−1", *[""] * 8, "1"]
        panels.append(
            bars(f"{title}: outputs of tanh, %", shares.tolist(), ends, kind, top=50, form=lambda v: f"{v:.0f}")
        )
    return panels


def data_leak(code: str) -> list[Panel]:
    bad, good = epochs_of(code, "right")
    lines = [Line("with the leak", [100 * v for v in bad], BAD), Line("held out", [100 * v for v in good], GOOD)]
    return [curves("right answers in validation, %", lines, ("epoch 1", "epoch 100"), zero=False)]


def nodes_kept(names: Names) -> int:
    held = [names[name] for name in ("total", "loss") if isinstance(names[name], autograd.Tensor)]
    return len(reachable([node for each in held if (node := node_of(each)) is not None]))


def dropout_in_eval(code: str) -> list[Panel]:
    lines = []
    for names, kind, title in in_turn(code):
        x, _ = everything(names, "valid")
        autograd.manual_seed(0)
        with asked(names["net"]) as net:
            lines.append(Line(title, [net(x[3:4]).softmax(1)[0, 1].item() for _ in range(40)], kind))
    return [
        curves(
            "probability of one and the same sample, asked 40 times", lines, ("first time", "40th time"), values=False
        )
    ]


def zero_gradients(code: str) -> list[Panel]:
    _, (names, _) = both(code)
    x, y = (part[::10] for part in everything(names))
    shifts = np.linspace(-3, 3, 601).tolist()
    with asked(names["net"]) as net:
        scores = net(x)
        moved = [(scores + autograd.tensor([0.0, s])).softmax(1)[:, 1] for s in shifts]
    steps = [((p.round() - y) ** 2).mean().item() for p in moved]
    smooth = [F.binary_cross_entropy(p, y.float()).item() for p in moved]
    lines = [Line("share of wrong answers", steps, BAD), Line("cross-entropy", smooth, GOOD)]
    return [curves("the loss when one bias moves", lines, ("bias − 3", "bias + 3"), values=False, right=170)]


def size_of_weights(names: Names) -> float:
    return float(np.sqrt(sum((p.numpy(force=True) ** 2).sum() for p in names["net"].parameters())))


def validation_scale(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
        values = [loss_of()(names), loss_of(loader="valid")(names)]
        panels.append(bars(f"{title}: loss", values, ["training", "validation"], kind, log=True, low=0.05, top=100))
    return panels


def class_order(code: str) -> list[Panel]:
    panels = []
    for names, kind, title in in_turn(code):
        x, y = everything(names, "valid")
        with asked(names["net"]) as net:
            given = net(x).argmax(1)
        counts = [[int(((y == r) & (given == c)).sum()) for c in range(3)] for r in range(3)]
        shades = [[0.6 * count / 25 for count in row] for row in counts]
        above, beside = [f"given {c}" for c in range(3)], [f"class {c}" for c in range(3)]
        panels.append(cells(f"{title}: validation", shades, kind, words=counts, above=above, beside=beside, kind=kind))
    return panels


def linear_into_linear(code: str) -> list[Panel]:
    panels, box = [], (-1.5, 2.5, -1.0, 1.5)
    for names, kind, title in in_turn(code):
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


def error_of_price(names: Names) -> float:
    x, _ = everything(names)
    with asked(names["net"]) as net:
        told = net(x) * names["std"] + names["mean"] if "std" in names else net(x)
    return float(((told - names["prices"]) ** 2).mean().sqrt().item())


def typical_error(names: Names) -> float:
    """The median distance of the predictions from their targets, which a few wrong targets do not change."""
    x, y = everything(names)
    with asked(names["net"]) as net:
        return float((net(x) - y).abs().median().item())


def compared(look: Look, title: str, *names: str, **options: Any) -> Picture:
    """The picture that compares what was seen after every step of the two programs."""
    return lambda code: [two_curves(code, look, title, names or ("mistaken", "mended"), **options)]


def backwards(bad: str, good: str) -> Picture:
    """The picture of the gradients on their way from the last layer to the first."""

    def draw(code: str) -> list[Panel]:
        sizes = gradients_back(code)
        lines = [Line(bad, sizes[0], BAD), Line(good, sizes[1], GOOD)]
        ends = f"layer {len(sizes[0])}, the last", "layer 1"
        return [curves("size of the gradient, on its way back", lines, ends, log=True)]

    return draw


def classes(bad: str, good: str) -> Picture:
    """The picture of the points and their classes."""
    return lambda code: [
        points(title, by_class(names), kind=kind)
        for names, kind, title in in_turn(code, f"mistaken: {bad}", f"mended: {good}")
    ]


PICTURES: dict[str, Picture] = {
    "no_grad": compared(loss_of(), LOSS),
    "bad_optimizer_order": compared(loss_of(), LOSS),
    "foreign_parameters": compared(loss_of(), LOSS),
    "no_zero_grad": compared(right, PERCENT),
    "zero_init": compared(loss_of(), LOSS),
    "inputs_not_normalised": compared(right, PERCENT, "0 to 255", "0 to 1"),
    "lr_too_high": compared(loss_of(F.mse_loss), "mean squared error", "lr=3", "lr=0.01", log=True),
    "lr_too_low": compared(loss_of(), LOSS, "lr=1e-6", "lr=0.1"),
    "samples_mixed": compared(loss_of(), LOSS),
    "wrong_sign": compared(right, PERCENT),
    "schedule_too_fast": compared(rate, "learning rate", log=True),
    "clip_after_step": compared(typical_error, "typical error (median)"),
    "dropout_too_high": compared(loss_of(), LOSS, "p=0.9", "p=0.1"),
    "optimizer_remade": compared(loss_of(), LOSS),
    "batches_of_one_class": compared(right, PERCENT + ", of all digits", "sorted", "shuffled"),
    "not_log_probabilities": compared(own_loss, OWN, level=(0, "no cross-entropy is below 0")),
    "softmax_before_loss": compared(loss_of(), OWN, level=(math.log1p(math.exp(-1)), "two classes: never below 0.313")),
    "graph_kept_alive": compared(nodes_kept, "nodes of graphs in memory", "total += loss", "loss.item()"),
    "weight_decay_too_high": compared(size_of_weights, "size of all weights", "decay 3", "decay 0.0001"),
    "targets_too_large": compared(error_of_price, "typical error of a price", log=True),
    "padding_counted": compared(right_words, PERCENT + ", of real words", "all counted", "padding ignored"),
    "last_step_is_padding": compared(right, PERCENT, "the last step", "the end of each"),
    "batch_norm_momentum": by_epoch,
    "dropout_after_last_layer": compared(loss_of(F.mse_loss), "mean squared error of all samples", right=170),
    "exploding_gradients": backwards("std=1", "Kaiming"),
    "vanishing_gradients": backwards("sigmoid", "ReLU"),
    "constant_labels": classes("one class", "two classes"),
    "shuffled_labels": classes("two shuffles", "one shuffle"),
    "unregistered": changes,
    "no_gradient": changes,
    "not_moved": changes,
    "eval_mode_in_training": by_epoch,
    "train_mode_in_eval": by_epoch,
    "targets_out_of_range": scattered,
    "loss_broadcast": loss_broadcast,
    "softmax_of_one": softmax_of_one,
    "softmax_over_batch": softmax_over_batch,
    "relu_before_loss": relu_before_loss,
    "several_labels": several_labels,
    "symmetric_init": symmetric_init,
    "scheduler_first": scheduler_first,
    "dead_relu": dead_relu,
    "saturated": saturated,
    "data_leak": data_leak,
    "dropout_in_eval": dropout_in_eval,
    "zero_gradients": zero_gradients,
    "validation_scale": validation_scale,
    "class_order": class_order,
    "linear_into_linear": linear_into_linear,
}


def drawn(code: str) -> str:
    """The picture of a page, as SVG, with the heading of the page for its title."""
    about = pages.text(code).splitlines()[0].removeprefix("# ")
    return picture(about, *PICTURES[code](code))


def main(codes: list[str]) -> int:
    unknown = [code for code in codes if code not in pages.codes()]
    if unknown:
        print(f"there is no page for {', '.join(unknown)}, only for {', '.join(pages.codes())}", file=sys.stderr)
        return 2
    for code in codes or pages.codes():
        target = FOLDER / f"{code}.svg"
        target.write_text(drawn(code), encoding="utf-8")
        print(f"{target.relative_to(pages.DOCS.parent)}  {target.stat().st_size / 1000:.1f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
