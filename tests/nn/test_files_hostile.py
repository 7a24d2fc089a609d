"""Files that are not what they say: each is refused with one kind of error, in words, and at no cost."""

import io
import json
import os
import pickle
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn.files import _checksum


def file(header, data=b"", length=None):
    """A safetensors file of a header (text, or something to write as JSON) and the data."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(begin=0, end=8, shape=(2,), dtype="F32", **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end], **more}


def one(**settings):
    """A file of one tensor of eight bytes, with something wrong about it."""
    return file({"w": entry(**settings)}, bytes(8))


def ours(obj):
    """The bytes of a file that `nn.save` wrote."""
    folder = os.environ["PYTEST_FOLDER"]
    nn.save(obj, f"{folder}/good")
    with open(f"{folder}/good", "rb") as good:
        return good.read()


@pytest.fixture(autouse=True, scope="module")
def folder(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_FOLDER", str(tmp_path_factory.mktemp("good")))
        yield


STATE = {"w": np.arange(6.0), "lr": 0.001}


def changed(old, new, obj=STATE):
    content = ours(obj)
    assert content.count(old) >= 1
    assert len(old) == len(new)
    return content.replace(old, new)


def flipped(place):
    content = bytearray(ours(STATE))
    content[place] ^= 4
    return bytes(content)


def told(tree, checksums=None, version=1):
    """A file with metadata of ours, signed, that tell something else than what it holds."""
    text = json.dumps({"version": version, "tree": tree, "checksums": checksums or {}})
    return signed(text, _checksum(text))


def signed(text, checksum):
    return file({"__metadata__": {"chalkgrad": f"{checksum} {text}"}})


def packed(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def archive(buffer):
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", b"")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("/tmp/chalkgrad-evil",)


def nested(levels, shell=lambda inner: [inner]):
    value = 1
    for _ in range(levels):
        value = shell(value)
    return value


HOSTILE = {
    "empty": (lambda: b"", "header too small; it has 0 bytes"),
    "seven bytes": (lambda: bytes(7), "header too small; it has 7 bytes"),
    "no header": (lambda: bytes(8), "invalid JSON in header: EOF"),
    "truncated header": (lambda: ours(STATE)[:40], "truncated, damaged or not .* .invalid header length"),
    "truncated data": (lambda: ours(STATE)[:-3], "truncated, damaged or .* file not fully covered"),
    "more data": (lambda: ours(STATE) + b"more", "file not fully covered"),
    "giant header": (lambda: file({}, length=2**63), "header too large; it has 10 bytes"),
    "largest header": (lambda: file({}, length=2**64 - 1), "header too large; it has 10 bytes"),
    "header is no UTF-8": (lambda: file(b'{"\xff": 1}'), "invalid UTF-8 in header"),
    "bad JSON": (lambda: file(b'{"w": '), "invalid JSON in header: EOF"),
    "header nested": (lambda: file(b"[" * 10**6 + b"]" * 10**6), "invalid JSON in header: invalid type: sequence"),
    "header is a list": (lambda: file([1, 2]), "invalid JSON in header: invalid type: sequence"),
    "number too long": (lambda: file(b'{"w": ' + b"9" * 10**4 + b"}"), "number out of range"),
    "duplicate tensor": (
        lambda: file(f'{{"w": {json.dumps(entry())}, "w": {json.dumps(entry())}}}'.encode(), bytes(8)),
        "the key 'w' occurs more than once",
    ),
    "duplicate field": (
        lambda: file(b'{"w": {"dtype": "F32", "shape": [2], "shape": [4], "data_offsets": [0, 8]}}', bytes(8)),
        "duplicate field `shape`",
    ),
    "duplicate in the metadata": (
        lambda: file(b'{"__metadata__": {"chalkgrad": "1", "chalkgrad": "2"}}'),
        "the key 'chalkgrad' occurs more than once",
    ),
    "entry is a number": (lambda: file({"w": 3}), "invalid type: integer `3`"),
    "field missing": (lambda: file({"w": {"dtype": "F32", "shape": []}}), "missing field `data_offsets`"),
    "field unknown": (lambda: one(stride=[1]), "tensor 'w' has unknown fields in the header: stride"),
    "field unknown and nested": (
        lambda: file(
            b'{"w": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0], "x": ' + b"[" * 10**6 + b"]" * 10**6 + b"}}"
        ),
        "recursion limit exceeded",
    ),
    "field unknown and too long": (
        lambda: file(b'{"w": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0], "x": ' + b"9" * 10**4 + b"}}"),
        "number out of range",
    ),
    "unknown dtype": (lambda: one(dtype="F33"), "unknown variant `F33`, expected one of `BOOL`"),
    "dtype is a list": (lambda: one(dtype=["F32"]), "invalid type: sequence, expected string"),
    "dtype without NumPy": (lambda: one(dtype="F8_E5M2", shape=(8,)), "'w' has the dtype 'F8_E5M2', expected one of"),
    "complex numbers": (lambda: one(dtype="C64", shape=(1,)), "dtype 'C64', expected one of"),
    "size against shape": (lambda: one(shape=(3,)), "invalid shape, data type, or offset"),
    "negative shape": (lambda: one(shape=(-2, -1)), "invalid value: integer `-2`"),
    "fractional shape": (lambda: one(shape=(2.0,)), "invalid type: floating point `2.0`"),
    "shape of bools": (lambda: one(shape=(2, True)), "invalid type: boolean `true`"),
    "shape that overflows": (lambda: one(shape=(2**32, 2**32, 2)), "overflow computing buffer size"),
    "empty shape that overflows": (lambda: file({"w": entry(0, 0, (0, 2**40, 2**40))}), "array is too big"),
    "too many dimensions": (lambda: one(shape=[1] * 64 + [2]), "maximum supported dimension .* 64, found 65"),
    "offsets out of the data": (lambda: one(begin=8, end=16), "invalid offset for tensor `w`"),
    "negative offsets": (lambda: one(begin=-8, end=0), "invalid value: integer `-8`"),
    "offsets in reverse": (lambda: one(begin=8, end=0), "invalid offset for tensor `w`"),
    "three offsets": (lambda: file({"w": {**entry(), "data_offsets": [0, 4, 8]}}, bytes(8)), "invalid length 3"),
    "overlap": (lambda: file({"a": entry(), "b": entry(4, 12)}, bytes(12)), "invalid offset for tensor `b`"),
    "gap": (lambda: file({"a": entry(), "b": entry(12, 20)}, bytes(20)), "invalid offset for tensor `b`"),
    "bool that is neither": (lambda: file({"w": entry(0, 1, (1,), "BOOL")}, b"\x02"), "bytes other than 0 and 1"),
    "metadata is a list": (lambda: file({"__metadata__": []}), "invalid type: sequence, expected a map"),
    "metadata of numbers": (lambda: file({"__metadata__": {"a": 1}}), "invalid type: integer `1`, expected a string"),
    "flipped bit in the data": (lambda: flipped(-4), "the tensor 'w' has been changed or damaged"),
    "flipped bit in a number": (lambda: changed(b"0.001", b"0.003"), "the metadata has been changed or damaged"),
    "another dtype": (lambda: changed(b'"F64"', b'"I64"'), "the tensor 'w' has been changed or damaged"),
    "another name": (lambda: changed(b'"w":{', b'"v":{'), "mentions the tensor 'w', which the file does not hold"),
    "no checksum": (lambda: file({"__metadata__": {"chalkgrad": "{}"}}), "the metadata has been changed"),
    "tree without its tensor": (lambda: told({"tensor": "w"}), "not what nn.save writes .KeyError: 'w'"),
    "checksum without its tensor": (lambda: told(1, {"w": ""}), "mentions the tensor 'w'"),
    "unknown kind": (lambda: told({"class": "os.system"}), "unknown kind 'class'"),
    "two kinds": (lambda: told({"tuple": [], "list": []}), "not what nn.save writes"),
    "dict of a dict": (lambda: told({"dict": [[{"dict": []}, 1]]}), "unhashable type"),
    "tree nested": (lambda: told(nested(100)), "nested deeper than 64 levels"),
    "tree of dicts nested": (lambda: told(nested(200, lambda inner: {"tuple": [inner]})), "nested deeper"),
    "checksums are a list": (lambda: told(1, [1]), "mentions the tensor 1"),
    "later version": (lambda: told(1, version=2), "written in version 2 of the format, this is version 1"),
    "text is a number": (lambda: signed("3", _checksum("3")), "not what nn.save writes"),
    "pickle": (lambda: pickle.dumps(Evil()), "a pickle, expected a safetensors file"),
    "file of torch.save": (lambda: packed(lambda buffer: torch.save(Evil(), buffer)), "a zip archive"),
    "old file of torch.save": (
        lambda: packed(lambda buffer: torch.save(1, buffer, _use_new_zipfile_serialization=False)), "a pickle",
    ),
    "zip": (lambda: packed(archive), "a zip archive"),
    "file of numpy.save": (lambda: packed(lambda buffer: np.save(buffer, np.ones(3))), "not a safetensors file"),
    "text": (lambda: b"weights,bias\n1.0,2.0\n", "not a safetensors file"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_at_no_cost(name, tmp_path):
    content, message = HOSTILE[name]
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(content())
    tracemalloc.start()
    try:
        with pytest.raises(nn.FileError, match=message) as caught:
            nn.load(path)
        assert tracemalloc.get_traced_memory()[1] < 10 * path.stat().st_size + 2**20
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 500
    assert not os.path.exists("/tmp/chalkgrad-evil")


def test_a_folder_and_a_pipe_are_refused(tmp_path):
    with pytest.raises(nn.FileError, match="a folder, expected a file"):
        nn.load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(nn.FileError, match="not a regular file"):
        nn.load(tmp_path / "pipe")


def test_the_files_that_the_hostile_ones_are_made_of_are_good(tmp_path):
    path = tmp_path / "good"
    path.write_bytes(one())
    assert nn.load(path)["w"].tolist() == [0.0, 0.0]
    path.write_bytes(told({"tuple": [1]}))
    assert nn.load(path) == (1,)


@pytest.fixture(scope="module")
def good(folder):
    return ours({"model": {"w": np.arange(8.0).reshape(2, 4), "b": np.array([True, False])}, "lr": [0.1, None]})


def test_a_key_that_occurs_twice_among_many_is_found_in_time_that_grows_with_their_number(tmp_path):
    def seconds(count):
        path = tmp_path / "many"
        entries = [f'"layer.{i}": {json.dumps(entry(0, 0, (0,)))}' for i in (*range(count), count - 1)]
        path.write_bytes(file(f"{{{','.join(entries)}}}".encode()))
        start = time.perf_counter()
        with pytest.raises(nn.FileError, match=rf"the key 'layer.{count - 1}' occurs more than once"):
            nn.load(path)
        return time.perf_counter() - start

    few, many = (min(seconds(count) for _ in range(3)) for count in (4_000, 32_000))
    assert many < 40 * few  # comparing each key with all the others: 64 times as long


@given(data=st.data())
def test_no_bit_can_flip_unnoticed(data, good, tmp_path_factory):
    """A flipped bit is refused; in the few places where it makes another file that is valid, that file is not ours."""
    place = data.draw(st.integers(0, len(good) - 1))
    bit = data.draw(st.integers(0, 7))
    path = tmp_path_factory.getbasetemp() / "flipped"
    content = bytearray(good)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    try:
        loaded = nn.load(path)
    except nn.FileError:
        return
    assert "model" not in loaded, "the key of our metadata itself: what is left is a plain file"
    assert loaded.keys() == {"model.w", "model.b"}


@given(cut=st.integers(0, 10**6))
def test_no_file_can_be_cut_short_unnoticed(cut, good, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "cut"
    path.write_bytes(good[: cut % len(good)])
    with pytest.raises(nn.FileError):
        nn.load(path)
