"""The program that is running around the library: its frames, the variables in them, and the words in its lines."""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from autograd import Tensor

from ..data import DataLoader, Dataset, Subset

Array = np.ndarray[Any, Any]

LIBRARY = "nn", "autograd"
CALLERS = 3  # frames of one file that are looked at
LINES_ABOVE = 40  # in which the names of a batch stand side by side
WORD = re.compile(r"\b[A-Za-z_]\w*\b(?!\s*\()")  # and not the name of a function that is called
PARTS = re.compile(r"_|\d+|(?<=[a-z])(?=[A-Z])")
VALIDATION = {"val", "valid", "validation", "test", "tst", "dev", "holdout"}
TRAINING = {"train", "training", "trn"}
DATA = {"x", "y", "data", "dataset", "loader", "inputs", "images", "features", "targets", "labels"}
INPUTS = re.compile(r"(?<![a-z])(x|xb|inputs?|images?|data|features?|points)(?![a-z])", re.IGNORECASE)
TARGETS = re.compile(r"(?<![a-z])(y|yb|targets?|labels?|classes)(?![a-z])", re.IGNORECASE)


def program_frame() -> Any:
    """The innermost frame that runs code of the program."""
    frame: Any = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in LIBRARY:
        frame = frame.f_back
    return frame


def calling_lines(frame: Any) -> tuple[tuple[str, int], ...]:
    """The file and number of the running line of a frame, and of those in the same file that called it."""
    lines: list[tuple[str, int]] = []
    file = frame.f_code.co_filename if frame is not None else ""
    while frame is not None and len(lines) < CALLERS:
        if frame.f_code.co_filename == file:
            lines.append((file, frame.f_lineno))
        frame = frame.f_back
    return tuple(lines)


def called_validation(lines: Sequence[tuple[str, int]]) -> str | None:
    """The line of the program that says that this is validation, by its own words or those around it."""
    for file, number in lines:
        for text in _around(file, number):
            if (told := _says_validation(text)) is not None:
                return f"{file}:{number}" if told else None
    return None


def _says_validation(text: str) -> bool | None:
    """Whether a line calls what it computes validation, or uses data of validation only; None if it speaks of neither.

    What a result is called counts more than what it is computed from: the wrong data may stand there.
    """
    target, equals, rest = text.partition("=")
    if equals and not rest.startswith("=") and (words := _words(target) & (VALIDATION | TRAINING)):
        return words <= VALIDATION
    if not (words := _words(text) & (VALIDATION | TRAINING)):
        return None
    others = [name for name in WORD.findall(text) if not _words(name) & VALIDATION]
    return words <= VALIDATION and not any(_words(name) & DATA for name in others)


def _words(text: str) -> set[str]:
    return {part.lower() for word in WORD.findall(text) for part in PARTS.split(word)}


def _around(file: str, number: int) -> Iterator[str]:
    """A line, the heads of the loops around it, and the lines of its block that follow."""
    line = linecache.getline(file, number)
    yield line.strip()
    depth = _depth(line)
    for above in range(number - 1, max(0, number - LINES_ABOVE), -1):
        text = linecache.getline(file, above)
        if text.strip() and _depth(text) < depth:
            depth = _depth(text)
            if text.lstrip().startswith(("def ", "class ")):
                break
            if text.lstrip().startswith("for "):
                yield text.rpartition(" in ")[2].strip()
    for below in range(number + 1, number + LINES_ABOVE):
        text = linecache.getline(file, below)
        if not text.strip() or _depth(text) < _depth(line):
            break
        yield text.strip()


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def classes_beside(x: Any, frame: Any) -> Array | None:
    """The classes of a batch of inputs, if the program holds them in a variable that goes with that of the inputs.

    A batch and its targets are named side by side, as in `for x, y in loader`, or alike, as x_valid and y_valid.
    """
    if frame is None or not isinstance(x, Tensor) or x.ndim < 2:
        return None
    known = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
    known |= frame.f_locals
    own = {name for name, value in known.items() if isinstance(value, Tensor) and _same_batch(value, x)}
    fitting = {
        name: value
        for name, value in known.items()
        if isinstance(value, Tensor) and value.shape in ((len(x),), (len(x), 1)) and not value.requires_grad
    }
    beside = [
        value.numpy(force=True).reshape(-1)
        for name, value in fitting.items()
        if any(_go_together(each, name, frame.f_code.co_filename, frame.f_lineno) for each in own)
    ]
    if not beside or not all(np.array_equal(beside[0], each) for each in beside):
        return None
    values = beside[0]
    return values.astype(np.int64) if values.dtype.kind in "iub" or (values == np.round(values)).all() else None


def _same_batch(a: Tensor, x: Tensor) -> bool:
    """Whether a variable is what the model was given, or that before it was reshaped."""
    return a is x or (
        a.ndim > 0 and len(a) == len(x) and a.numel() == x.numel()
        and np.may_share_memory(a.numpy(force=True), x.numpy(force=True))
    )  # fmt: skip


def class_lists(frame: Any) -> dict[str, tuple[str, ...]]:
    """The names of classes in their order, by the variables of the program that hold the data set or its loader."""
    lists = {}
    file = frame.f_code.co_filename if frame is not None else ""
    while frame is not None and frame.f_code.co_filename == file:
        for name, value in {**frame.f_globals, **frame.f_locals}.items():
            data = value
            while isinstance(data, DataLoader | Subset):
                data = data.dataset
            if isinstance(data, Dataset) and isinstance(names := vars(data).get("classes"), list | tuple):
                lists[name] = tuple(map(str, names))
        frame = frame.f_back
    return lists


def spoken_of(name: str) -> str:
    """ "validation" or "training", if the name of a variable says so, else ""."""
    words = _words(name)
    valid, train = bool(VALIDATION & words), bool(TRAINING & words)
    return "" if valid == train else "validation" if valid else "training"


@lru_cache(maxsize=1024)
def _go_together(inputs: str, targets: str, file: str, number: int) -> bool:
    """Whether two names are alike, or stand side by side above that line of a file."""
    rest = INPUTS.sub("", inputs)
    if INPUTS.search(inputs) and rest and rest == TARGETS.sub("", targets):
        return True
    pair = re.compile(rf"(?<!\w){re.escape(inputs)}\s*,\s*{re.escape(targets)}(?!\w)")
    return any(pair.search(linecache.getline(file, i)) for i in range(max(1, number - LINES_ABOVE), number + 1))
