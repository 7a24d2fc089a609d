"""`torch.onnx`: a model is exported by `nn.interop.to_onnx`."""

import typing as _typing

from ... import layout_lookup as _lookup
from ...torch_onnx import OperatorExportTypes, TrainingMode, export, is_in_onnx_export

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
