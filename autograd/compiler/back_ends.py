"""The back ends by name: what writes a program, and runs it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from .numpy_backend import NumpyProgram
from .passes import simplified
from .program import Program, Unsupported

BackEnd = Callable[[Program], Any]  # gives a function of the inputs, that has a `source`


def numpy_program(program: Program) -> Any:
    """A flat list of NumPy's calls."""
    return NumpyProgram(simplified(program))


def numba_program(program: Program) -> Any:
    """Compiled loops; NumPy's calls where Numba cannot do it."""
    from .numba_backend import compile_program  # type: ignore[import-not-found,unused-ignore]

    try:
        return compile_program(simplified(program))
    except Unsupported:
        return numpy_program(program)


def back_end(name: Any) -> BackEnd:
    """The back end of that name; None for the best that is installed.

    Raises ValueError for a name that there is not, ImportError for "numba" without the package.
    """
    if name == "numpy" or (name in DEFAULT and not _numba()):
        return numpy_program
    if name not in ("numba", *DEFAULT):
        raise ValueError(f"compile: expected the backend 'numpy', 'numba' or None, given {name!r}")
    if not _numba():
        raise ImportError("compile: the backend 'numba' needs the package: pip install 'chalkgrad[compile]'")
    return numba_program


DEFAULT = None, "inductor"  # PyTorch's name for its own


def _numba() -> bool:
    return find_spec("numba") is not None and find_spec(f"{__package__}.numba_backend") is not None
