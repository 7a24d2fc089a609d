"""`torch.onnx.export` in PyTorch's layout takes PyTorch's arguments, and says what it does not honour."""

import inspect

import numpy as np
import onnx
import onnxruntime
import pytest
import torch as real

from nn.interop import noted
from tests.nn.interop.torchlike.layout import torchlike as torch


class Sum(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(3, 2)
        self.asked = []

    def forward(self, x, y=None):
        self.asked.append(torch.onnx.is_in_onnx_export())
        return self.layer(x) if y is None else self.layer(x) + y


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def sizes(path):
    return [[d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] for x in onnx.load(path).graph.input]


def test_its_arguments_are_pytorchs():
    ours, theirs = (inspect.signature(each.onnx.export).parameters for each in (torch, real))
    assert [(p.name, p.kind) for p in ours.values()] == [(p.name, p.kind) for p in theirs.values()]
    for p in ours.values():
        default, expected = p.default, theirs[p.name].default
        assert getattr(default, "value", default) == getattr(expected, "value", expected)
    for kind in "TrainingMode", "OperatorExportTypes":
        assert all(getattr(real.onnx, kind).__members__[x.name].value == x for x in getattr(torch.onnx, kind))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[4, 3], [4, 2]]),
        ({"dynamic_axes": {"a": {0: "n"}, "b": [0], "out": {0: "n"}}}, [["batch", 3], ["batch", 2]]),
        ({"dynamic_shapes": ({0: "n"}, {0: "n"})}, [["batch", 3], ["batch", 2]]),
        ({"dynamic_shapes": {"x": {0: "n"}, "y": ["n", None]}, "dynamo": True}, [["batch", 3], ["batch", 2]]),
        ({"dynamic_shapes": {"x": {0: "n", 1: 3}, "y": ("n", 2)}}, [["batch", 3], ["batch", 2]]),
        ({"opset_version": 20, "verify": True, "dynamo": False}, [[4, 3], [4, 2]]),
    ],
)
@pytest.mark.parametrize("by_name", [False, True])
def test_a_model_is_exported(options, expected, by_name, path):
    model, x, y = Sum(), torch.randn(4, 3), torch.randn(4, 2)
    given = {"kwargs": {"y": y}} if by_name else {}
    torch.onnx.export(model, (x,) if by_name else (x, y), path, input_names=["a", "b"], output_names=["out"], **given,
                      **options)  # fmt: skip
    assert sizes(path) == expected
    (out,) = onnxruntime.InferenceSession(path).run(["out"], {"a": x.numpy(), "b": y.numpy()})
    np.testing.assert_allclose(out, model(x, y).detach().numpy(), rtol=1e-5, atol=1e-6)
    assert set(model.asked[:-1]) == {True}
    assert not torch.onnx.is_in_onnx_export()


def test_one_tensor_need_not_be_in_a_tuple(path):
    torch.onnx.export(Sum(), torch.ones(2, 3), str(path))
    assert sizes(path) == [[2, 3]]


def test_what_has_no_effect_is_noted(path, capsys):
    noted.tell()
    capsys.readouterr()
    torch.onnx.export(Sum(), (torch.ones(2, 3),), path, report=True, optimize=False, opset_version=11)
    noted.tell()
    said = capsys.readouterr().err
    for part in "report has no effect", "optimize has no effect", "opset_version=11: the file is written in 18":
        assert f"chalkgrad: note: torch.onnx.export: {part}" in said
    assert said.count("note") == 3


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"training": torch.onnx.TrainingMode.TRAINING}, NotImplementedError, "training is not supported"),
        ({"export_params": False}, NotImplementedError, "export_params is not supported"),
        ({"f": None}, TypeError, "expected f, the path of a file"),
        ({"dynamic_axes": {"a": {0: "n", 1: "m"}}}, NotImplementedError, "one dimension of an input may vary"),
        ({"dynamic_shapes": {"z": {0: "n"}}}, ValueError, "expected the inputs"),
        ({"kwargs": {"y": 3.0}}, NotImplementedError, "y: expected tensors that can be given by position, given 3.0"),
    ],
)
def test_what_would_change_the_file_is_refused(options, error, message, path):
    given = {"args": (torch.ones(2, 3),), "f": path, "input_names": ["a"], **options}
    with pytest.raises(error, match=message):
        torch.onnx.export(Sum(), **given)
    assert not path.exists()
