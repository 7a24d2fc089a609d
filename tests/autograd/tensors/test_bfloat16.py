"""bfloat16 is a dtype like the others: made, printed, converted, compared, copied and exchanged as in torch."""

import copy
import pickle
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
import torch

import autograd
import nn
from nn.interop import from_torch, to_torch
from tests.oracle import OURS, TORCH, array, attempt, outputs_of

B = np.dtype(ml_dtypes.bfloat16)
VALUES = [[1.0, -2.5, 3.0], [0.1, 300.7, -0.0]]
CALLS = {
    "tensor": lambda m, x: m.tensor([1, 2.7, True], dtype=m.bfloat16),
    "beyond its range": lambda m, x: m.tensor([1e39, -1e39], dtype=m.bfloat16),
    "zeros and their like": lambda m, x: (m.zeros(2, dtype=m.bfloat16), m.ones_like(x), m.full_like(x, 1.7)),
    "full": lambda m, x: (m.full((2,), 1.7, dtype=m.bfloat16), m.eye(2, dtype=m.bfloat16)),
    "sequences": lambda m, x: (m.arange(5, dtype=m.bfloat16), m.linspace(0, 1, 7, dtype=m.bfloat16)),
    "new ones": lambda m, x: (x.new_zeros(2), x.new_tensor([1.5]), x.new_full((1,), 2)),
    "a number that is rounded first": lambda m, x: (x + 257, x - 257, 257 - x, x.fmod(2.01), x.clamp(max=1.001)),
    "a number that is not": lambda m, x: (x * 257, x / 257, x * m.tensor(257.0)),
    "compared with numbers": lambda m, x: (x == 1.001, x < 257, x >= 0.1, x != 300.7, x == True),  # noqa: E712
    "compared with tensors": lambda m, x: (x == x.float(), x > x.long(), m.tensor(m.equal(x, x)), x.isclose(x + 1e-3)),
    "NaN compared": lambda m, x: (x / 0 > 1, x / 0 == x / 0, (x - x) / 0 < 1, ((x - x) / 0).isnan()),
    "with another dtype": lambda m, x: (x + x.half(), x + x.double(), x + x.long(), x + m.tensor(1.5).double()),
    "products of two dtypes": lambda m, x: x @ x.float().T,
    "an index": lambda m, x: (x[1], x[:, ::2], x[x > 0], x[m.tensor([1, 0])], x[0, 0]),
    "written to": lambda m, x: (x.__setitem__((0, 0), 2.01), x.mul_(3), x.add_(x.double()), x.copy_(x.long()), x)[1:],
    "written to integers": lambda m, x: x.long().add_(x),
    "views": lambda m, x: (x.T, x.reshape(-1)[1:], x.expand(2, 2, 3), x.unfold(1, 2, 1)),
    "sorted": lambda m, x: (*x.sort(), x.argsort(), *x.topk(2), x.argmax(), x.median(), *x.kthvalue(2)),
    "NaN sorted": lambda m, x: (x.sqrt().sort().values, x.sqrt().max(), x.sqrt().argmax(), x.sqrt().topk(2).values),
    "joined": lambda m, x: (m.cat([x, x]), m.cat([x, x.half()]), m.stack([x, x]), m.where(x > 0, x, 2.01)),
    "to Python": lambda m, x: m.tensor([x[0, 1].item(), float(x[1, 0]), *x.tolist()[1]], dtype=m.float64),
    "nan_to_num": lambda m, x: m.nan_to_num(m.tensor([np.nan, np.inf, -np.inf], dtype=m.bfloat16)),
    "nan_to_num of float16": lambda m, x: m.nan_to_num(m.tensor([np.nan, np.inf, -np.inf], dtype=m.float16)),
    "ldexp": lambda m, x: (m.ldexp(x, m.tensor([1, 2, 3])), m.ldexp(x.half(), m.tensor([1, 2, 3]))),
    "unique": lambda m, x: m.unique(x.round()),
    "a long sum": lambda m, x: (m.ones(5000, dtype=m.bfloat16).sum(), m.full((5000,), 1.0).bfloat16().mean()),
    "a sum in another dtype": lambda m, x: (x.sum(dtype=m.float64), x.long().sum(dtype=m.bfloat16)),
    "out": lambda m, x: m.add(x, x, out=m.zeros(2, 3, dtype=m.bfloat16)),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_is_what_torch_gives(name):
    def call(m, fn, *_):
        return outputs_of(fn(m, m.tensor(VALUES, dtype=m.bfloat16)))

    ours, theirs = [attempt(call, m, CALLS[name], []) for m in (OURS, TORCH)]
    if isinstance(theirs, Exception):
        assert isinstance(ours, type(theirs))
        return
    if isinstance(ours, Exception):
        raise ours
    for mine, other in zip(map(array, ours), map(array, theirs), strict=True):
        assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
        np.testing.assert_allclose(mine.astype(np.float64), other.astype(np.float64), rtol=8e-3)


@pytest.mark.parametrize("values", [VALUES, [1.0, 2.0], [1e-9, 1e5], [float("nan"), 1e38], 1.7, [[]]], ids=repr)
def test_it_prints_as_in_torch(values):
    ours, theirs = (m.tensor(values, dtype=m.bfloat16) for m in (autograd, torch))
    assert repr(ours) == repr(theirs).replace("torch.", "")
    assert ours.type() == theirs.type() == "torch.BFloat16Tensor"


def test_it_can_be_the_default():
    autograd.set_default_dtype(autograd.bfloat16)
    try:
        made = [autograd.tensor(1.5), autograd.zeros(2), autograd.randn(2), nn.Linear(2, 2).weight]
        assert {x.dtype for x in made} == {B}
    finally:
        autograd.set_default_dtype(autograd.float32)


def test_it_is_drawn():
    autograd.manual_seed(0)
    for draw in (autograd.randn, autograd.rand):
        assert draw(3, dtype=autograd.bfloat16).dtype == B
    x = autograd.zeros(1000, dtype=autograd.bfloat16)
    assert abs(x.normal_(2, 0.5).float().mean().item() - 2) < 0.1
    assert x.random_().max().item() <= 2**8


def test_copies_keep_values_gradients_and_dtype():
    x = autograd.tensor(VALUES, dtype=autograd.bfloat16, requires_grad=True)
    (x * x).sum().backward()
    for back in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert back.dtype == back.grad.dtype == B
        assert back.tolist() == x.tolist()
        assert back.grad.tolist() == x.grad.tolist()


def test_arrays_of_ml_dtypes_are_tensors_and_tensors_such_arrays():
    values = np.array(VALUES, B)
    x = autograd.from_numpy(values)
    x[0, 0] = 7
    assert values[0, 0] == 7
    assert np.shares_memory(x.numpy(), values)
    assert np.asarray(x).dtype == (x * values).dtype == np.exp(x).dtype == B


def test_the_dtype_is_equal_to_its_own_alone():
    x = autograd.zeros(1, dtype=autograd.bfloat16)
    assert x.dtype == autograd.bfloat16 == x.dtype
    assert hash(autograd.bfloat16) == hash(x.dtype)
    assert autograd.bfloat16 not in (autograd.float16, np.dtype("f4"), autograd.dtype("float32"))
    assert pickle.loads(pickle.dumps(autograd.bfloat16)) is autograd.bfloat16


def test_a_gradient_has_the_dtype_of_its_tensor_whatever_is_on_the_way():
    x = autograd.tensor(VALUES, dtype=autograd.bfloat16, requires_grad=True)
    w = autograd.ones(3, 2, requires_grad=True)
    (x.float() @ w).bfloat16().softmax(1).sum().backward()
    assert (x.grad.dtype, w.grad.dtype) == (B, np.float32)


def test_gradients_of_gradients_are_recorded_in_16_bits_as_in_torch():
    def second(m):
        x = m.tensor([0.3, -1.2, 2.0], dtype=m.bfloat16, requires_grad=True)
        (g,) = m.autograd.grad((x.tanh() * x).sum(), x, create_graph=True) if m is torch else m.grad(
            (x.tanh() * x).sum(), x, create_graph=True)
        g.square().sum().backward()
        return array(g), array(x.grad)

    for ours, theirs in zip(second(autograd), second(torch), strict=True):
        assert ours.dtype == theirs.dtype == B
        np.testing.assert_allclose(ours.astype(float), theirs.astype(float), rtol=3e-2)


def test_a_custom_function_is_given_what_it_saved():
    class Double(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            assert g.dtype == ctx.saved_tensors[0].dtype == B
            return g * 2

    x = autograd.tensor([1.5], dtype=autograd.bfloat16, requires_grad=True)
    Double.apply(x).sum().backward()
    assert x.grad.tolist() == [2]


def test_networks_and_tensors_go_to_torch_and_back():
    model = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4)).bfloat16()
    twin = to_torch(model)
    assert twin[0].weight.dtype is torch.bfloat16
    assert autograd.equal(from_torch(twin)[0].weight, model[0].weight)
    fresh = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4)).bfloat16()
    fresh.load_state_dict(twin.state_dict())
    assert autograd.equal(fresh[0].weight, model[0].weight)
    assert autograd.tensor(torch.ones(2).bfloat16()).dtype == B


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_package_is_imported_when_bfloat16_is_first_asked_for():
    code = "import sys, autograd, nn; autograd.ones(2) * 2; before = 'ml_dtypes' in sys.modules; "
    code += "autograd.bfloat16.itemsize; str(autograd.bfloat16); between = 'ml_dtypes' in sys.modules; "
    code += "autograd.ones(2).bfloat16(); print(before, between, 'ml_dtypes' in sys.modules)"
    assert python(code).stdout.split() == ["False", "False", "True"]


def test_an_array_may_bring_bfloat16():
    code = "import autograd, ml_dtypes, numpy; x = autograd.from_numpy(numpy.ones(2, ml_dtypes.bfloat16)); "
    code += "print(x.is_floating_point(), (x * 2).dtype)"
    assert python(code).stdout.split() == ["True", "bfloat16"]


@pytest.mark.parametrize("use", ["autograd.ones(2).bfloat16()", "autograd.zeros(2, dtype=autograd.bfloat16)"])
def test_without_the_package_the_error_names_the_command(use):
    code = "import sys; sys.modules['ml_dtypes'] = None; import autograd; "
    code += "assert autograd.ones(1).dtype != autograd.bfloat16 and {autograd.bfloat16: 1}; "
    found = python(code + use)
    assert "ImportError: bfloat16 is a dtype of the package ml_dtypes" in found.stderr
    assert "pip install -e '.[bfloat16]'" in found.stderr
