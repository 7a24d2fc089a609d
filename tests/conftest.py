"""torch on one thread: the oracle must not crowd out the tests that run beside it."""

import torch

torch.set_num_threads(1)
