"""PyTorch's layout of the names: every public name of this project, under the path that it has in PyTorch.

    from nn.interop import torchlike as torch
    from nn.interop.torchlike import nn, optim
    import nn.interop.torchlike.nn.functional as F

Each folder here is a module of PyTorch, and says where its names come from. Asking for a name that is not supported
raises AttributeError, with the nearest name that is. From this import on, tensors, dtypes and shapes print as PyTorch's
do.
"""

import typing as _typing

from autograd import *
from autograd import print_as_torch
from math import e, inf, nan, pi
from nn.functional import (
    batch_norm, conv2d, conv_transpose2d, dropout, embedding, hardshrink, layer_norm, prelu, selu,
)  # fmt: skip

from .. import layout_lookup as _lookup
from ..dtype_names import (
    bool, double, float, float16, float32, float64, half, int, int8, int16, int32, int64, long, short, uint8,
)  # fmt: skip
from ..torch_files import load, save
from ..torch_settings import (  # type: ignore[no-redef]  # a module is compiled itself
    are_deterministic_algorithms_enabled, compile, get_default_device, get_float32_matmul_precision, get_num_threads,
    set_default_device, set_float32_matmul_precision, set_num_threads, use_deterministic_algorithms,
)  # fmt: skip
import nn.interop.torchlike.accelerator as accelerator
import nn.interop.torchlike.amp as amp
import nn.interop.torchlike.autograd as autograd
import nn.interop.torchlike.backends as backends
import nn.interop.torchlike.cpu as cpu
import nn.interop.torchlike.cuda as cuda
import nn.interop.torchlike.func as func  # type: ignore[no-redef]
import nn.interop.torchlike.linalg as linalg  # type: ignore[no-redef]
import nn.interop.torchlike.mps as mps
import nn.interop.torchlike.nn as nn
import nn.interop.torchlike.optim as optim
import nn.interop.torchlike.profiler as profiler
import nn.interop.torchlike.utils as utils
import nn.interop.torchlike.version as version
from .amp import autocast

if _typing.TYPE_CHECKING:
    import nn.interop.torchlike.distributions as distributions  # imported when they are asked for
    import nn.interop.torchlike.testing as testing
else:
    __getattr__ = _lookup.getter(__name__)

__version__ = version.__version__
print_as_torch()
