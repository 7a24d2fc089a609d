"""The kinds of difference that are known, each with its reason."""

from __future__ import annotations

import re
from typing import NamedTuple

from .programs import Difference


class Known(NamedTuple):
    """Differences of a kind, of an operation, with a message: three patterns. Where both raise, ours comes first."""

    operation: str
    kind: str
    message: str
    reason: str


GRADIENT = r"backward|m\.grad"
WRITE = r"_\(|x \S+= |\] \S*= "

# Each reason is a line of the table "Where it differs from PyTorch" in docs/how-it-works.md.
KNOWN = [
    Known("", "accepted", "not implemented for '|not supported for relu|not support bool|INTERNAL ASSERT|"
          "`-` operator, (with|on) a bool", "a dtype that PyTorch has no code for"),
    Known("", "accepted", "expected dtype .* for `end`|did not match|scalar type|Index put requires",
          "different dtypes in `lerp`, `einsum`, `allclose`, `t[i] = v`"),
    Known(GRADIENT, "accepted", "derivative for aten::", "the gradient of `//`, and of a number `%` a tensor"),
    Known("", "accepted|error", "step must be greater than zero", "slices with a negative step"),
    Known("", "requires_grad of a view made under no_grad", "", "a view made under `no_grad`"),
    Known(r"pow|\*\*", "refused", "negative integer power", "integers to the power of a tensor with negative ones"),
    Known(r"pow|\*\*", "value beside infinity", "", "-0.0 and -inf to the power of a tensor that holds ±0.5"),
    Known("addcmul", "refused", "must not be a floating point", "a float `value` among integers in `addcmul`"),
    Known("detach_", "accepted", "detach views", "`detach_()` of a matrix times a batch of them"),
    Known("index_select", "error", "out of DATA bounds", "an index out of range in `index_select`"),
    Known("", "refused", "out of bounds for axis", "an index out of range where nothing is to be read or written"),
    Known("argm", "error", "not support bool", "two mistakes in one call"),
    Known(WRITE, "error", "leaf Variable that requires|without overflow|shape mismatch: value tensor|written-to",
          "two mistakes in one call"),
    Known(r"requires_grad_\(", "another (requires_grad|is_leaf|looking)", "", "a view made before `requires_grad_()`"),
    Known(GRADIENT, "after an error, grad", "", "gradients after a `backward()` that raised"),
    Known(r"x\[.*= ", "after an error, another", "", "`t[i] = v` with an index out of range"),
    Known("//=|%=", "after an error, another", "ZeroDivision", "integers divided by 0 in place"),
    Known(r"fill_\(z|x\[.*= value", "accepted", "beyond looking", "integers filled with a value that requires grad"),
    Known("", "accepted", "beyond looking", "a view made under `no_grad`, or as one of several, after a write"),
    Known(r"x\[key\] = number", "accepted", "without overflow", "NaN written to no integer, `i[False] = nan`"),
    Known(WRITE, "accepted", "view was created in no_grad mode",
          "a view made under `no_grad` of a constant, written to"),
    Known(r"x\[|tril_|triu_", "refused", "more than one element of",
          "`t[i] = v` with lists, masks and tensors as indices"),
    Known("", "accepted", "more than one element of the written-to",
          "a gradient of equal elements, such as that of `sum`"),
    Known(r"x\[(index|mask|key)\] = number", "another value", "",
          "a gradient of equal elements, such as that of `sum`"),
    Known(GRADIENT, "accepted|refused", "graph a second time|modified by an inplace operation",
          "what an operation keeps for `backward()`"),
    Known(GRADIENT, "value beside infinity", "", "a gradient in which an infinity or NaN takes part"),
    Known(GRADIENT, "accepted", "moved into the graph interior", "a leaf that was detached and then written to"),
    Known(GRADIENT, "^grad requires_grad", "", "a retained gradient that was recorded, after another `backward()`"),
    Known(r"m\.grad", "^grad (is missing|value)", "",
          "the retained gradient of an output that leads to no input of `grad`"),
    Known(r"x\[key\] .*= ", "accepted", "leaf Variable that requires", "`v[:] *= y` for a view `v` of a constant"),
    Known("create_graph", "^requires_grad", "", "a constant gradient, with `create_graph`"),
    Known("contiguous", "value|requires_grad|is_leaf|identity", "", "the order of a result in memory"),
    Known("view", "accepted|refused", "view size is not compatible", "the order of a result in memory"),
]  # fmt: skip


def explain(found: Difference) -> Known | None:
    """The line that a difference belongs to, None if it is of a new kind."""
    message = found.message
    for line in KNOWN:
        fits = re.search(line.operation, found.operation) and re.search(line.kind, found.kind)
        if fits and re.search(line.message, message):
            return line
    return None
