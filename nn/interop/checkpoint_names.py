"""`torch.utils.checkpoint`: PyTorch's arguments for `autograd.checkpoint`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import autograd
from autograd.tools.checkpointing import noop_context_fn
from nn import Sequential
from nn.layers.checkpointed import in_a_row

_early_stop: ContextVar[bool] = ContextVar("early_stop", default=True)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[AbstractContextManager[Any], AbstractContextManager[Any]]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`autograd.checkpoint`: keep the arguments, and compute the rest again in backward.

    There is one way of doing it, that of PyTorch's `use_reentrant=False`; it can do all that the other can.
    `preserve_rng_state=True` may be among `kwargs`. `debug` has no effect: errors name the operations in any case.

    Raises as `autograd.checkpoint`; ValueError for what goes to the function by name, for `context_fn` and for `debug`
    with `use_reentrant=True`.
    """
    if use_reentrant and kwargs.keys() - {"preserve_rng_state"}:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs.keys() - {'preserve_rng_state'})}")
    if use_reentrant and (context_fn is not noop_context_fn or debug):
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return autograd.checkpoint(
        function,
        *args,
        context_fn=context_fn,
        determinism_check=determinism_check,
        early_stop=early_stop and _early_stop.get(),
        **kwargs,
    )


def checkpoint_sequential(
    functions: Sequential | Sequence[Callable[[Any], Any]],
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    **kwargs: Any,
) -> Any:
    """The functions one after the other, in segments of equal length: of all but the last the inputs alone are kept.

    `preserve_rng_state=True` may be among `kwargs`. `nn.CheckpointSequential` chooses the number of segments, too.

    Raises ValueError for other `kwargs`, and for more segments than functions.
    """
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")
    row: list[Callable[[Any], Any]] = list(functions)
    if not 1 <= segments <= len(row):
        raise ValueError(f"segments: expected a number from 1 to {len(row)}, that of the functions, got {segments}")
    size = len(row) // segments
    for start in range(0, size * (segments - 1), size):
        part = partial(in_a_row, row[start : start + size])
        input = autograd.checkpoint(part, input, preserve_rng_state=preserve, early_stop=_early_stop.get())
    return in_a_row(row[size * (segments - 1) :], input)


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Whether checkpoints that are made in a `with` block end their run in backward once they have what is needed."""
    before = _early_stop.set(enable)
    try:
        yield
    finally:
        _early_stop.reset(before)
