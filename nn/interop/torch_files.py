"""`torch.save` and `torch.load`, with PyTorch's arguments: files of its own format."""

from __future__ import annotations

import os
from typing import IO, Any

from .noted import note
from .pt_reader import load_pt
from .pt_writer import save_pt

File = str | os.PathLike[str] | IO[bytes]


def save(obj: Any, f: File, pickle_module: Any = None, pickle_protocol: int = 2) -> None:
    """Write tensors, plain values and containers of them so that PyTorch can load them; see `nn.interop.save_pt`.

    `pickle_protocol` has no effect, it is always 2. Raises TypeError for a `pickle_module`, for a whole module, whose
    `state_dict()` is to be saved, and for anything else that is no plain value.
    """
    _own_pickle(pickle_module)
    save_pt(obj, f)


def load(
    f: File,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
) -> Any:
    """What `torch.save` wrote; see `nn.interop.load_pt`. Nothing in the file can run, so `weights_only` is always on.

    `mmap` has no effect. Raises TypeError for a `pickle_module`, FileError for a damaged file and one that holds more
    than plain values.
    """
    _own_pickle(pickle_module)
    if weights_only is False:
        note("torch.load(weights_only=False) builds no other objects: only tensors and plain values are read")
    return load_pt(f, map_location)


def _own_pickle(module: Any) -> None:
    if module is not None:
        raise TypeError(f"pickle_module is not supported, given {module!r}: nothing here is pickled, leave it out")
