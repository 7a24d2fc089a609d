"""What an exported file computes, beside what the model does: onnxruntime runs it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

import numpy as np

from .onnx_given import outside

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
CLOSE = {"float16": 4e-3, "bfloat16": 3e-2}  # relative to the largest number; 1e-5 for others


def compare(content: bytes, tried: Iterable[tuple[Arrays, Arrays]]) -> None:
    """Run a file on inputs whose outputs are known. Warns if onnxruntime is not installed.

    Raises RuntimeError if it does not take the file, or computes something else.
    """
    if find_spec("onnxruntime") is None:
        warnings.warn(
            "to_onnx: the file was not compared with the model, since onnxruntime is not installed: run pip install "
            "onnxruntime",
            stacklevel=3,
        )
        return
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise RuntimeError(f"to_onnx: onnxruntime does not take the file, so nothing was written: {error}") from None
    for arrays, expected in tried:
        try:
            given = {name: array.astype(outside(array.dtype)) for name, array in arrays.items()}
            found = session.run(list(expected), given)
        except Exception as error:
            raise RuntimeError(f"to_onnx: onnxruntime fails, given {about(arrays)}: {error}") from None
        for (name, output), array in zip(expected.items(), found, strict=True):
            if fault := difference(output, array):
                raise RuntimeError(
                    f"to_onnx: given {about(arrays)}, the output {name!r} of the file is not that of the model: "
                    f"{fault}. Nothing was written. Perhaps the model does other things for other inputs, as with an if"
                )


def difference(expected: Array, found: Array) -> str:
    """How two outputs differ by more than rounding; nothing if they do not."""
    if expected.shape != found.shape:
        return f"its shape is {list(found.shape)}, expected {list(expected.shape)}"
    close = CLOSE.get(expected.dtype.name, 1e-5)
    found, expected = np.asarray(found, np.float64), np.asarray(expected, np.float64)
    scale = float(np.abs(expected[np.isfinite(expected)]).max(initial=0))
    if np.allclose(found, expected, close, close * scale, equal_nan=True):
        return ""
    return f"the largest difference is {np.nanmax(np.abs(found - expected)):.2g}, the largest number {scale:.2g}"


def about(arrays: dict[str, Array]) -> str:
    return ", ".join(f"{name} of shape {list(array.shape)}" for name, array in arrays.items())
