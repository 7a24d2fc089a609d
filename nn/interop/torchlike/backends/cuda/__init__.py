"""`torch.backends.cuda`: its flags have no effect."""

import typing as _typing

from .... import layout_lookup as _lookup
from ....flags import Flags as _Flags

matmul = _Flags(
    "torch.backends.cuda.matmul",
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
)


def is_built() -> bool:
    """False."""
    return False


if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
