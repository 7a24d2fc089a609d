"""The probe at the end of a watch: the same batch twice in evaluation mode, and its second half alone.

A model that has been trained answers the same twice, and to each sample as if it stood alone. Where dropout draws in
evaluation mode, the first does not hold; where a layer runs over the batch, the second. Which op it is shows in a
comparison of the ops of both calls, one by one. The model itself is not called: a copy is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import currentframe, unwrap
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import observe, user_line

from .. import functional as F
from ..module import Module
from .kept_still import TracesError, still
from .loose_tensors import LooseTensors

Array = np.ndarray[Any, Any]

LEAST = 4  # samples in the batch
SAME = 1e-3  # of the largest number: by less two results may differ, which are computed in another order
MIXERS = {  # ops that mix samples by mistake where their axis is the batch; others, as products, may be meant to
    "softmax": "softmax", "log_softmax": "log_softmax", "standardize": "batch_norm in training mode", "rnn": "an RNN",
    "lstm": "an LSTM", "gru": "a GRU", "reshape": "view or reshape",
}  # fmt: skip
ALONG = {"rnn", "lstm", "gru", "reshape"}  # ops that treat the first two axes alike, or one as time
DROPOUTS = {
    unwrap(function).__code__
    for function in (
        F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout,
    )
}  # fmt: skip
PLAIN = (int, float, str, bytes, type(None))


@dataclass
class Kept:
    """The arguments of one call of the model in training, and the shapes of what its output was compared with."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    targets: Sequence[tuple[int, ...]] = ()


@dataclass
class Probed:
    """What a probe has shown: evidence, or why it could not be had."""

    dropout: str | None = None
    mixed: str | None = None
    why_not: dict[str, str] = field(default_factory=dict)  # by code

    @classmethod
    def none(cls, reason: str) -> Probed:
        """Nothing, for one reason."""
        return cls(why_not=dict.fromkeys(("dropout_in_eval", "samples_mixed"), reason))


def kept_call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Kept | None:
    """The arguments of a call without the graphs of tensors; None if there is more among them than plain values."""
    try:
        return Kept(_mapped(args, Tensor.detach), _mapped(kwargs, Tensor.detach))
    except TracesError:
        return None


def probe(model: Module, kept: Kept | None) -> Probed:
    """Call a copy of the model three times, or say why it was not called."""
    if kept is None or isinstance(model, LooseTensors):
        return Probed.none("no call of the model was seen with arguments that are tensors and plain values")
    try:
        with still(model) as twin:
            return _probe(twin, kept)
    except TracesError as reason:
        return Probed.none(f"the model was not called again: {reason}")
    except (Exception, SystemExit) as error:
        return Probed.none(f"a call in evaluation mode failed: {type(error).__name__}: {error}")


def _probe(twin: Module, kept: Kept) -> Probed:
    twin.eval()
    draws = Draws()
    with autograd.no_grad(), draws:
        first, second = _call(twin, kept), _call(twin, kept)
    if first is None or second is None:
        return Probed.none("the model returns no tensor")
    found = Probed()
    off = _distance(first, second)
    if off > 0 or draws.any:
        if off > 0 and draws.dropout and not _left_on(twin):
            found.dropout = (
                f"two calls of the model with the same batch, in evaluation mode, differ by up to {off:.2g}, for "
                f"outputs up to {_size(first):.2g}: dropout at {draws.dropout} is not told the mode."
            )
        found.why_not["samples_mixed"] = "the model draws random numbers in evaluation mode"
        return found
    try:
        _compare_half(twin, kept, first, found)
    except TracesError as reason:
        found.why_not["samples_mixed"] = str(reason)
    return found


def _compare_half(twin: Module, kept: Kept, whole: Array, found: Probed) -> None:
    n = _batch(kept, whole)
    half = Kept(*(_mapped(given, lambda tensor: tensor[n // 2 :]) for given in (kept.args, kept.kwargs)))
    try:
        with autograd.no_grad():
            alone = _call(twin, half)
    except Exception as error:
        raise TracesError(f"a call with half a batch failed: {type(error).__name__}: {error}") from None
    beside = whole[n // 2 :]
    if alone is None or alone.shape != beside.shape:
        raise TracesError("the output for half a batch has another shape than half the output")
    off = _distance(alone, beside)
    if not off > SAME * _size(whole):
        return
    op = None if _meant(twin) else _first_mixing(_record(twin, kept), _record(twin, half), n)
    if op is None or (op.name in ALONG and _may_be_second(kept, whole)):
        raise TracesError("half a batch gives other results than the whole, which may be intended")
    found.mixed = (
        f"the second half of a batch of {n} gives other results alone than in the whole, by up to {off:.2g}, for "
        f"outputs up to {_size(whole):.2g}: {MIXERS[op.name]} at {op.line} mixes the samples."
    )


def _meant(twin: Module) -> bool:
    """Whether a batch norm is to use the statistics of the batch in evaluation mode too."""
    norms = [module for module in twin.modules() if "BatchNorm" in type(module).__name__]
    return any(norm.training or getattr(norm, "running_mean", None) is None for norm in norms)


def _batch(kept: Kept, whole: Array) -> int:
    """The size of the batch; raises TracesError where the first axis may be another than that of the samples."""
    given = list(_tensors((kept.args, kept.kwargs)))
    sizes = {tensor.shape[:1] for tensor in given}
    n = len(whole) if whole.ndim else 0
    if sizes != {(n,)} or not all(shape[:1] == (n,) for shape in kept.targets) or not kept.targets:
        raise TracesError(
            "whether the first axis of inputs, outputs and targets is that of the samples could not be known"
        )
    if n < LEAST:
        raise TracesError(f"a batch of {n} is too small")
    return n


def _may_be_second(kept: Kept, whole: Array) -> bool:
    """Whether the samples may lie along the second axis, as in a sequence whose first axis is time."""
    x = next(_tensors((kept.args, kept.kwargs)))
    return x.ndim < 2 or x.shape[1] == 1 or whole.ndim > 2 or (x.ndim > 2 and whole.shape[1:] == x.shape[1:2])


@dataclass
class Op:
    """One op of a call."""

    name: str
    line: str
    inputs: list[Array]
    out: Array


def _record(twin: Module, kept: Kept) -> list[Op]:
    """The ops of a call, for which all floating-point numbers are taken to require a gradient."""
    ops: list[Op] = []
    thread = threading.get_ident()

    class Observer:
        def recorded(self, node: Any, data: Any, out: Any) -> None:
            if threading.get_ident() == thread:
                inputs = [np.array(x) for x in data if isinstance(x, np.ndarray)]
                ops.append(Op(node.op.name, user_line(), inputs, np.array(out)))

    for parameter in twin.parameters():
        parameter.requires_grad_(True)
    end = observe(Observer())
    try:
        with autograd.enable_grad():
            _call(twin, kept, _tracked)
    finally:
        end()
    return ops


def _first_mixing(whole: list[Op], half: list[Op], n: int) -> Op | None:
    """The first op whose inputs for half a batch are a part of those for the whole, but whose result is not."""
    if [op.name for op in whole] != [op.name for op in half]:
        return None
    for op, part in zip(whole, half, strict=True):
        if _is_part(op.out, part.out, n):
            continue
        inputs = zip(op.inputs, part.inputs, strict=True)
        known = op.name in MIXERS and all(_is_part(a, b, n) for a, b in inputs)
        return op if known and _over_batch(op, part, n) else None
    return None


def _over_batch(op: Op, part: Op, n: int) -> bool:
    """Whether the axis of the op is that of the samples, and there is no other use of it."""
    if op.name in ("softmax", "log_softmax"):
        shares = np.exp(op.out) if op.name == "log_softmax" else op.out
        columns = op.out.ndim > 1 and op.out.shape[-1] > 1 and len(op.out) == n
        return columns and bool(np.allclose(shares.sum(0), 1, atol=0.01))
    if op.name == "reshape":
        return any(a == n and b == n - n // 2 for a, b in zip(op.out.shape, part.out.shape, strict=False))
    return op.name == "standardize" or op.inputs[2].shape[1] > 1  # the initial states (S, B, H)


def _is_part(whole: Array, part: Array, n: int) -> bool:
    """Whether numbers for the second half of n samples are those for all of them, along whichever axis they lie."""
    rest = n - n // 2
    if whole.ndim != part.ndim:
        return False
    other = [i for i, (a, b) in enumerate(zip(whole.shape, part.shape, strict=True)) if a != b]
    if not other:
        return _close(whole, part)
    size = whole.shape[other[0]]
    if len(other) > 1 or size % n or part.shape[other[0]] * n != size * rest:
        return False
    lines = np.moveaxis(whole, other[0], 0)
    beside = np.moveaxis(part, other[0], 0)
    for outer in (k for k in range(1, size // n + 1) if (size // n) % k == 0):
        cut = lines.reshape(outer, n, -1)[:, n // 2 :]
        if _close(cut.reshape(-1), beside.reshape(-1)):
            return True
    return False


def _close(a: Array, b: Array) -> bool:
    return _distance(a, b) <= SAME * max(_size(a), 1e-30)


def _distance(a: Array, b: Array) -> float:
    if a.shape != b.shape or not a.size:
        return 0.0 if a.shape == b.shape else float("inf")
    with np.errstate(all="ignore"):
        off = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return float(np.nan_to_num(off, nan=0.0, posinf=0.0).max())


def _size(a: Array) -> float:
    finite = np.abs(a[np.isfinite(a)], dtype=np.float64) if a.size else a
    return float(finite.max()) if finite.size else 0.0


class Draws:
    """In this block it is noted who draws from the common generator."""

    def __init__(self) -> None:
        self.any = False
        self.dropout = ""  # the line of the first that is dropout

    def __enter__(self) -> Draws:
        common: Any = autograd.default_generator
        self._rng = common.rng
        common.rng = Told(self._rng, self._drawn)
        return self

    def __exit__(self, *error: Any) -> None:
        common: Any = autograd.default_generator
        common.rng = self._rng

    def _drawn(self) -> None:
        self.any, frame = True, currentframe()
        while frame is not None and not self.dropout:
            if frame.f_code in DROPOUTS:
                self.dropout = user_line()
            frame = frame.f_back


class Told:
    """A NumPy generator that tells each use of it."""

    def __init__(self, rng: np.random.Generator, tell: Callable[[], None]) -> None:
        self._rng, self._tell = rng, tell

    def __getattr__(self, name: str) -> Any:
        self._tell()
        return getattr(self._rng, name)


def _left_on(twin: Module) -> bool:
    """Whether dropout is in training mode though the model was brought to evaluation: it is meant to be."""
    return any("Dropout" in type(module).__name__ and module.training for module in twin.modules())


def _call(twin: Module, kept: Kept, given: Callable[[Tensor], Tensor] = Tensor.clone) -> Array | None:
    """The first tensor of the output, for copies of the arguments."""
    output = twin(*_mapped(kept.args, given), **_mapped(kept.kwargs, given))
    first = next(_tensors(output), None)
    return None if first is None else np.array(first.numpy(force=True))


def _tracked(tensor: Tensor) -> Tensor:
    copied = tensor.clone()
    return copied.requires_grad_(True).clone() if copied.is_floating_point() else copied


def _mapped(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """What a function makes of the tensors in a value, however nested; raises TracesError for what is not plain."""
    if isinstance(value, Tensor):
        return function(value)
    if type(value) in (list, tuple):
        return type(value)(_mapped(part, function) for part in value)
    if type(value) is dict:
        return {key: _mapped(part, function) for key, part in value.items()}
    if isinstance(value, PLAIN):
        return value
    raise TracesError(f"it is given a {type(value).__name__}")


def _tensors(value: Any) -> Any:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)
    elif hasattr(value, "__dict__") and not isinstance(value, Module):
        yield from _tensors(vars(value))
