"""For every test: torch on one thread, so that the oracle does not crowd out its neighbours; no clock in a property."""

import torch
from hypothesis import settings

torch.set_num_threads(1)
settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
