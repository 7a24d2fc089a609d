"""Image files that cannot be read, told together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

BROKEN = ("refuse", "skip")
LISTED = 20  # files whose faults are told one by one


class BrokenImagesError(ValueError):
    """Images that cannot be read. `faults` has, for each path, what is wrong with it."""

    def __init__(self, faults: dict[Path, str]) -> None:
        self.faults = faults
        which = "this file" if len(faults) == 1 else "these files"
        super().__init__(f"expected images that can be read; replace or remove {which}:{listed(faults, LISTED)}")


def listed(faults: dict[Path, str], most: int) -> str:
    """A line for each of the first faults, and how many more there are."""
    lines = [f"{path}: {fault}" for path, fault in sorted(faults.items())]
    more = [f"and {len(lines) - most:,} more"] * (len(lines) > most)
    return "".join(f"\n    {line}" for line in lines[:most] + more)


def readable(
    paths: Iterable[Path], function: Callable[[Path], Any], faults: dict[Path, str]
) -> Iterator[tuple[Path, Any]]:
    """Each file with the result of `function`; those that cannot be read go to `faults`, with the reason."""
    for path in paths:
        try:
            found = function(path)
        except ImportError:
            raise
        except Exception as error:  # Pillow raises OSError, SyntaxError, struct.error …
            faults[path] = _reason(path, error)
        else:
            yield path, found


def check_policy(broken: str) -> None:
    """Raises ValueError for a word that says nothing of what becomes of broken images."""
    if broken not in BROKEN:
        raise ValueError(f"broken: expected {' or '.join(map(repr, BROKEN))}, given {broken!r}")


def _reason(path: Path, error: Exception) -> str:
    from PIL import UnidentifiedImageError

    try:
        if not path.stat().st_size:
            return "empty"
    except OSError as gone:
        return gone.strerror or str(gone)
    return "not an image in a known format" if isinstance(error, UnidentifiedImageError) else f"damaged ({error})"
