"""Files: what is saved comes back, and what is not such a file is refused in words, whoever wrote it."""

import math
import os
import tracemalloc

import ml_dtypes  # noqa: F401  NumPy knows "bfloat16" from then on
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

import autograd
import nn
from nn import optim
from tests.twins import batch

INTEGERS = [f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)]
DRAWN = ["bool", *INTEGERS, "float16", "float32", "float64"]
DTYPES = [*DRAWN, "bfloat16"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.safetensors"


def back(obj, path):
    nn.save(obj, path)
    return nn.load(path)


def same(a, b):
    """Whether two structures of tensors, numbers and strings are equal, NaN with NaN and -0.0 not with 0.0."""
    if isinstance(a, autograd.Tensor | np.ndarray):
        a, b = np.asarray(a), b.numpy()
        return (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


def trained(steps=3):
    """A network and its optimizer after a few steps."""
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
    optimizer = optim.Adam(net.parameters(), lr=1e-2)
    train(net, optimizer, steps)
    return net, optimizer


def train(net, optimizer, steps):
    x, y = batch()
    for _ in range(steps):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(net(autograd.tensor(x).float()), autograd.tensor(y)).backward()
        optimizer.step()


# -- there and back ---------------------------------------------------------------------------------------------------


def test_training_goes_on_from_a_file_bit_for_bit(path):
    net, optimizer = trained()
    nn.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, path)
    train(net, optimizer, 4)
    other, its_optimizer = trained(steps=0)
    state = nn.load(path)
    other.load_state_dict(state["net"])
    its_optimizer.load_state_dict(state["optimizer"])
    train(other, its_optimizer, 4)
    assert state["epoch"] == 3
    assert same(net.state_dict(), other.state_dict())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3)], ids=str)
def test_a_tensor_of_any_dtype_and_shape_comes_back(dtype, shape, path):
    array = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    assert same(array, back(autograd.from_numpy(array), path))


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T, np.asfortranarray, lambda a: a[::-1, ::2], lambda a: a[:, 1], lambda a: a[1:, None],
        lambda a: np.broadcast_to(a[0], (3, 4)), lambda a: a.astype(">f8"),
    ],
    ids=["transposed", "fortran", "strided", "column", "part", "broadcast", "big-endian"],
)  # fmt: skip
def test_how_an_array_lies_in_memory_does_not_matter(view, path):
    array = view(np.arange(12.0).reshape(3, 4))
    nn.save({"a": array}, path)
    np.testing.assert_array_equal(nn.load(path)["a"].numpy(), array)
    np.testing.assert_array_equal(safetensors.numpy.load_file(path)["a"], array)


NUMBERS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
ARRAYS = arrays_of.arrays(st.sampled_from(DRAWN), arrays_of.array_shapes(min_dims=0, min_side=0, max_side=3))
OBJECTS = st.recursive(
    NUMBERS | ARRAYS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


@given(OBJECTS)
def test_any_structure_comes_back(tmp_path_factory, obj):
    assert same(obj, back(obj, tmp_path_factory.getbasetemp() / "any.safetensors"))


def test_numbers_that_json_does_not_know_come_back(path):
    obj = {"inf": [math.inf, -math.inf], "nan": math.nan, "-0": -0.0, "big": 2**200, math.inf: 1, None: 2, True: 3}
    assert same(obj, back(obj, path))


def test_scalars_of_numpy_become_numbers(path):
    assert same([1.5, 3, True], back([np.float32(1.5), np.int8(3), np.True_], path))


def test_names_that_meet_in_the_file_stay_apart(path):
    one, two, three = (np.full(2, n) for n in range(3))
    obj = {"a.b": one, "a": {"b": two}, "__metadata__": three}
    assert same(obj, back(obj, path))


def test_loaded_tensors_share_no_memory_although_the_saved_ones_did(path):
    weight = autograd.ones(3)
    loaded = back({"a": weight, "b": weight, "c": weight[1:]}, path)
    loaded["a"].zero_()
    assert loaded["b"].tolist() == [1.0, 1.0, 1.0]
    assert loaded["c"].tolist() == [1.0, 1.0]


def test_loading_takes_no_more_memory_than_the_file_is_long(path):
    nn.save({"a": np.ones((500, 1000)), "b": np.ones(10**6, bool)}, path)
    nn.load(path)  # imports what it needs
    tracemalloc.start()
    state = nn.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(tensor.numpy().nbytes for tensor in state.values()) == 5 * 10**6
    assert peak < 1.01 * path.stat().st_size


def test_what_is_saved_needs_no_gradient_afterwards(path):
    assert not back([nn.Linear(2, 2).weight], path)[0].requires_grad


def test_the_same_state_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        nn.save(trained()[0].state_dict(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


# -- other tools ------------------------------------------------------------------------------------------------------


def test_pytorch_loads_a_state_dict_that_was_saved_here(path):
    net, _ = trained()
    nn.save(net.state_dict(), path)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 3)
    )
    theirs.load_state_dict(safetensors.torch.load_file(path))
    for name, value in net.state_dict().items():
        assert same(theirs.state_dict()[name].numpy(), value)


def test_a_file_of_another_tool_is_a_flat_state_dict(path):
    theirs = torch.nn.Linear(3, 2)
    safetensors.torch.save_file(theirs.state_dict(), path, {"format": "pt"})
    ours = nn.Linear(3, 2)
    ours.load_state_dict(nn.load(path))
    assert ours.weight.tolist() == theirs.weight.tolist()


def test_tensors_of_pytorch_are_saved_too(path):
    layer = torch.nn.Linear(3, 2)
    assert same({name: value.numpy() for name, value in layer.state_dict().items()}, back(layer.state_dict(), path))


# -- what cannot be saved ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (nn.Linear(2, 2), r"the object is of type Linear, .*: save its state_dict\(\)"),
        ({"net": {"act": len}}, "'net.act' is of type builtin_function_or_method"),
        ([1, {2, 3}], "'1' is of type set"),
        ({(1, 2): 3}, r"the object has the key \(1, 2\), expected a string or a number"),
        ({"z": np.zeros(2, complex)}, "'z' has dtype complex128, expected float, int or bool"),
        ({"o": np.array([None])}, "'o' has dtype object"),
        (b"bytes", "the object is of type bytes"),
    ],
    ids=str,
)
def test_what_cannot_be_saved_is_named_and_the_old_file_stays(obj, message, path):
    nn.save(1, path)
    with pytest.raises(TypeError, match=message):
        nn.save(obj, path)
    assert nn.load(path) == 1
    assert os.listdir(path.parent) == [path.name]


def test_a_structure_that_holds_itself_is_refused(path):
    circle = []
    circle.append(circle)
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        nn.save(circle, path)


def test_the_deepest_structure_that_is_saved_is_loaded(path):
    obj = 1
    for _ in range(64):
        obj = [obj]
    assert same(obj, back(obj, path))


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(nn.FileError, match="is a device or a pipe"):
        nn.save(1, tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_a_place_that_is_no_place_for_a_file_is_named(tmp_path):
    with pytest.raises(nn.FileError, match="is a folder"):
        nn.save(1, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"the folder .*new does not exist"):
        nn.save(1, tmp_path / "new" / "a")
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "none")


@pytest.mark.parametrize("moment", ["write", "check", "rename"])
def test_a_failure_at_any_moment_leaves_the_old_file_and_nothing_else(moment, path, monkeypatch):
    from nn import files

    nn.save({"w": autograd.ones(2)}, path)
    before = path.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    def damage(arrays, metadata, beside):
        write(arrays, metadata, beside)
        beside.write_bytes(beside.read_bytes()[:-1] + b"\x07")

    write = files._write
    monkeypatch.setattr(*{
        "write": (files, "_write", fail), "check": (files, "_write", damage), "rename": (os, "replace", fail),
    }[moment])  # fmt: skip
    with pytest.raises((OSError, nn.FileError), match=r"disk full|changed or damaged"):
        nn.save({"w": autograd.zeros(2)}, path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_link_stays_a_link(tmp_path, path):
    (tmp_path / "link").symlink_to(path)
    nn.save(5, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert nn.load(path) == 5
