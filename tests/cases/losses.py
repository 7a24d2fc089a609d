"""Losses."""

from autograd.calculus import primitives
from nn.functional import network_primitives as P
from tests.cases.case import chapter, positive, unit
from tests.cases.networks import slope

CASES, case = chapter("loss")

case("binary_cross_entropy", P.binary_cross_entropy, lambda m, x, y: m.binary_cross_entropy(x, y, reduction="none"),
     unit(3, 4), unit(3, 4))
case("binary_cross_entropy mean", P.binary_cross_entropy, lambda m, x, y: m.binary_cross_entropy(x, y),
     unit(5), unit(5))
case("huber_loss", P.huber, lambda m, x, y: m.huber_loss(x, y, reduction="none", delta=0.7), (3, 4), (3, 4))

PARTS = "torch composes it of two ops, and meets inf - inf at the right class"


def cross_entropy(name, shape, target, **options):
    """The fused op serves the mean or sum over a batch of classes; everything else is made of log_softmax."""
    fused = len(shape) == 2 and options.get("reduction") != "none" and "label_smoothing" not in options
    case(f"cross_entropy {name}", P.cross_entropy if fused else primitives.log_softmax, lambda m,
         x: m.cross_entropy(x, m.tensor(target), **options), shape, incoming=PARTS)


CLASSES = [2, 0, 1, 2, 3]
GRID = [[0, 1, 1], [2, 3, 0]]

cross_entropy("mean", (5, 4), CLASSES)
cross_entropy("sum", (5, 4), CLASSES, reduction="sum")
cross_entropy("none", (5, 4), CLASSES, reduction="none")
cross_entropy("of one sample", (4,), 2)
cross_entropy("smoothed", (5, 4), CLASSES, label_smoothing=0.1)
cross_entropy("smoothed sum", (5, 4), CLASSES, label_smoothing=0.3, reduction="sum")
cross_entropy("ignoring", (5, 4), [2, -100, 1, 0, -100])
cross_entropy("ignoring 1", (5, 4), [2, 1, 1, 0, 3], ignore_index=1)
cross_entropy("ignoring smoothed", (5, 4), [2, -100, 1, 0, -100], label_smoothing=0.2)
cross_entropy("ignoring unreduced", (5, 4), [2, -100, 1, 0, -100], reduction="none")
cross_entropy("of pixels", (2, 4, 3), GRID)
cross_entropy("of pixels unreduced", (2, 4, 3), GRID, reduction="none")


def weighted(name, key, **options):
    case(f"cross_entropy {name}", key, lambda m, x: m.cross_entropy(
        x, m.tensor(CLASSES), weight=m.tensor([0.5, 1.0, 2.0, 0.25], dtype=x.dtype), **options), (5, 4), incoming=PARTS)


RECORDED = {"modes": "it differentiates, so it must record", "incoming": PARTS}

case("cross_entropy by x", P.cross_entropy_dx, lambda m, x: slope(m, m.cross_entropy(x, m.tensor(CLASSES)), x),
     (5, 4), **RECORDED)
case("cross_entropy weighted by x", P.cross_entropy_dx, lambda m, x: slope(m, m.cross_entropy(
    x, m.tensor(CLASSES), weight=m.tensor([0.5, 1.0, 2.0, 0.25], dtype=x.dtype)), x), (5, 4), **RECORDED)
weighted("weighted", P.cross_entropy)
weighted("weighted sum", P.cross_entropy, reduction="sum")
weighted("weighted smoothed", primitives.log_softmax, label_smoothing=0.1)
weighted("weighted unreduced", primitives.log_softmax, reduction="none")

case("cross_entropy probabilities", primitives.log_softmax, lambda m, x, y: m.cross_entropy(x, m.softmax(y, 1)),
     (5, 4), (5, 4))
case("cross_entropy probabilities sum", primitives.log_softmax, lambda m, x, y: m.cross_entropy(x, y, reduction="sum"),
     (5, 4), positive(5, 4))
case("cross_entropy probabilities smoothed", primitives.log_softmax, lambda m, x, y: m.cross_entropy(
    x, y, label_smoothing=0.2), (5, 4), positive(5, 4))
case("cross_entropy by hand", (primitives.log_softmax, primitives.getitem), lambda m, x: -m.log_softmax(x, 1).gather(
    1, m.tensor(CLASSES).unsqueeze(1)).mean(), (5, 4))
