"""To and from other libraries."""

from autograd import Comparison

from .onnx_export import to_onnx
from .pt_reader import load_pt
from .pt_writer import save_pt
from .step_comparison import compare
from .torch_models import from_torch, to_torch

__all__ = ["Comparison", "compare", "from_torch", "load_pt", "save_pt", "to_onnx", "to_torch"]
