"""Files as `torch.save` writes them: a zip archive of a pickle and of the bytes of every tensor.

The pickle is written opcode by opcode, because it names things that only PyTorch can import.
"""

from __future__ import annotations

import io
import math
import os
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pickle import encode_long
from typing import IO, Any

import numpy as np

import autograd
from autograd import Tensor

from ..files import replacing
from ..parameter import Parameter

DEEPEST = 64
ALIGNMENT = 64  # of the bytes of a tensor within the file, so that PyTorch can map them
STORAGES = {
    "float64": "DoubleStorage", "float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage",
    "int32": "IntStorage", "int16": "ShortStorage", "int8": "CharStorage", "uint8": "ByteStorage",
    "bool": "BoolStorage", "bfloat16": "BFloat16Storage",
}  # fmt: skip

Array = np.ndarray[Any, Any]


def save_pt(obj: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    """Write `obj` to the file `f` so that `torch.load(f)` reads it, with `weights_only` too.

    It holds tensors, parameters, numbers, strings, bytes, None, dtypes, and dicts, lists, tuples and sets of them; and
    NumPy arrays, which PyTorch reads only with `weights_only=False`. `f` is a path, or a file open for writing in
    binary; at a path the file appears when it is complete. A tensor that stands in several places is written once.

    Raises TypeError for anything else, naming its place, among it a whole module: save its `state_dict()`; ValueError
    for an object that contains itself.
    """
    writer = _Writer()
    writer.write(obj, ())
    if isinstance(f, str | os.PathLike):
        with replacing(f) as beside, open(beside, "wb") as file:
            writer.archive(file, os.path.splitext(os.path.basename(f))[0])
    else:
        writer.archive(f, "archive")


class _Writer:
    """The pickle so far, and the arrays that it refers to."""

    def __init__(self) -> None:
        self.pickle = io.BytesIO()
        self.put(b"\x80\x02")
        self.arrays: dict[Any, Array] = {}
        self.keys: dict[Any, str] = {}

    def archive(self, file: IO[bytes], name: str) -> None:
        parts: dict[str, Any] = {
            "data.pkl": self.pickle.getvalue() + b".", ".format_version": b"1", ".storage_alignment": b"64",
            "byteorder": b"little",
        }  # fmt: skip
        parts |= {f"data/{i}": array for i, array in enumerate(self.arrays.values())}
        with zipfile.ZipFile(file, "w") as archive:
            for part, content in {**parts, "version": b"3\n"}.items():
                info = zipfile.ZipInfo(f"{name}/{part}")
                padding = -(archive.start_dir + 34 + len(info.filename.encode())) % ALIGNMENT
                info.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
                data = content.reshape(-1).view(np.uint8).data if isinstance(content, np.ndarray) else content
                archive.writestr(info, data)

    def put(self, *parts: bytes) -> None:
        for part in parts:
            self.pickle.write(part)

    def call(self, function: str, args: Iterable[Callable[[], None]]) -> None:
        """The result of a function, given by module and name, of arguments that are each written by a function."""
        module, name = function.rsplit(".", 1)
        self.put(f"c{module}\n{name}\n(".encode())
        for write in args:
            write()
        self.put(b"tR")

    def write(self, value: Any, where: tuple[str, ...]) -> None:
        if len(where) > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} levels: does {'.'.join(where[:3])} contain itself?")
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool):
            self.put({None: b"N", True: b"\x88", False: b"\x89"}[value])
        elif isinstance(value, int):
            self.integer(value)
        elif isinstance(value, float):
            self.put(b"G", struct.pack(">d", value))
        elif isinstance(value, str):
            encoded = value.encode("utf-8", "surrogatepass")
            self.put(b"X", struct.pack("<I", len(encoded)), encoded)
        elif isinstance(value, bytes):
            self.call("_codecs.encode", [self.value(value.decode("latin1")), self.value("latin1")])
        elif isinstance(value, autograd.Size):
            self.call("torch.Size", [self.value(tuple(value))])
        elif isinstance(value, list | tuple):
            self.put(b"](" if isinstance(value, list) else b"(")
            for i, item in enumerate(value):
                self.write(item, (*where, str(i)))
            self.put(b"e" if isinstance(value, list) else b"t")
        elif isinstance(value, set):
            self.call("__builtin__.set", [self.value(sorted(value, key=repr))])
        elif isinstance(value, Mapping):
            self.mapping(value, where)
        elif isinstance(value, Tensor):
            self.tensor(value, where)
        elif isinstance(value, np.ndarray):
            self.array(value, where)
        elif isinstance(value, autograd.dtype):
            self.put(f"ctorch\n{value.name}\n".encode())
        elif isinstance(value, autograd.device):
            self.call("torch.device", [self.value(str(value))])
        else:
            self.refuse(value, where)

    def refuse(self, value: Any, where: tuple[str, ...]) -> None:
        place, kind = ".".join(where) or "the object", type(value).__name__
        cure = "save its state_dict()" if hasattr(value, "state_dict") else (
            "expected tensors, numbers, strings, and dicts, lists, tuples and sets of them"
        )  # fmt: skip
        raise TypeError(f"cannot save {place} of type {kind}, because reading it back would run code: {cure}")

    def value(self, value: Any) -> Callable[[], None]:
        return partial(self.write, value, ())

    def integer(self, value: int) -> None:
        if -(2**31) <= value < 2**31:
            self.put(b"J", struct.pack("<i", value))
        else:
            encoded = encode_long(value)
            if len(encoded) > 255:
                raise ValueError("an integer of more than 255 bytes")
            self.put(b"\x8a", bytes([len(encoded)]), encoded)

    def mapping(self, value: Mapping[Any, Any], where: tuple[str, ...]) -> None:
        if isinstance(value, OrderedDict):
            self.call("collections.OrderedDict", [])
        else:
            self.put(b"}")
        self.put(b"(")
        for key, item in value.items():
            self.write(key, (*where, "a key"))
            self.write(item, (*where, str(key)))
        self.put(b"u")

    def tensor(self, value: Tensor, where: tuple[str, ...]) -> None:
        if isinstance(value, Parameter):
            inside = partial(self.storage, value, where, False)
            self.call("torch._utils._rebuild_parameter", [inside, self.value(value.requires_grad), self.no_hooks])
        else:
            self.storage(value, where, value.requires_grad)

    def no_hooks(self) -> None:
        self.call("collections.OrderedDict", [])

    def storage(self, value: Tensor, where: tuple[str, ...], requires_grad: bool) -> None:
        array = value.detach().numpy()
        if array.dtype.name not in STORAGES:
            raise TypeError(f"cannot save {'.'.join(where) or 'a tensor'} of dtype {array.dtype}")
        place = array.__array_interface__["data"][0], array.dtype, array.shape, array.strides
        if place not in self.arrays:
            self.arrays[place] = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
            self.keys[place] = str(len(self.keys))
        strides = tuple([math.prod(array.shape[i + 1 :]) for i in range(array.ndim)])

        def location() -> None:
            self.put(b"(")
            self.write("storage", ())
            self.put(f"ctorch\n{STORAGES[array.dtype.name]}\n".encode())
            for part in (self.keys[place], "cpu", array.size):
                self.write(part, ())
            self.put(b"tQ")

        rest = map(self.value, (0, array.shape, strides, requires_grad))
        self.call("torch._utils._rebuild_tensor_v2", [location, *rest, self.no_hooks])

    def array(self, value: Array, where: tuple[str, ...]) -> None:
        if value.dtype.kind not in "biuf":
            self.refuse(value, where)
        start = partial(self.put, b"cnumpy\nndarray\n"), self.value((0,)), self.value(b"b")
        self.call("numpy._core.multiarray._reconstruct", start)
        kind = value.dtype.newbyteorder("<")
        self.put(b"(")
        self.write(1, ())
        self.write(value.shape, ())
        self.call("numpy.dtype", map(self.value, (kind.str[1:], False, True)))
        order = "|" if kind.itemsize == 1 else "<"
        self.write((3, order, None, None, None, -1, -1, 0), ())
        self.put(b"b")
        self.write(False, ())
        self.write(np.asarray(value, kind, order="C").tobytes(), ())
        self.put(b"tb")
