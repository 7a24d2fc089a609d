"""`DataLoader`, which notes the arguments that have no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nn import data

from .noted import note

if TYPE_CHECKING:
    DataLoader = data.DataLoader
else:

    class DataLoader(data.DataLoader):
        __doc__ = data.DataLoader.__doc__

        def __init__(self, dataset: Any, *args: Any, **options: Any) -> None:
            super().__init__(dataset, *args, **options)
            if getattr(self, "pin_memory", False):
                note("DataLoader(pin_memory=True) has no effect: there is no other memory to copy to")

        __init__.__wrapped__ = data.DataLoader.__init__  # what `inspect.signature` shows
