"""Losses that are ops of their own."""

import autograd
from nn import functional as F
from nn.functional import network_primitives as P
from tests.cases.case import chapter, unit
from tests.oracle import OURS

CASES, case = chapter("loss")


def functional(m):
    """The functions of networks that belong to the library `m`."""
    return F if m in (autograd, OURS) else m


case("binary_cross_entropy", P.binary_cross_entropy, lambda m, x, y: functional(m).binary_cross_entropy(
    x, y, reduction="none"), unit(3, 4), unit(3, 4))  # fmt: skip
case("binary_cross_entropy mean", P.binary_cross_entropy, lambda m, x, y: functional(m).binary_cross_entropy(x, y),
     unit(5), unit(5))  # fmt: skip
