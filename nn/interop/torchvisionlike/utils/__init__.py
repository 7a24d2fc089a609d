"""`torchvision.utils`."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...image_files import make_grid, save_image

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
