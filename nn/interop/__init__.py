"""To and from other libraries."""

from autograd import Comparison

from .step_comparison import compare
from .torch_models import from_torch, to_torch

__all__ = ["Comparison", "compare", "from_torch", "to_torch"]
