"""NumPy's functions of recorded arrays and numbers: computed of their values, and recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.engine import Traced
from .step_recorder import Recorder

ABOUT = {
    np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.may_share_memory, np.shares_memory, np.iscomplexobj,
    np.isrealobj,
}  # fmt: skip  # functions that look at no values
WRITING = {np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis}


def ufunc_of(recorder: Recorder, ufunc: Any, method: str, inputs: Any, out: Any, options: Any) -> Any:
    """A ufunc, or its `reduce` and the like, of recorded arrays; with `out`, a write."""
    if any(isinstance(x, Traced) for x in inputs):
        return NotImplemented
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    options = {key: x for key, x in options.items() if not (x is None and key in ("dtype", "out"))}
    given = recorder.values(inputs)
    if method == "at":
        recorder.refuse(f"{ufunc.__name__}.at writes to an array")
        return function(*given)
    target = out[0] if out else None
    if target is None:
        return recorder.note(function, inputs, options, function(*given, **recorder.values(options)))
    place = recorder.value(target)
    if not recorder.live:
        function(*given, out=place, **recorder.values(options))
        return target
    if type(target) is not recorder.array or target.recorder is not recorder or method != "__call__":
        recorder.refuse(f"{ufunc.__name__} writes to an array that was not computed here")
        function(*given, out=place, **recorder.values(options))
        return target
    slots = [recorder.given(x) for x in inputs]  # what stands there before it is written to
    function(*given, out=place, **recorder.values(options))
    kinds = [x.dtype if hasattr(x, "dtype") else type(x) for x in given]
    dtype = np.dtype(options.get("dtype") or ufunc.resolve_dtypes((*kinds, None))[-1])
    shape = np.broadcast_shapes(*(np.shape(x) for x in given))
    natural = (
        recorder.slot(place) if (shape, dtype) == (place.shape, place.dtype) else recorder.slot(np.empty(shape, dtype))
    )
    recorder.write(target, recorder.step(function, slots, options, natural))
    return target


def function_of(recorder: Recorder, function: Any, args: Any, options: Any) -> Any:
    """A NumPy function, or a primitive, of recorded arrays."""
    if function in ABOUT or not recorder.live:
        return function(*recorder.values(args), **recorder.values(options))
    if function is np.copyto and len(args) == 2 and not options and type(args[0]) is recorder.array:
        args[0][...] = args[1]
        return None
    target = options.get("out")
    if type(target) is recorder.array:
        target[...] = function_of(recorder, function, args, {k: x for k, x in options.items() if k != "out"})
        return target
    if target is not None or function in WRITING:
        recorder.refuse(f"{function.__name__} writes to an array")
        return function(*recorder.values(args), **recorder.values(options))
    if hasattr(function, "forward"):
        return recorder.op(function.forward, args, options)
    options = {key: x for key, x in options.items() if key != "out"}
    return recorder.call(function, *args, **options)
