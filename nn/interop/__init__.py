"""To and from other libraries."""

from .step_comparison import Comparison
from .torch_models import compare, from_torch, to_torch

__all__ = ["Comparison", "compare", "from_torch", "to_torch"]
