"""NumPy's names on tensors of 0 to 3 dimensions give NumPy's own results, with gradients; or refuse, as it does."""

import itertools

import numpy as np
import pytest

import autograd
from autograd.core.ops import OPS
from autograd.tensors.numpy_functions import NUMPY, REDUCE, UFUNC
from autograd.tensors.numpy_protocol import CONSTANT
from tests.oracle import outputs_of

SQUARE = [(), (3,), (3, 3), (3, 3, 3)]  # where a transposition too many shows in the values only
OBLONG = [(), (3,), (2, 3), (4, 2, 3)]
SLENDER = [(), (1,), (1, 3), (1, 3, 1)]
SHAPES = list(dict.fromkeys(SQUARE + OBLONG + SLENDER))
MATRICES = [(3, 3), (2, 3, 3), (3, 3, 3), (3,), ()]

ONE = {  # NumPy's function: calls of it on one tensor
    np.sum: [lambda x: np.sum(x), lambda x: np.sum(x, 0), lambda x: np.sum(x, axis=(0, -1), keepdims=True),
             lambda x: np.sum(x, axis=()), lambda x: np.sum(x, -1, np.float64), lambda x: x.sum(-1)],
    np.nansum: [lambda x: np.nansum(x), lambda x: np.nansum(x, axis=-1)],
    np.mean: [lambda x: np.mean(x), lambda x: np.mean(x, -1), lambda x: np.mean(x, axis=(0, 1), keepdims=True)],
    np.prod: [lambda x: np.prod(x), lambda x: np.prod(x, 0), lambda x: np.prod(x, axis=-1, keepdims=True)],
    np.max: [lambda x: np.max(x), lambda x: np.max(x, 0), lambda x: np.max(x, axis=(0, 1), keepdims=True)],
    np.min: [lambda x: np.min(x), lambda x: np.min(x, -1), lambda x: np.min(x, axis=())],
    np.amax: [lambda x: np.amax(x, axis=0)],
    np.amin: [lambda x: np.amin(x, -1, keepdims=True)],
    np.var: [lambda x: np.var(x), lambda x: np.var(x, 0), lambda x: np.var(x, axis=-1, ddof=0.5, keepdims=True)],
    np.std: [lambda x: np.std(x, correction=0.5), lambda x: np.std(x, axis=(0, 1))],
    np.median: [lambda x: np.median(x), lambda x: np.median(x, 0), lambda x: np.median(x, axis=(0, -1), keepdims=True),
                lambda x: np.median(x, axis=1, overwrite_input=True)],
    np.average: [lambda x: np.average(x), lambda x: np.average(x, 0), lambda x: np.average(x, -1, returned=True),
                 lambda x: np.average(x, weights=x * x), lambda x: np.average(x, axis=0, weights=x[..., 0]),
                 lambda x: np.average(x, axis=-1, weights=np.array([1.0, 2.0, 0.5]), keepdims=True),
                 lambda x: np.average(x, axis=(2, 0), weights=np.arange(12.0).reshape(3, 4), returned=True)],
    np.cumsum: [lambda x: np.cumsum(x), lambda x: np.cumsum(x, 0), lambda x: np.cumsum(x, axis=-1, dtype=np.float64)],
    np.cumprod: [lambda x: np.cumprod(x), lambda x: np.cumprod(x, axis=1)],
    np.clip: [lambda x: np.clip(x, -0.4, 0.7), lambda x: np.clip(x, None, 0.5), lambda x: np.clip(x, min=0.3)],
    np.where: [lambda x: np.where(x > 0, x, -2.0), lambda x: np.where(x), lambda x: np.where(x > 9, 1.5, x),
               lambda x: np.where([True, False, True], x, [1.0, 2.0, 3.0])],
    np.nan_to_num: [lambda x: np.nan_to_num(x, nan=2.0)],
    np.round: [lambda x: np.round(x), lambda x: np.round(x, decimals=2)],
    np.around: [lambda x: np.around(x, 1)],
    np.copy: [lambda x: np.copy(x)],
    np.astype: [lambda x: np.astype(x, np.float64), lambda x: np.astype(x, np.float32) * 2],
    np.full_like: [lambda x: np.full_like(x, 7.0), lambda x: np.full_like(x, x[..., :1]),
                   lambda x: np.full_like(x, 2, dtype=np.int32, shape=(2, 2))],
    np.reshape: [lambda x: np.reshape(x, -1), lambda x: np.reshape(x, (3, -1)), lambda x: np.reshape(x, shape=(1, 3)),
                 lambda x: np.reshape(x, (-1, 3), "C"), lambda x: np.reshape(x, 1)],
    np.ravel: [lambda x: np.ravel(x), lambda x: np.ravel(x.T)],
    np.squeeze: [lambda x: np.squeeze(x), lambda x: np.squeeze(x, 0), lambda x: np.squeeze(x, axis=(0, -1)),
                 lambda x: np.squeeze(x, axis=())],
    np.expand_dims: [lambda x: np.expand_dims(x, 0), lambda x: np.expand_dims(x, -1),
                     lambda x: np.expand_dims(x, (0, -1)), lambda x: np.expand_dims(x, axis=[1, 3])],
    np.transpose: [lambda x: np.transpose(x), lambda x: np.transpose(x, (1, 0)), lambda x: np.transpose(x, [2, 0, -2])],
    np.matrix_transpose: [lambda x: np.matrix_transpose(x)],
    np.swapaxes: [lambda x: np.swapaxes(x, 0, -1)],
    np.moveaxis: [lambda x: np.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, [0, 1], [-1, 0])],
    np.broadcast_to: [lambda x: np.broadcast_to(x, (2, 4, 3, 3)), lambda x: np.broadcast_to(x, 3)],
    np.tile: [lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1, 3)), lambda x: np.tile(x, [2])],
    np.repeat: [lambda x: np.repeat(x, 2), lambda x: np.repeat(x, [2, 0, 1], axis=-1), lambda x: np.repeat(x, 3, 0)],
    np.flip: [lambda x: np.flip(x), lambda x: np.flip(x, 0), lambda x: np.flip(x, axis=(0, 1)),
              lambda x: np.flip(x, ())],
    np.roll: [lambda x: np.roll(x, 2), lambda x: np.roll(x, -1, axis=0), lambda x: np.roll(x, (1, 2), axis=(0, -1)),
              lambda x: np.roll(x, (1, 1), axis=-1), lambda x: np.roll(x, 1, axis=(0, 1))],
    np.atleast_1d: [lambda x: np.atleast_1d(x), lambda x: np.atleast_1d(x, 2.0)],
    np.atleast_2d: [lambda x: np.atleast_2d(x), lambda x: np.atleast_2d(x, [1.0])],
    np.atleast_3d: [lambda x: np.atleast_3d(x)],
    np.concatenate: [lambda x: np.concatenate([x, x]), lambda x: np.concatenate((x, x * 2), axis=-1),
                     lambda x: np.concatenate([x, x[:1]], axis=None)],
    np.stack: [lambda x: np.stack([x, x]), lambda x: np.stack((x, x * 2), axis=-1), lambda x: np.stack([x, x], 1)],
    np.vstack: [lambda x: np.vstack([x, x * 2]), lambda x: np.vstack(x)],
    np.hstack: [lambda x: np.hstack([x, x * 2]), lambda x: np.hstack(x)],
    np.dstack: [lambda x: np.dstack([x, x * 2])],
    np.split: [lambda x: np.split(x, 3), lambda x: np.split(x, 2), lambda x: np.split(x, [1, 2], axis=-1),
               lambda x: np.split(x, [2, 1, 9], 0), lambda x: np.split(x, [-1], 1)],
    np.array_split: [lambda x: np.array_split(x, 2), lambda x: np.array_split(x, 5, -1),
                     lambda x: np.array_split(x, [1], axis=1)],
    np.pad: [lambda x: np.pad(x, 1), lambda x: np.pad(x, (1, 2), constant_values=3.0),
             lambda x: np.pad(x, ((1, 0), (0, 2)), mode="reflect"), lambda x: np.pad(x, (4, 5), "wrap"),
             lambda x: np.pad(x, (2, 1), "edge"), lambda x: np.pad(x, 3, "symmetric"),
             lambda x: np.pad(x, 5, "reflect")],
    np.sort: [lambda x: np.sort(x), lambda x: np.sort(x, 0), lambda x: np.sort(x, axis=None, kind="stable")],
    np.take: [lambda x: np.take(x, 2), lambda x: np.take(x, [0, -1], axis=0), lambda x: np.take(x, [[0, 2]], -1),
              lambda x: np.take(x, np.array([0, 1], np.uint8), 1), lambda x: np.take(x, 3, 0),
              lambda x: np.take(x, autograd.tensor([0, 2]) if isinstance(x, autograd.Tensor) else [0, 2])],
    np.take_along_axis: [lambda x: np.take_along_axis(x, np.argsort(x, axis=0), 0),
                         lambda x: np.take_along_axis(x, np.array([2, 0]), None),
                         lambda x: np.take_along_axis(x, np.array([[0], [2]]), axis=-1)],
    np.diff: [lambda x: np.diff(x), lambda x: np.diff(x, 2, 0), lambda x: np.diff(x, n=0),
              lambda x: np.diff(x, axis=1, prepend=1.0, append=x)],
    np.tril: [lambda x: np.tril(x), lambda x: np.tril(x, 1)],
    np.triu: [lambda x: np.triu(x), lambda x: np.triu(x, k=-1)],
    np.diagonal: [lambda x: np.diagonal(x), lambda x: np.diagonal(x, 1), lambda x: np.diagonal(x, -1, 2, 0)],
    np.diag: [lambda x: np.diag(x), lambda x: np.diag(x, k=-1)],
    np.trace: [lambda x: np.trace(x), lambda x: np.trace(x, 1), lambda x: np.trace(x, offset=-1, axis1=2, axis2=0)],
    np.linalg.norm: [lambda x: np.linalg.norm(x), lambda x: np.linalg.norm(x, axis=0, keepdims=True),
                     lambda x: np.linalg.norm(x, 1), lambda x: np.linalg.norm(x, "fro", axis=(0, 1)),
                     lambda x: np.linalg.norm(x, np.inf, -1), lambda x: np.linalg.norm(x, 3, axis=0)],
    np.sinc: [lambda x: np.sinc(x)],
    np.nanmean: [lambda x: np.nanmean(x), lambda x: np.nanmean(x, axis=(0, -1), keepdims=True)],
    np.quantile: [lambda x: np.quantile(x, 0.3), lambda x: np.quantile(x, [0.1, 0.8], axis=-1, keepdims=True)],
    np.nanquantile: [lambda x: np.nanquantile(x, 0.3), lambda x: np.nanquantile(x, np.array([0.1, 0.8]), 0)],
    np.rot90: [lambda x: np.rot90(x), lambda x: np.rot90(x, -1, (0, 2)), lambda x: np.rot90(x, k=2)],
    np.fliplr: [lambda x: np.fliplr(x)],
    np.flipud: [lambda x: np.flipud(x)],
    np.column_stack: [lambda x: np.column_stack([x, x * 2])],
    np.meshgrid: [lambda x: np.meshgrid(x, x * 2), lambda x: np.meshgrid(x, x[:1], x, indexing="ij")],
    np.linalg.multi_dot: [lambda x: np.linalg.multi_dot([x, x, x])],
    np.einsum: [lambda x: np.einsum("ij->ji", x), lambda x: np.einsum("i...->...", x), lambda x: np.einsum(x, [0, 0]),
                lambda x: np.einsum("...i,...i", x, x), lambda x: np.einsum(x, [..., 1], x, [..., 2], [1, ..., 2])],
}  # fmt: skip

REFUSED = [lambda x: np.expand_dims(x, (1, 1)), lambda x: np.array_split(x, 0), lambda x: np.diff(x, -1),
           lambda x: np.reshape(x, (5, 5)), lambda x: np.repeat(x, [1, 2]), lambda x: np.take(x, 99)]  # fmt: skip

TWO = {  # calls of two tensors, on every pair of shapes
    np.dot: [lambda x, y: np.dot(x, y)],
    np.inner: [lambda x, y: np.inner(x, y)],
    np.outer: [lambda x, y: np.outer(x, y)],
    np.tensordot: [lambda x, y: np.tensordot(x, y), lambda x, y: np.tensordot(x, y, 1),
                   lambda x, y: np.tensordot(x, y, axes=0), lambda x, y: np.tensordot(x, y, (-1, -1)),
                   lambda x, y: np.tensordot(x, y, axes=([0, -1], [-1, 1]))],
    np.kron: [lambda x, y: np.kron(x, y)],
    np.cross: [lambda x, y: np.cross(x, y), lambda x, y: np.cross(x, y, axisa=0, axisc=0),
               lambda x, y: np.cross(x, y, axis=0)],
    np.fmax: [lambda x, y: np.fmax(x, y)],
    np.fmin: [lambda x, y: np.fmin(x, y)],
    np.concatenate: [lambda x, y: np.concatenate([x, y], axis=-1)],
    np.vstack: [lambda x, y: np.vstack([x, y])],
    np.hstack: [lambda x, y: np.hstack((x, y))],
    np.dstack: [lambda x, y: np.dstack([x, y])],
    np.where: [lambda x, y: np.where(y > 0, x, y)],
    np.clip: [lambda x, y: np.clip(x, y - 0.1, y + 0.1)],
}  # fmt: skip

LINEAR = {  # of square matrices that are far from singular
    np.linalg.inv: lambda x: np.linalg.inv(x),
    np.linalg.det: lambda x: np.linalg.det(x),
    np.linalg.slogdet: lambda x: np.linalg.slogdet(x)[1],
    np.linalg.cholesky: lambda x: np.linalg.cholesky(np.matrix_transpose(x) @ x, upper=True),
    np.linalg.svdvals: lambda x: np.linalg.svdvals(x),
    np.linalg.eigh: lambda x: np.linalg.eigh(x + np.matrix_transpose(x)),
    np.linalg.eigvalsh: lambda x: np.linalg.eigvalsh(x + np.matrix_transpose(x), "U"),
    np.linalg.qr: lambda x: np.linalg.qr(x),
    np.linalg.svd: lambda x: np.linalg.svd(x, full_matrices=False),
    np.linalg.pinv: lambda x: np.linalg.pinv(x),
    np.linalg.matrix_power: lambda x: np.linalg.matrix_power(x, 3),
    np.linalg.cond: lambda x: np.linalg.cond(x),
}
SOLVE = lambda x, y: np.linalg.solve(x, y)
UFUNCS = [u for u in (*OPS, *UFUNC) if isinstance(u, np.ufunc)]


def array(shape, seed=0, low=-1.0):
    """Numbers of which no two are equal, nor any sum of a few, none of them near a multiple of a half."""
    rng = np.random.default_rng([seed, *shape])
    count = int(np.prod(shape))
    values = (np.arange(count) - count // 2) / 2 + rng.uniform(0.1, 0.4, count)
    return np.asarray(rng.permutation(values if low < 0 else np.abs(values)).reshape(shape))


def agrees(call, *arrays):
    """Whether NumPy's call gives on tensors what it gives on arrays, with its gradient; or refuses both.

    The axes 0 and -1 of a tensor without dimensions are torch's, and no concern of NumPy's.
    """
    with np.errstate(all="ignore"):
        try:
            expected = [np.asarray(part) for part in outputs_of(call(*arrays))]
        except Exception as error:
            if isinstance(error, np.exceptions.AxisError) and not all(a.ndim for a in arrays):
                return False
            with pytest.raises(Exception):  # noqa: B017, PT011
                call(*map(autograd.tensor, arrays))
            return False
    leaves = [autograd.tensor(a, requires_grad=True) for a in arrays]
    found = outputs_of(call(*leaves))
    assert all(isinstance(part, autograd.Tensor) for part in found)
    assert [part.shape for part in found] == [part.shape for part in expected]
    assert [part.dtype for part in found] == [part.dtype for part in expected]
    for part, value in zip(found, expected, strict=True):
        np.testing.assert_allclose(part.detach().numpy(), value, rtol=1e-12, atol=1e-13)
    if any(part.requires_grad for part in found) and found[0].dtype == np.float64:
        assert autograd.gradcheck(lambda *xs: tuple(outputs_of(call(*xs))), leaves, fast_mode=True)
    return True


def rows(table):
    for function, calls in table.items():
        for k, call in enumerate(calls):
            yield pytest.param(call, id=f"{function.__name__} {k}")


@pytest.mark.parametrize("call", list(rows(ONE)))
def test_a_call_on_one_tensor_gives_what_it_gives_on_an_array(call):
    assert any([agrees(call, array(shape)) for shape in SHAPES]), "NumPy refused them all"


@pytest.mark.parametrize("call", REFUSED)
def test_what_numpy_refuses_of_every_shape_is_refused(call):
    assert not any([agrees(call, array(shape)) for shape in SHAPES])


@pytest.mark.parametrize("call", list(rows(TWO)))
def test_a_call_on_two_tensors_gives_what_it_gives_on_arrays(call):
    pairs = [pair for shapes in (SQUARE, OBLONG, SLENDER) for pair in itertools.product(shapes, repeat=2)]
    pairs += [((2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((4, 2, 3), (5, 3))]
    assert any([agrees(call, array(a), array(b, 1)) for a, b in pairs]), "NumPy refused them all"


@pytest.mark.parametrize("call", [pytest.param(call, id=f.__name__) for f, call in LINEAR.items()])
def test_linear_algebra_gives_what_it_gives_on_arrays(call):
    matrices = [np.eye(3) * 3 + array(shape) / 20 for shape in ((3, 3), (2, 3, 3))]
    assert all([agrees(call, matrix) for matrix in matrices])
    for shape in ((), (3,), (2, 3)):
        agrees(call, array(shape))


@pytest.mark.parametrize("shape", [(3,), (3, 3), (3, 2), (2, 3), (2, 3, 2), (3, 3, 3), (2, 3, 3), (1, 3, 2), (2,), ()])
@pytest.mark.parametrize("matrices", [(3, 3), (2, 3, 3), (3, 3, 3)])
def test_solve_takes_for_a_vector_what_numpy_does(matrices, shape):
    agrees(SOLVE, np.eye(3) * 3 + array(matrices) / 30, array(shape))


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda u: u.__name__)
def test_a_ufunc_gives_what_it_gives_on_arrays(ufunc):
    low = 0.0 if ufunc in (np.power, np.log, np.log2, np.log10, np.sqrt, np.log1p, np.float_power) else -1.0
    scale = {np.arcsin: 40, np.arccos: 40, np.arctanh: 40}.get(ufunc, 4)
    shift = 9 if ufunc is np.arccosh else 0
    shapes = [(s,) for s in SHAPES] if ufunc.nin == 1 else list(itertools.product(SHAPES, repeat=2))
    assert any([agrees(ufunc, *(array(s, i, low) / scale + shift for i, s in enumerate(pair))) for pair in shapes])


@pytest.mark.parametrize("ufunc", REDUCE, ids=lambda u: u.__name__)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_ufunc_reduces(ufunc, shape):
    agrees(lambda x: ufunc.reduce(x), array(shape))
    agrees(lambda x: ufunc.reduce(x, axis=None), array(shape))
    agrees(lambda x: ufunc.reduce(x, -1, keepdims=True), array(shape))
    agrees(lambda x: ufunc.reduce(x, axis=()), array(shape))


def test_every_name_in_the_table_is_tried():
    assert {*NUMPY, *UFUNC} <= {*ONE, *TWO, *LINEAR, np.linalg.solve, *UFUNCS}


NOT_HONOURED = {
    "order": [lambda x: np.reshape(x, (3, 1), order="F"), lambda x: np.ravel(x, "F"), lambda x: np.reshape(x, -1, "A"),
              lambda x: np.copy(x, order="F"), lambda x: np.einsum("i->i", x, order="F")],
    "where": [lambda x: np.sum(x, where=[True, False, True]), lambda x: np.mean(x, where=[True] * 3),
              lambda x: np.add(x, 1.0, where=True), lambda x: np.prod(x, where=[True] * 3),
              lambda x: np.add.reduce(x, where=[True, False, True])],
    "initial": [lambda x: np.sum(x, initial=3.0), lambda x: np.max(x, initial=3.0),
                lambda x: np.add.reduce(x, initial=2.0)],
    "out": [lambda x: np.sum(x, out=np.zeros(())), lambda x: np.add(x, 1.0, out=np.zeros(3)),
            lambda x: np.clip(x, 0, 1, np.zeros(3)), lambda x: np.concatenate([x, x], 0, np.zeros(6)),
            lambda x: np.dot(x, x, np.zeros(())), lambda x: np.stack([x], out=np.zeros((1, 3)))],
    "dtype": [lambda x: np.add(x, 1.0, dtype=np.float64), lambda x: np.concatenate([x, x], dtype=np.float64),
              lambda x: np.var(x, dtype=np.float64)],
    "mode": [lambda x: np.take(x, [7], mode="wrap"), lambda x: np.pad(x, 1, "mean")],
    "constant_values": [lambda x: np.pad(x, 1, constant_values=(1.0, 2.0))],
    "copy": [lambda x: np.nan_to_num(x, copy=False), lambda x: np.reshape(x, 3, copy=True)],
    "casting": [lambda x: np.concatenate([x, x], casting="unsafe")],
    "device": [lambda x: np.astype(x, np.float64, device="cpu")],
    "axes": [lambda x: np.matmul(x, x, axes=[0, 0, ()])],
}  # fmt: skip


@pytest.mark.parametrize(("argument", "call"), [(a, call) for a, calls in NOT_HONOURED.items() for call in calls])
def test_an_argument_without_effect_is_refused_by_name(argument, call):
    call(np.ones(3)) if argument != "casting" else None  # NumPy takes it
    with pytest.raises(TypeError, match=argument):
        call(autograd.tensor([1.0, 2.0, 3.0], requires_grad=True))


def test_an_argument_at_its_default_is_no_reason_to_refuse():
    x = autograd.tensor([2.0, 1.0, 3.0])
    assert np.reshape(x, (3, 1), order="C").shape == (3, 1)
    assert np.sum(x, out=None, axis=None).item() == 6.0
    assert np.sort(x, kind="quicksort", stable=True).tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("function", sorted(CONSTANT, key=lambda f: f.__name__), ids=lambda f: f.__name__)
def test_what_has_no_gradient_gives_what_it_gives_on_arrays(function):
    tried = 0
    for shape in SHAPES:
        a, b = array(shape), array(shape, 1)
        integers = (np.invert, np.left_shift, np.right_shift, np.bincount, np.gcd, np.lcm)
        if function.__name__.startswith("bit") or function in integers:
            a, b = np.abs(a).astype(int), np.abs(b).astype(int)
        for arguments in ((a,), (a, b), (a, 1)):
            if isinstance(function, np.ufunc) and len(arguments) > function.nin:
                continue  # the next would be `out`
            try:
                expected = function(*arguments)
            except Exception:
                continue
            if function in (np.array_repr, np.array_str, np.empty_like, np.result_type):
                continue
            tried += 1
            found = function(*(autograd.tensor(x) if isinstance(x, np.ndarray) else x for x in arguments))
            for x, y in zip(outputs_of(found), outputs_of(expected), strict=True):
                np.testing.assert_array_equal(np.asarray(x), np.asarray(y))
    assert tried or function in (np.array_repr, np.array_str, np.empty_like, np.result_type, np.can_cast)
