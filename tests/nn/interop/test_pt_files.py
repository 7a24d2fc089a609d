"""Files of torch.save: what is written on one side loads on the other, and nothing in a file runs."""

import contextlib
import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from nn.interop import load_pt, save_pt
from nn.safetensors_header import FileError
from tests.oracle import array as array_of
from tests.oracle import torch_tensor

DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
PLAIN = {
    "a number": 3, "a negative one": -(2**31), "a long one": 2**70, "a fraction": 0.1, "infinity": float("inf"),
    "a string": "Gewicht \u2206 \ud800", "bytes": b"\x00\xff", "nothing": None, "yes": True, "no": False,
    "a list": [1, [2, (3,)], {}], "a tuple": (1, "x"), "a set": {1, 2}, "a dict": {0: {"lr": 1e-3}, "k": []},
    "an ordered one": OrderedDict(b=1, a=2),
}  # fmt: skip


def written(obj):
    """The bytes of what `save_pt` writes."""
    buffer = io.BytesIO()
    save_pt(obj, buffer)
    return buffer.getvalue()


def written_by_torch(obj):
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    return buffer.getvalue()


def read(content, **options):
    return load_pt(io.BytesIO(content), **options)


def archive(parts, name="archive", compression=zipfile.ZIP_STORED):
    """A zip file of these parts: contents by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for part, content in parts.items():
            file.writestr(f"{name}/{part}" if name else part, content)
    return buffer.getvalue()


def pickled(code, **parts):
    """A file with this pickle."""
    return archive({"data.pkl": code, "version": "3\n", "byteorder": "little", **parts})


@pytest.mark.parametrize("name", PLAIN)
def test_plain_values_go_both_ways(name):
    assert torch.load(io.BytesIO(written(PLAIN[name]))) == PLAIN[name]
    assert read(written(PLAIN[name])) == PLAIN[name]
    back = read(written_by_torch(PLAIN[name]))
    assert back == PLAIN[name]
    assert type(back) is type(PLAIN[name])


def test_shapes_dtypes_and_devices_go_both_ways():
    kinds = autograd.float32, autograd.dtype("int64"), autograd.bfloat16
    ours = [autograd.Size([2, 3]), autograd.device("cpu"), *kinds]
    theirs = torch.load(io.BytesIO(written(ours)))
    assert theirs == [torch.Size([2, 3]), torch.device("cpu"), torch.float32, torch.int64, torch.bfloat16]
    back = read(written_by_torch(theirs))
    assert back == ours
    assert [type(x) for x in back] == [autograd.Size, autograd.device, *[autograd.dtype] * 3]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2), (2, 1, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_go_both_ways(dtype, shape):
    array = (np.arange(np.prod(shape)).reshape(shape) - 1).astype(dtype)
    theirs = torch.load(io.BytesIO(written(autograd.tensor(array))))
    assert theirs.is_contiguous()
    np.testing.assert_array_equal(array_of(theirs), array, strict=True)
    ours = read(written_by_torch(torch_tensor(array)))
    np.testing.assert_array_equal(ours.numpy(), array, strict=True)


VIEWS = {
    "a transposed one": lambda m: m.arange(6.0).reshape(2, 3).T,
    "every second": lambda m: m.arange(6.0)[1::2],
    "a repeated one": lambda m: m.arange(3.0).expand(2, 3),
    "one that requires grad": lambda m: m.ones(2, requires_grad=True),
    "a result": lambda m: m.ones(2, requires_grad=True) * 2,
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_keep_their_values_and_requires_grad(name):
    theirs, ours = VIEWS[name](torch), VIEWS[name](autograd)
    for back in (read(written_by_torch(theirs)), torch.load(io.BytesIO(written(ours)))):
        assert back.tolist() == theirs.tolist()
        assert back.requires_grad is theirs.requires_grad


def test_memory_that_was_shared_is_shared_again():
    base = torch.zeros(4)
    whole, part = read(written_by_torch([base, base[2:]]))
    part += 1
    assert whole.tolist() == [0, 0, 1, 1]
    tied = autograd.ones(2)
    for load in (read, lambda content: torch.load(io.BytesIO(content))):
        one, other = load(written({"in": tied, "out": tied})).values()
        one += 1
        assert other.tolist() == [2, 2]


def test_a_network_and_its_optimizer_go_there_and_back():
    def trained(layers, optim, m):
        net = layers.Sequential(layers.Linear(3, 4), layers.BatchNorm1d(4), layers.Linear(4, 2))
        optimizer = optim.Adam(net.parameters(), lr=0.1)
        net(m.ones(5, 3)).square().sum().backward()
        optimizer.step()
        return net, optimizer

    ours, ours_optimizer = trained(nn, nn.optim, autograd)
    theirs, theirs_optimizer = trained(torch.nn, torch.optim, torch)
    content = written({"net": ours.state_dict(), "optimizer": ours_optimizer.state_dict(), "epoch": 3})
    state = torch.load(io.BytesIO(content), weights_only=True)
    theirs.load_state_dict(state["net"])
    theirs_optimizer.load_state_dict(state["optimizer"])
    again = read(written_by_torch({"net": theirs.state_dict(), "optimizer": theirs_optimizer.state_dict()}))
    ours.load_state_dict(again["net"])
    ours_optimizer.load_state_dict(again["optimizer"])
    assert state["epoch"] == 3
    for name, value in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), value.numpy())


def test_parameters_stay_parameters():
    back = read(written_by_torch(torch.nn.Parameter(torch.ones(2))))
    assert type(back) is nn.Parameter
    assert type(torch.load(io.BytesIO(written(back)))) is torch.nn.Parameter


def test_arrays_of_numpy_go_both_ways_though_not_with_weights_only():
    for array in (np.arange(6.0).reshape(2, 3), np.array([True, False]), np.asfortranarray(np.ones((2, 3), np.int32))):
        for content in (written([array]), written_by_torch([array])):
            for (back,) in (read(content), torch.load(io.BytesIO(content), weights_only=False)):
                np.testing.assert_array_equal(back, array, strict=True)
    assert read(written_by_torch(np.float64(0.5))) == 0.5


def test_torch_can_map_the_file_into_memory(tmp_path):
    save_pt({"w": autograd.arange(100.0)}, tmp_path / "a.pt")
    assert torch.load(tmp_path / "a.pt", mmap=True)["w"].tolist() == list(range(100))


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "model.pt"
    save_pt([1], path)
    with pytest.raises(TypeError, match=r"cannot save net of type Linear, .* save its state_dict\(\)"):
        save_pt({"epoch": 1, "net": nn.Linear(2, 2)}, path)
    with pytest.raises(TypeError, match=r"cannot save 0\.f of type builtin_function"):
        save_pt([{"f": len}], path)
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="contain itself"):
        save_pt(endless, path)
    assert load_pt(path) == [1]
    assert os.listdir(tmp_path) == ["model.pt"]


class Runs:
    """Pickled, it calls a function when it is loaded."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


TENSOR = torch.arange(4.0)
SIZE, STRIDE = b"K\x04\x85q\x06", b"K\x01\x85q\x07"  # in its pickle


def changed(old, new):
    """A good file with something in its pickle replaced."""
    content = zipfile.ZipFile(io.BytesIO(written_by_torch(TENSOR)))
    parts = {name.removeprefix("archive/"): content.read(name) for name in content.namelist()}
    assert old in parts["data.pkl"]
    return archive({**parts, "data.pkl": parts["data.pkl"].replace(old, new)})


def twice():
    buffer = io.BytesIO(written([1]))
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("archive/version", "4")
    return buffer.getvalue()


def module():
    return pickled(b"\x80\x02c__main__\nNet\n)\x81}b.")


HOSTILE = {
    "no zip archive": lambda: b"PK but not really",
    "nothing": lambda: b"",
    "another zip archive": lambda: archive({"readme.txt": "hello"}),
    "a compressed one": lambda: archive({"data.pkl": b"\x80\x02N."}, compression=zipfile.ZIP_DEFLATED),
    "a name that stands twice": twice,
    "TorchScript": lambda: pickled(b"\x80\x02N.", **{"constants.pkl": b"\x80\x02)."}),
    "a call": lambda: written_by_torch(Runs(os.system, "touch hacked")),
    "a call of eval": lambda: written_by_torch(Runs(eval, "1")),
    "a whole module": module,
    "an object": lambda: pickled(b"\x80\x02cnn\nLinear\nK\x02K\x02\x86R."),
    "a new object": lambda: pickled(b"\x80\x02ccollections\nOrderedDict\n)\x81."),
    "attributes of a tensor": lambda: changed(b"Rq\x0b.", b"R}X\x04\x00\x00\x00dataNsb."),
    "attributes of a list": lambda: pickled(b"\x80\x02]}b."),
    "a call of what it built": lambda: pickled(b"\x80\x02]K\x01\x85R."),
    "an unknown storage": lambda: changed(b"FloatStorage", b"WildStorage"),
    "a storage that is missing": lambda: pickled(
        b"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ."
    ),
    "another number of elements": lambda: changed(b"K\x04tq\x05Q", b"K\x05tq\x05Q"),
    "a size beyond the storage": lambda: changed(SIZE, b"K\x05\x85q\x06"),
    "a stride beyond the storage": lambda: changed(STRIDE, b"K\x02\x85q\x07"),
    "a negative stride": lambda: changed(STRIDE, b"J\xff\xff\xff\xff\x85q\x07"),
    "a tensor of what is no storage": lambda: pickled(
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x00))\x89ccollections\nOrderedDict\n)RtR."
    ),
    "a device that is none": lambda: pickled(b"\x80\x02ctorch\ndevice\nX\x03\x00\x00\x00abc\x85R."),
    "as many zeros as a number says": lambda: pickled(b"\x80\x02cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R."),
    "a size of a string": lambda: changed(SIZE, b"X\x01\x00\x00\x004\x85q\x06"),
    "a pickle cut short": lambda: pickled(b"\x80\x02]"),
    "no items to pop": lambda: pickled(b"\x80\x02\x85."),
    "a mark that is missing": lambda: pickled(b"\x80\x02]e."),
    "an item of what is no container": lambda: pickled(b"\x80\x02K\x01K\x01a."),
    "half a pair": lambda: pickled(b"\x80\x02}(K\x01u."),
    "a memo that is empty": lambda: pickled(b"\x80\x02h\x05."),
    "a list as key": lambda: pickled(b"\x80\x02}]K\x01s."),
    "a string longer than the file": lambda: pickled(b"\x80\x02X\xff\xff\xff\x7fab."),
    "copies without end": lambda: pickled(
        b"\x80\x02](" + b"K\x01" * 500 + b"eq\x00" + b"c__builtin__\nset\nh\x00\x85R0" * 500 + b"N."
    ),
    "an unknown byte order": lambda: archive({"data.pkl": b"\x80\x02N.", "byteorder": "middle"}),
    "an array of objects": lambda: written_by_torch(np.array([None, 1], dtype=object)),
    "bools that are none": lambda: pickled(
        zipfile.ZipFile(io.BytesIO(written(autograd.tensor([True])))).read("archive/data.pkl"), **{"data/0": b"\x07"}
    ),
    "a plain pickle": lambda: pickle.dumps({"a": 1}),
    "a file of nn.save": lambda: struct.pack("<Q", 2) + b"{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_words_and_run_nothing(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = HOSTILE[name]()
    (tmp_path / "file.pt").write_bytes(content)
    with pytest.raises(FileError) as refusal:
        load_pt("file.pt")
    assert str(refusal.value).startswith("file.pt: ")
    assert os.listdir() == ["file.pt"]


def test_a_refusal_names_the_cure():
    for content, cure in ((module(), r"save the state_dict\(\)"), (HOSTILE["a call"](), "would mean to run code")):
        with pytest.raises(FileError, match=cure):
            read(content)


def test_tensors_of_another_device_need_a_place():
    content = changed(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    with pytest.raises(RuntimeError, match="map_location"):
        read(content)
    assert read(content, map_location="cpu").tolist() == TENSOR.tolist()


@given(st.data())
def test_damage_anywhere_is_found_or_harmless(data):
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(FileError):
        read(bytes(content), map_location="cpu")


GOOD = written_by_torch({"w": TENSOR, "p": torch.nn.Parameter(TENSOR[:2]), "n": [1, 2.5, "x", {3}], "a": np.ones(2)})


@given(st.binary(max_size=200))
def test_any_pickle_is_read_or_refused(code):
    with contextlib.suppress(FileError, RuntimeError):
        read(pickled(b"\x80\x02" + code + b"."))


def test_a_file_takes_no_more_memory_than_it_is_long():
    content = written_by_torch(torch.zeros(1).expand(10**11))
    tracemalloc.start()
    try:
        assert read(content).shape == (10**11,)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
