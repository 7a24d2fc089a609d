"""Save and load state: safetensors for the numbers, JSON in its header for everything around them. Nothing can run.

What is written is a plain safetensors file that other tools can read. Its tensors are named by their path, such as
"model.0.weight". Its metadata holds, under "chalkgrad", a checksum followed by the JSON that was summed: the structure
of the state, and a checksum of every tensor. The same state gives the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .safetensors_header import DTYPES, FileError, explain, tensor_names

FORMAT = "chalkgrad"
VERSION = 1
DEEPEST = 64

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


def save(obj: Any, path: str | os.PathLike[str]) -> None:
    """Write tensors, numbers, strings, bools and None, and dicts, lists and tuples of them, into one file.

        nn.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, "run.safetensors")

    The keys of dicts are strings, numbers, bools or None. Arrays of NumPy and PyTorch are saved as tensors. The file is
    written under another name beside `path`, read back, and only then moved to `path`; until that moment an older file
    there is untouched.

    Raises TypeError for anything else, naming its place in `obj`; ValueError for an object that contains itself;
    FileNotFoundError if there is no such folder; FileError if `path` cannot be replaced, or the file not be read back.
    """
    arrays: Arrays = {}
    tree = _encode(obj, (), arrays)
    text = json.dumps(
        {"version": VERSION, "tree": tree, "checksums": {name: _checksum(a) for name, a in arrays.items()}},
        allow_nan=False,
    )
    with replacing(path) as beside:
        _write(arrays, {FORMAT: f"{_checksum(text)} {text}"}, beside)
        load(beside)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside `path` to write to. On leaving, what was written there becomes `path`, in one step.

    An older file stays untouched until the new one is on the disk, and for good if anything is raised. `leftovers`
    finds what a process that was killed in the middle has left behind.

    Raises FileError if `path` is a folder or a device, FileNotFoundError if its folder does not exist.
    """
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise FileError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not path.is_file():
        raise FileError(f"{path} is a device or a pipe, which must not be replaced: give the name of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write {path.name}: the folder {path.parent} does not exist")
    beside = path.with_name(f".{path.name[:64]}.{os.urandom(4).hex()}.tmp")
    try:
        beside.touch()
        mode = beside.stat().st_mode  # what the system gives to a new file; safetensors sets a narrower one
        yield beside
        with open(beside, "r+b") as file:
            os.fsync(file.fileno())
        os.chmod(beside, mode)
        os.replace(beside, path)
        _sync(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()


def leftovers(folder: str | os.PathLike[str]) -> list[Path]:
    """The files in `folder` whose writing was cut short because the process was killed."""
    return [path for path in Path(folder).glob(".*.tmp") if re.fullmatch(r"\..+\.[0-9a-f]{8}\.tmp", path.name)]


def load(path: str | os.PathLike[str]) -> Any:
    """What `save` wrote to `path`; of any other safetensors file, its tensors in a flat dict. They share no memory.

    Nothing in a file is ever run, and no more memory is taken than the file is long. Raises FileError, a ValueError
    that says what is wrong, for a file that is damaged or not what it claims to be; FileNotFoundError if there is none.
    """
    arrays, metadata = _read(path)
    if FORMAT not in metadata:
        return {name: autograd.from_numpy(array) for name, array in arrays.items()}
    checksum, _, text = metadata[FORMAT].partition(" ")
    if checksum != _checksum(text):
        raise FileError(f"{path}: the metadata has been changed or damaged (its checksum differs)")
    try:
        content = json.loads(text)
        version, tree, checksums = (content[key] for key in ("version", "tree", "checksums"))
        if version != VERSION:
            raise FileError(f"{path}: written in version {version!r:.20} of the format, this is version {VERSION}")
        for name in checksums:
            if name not in arrays:
                raise FileError(f"{path}: the metadata mentions the tensor {name!r}, which the file does not hold")
        for name, array in arrays.items():
            if checksums.get(name) != _checksum(array):
                raise FileError(f"{path}: the tensor {name!r} has been changed or damaged (its checksum differs)")
        return _decode(tree, arrays, DEEPEST + 1)
    except FileError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise FileError(f"{path}: the metadata is not what nn.save writes ({type(error).__name__}: {error})") from None


# Values as JSON. Numbers, strings, bools, None and lists stand for themselves; anything else is {"kind": content}.


def _encode(value: Any, where: tuple[str, ...], arrays: Arrays) -> Any:
    """`value` as JSON; its tensors go into `arrays`, named by their place."""
    if len(where) > DEEPEST:
        raise ValueError(f"nn.save: nested deeper than {DEEPEST} levels: does {'.'.join(where[:3])} contain itself?")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": str(float(value))}
    if isinstance(value, list | tuple):
        items = [_encode(item, (*where, str(i)), arrays) for i, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, Mapping):
        for key in value:
            if not (key is None or isinstance(key, str | int | float)):
                raise TypeError(f"nn.save: {_place(where)} has the key {key!r:.80}, expected a string or a number")
        return {"dict": [[_encode(k, where, arrays), _encode(v, (*where, str(k)), arrays)] for k, v in value.items()]}
    if isinstance(value, Tensor) or hasattr(value, "__array__"):
        name = ".".join(where) or "tensor"
        while name in arrays or name == "__metadata__":
            name += "'"
        arrays[name] = _plain(value, where)
        return {"tensor": name}
    hint = ": save its state_dict()" if hasattr(value, "state_dict") else ""
    raise TypeError(
        f"nn.save: {_place(where)} is of type {type(value).__name__}, expected tensors, numbers, strings, bools, None, "
        f"and dicts, lists and tuples of them{hint}"
    )


def _decode(value: Any, arrays: Arrays, depth: int) -> Any:
    if not depth:
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return [_decode(item, arrays, depth - 1) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {_decode(k, arrays, 1): _decode(v, arrays, depth - 1) for k, v in content}
    if kind == "tuple":
        return tuple(_decode(item, arrays, depth - 1) for item in content)
    if kind == "float":
        return float(content)
    if kind == "tensor":
        return autograd.from_numpy(arrays[content])
    raise ValueError(f"unknown kind {kind!r:.40}")


def _place(where: tuple[str, ...]) -> str:
    return repr(".".join(where)) if where else "the object"


def _plain(value: Any, where: tuple[str, ...]) -> Array:
    """The values in C order and native byte order: safetensors 0.8.0 silently writes other orders wrongly."""
    with autograd.no_grad():
        array = np.asarray(value)
    if array.dtype.name not in DTYPES.values():
        raise TypeError(f"nn.save: {_place(where)} has dtype {array.dtype}, expected float, int or bool")
    return np.asarray(array, array.dtype.newbyteorder("="), order="C")


def _checksum(content: Array | str) -> str:
    if isinstance(content, str):
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
    digest = hashlib.blake2b(f"{content.dtype.name}{content.shape}".encode(), digest_size=16)
    digest.update(content.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()


def _read(path: str | os.PathLike[str]) -> tuple[Arrays, dict[str, str]]:
    """The tensors of a safetensors file, in the order of its header, and its metadata."""
    from safetensors import SafetensorError, safe_open

    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise FileError(f"{path}: {'a folder' if stat.S_ISDIR(mode) else 'not a regular file'}, expected a file")
    try:
        with safe_open(path, "np", backend="pread") as file:
            arrays: Arrays = {name: file.get_tensor(name) for name in tensor_names(path)}
            metadata = file.metadata() or {}
    except SafetensorError as error:
        raise FileError(f"{path}: {explain(path, error)}") from None
    except ValueError as error:  # of tensor_names, or of NumPy
        raise FileError(f"{path}: {error}") from None
    for name, array in arrays.items():
        if array.dtype == np.bool_ and array.view(np.uint8).max(initial=0) > 1:
            raise FileError(f"{path}: tensor {name!r:.80} of dtype BOOL holds bytes other than 0 and 1")
    return arrays, metadata


def _write(arrays: Arrays, metadata: dict[str, str], path: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(arrays, path, metadata)
    except SafetensorError as error:
        raise FileError(f"{path.parent}: the file could not be written: {error}") from None


def _sync(folder: Path) -> None:
    """Make sure that a rename in `folder` survives a crash, on systems where a folder can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
