"""A model of 16 bits is exported with its weights in 16 bits, and computes what it does here."""

import numpy as np
import onnx
import onnxruntime
import pytest

import autograd
import nn
from nn.interop import to_onnx
from nn.interop.onnx_given import flat
from tests.nn.interop.test_onnx import Written, floats, words

NARROW = {"float16": onnx.TensorProto.FLOAT16, "bfloat16": onnx.TensorProto.BFLOAT16}
CLOSE = {"float16": 4e-3, "bfloat16": 3e-2}


def reader():
    """A transformer of words."""
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return Written(lambda model, x: model.b(model.a(x)), nn.Embedding(9, 8), layer)


def images():
    layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 3)
    return nn.Sequential(*layers)


def decisions(model, x):
    return autograd.where(x > 0, x, x * 2), x.sort(1)[0], x.argmax(1)


def two_dtypes(model, x):
    return model.a(x).float().exp(), x * autograd.ones(4), x.half() + x.bfloat16()


MODELS = {
    "MLP": (lambda: nn.MLP(4, [8, 3]), floats(2, 4)),
    "images": (images, floats(2, 1, 8, 8)),
    "LSTM": (lambda: nn.LSTM(4, 6, batch_first=True), floats(2, 5, 4)),
    "reader": (reader, words(2, 5)),
    "decisions": (lambda: Written(decisions), floats(2, 5)),
    "two dtypes": (lambda: Written(two_dtypes, nn.Linear(4, 4)), floats(2, 4)),
}


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_16_bits_computes_the_same_in_onnxruntime(name, dtype, tmp_path):
    make, sample = MODELS[name]
    kind = getattr(autograd, dtype)
    model, sample = make().to(kind), sample.to(kind) if sample.is_floating_point() else sample
    to_onnx(model, sample, tmp_path / "model.onnx")
    file = onnx.load(tmp_path / "model.onnx")
    weights = {x.name: x.data_type for x in file.graph.initializer}
    assert all(weights[name] == NARROW[dtype] for name, p in model.named_parameters() if p.is_floating_point())
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    array = sample.numpy()
    array = array.astype(np.float32) if given.type == "tensor(float)" else array
    assert given.type != "tensor(float)" or dtype == "bfloat16"
    expected = [x for _, x in flat(model.eval()(sample), "")]
    for ours, theirs in zip(expected, session.run(None, {given.name: array}), strict=True):
        wide = ours.detach().double().numpy()
        np.testing.assert_allclose(theirs.astype(np.float64), wide, CLOSE[dtype], CLOSE[dtype] * abs(wide).max())
        assert theirs.dtype == (np.float32 if ours.dtype.name == "bfloat16" else ours.dtype)


def test_the_file_is_half_as_large(tmp_path):
    model = nn.Linear(100, 100)
    to_onnx(model, autograd.ones(2, 100), tmp_path / "wide.onnx")
    to_onnx(model.half(), autograd.ones(2, 100).half(), tmp_path / "narrow.onnx")
    assert (tmp_path / "narrow.onnx").stat().st_size < 0.6 * (tmp_path / "wide.onnx").stat().st_size
