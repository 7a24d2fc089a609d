"""For every test: torch on one thread, so that the oracle does not crowd out its neighbours; no clock in a property.

Tests that compare nothing with torch also run where it is not installed.
"""

from contextlib import suppress

from hypothesis import settings

with suppress(ModuleNotFoundError):
    import torch

    torch.set_num_threads(1)
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
