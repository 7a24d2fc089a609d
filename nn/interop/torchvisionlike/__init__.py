"""torchvision's layout of what `nn.data` has for images.

from nn.interop.torchvisionlike import datasets, transforms, utils
"""

import typing as _typing

from .. import layout_lookup as _lookup
from . import datasets, transforms, utils

__version__ = "0.28.0+chalkgrad"

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
