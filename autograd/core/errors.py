"""Error messages, in PyTorch's exception types: what was given, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise
from types import FunctionType
from typing import Any

import numpy as np


class LinAlgError(RuntimeError):
    """A matrix lacks the property that an operation needs. A RuntimeError, as torch.linalg.LinAlgError is."""


# The arguments of the functions that are ops of three inputs.
ARGUMENTS = {
    "where": ("condition", "input", "other"), "clamp": ("input", "min", "max"), "lerp": ("input", "end", "weight"),
    "addcmul": ("input", "tensor1", "tensor2"),
}  # fmt: skip


def describe(x: Any) -> str:
    """'float32[2, 3]' for an array or tensor, the value itself for a number."""
    return f"{x.dtype}{list(x.shape)}" if hasattr(x, "shape") else repr(x)


def kind_of(x: Any) -> str:
    """The name of a value's type: 'list', 'torch.Tensor'."""
    name, package = type(x).__name__, package_of(x)
    return name if package in ("builtins", "autograd") else f"{package}.{name}"


def package_of(x: Any) -> str:
    """The package that a value is of: "autograd" for every tensor of ours, also one whose class says "torch"."""
    packages = [kind.__module__.partition(".")[0] for kind in type(x).__mro__]
    return "autograd" if "autograd" in packages else packages[0]


def no_tensor(function: str, argument: str, position: int, x: Any, expected: str = "Tensor") -> TypeError:
    """The error for `x` where a tensor belongs; a position of 0 says that the argument was given by name."""
    kind = kind_of(x)
    if x is None:
        cure = "is a `return` missing where it was made?"
    elif kind.startswith("torch."):
        cure = "convert it with autograd.tensor(x.numpy()), a network with nn.interop.from_torch"
    else:
        cure = "make one with autograd.tensor(...)"
    place = f" (position {position})" if position else ""
    return TypeError(f"{function}(): argument '{argument}'{place} must be {expected}, not {kind}: {cure}")


def no_operand(op: str, i: int, x: Any) -> TypeError:
    """The error for `x`, with which an op cannot compute, as its input `i`."""
    names = ARGUMENTS.get(op, ("input", "other", "z", "w"))
    return no_tensor(op, names[min(i, len(names) - 1)], i + 1, x)


def not_mine(op: str, other: Any) -> Any:
    """NotImplemented, so that Python asks the other operand; TypeError for a torch tensor, which would not know."""
    if package_of(other) == "torch":
        raise no_operand(op, 1, other)
    return NotImplemented


def explain(name: str, data: list[Any], options: dict[str, Any], error: Exception) -> Exception:
    """The error to raise in place of NumPy's `error`, which the op `name` met on `data`."""
    shapes = [np.shape(x) for x in data]
    text = str(error)
    if "NoneType" in text and (missing := [i for i, x in enumerate(data) if x is None]):
        return no_operand(name, missing[0], None)
    where = f"{name}({', '.join(describe(x) for x in data)})"
    if isinstance(error, np.linalg.LinAlgError):
        if "Singular" in text:
            text = "the input matrix is singular: it has no inverse"
        if "positive definite" in text:
            text = "the input is not positive-definite"
        elif "square" in text:
            return RuntimeError(f"{where}: A must be batches of square matrices, got shape {list(shapes[0])}")
        return LinAlgError(f"{where}: {text}")
    if isinstance(error, np.exceptions.AxisError | IndexError):
        return IndexError(f"{where}: {text}")
    if isinstance(error, ZeroDivisionError):
        return RuntimeError(f"ZeroDivisionError: {where}: {text}; use floats, or another divisor")
    if name == "reshape":
        return RuntimeError(
            f"shape '{list(options['shape'])}' is invalid for input of size {data[0].size}: {where}; "
            "the number of elements must stay the same, and one length at most may be -1"
        )
    if name == "matmul":
        return mismatch_matmul(where, shapes)
    if "negative integer powers" in text:
        return RuntimeError(f"{where}: Integers to negative integer powers are not allowed; use a float tensor")
    if "boolean subtract" in text or "boolean negative" in text:
        return RuntimeError(f"{where}: the `-` operator with bool tensors is not supported; use logical_xor or ~")
    unsupported = "not supported for the input types" in text
    if len(shapes) > 1 and ("broadcast" in text or (unsupported and not _broadcast(shapes))):
        return mismatch(where, shapes)
    if unsupported:
        return NotImplementedError(f"{where} is not implemented for these dtypes; convert them first, as with x.long()")
    kind = TypeError if isinstance(error, TypeError) else RuntimeError
    return kind(f"{where}: {text}")


def _broadcast(shapes: list[tuple[int, ...]]) -> bool:
    return all(len({a[-i] for a in shapes if len(a) >= i} - {1}) < 2 for i in range(1, 1 + max(map(len, shapes))))


def mismatch(where: str, shapes: list[tuple[int, ...]]) -> RuntimeError:
    """Shapes that do not broadcast; the message names the dimension."""
    for a, b in pairwise(shapes):
        for i in range(1, 1 + min(len(a), len(b))):
            if a[-i] != b[-i] and 1 not in (a[-i], b[-i]):
                return RuntimeError(
                    f"The size of tensor a ({a[-i]}) must match the size of tensor b ({b[-i]}) at non-singleton "
                    f"dimension {max(len(a), len(b)) - i}: {where}. Shapes are compared from the right; a dimension "
                    "of 1 stretches. Use unsqueeze, expand or a transpose to line them up"
                )
    return RuntimeError(f"{where}: these shapes cannot be broadcast together")


def mismatch_matmul(where: str, shapes: list[tuple[int, ...]]) -> RuntimeError:
    """Inner dimensions that differ."""
    a, b = shapes[:2]
    if not a or not b:
        given = f"{len(a)}D and {len(b)}D"
        return RuntimeError(f"{where}: both arguments to matmul need to be at least 1D, but they are {given}")
    if len(a) <= 2 and len(b) == 2:
        m = (1, *a)[-2:]
        text = f"mat1 and mat2 shapes cannot be multiplied ({m[0]}x{m[1]} and {b[0]}x{b[1]})"
    else:
        text = "Expected size for the last dimension of the first and the last but one of the second to be equal"
    inner = b[-2] if len(b) > 1 else b[0]
    return RuntimeError(f"{text}: {where}. The last dimension of the first ({a[-1]}) must equal {inner} of the second")


def freed(node: Any) -> RuntimeError:
    """A second walk over a graph whose saved values have been freed."""
    return RuntimeError(
        "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
        f"been freed): the values that {node.op.name} saved were freed by an earlier backward() or autograd.grad(). "
        "Specify retain_graph=True in that call if you need to backward through the graph again, or compute the loss "
        "again"
    )


def wrong_gradient(op: Any, got: Any, expected: Any) -> RuntimeError:
    """A gradient of a shape that broadcasting cannot have made of its input's."""
    return RuntimeError(
        f"{op.name} returned an invalid gradient: got shape {list(got)} but expected a shape compatible with "
        f"{list(expected)}, the shape of its input; the rule is wrong"
    )


def check_rules(op: Any, parameters: Callable[[Any], Collection[str]]) -> None:
    """Raise TypeError for an input without a rule, a rule without an input, or one that reads what it cannot be given.

    `parameters` gives the names of those of a function. One of the op's called y, z or w, without default, is an input.
    """
    if len(op.rules) > (1 if op.variadic else 4):
        raise TypeError(f"{op.name}: expected one rule if variadic, at most four otherwise, got {len(op.rules)}")
    if isinstance(op.key, np.ufunc) or (isinstance(op.forward, FunctionType) and not op.variadic):
        names = list("xyzw"[: op.key.nin] if isinstance(op.key, np.ufunc) else parameters(op.forward))
        if len(op.rules) > len(names):
            raise TypeError(f"{op.name}: {len(op.rules)} rules, but the function takes only {', '.join(names)}")
        for name in names[len(op.rules) :]:
            if name in "yzw" and name not in op.defaults:
                raise TypeError(f"{op.name}: input {name} has no rule; write None if it has no gradient")
    inputs = ("xs", "others", "i") if op.variadic else op.inputs
    known = ["g", "out", *inputs, *(f"{x}_shape" for x in op.inputs or ("xs",)), *op.options]
    for i, rule in enumerate(op.rules):
        for name in () if rule is None else parameters(rule):
            if name not in known:
                raise TypeError(f"rule {i} of {op.name} reads {name!r}, which is none of {', '.join(known)}")
