"""Where a tensor is: always on the CPU. Other devices can be named, as PyTorch's programs do, but hold no tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KINDS = (
    *("cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy"),
    *("vulkan", "mps", "meta", "hpu", "mtia", "privateuseone"),
)
_mapped = [False]


def map_to_cpu(wanted: bool = True) -> None:
    """From now on every device named is the CPU: "cuda" makes device(type='cpu'). `wanted=False` ends it."""
    _mapped[0] = wanted


@dataclass(frozen=True, init=False, repr=False)
class device:
    """The name of a device: `device("cpu")`, `device("cuda:0")`, `device("cuda", 0)`. Names can be compared and hashed.

    A number alone is that of an accelerator. In a `with` block the device must be the CPU, and changes nothing.

    Raises RuntimeError for a string that names no device, and for a number; TypeError for anything else.
    """

    type: str
    index: int | None

    def __init__(self, type: str | device | int, index: int | None = None) -> None:
        kind, number = _named(type, index)
        object.__setattr__(self, "type", "cpu" if _mapped[0] else kind)
        object.__setattr__(self, "index", None if _mapped[0] else number)

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"

    def __enter__(self) -> device:
        require_cpu(self)
        return self

    def __exit__(self, *exception: object) -> None:
        pass


def _named(given: Any, index: int | None) -> tuple[str, int | None]:
    if isinstance(given, device):
        return given.type, given.index
    if isinstance(given, int) and not isinstance(given, bool):
        if _mapped[0]:
            return "cpu", None
        raise RuntimeError("Cannot access accelerator device when none is available: every tensor is on the 'cpu'")
    if not isinstance(given, str):
        raise TypeError(f"device() expected the name of a device, such as 'cpu', got {type(given).__name__} {given!r}")
    kind, colon, number = given.partition(":")
    if not given:
        raise RuntimeError("Device string must not be empty")
    if kind not in KINDS:
        raise RuntimeError(f"Expected one of {', '.join(KINDS)} device type at start of device string: {kind}")
    if colon and not number.isdecimal():
        raise RuntimeError(f"Invalid device string: {given!r}")
    if colon and index is not None:
        raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {given}")
    return kind, int(number) if colon else index


DeviceLike = device | str | int | None
CPU = device("cpu")


def require_cpu(place: DeviceLike) -> None:
    """Raise what PyTorch raises on a machine without accelerators, unless `place` is None or names the CPU.

    That is AssertionError for "cuda", NotImplementedError for other devices, and what `device` raises.
    """
    if place is None or (kind := device(place).type) == "cpu":
        return
    cure = "every tensor is on the 'cpu', and autograd.map_to_cpu() makes this device mean it"
    if kind == "cuda":
        raise AssertionError(f"Torch not compiled with CUDA enabled: {cure}")
    raise NotImplementedError(f"Could not put a tensor on the device '{place}': {cure}")
