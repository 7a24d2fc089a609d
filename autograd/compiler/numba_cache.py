"""Compiled programs are kept on disk: the second process that runs the same program compiles nothing.

A program's source is a file in the user's cache directory, named by what it depends on, and Numba keeps the machine
code beside it. Files are put in place whole, so two processes that write the same one do not meet. CHALKGRAD_CACHE
names another directory.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numba

from . import numba_arrays, numba_maths


def directory() -> Path:
    """Where programs are kept: CHALKGRAD_CACHE, or chalkgrad/numba in the user's cache directory."""
    if given := os.environ.get("CHALKGRAD_CACHE"):
        return Path(given) / "numba"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "chalkgrad" / "numba"


@lru_cache(1)
def _maths() -> bytes:
    return b"".join(Path(str(module.__file__)).read_bytes() for module in (numba_arrays, numba_maths))


def name_of(source: str) -> str:
    """A name that is another one for another source, other functions of numbers, or another Numba."""
    parts = source.encode(), _maths(), numba.__version__.encode()
    return "program_" + hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def module_of(source: str) -> ModuleType:
    """The module with this source, from its file in the cache; from a temporary one, where none can be written."""
    name = name_of(source)
    try:
        path = _written(directory(), name, source)
    except (OSError, RuntimeError):  # no home, no space, no right to write
        path = _written(Path(tempfile.mkdtemp(prefix="chalkgrad-")), name, source)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks for the module of what it reads from the disk
    spec.loader.exec_module(module)
    return module


def _written(folder: Path, name: str, source: str) -> Path:
    path = folder / f"{name}.py"
    try:
        if path.read_text(encoding="utf-8") == source:
            return path
    except (OSError, UnicodeDecodeError):
        pass
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=folder, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(source)
    os.replace(part, path)
    return path
