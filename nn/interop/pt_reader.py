"""Files that `torch.save` wrote, read by a machine that can build nothing but tensors and plain containers.

Such a file is a zip archive with a pickle in it. Python's own unpickler would call whatever the pickle names. This one
knows the opcodes that data are made of, and the few functions in `BUILDERS`.
"""

from __future__ import annotations

import os
import pickletools
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any

import numpy as np

import autograd
from autograd import Tensor

from ..parameter import Parameter
from ..safetensors_header import FileError
from .pt_writer import STORAGES

DTYPES = {storage: autograd.dtype(name) for name, storage in STORAGES.items()}
WORST = 64  # dimensions, as many as NumPy has

Array = np.ndarray[Any, Any]


def load_pt(f: str | os.PathLike[str] | IO[bytes], map_location: Any = None) -> Any:
    """What `torch.save`, or `save_pt`, wrote to `f`: a path, or a file open for reading in binary.

    Nothing in the file can run, whatever it holds: only tensors, parameters, NumPy arrays, numbers, strings, dtypes,
    and dicts, lists, tuples and sets are built, and no more memory is taken than the file is long. Tensors that shared
    their memory share it again. With any `map_location` tensors that were on another device come to the CPU.

    Raises FileError, a ValueError that says what is wrong, for any other content: for a whole pickled module as well,
    of which only the `state_dict()` can be loaded; RuntimeError for tensors of another device without `map_location`;
    FileNotFoundError if there is no such file.
    """
    name = str(f) if isinstance(f, str | os.PathLike) else "the file"
    try:
        with zipfile.ZipFile(f) as archive:
            return _Reader(archive, map_location).read()
    except zipfile.BadZipFile:
        raise FileError(f"{name}: {_what_it_is(f)}") from None
    except FileError as error:
        raise FileError(f"{name}: {error}") from None
    except (ValueError, TypeError, LookupError, EOFError, OverflowError, NotImplementedError, OSError) as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
            raise
        raise FileError(f"{name}: damaged, or not what torch.save writes ({type(error).__name__}: {error})") from None


def _what_it_is(f: Any) -> str:
    """What to say of a file that is no zip archive."""
    start = b""
    if isinstance(f, str | os.PathLike):
        with open(f, "rb") as file:
            start = file.read(9)
    if start[:1] == b"\x80":
        return (
            "a pickle, or PyTorch's format before 1.6, which cannot be read without running code: load it in PyTorch, "
            "and save the state_dict() anew"
        )
    if start[8:] == b"{":
        return "a safetensors file, which torch.save has not written: load it with nn.load(path)"
    return "damaged, or not a file that torch.save wrote: it is no zip archive"


class _Named:
    """What a pickle names, by module and name."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Dtype:
    """A NumPy dtype; its state tells the order of its bytes."""

    def __init__(self, code: str) -> None:
        self.code = code


class _Array:
    """A NumPy array, before its state tells everything about it."""


class _Reader:
    """One archive: its entries, and the storages that have been read."""

    def __init__(self, archive: zipfile.ZipFile, map_location: Any) -> None:
        self.archive, self.map_location = archive, map_location
        entries = archive.infolist()
        self.entries = {entry.filename: entry for entry in entries}
        if len(self.entries) < len(entries) or sum(entry.file_size for entry in entries) > _size(archive.fp):
            raise FileError("damaged, or made to exhaust the memory: its entries overlap")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise FileError("compressed, which torch.save never does")
        pickles = [name for name in self.entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise FileError("no file of torch.save: a zip archive without data.pkl")
        self.root = pickles[0].removesuffix("data.pkl")
        if f"{self.root}constants.pkl" in self.entries:
            raise FileError("a TorchScript archive, which holds code: save the state_dict() instead")
        order = self.content("byteorder") if f"{self.root}byteorder" in self.entries else b"little"
        self.swapped = {b"little": False, b"big": True}[order]
        self.storages: dict[str, Array] = {}
        self.left = self.entries[pickles[0]].file_size  # how many items may still be copied

    def content(self, name: str) -> bytes:
        return self.archive.read(self.entries[self.root + name])

    def read(self) -> Any:
        """Run the pickle on a stack."""
        stack: list[Any] = []
        marks: list[list[Any]] = []
        memo: dict[int, Any] = {}
        arg: Any
        for opcode, arg, _ in pickletools.genops(self.content("data.pkl")):
            name = opcode.name
            if name in PUSHED:
                stack.append(arg)
            elif name in CONSTANTS:
                stack.append(CONSTANTS[name]())
            elif name == "MARK":
                marks.append(stack)
                stack = []
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[arg])
            elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
                memo[len(memo) if arg is None else arg] = stack[-1]
            elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
                n = int(name[-1])
                items = [stack.pop() for _ in range(n)]
                stack.append(tuple(reversed(items)))
            elif name in ("TUPLE", "APPENDS", "SETITEMS", "ADDITEMS"):
                items, stack = stack, marks.pop()
                stack = _joined(name, stack, items)
            elif name in ("APPEND", "SETITEM"):
                n = 1 if name == "APPEND" else 2
                items = stack[-n:]
                del stack[-n:]
                stack = _joined(f"{name}S", stack, items)
            elif name == "GLOBAL":
                stack.append(_named(arg.replace(" ", ".")))
            elif name == "STACK_GLOBAL":
                module, qualified = stack.pop(-2), stack.pop()
                stack.append(_named(f"{module}.{qualified}"))
            elif name == "REDUCE":
                args, function = stack.pop(), stack.pop()
                stack.append(self.build(function, args))
            elif name == "BINPERSID":
                stack.append(self.storage(*stack.pop()))
            elif name == "BUILD":
                state = stack.pop()
                stack.append(self.completed(stack.pop(), state))
            elif name == "STOP":
                return stack.pop()
            elif name not in ("PROTO", "FRAME"):
                raise FileError(f"refused: the pickle holds {name}, which data are not made of")
        raise FileError("damaged: the pickle has no end")

    def build(self, function: Any, args: Any) -> Any:
        """What a function of the table makes of its arguments."""
        if not isinstance(function, _Named) or function.name not in BUILDERS or not isinstance(args, tuple):
            raise FileError(f"refused: the pickle calls {getattr(function, 'name', type(function).__name__)!r:.80}")
        self.left -= sum(len(arg) for arg in args if isinstance(arg, list | tuple | str | bytes))
        if self.left < 0:
            raise FileError("refused: made to exhaust the memory")
        return BUILDERS[function.name](*args)

    def completed(self, made: Any, state: Any) -> Any:
        """What was made, with the state that the pickle gives it afterwards; that of a dict is left out."""
        if isinstance(made, _Array):
            _, shape, kind, fortran, content = state
            return _numbers(bytearray(content), np.dtype(kind.code)).reshape(shape, order="F" if fortran else "C")
        if isinstance(made, _Dtype):
            made.code = f"{state[1].replace('|', '')}{made.code}"
        elif not isinstance(made, dict):
            raise FileError(f"refused: the pickle sets attributes of {type(made).__name__}")
        return made

    def storage(self, word: str, kind: Any, key: str, location: str, numel: int, *view: Any) -> Array:
        """The numbers of a storage; the same array each time."""
        if word != "storage" or not isinstance(kind, _Named):
            raise FileError("damaged: a tensor without storage")
        name = kind.name.removeprefix("torch.")
        if name not in DTYPES:
            raise FileError(f"refused: tensors of {kind.name}: in PyTorch, convert them to float32 before saving")
        if location != "cpu" and self.map_location is None:
            raise RuntimeError(
                f"Attempting to deserialize object on {location!r:.20}, but tensors live on the CPU here. Please use "
                "torch.load with map_location=torch.device('cpu') to map your storages to the CPU."
            )
        if key not in self.storages:
            dtype = np.dtype(DTYPES[name])
            content = bytearray(self.content(f"data/{key}"))
            if len(content) != numel * dtype.itemsize:
                raise FileError(f"damaged: storage {key} holds {len(content)} bytes, expected {numel} {dtype}")
            kind = dtype.newbyteorder(">") if self.swapped else dtype
            self.storages[key] = _numbers(content, kind).astype(dtype, copy=False)
        return self.storages[key]


def _joined(name: str, stack: list[Any], items: list[Any]) -> list[Any]:
    """The stack after `items` have become a tuple on it, or part of the container on top of it."""
    if name == "TUPLE":
        stack.append(tuple(items))
        return stack
    top = stack[-1]
    if name == "APPENDS" and type(top) is list:
        top.extend(items)
    elif name == "SETITEMS" and isinstance(top, dict) and len(items) % 2 == 0:
        top.update(zip(items[::2], items[1::2], strict=True))
    elif name == "ADDITEMS" and type(top) is set:
        top.update(items)
    else:
        raise FileError(f"refused: the pickle adds items to {type(top).__name__}")
    return stack


def _named(name: str) -> Any:
    """What the table has under a name. Raises FileError for what is not in it."""
    name = name.replace("numpy.core.", "numpy._core.").replace("__builtin__.", "builtins.")
    if name in CONSTANT_NAMES:
        return CONSTANT_NAMES[name]
    if name in BUILDERS or name in NAMES_ONLY or name.removeprefix("torch.").endswith("Storage"):
        return _Named(name)
    raise FileError(
        f"holds {name!r:.80}, an object of a class or a function, and to build it would mean to run code. Of a whole "
        "module save the state_dict() in PyTorch, torch.save(model.state_dict(), path); then "
        "model.load_state_dict(torch.load(path))"
    )


def _tensor(storage: Array, offset: int, size: Any, stride: Any, requires_grad: bool = False, *_: Any) -> Tensor:
    """A tensor that shows part of a storage."""
    if not isinstance(storage, np.ndarray):
        raise FileError("damaged: a tensor of what is no storage")
    numbers = (offset, *size, *stride)
    if not all(type(n) is int and n >= 0 for n in numbers) or len(size) != len(stride) or len(size) > WORST:
        raise FileError(f"damaged: a tensor of size {size!r:.60}, stride {stride!r:.60}, offset {offset!r:.20}")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if 0 not in size and last >= storage.size:
        raise FileError(f"damaged: a tensor of size {size} reaches beyond its storage of {storage.size} numbers")
    steps = tuple([step * storage.itemsize for step in stride])
    tensor = autograd.from_numpy(np.lib.stride_tricks.as_strided(storage[offset:], size, steps))
    return tensor.requires_grad_() if requires_grad is True else tensor


def _parameter(data: Tensor, requires_grad: bool, *_: Any) -> Parameter:
    if not isinstance(data, Tensor):
        raise FileError("damaged: a parameter that is no tensor")
    return Parameter(data, requires_grad is True)


def _bytes(text: str, encoding: str) -> bytes:
    return text.encode("latin1" if encoding == "latin1" else "utf-8")


def _bytearray(content: bytes) -> bytearray:
    if not isinstance(content, bytes):
        raise FileError("damaged: a bytearray of what are no bytes")  # of a number it would be as many zeros
    return bytearray(content)


def _device(*given: Any) -> autograd.device:
    try:
        return autograd.device(*given)
    except RuntimeError as error:
        raise FileError(f"damaged: {error}") from None


def _dtype(code: str, *_: Any) -> _Dtype:
    """A dtype of numbers, without fields or objects."""
    if np.dtype(code).kind not in "biuf":
        raise FileError(f"refused: a NumPy array of dtype {code!r:.20}")
    return _Dtype(code)


def _numbers(content: bytes | bytearray, dtype: np.dtype[Any]) -> Array:
    if dtype == np.bool_ and max(content, default=0) > 1:
        raise FileError("damaged: bools with bytes other than 0 and 1")
    return np.frombuffer(content, dtype)


BUILDERS: dict[str, Callable[..., Any]] = {
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch._utils._rebuild_parameter_with_state": _parameter,
    "torch.Size": autograd.Size,
    "torch.device": _device,
    "collections.OrderedDict": lambda: OrderedDict(),  # of no arguments: the items come afterwards
    "builtins.set": set,
    "builtins.bytearray": _bytearray,
    "_codecs.encode": _bytes,
    "numpy._core.multiarray._reconstruct": lambda *_: _Array(),
    "numpy._core.multiarray.scalar": lambda kind, content: _numbers(content, np.dtype(kind.code))[0],
    "numpy.dtype": _dtype,
}
NAMES_ONLY = {"numpy.ndarray"}
CONSTANT_NAMES = {f"torch.{name}": autograd.dtype(name) for name in (*STORAGES, "complex64", "complex128")}
PUSHED = {
    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}  # fmt: skip
CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_TUPLE": tuple, "EMPTY_LIST": list,
    "EMPTY_DICT": dict, "EMPTY_SET": set,
}  # fmt: skip


def _size(file: Any) -> int:
    """The number of bytes of an open file."""
    place = file.tell()
    end: int = file.seek(0, os.SEEK_END)
    file.seek(place)
    return end
