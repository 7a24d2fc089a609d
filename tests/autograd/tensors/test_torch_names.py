"""Shapes and dtypes: tuples and NumPy's dtypes that print as torch's where that is wanted."""

import copy
import pickle

import numpy as np
import pytest
import torch

import autograd

SHAPES = {
    "the shape": lambda m: m.zeros(2, 3).shape,
    "of a number": lambda m: m.tensor(1.0).shape,
    "size()": lambda m: m.zeros(2, 3).size(),
    "size(-1)": lambda m: m.zeros(2, 3).size(-1),
    "a length": lambda m: m.zeros(2, 3).shape[-1],
    "a part": lambda m: m.zeros(2, 3, 4).shape[1:],
    "numel": lambda m: m.zeros(2, 3, 4).shape[1:].numel(),
    "numel of a number": lambda m: m.tensor(1.0).shape.numel(),
    "a sum": lambda m: m.zeros(2, 3).shape + (1,),  # noqa: RUF005
    "a sum from the left": lambda m: (1,) + m.zeros(2, 3).shape,  # noqa: RUF005
    "a product": lambda m: (m.zeros(2).shape * 2, 2 * m.zeros(2).shape),
    "made": lambda m: (m.Size([2, 3]), m.Size((2,)), m.Size(), m.Size(m.Size([4]))),
    "made of a float": lambda m: m.Size([1.5]),
    "made of a number": lambda m: m.Size(3),
    "equal to a tuple": lambda m: (m.Size([2]) == (2,), hash(m.Size([2])) == hash((2,)), m.Size([2]) == [2]),
    "formatted": lambda m: f"{m.zeros(2).shape} {m.zeros(2).shape!s}",
    "unpacked": lambda m: [*m.zeros(2, 3).shape],
    "a copy": lambda m: copy.deepcopy(m.Size([2])),
    "pickled": lambda m: pickle.loads(pickle.dumps(m.Size([2]))),
}
DTYPES = {
    "the dtype": lambda m: [m.zeros(2, dtype=getattr(m, name)).dtype for name in NAMES],
    "its facts": lambda m: [(d.is_floating_point, d.is_signed, d.is_complex, d.itemsize) for d in dtypes(m)],
    "equal": lambda m: [a == b for a in dtypes(m) for b in dtypes(m)],
    "a key": lambda m: sorted(str({d: str(d)}[x]) for d in dtypes(m) for x in [m.zeros(1, dtype=d).dtype]),
    "is a dtype": lambda m: [isinstance(d, m.dtype) for d in dtypes(m)],
    "bfloat16 in a condition": lambda m: (
        m.bfloat16 == m.zeros(1).dtype, m.zeros(1).dtype == m.bfloat16, m.bfloat16 in (m.float16, m.float32),
        m.zeros(1).dtype in (m.bfloat16, m.float16), m.bfloat16 == m.bfloat16, m.bfloat16.is_floating_point,
        m.bfloat16.itemsize, m.complex64.is_complex, str(m.bfloat16),
    ),
    "printed": lambda m: (m.zeros(2, dtype=m.float64), m.ones(1, dtype=m.int32), m.zeros(0, 3)),
    "used": lambda m: [m.ones(2).to(m.zeros(1, dtype=d).dtype) for d in dtypes(m)],
    "of a pair": lambda m: (m.ones(2, dtype=m.float16) + m.ones(2, dtype=m.int64)).dtype,
}  # fmt: skip
NAMES = ["bfloat16", "float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


def dtypes(m):
    return [torch_dtype(name) if m is torch else autograd.dtype(name) for name in NAMES]


def torch_dtype(name):
    return getattr(torch, name)


@pytest.fixture
def _as_torch():
    autograd.print_as_torch()
    yield
    autograd.print_as_torch(False)


def shown(use, m):
    try:
        return repr(use(m))
    except Exception as error:
        return type(error)


@pytest.mark.usefixtures("_as_torch")
@pytest.mark.parametrize("use", [*SHAPES.values(), *DTYPES.values()], ids=[*SHAPES, *DTYPES])
def test_names_print_as_torchs(use):
    assert shown(use, autograd) == shown(use, torch)


RESULTS = {
    "max": lambda m: m.tensor([3.0, 1.0]).max(0),
    "min": lambda m: m.ones(2, 2).min(dim=1, keepdim=True),
    "sort": lambda m: m.tensor([3, 1]).sort(),
    "topk": lambda m: m.tensor([3, 1]).topk(1),
    "median": lambda m: m.ones(2, 2).median(0),
    "nanmedian": lambda m: m.ones(2, 2).nanmedian(0),
    "mode": lambda m: m.ones(2).mode(),
    "cummax": lambda m: m.tensor([1, 3]).cummax(0),
    "cummin": lambda m: m.tensor([1, 3]).cummin(0),
    "aminmax": lambda m: m.tensor([1, 3]).aminmax(),
    "histogram": lambda m: m.tensor([1.0, 3.0]).histogram(2),
    "slogdet": lambda m: m.linalg.slogdet(m.eye(2)),
    "svd": lambda m: m.linalg.svd(m.eye(1)),
    "qr": lambda m: m.linalg.qr(m.ones(1, 1)),
    "eigh": lambda m: m.linalg.eigh(m.eye(2)),
}


@pytest.mark.usefixtures("_as_torch")
@pytest.mark.parametrize("use", RESULTS.values(), ids=RESULTS)
def test_results_of_several_tensors_print_as_torchs(use):
    assert shown(use, autograd) == shown(use, torch)


def test_a_pair_prints_as_a_named_tuple_otherwise_and_can_be_pickled():
    pair = autograd.tensor([3, 1]).sort()
    assert repr(pair) == "Pair(values=tensor([1, 3]), indices=tensor([1, 0]))"
    assert repr(pickle.loads(pickle.dumps(pair))) == repr(pair)


@pytest.mark.parametrize("use", SHAPES.values(), ids=SHAPES)
def test_shapes_print_as_tuples_otherwise(use):
    expected = shown(use, torch)
    if isinstance(expected, str):
        for size in (torch.Size(s) for s in ([], [2], [3], [4], [2, 3], [3, 4], [2, 2], [2, 3, 1], [1, 2, 3])):
            expected = expected.replace(repr(size), repr(tuple(size)))
    assert shown(use, autograd) == expected


def test_a_dtype_is_numpys_unless_torchs_is_wanted():
    x = autograd.zeros(2)
    assert type(x.dtype) is type(np.dtype(np.float32))
    autograd.print_as_torch()
    try:
        assert repr(x.dtype) == "torch.float32"
        assert type(x.dtype) is autograd.dtype
        assert x.dtype is autograd.zeros(3).dtype == np.float32 == x.dtype == np.dtype("float32")
        assert hash(x.dtype) == hash(np.dtype("float32"))
        assert np.zeros(2, x.dtype).astype(x.dtype).dtype is np.dtype("float32")
        assert pickle.loads(pickle.dumps(x.dtype)) is copy.deepcopy(x.dtype) is x.dtype
        assert (x.dtype.kind, x.dtype.type, x.dtype.name) == ("f", np.float32, "float32")
    finally:
        autograd.print_as_torch(False)
    assert repr(x.dtype) == repr(np.dtype("float32"))


@pytest.mark.parametrize("name", ["complex64", "complex128"])
def test_a_dtype_that_can_only_be_named_is_refused_with_the_cure(name):
    dtype = getattr(autograd, name)
    for use in (
        lambda: autograd.zeros(2, dtype=dtype), lambda: autograd.ones(2).to(dtype),
        lambda: autograd.tensor(1, dtype=dtype), lambda: autograd.randn(2, dtype=dtype),
        lambda: autograd.ones(2).type(dtype), lambda: autograd.Tensor(2, dtype=dtype),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=f"{name} is not supported: use float32"):
            use()
    with pytest.raises(TypeError, match="no tensor has the dtype"):
        autograd.dtype("U3")
