"""How many digits, elements and columns are printed: `set_printoptions`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class PrintOptions:
    """Digits after the point, elements beyond which only `edgeitems` at each end are shown, columns, exponent form."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
in_force = [PROFILES["default"]]


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """How tensors print from now on; what is None stays as it is, but for `sci_mode`, which then depends on the values.

    Args:
        precision: digits after the decimal point, 4.
        threshold: a tensor of more elements is shown in part, 1000.
        edgeitems: how many elements of it are shown at each end of a dimension, 3.
        linewidth: columns, 80.
        profile: "default"; "short", 2 digits and 2 edge items; "full", no threshold. The others come on top of it.
        sci_mode: whether numbers are printed with an exponent.

    Raises ValueError for another profile.
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"set_printoptions expected profile to be one of {', '.join(PROFILES)}, got {profile!r}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    in_force[0] = replace(PROFILES[profile] if profile else in_force[0], **changes, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """What `set_printoptions` can change, as it is."""
    return asdict(in_force[0])
