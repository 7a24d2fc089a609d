"""NumPy's own functions, called on tensors, give tensors with torch's values and gradients, or refuse by name."""

import operator

import numpy as np
import pytest

import autograd
from tests.cases.case import above_one, away, distinct, invertible, open_unit, positive, real, unit
from tests.oracle import TORCH, array, first_order, outputs_of, same, weights

M, V, CUBE, POS = real(3, 4), real(4), real(2, 3, 4), positive(3, 4)

# name: (NumPy's call, the same in torch, inputs)
CALLS = {}


def call(name, ours, theirs, *specs):
    assert name not in CALLS, name
    CALLS[name] = ours, theirs, specs


# Functions of one or two arrays that have the same name in both.
SAME = {
    "negative absolute exp exp2 expm1 sin cos tanh square sinh cosh arctan arcsinh": (away(3, 4),),
    "floor ceil trunc sign": (distinct(3, 4),),
    "log log2 log10 log1p sqrt reciprocal": (POS,),
    "arcsin arccos arctanh tan": (open_unit(3, 4),),
    "arccosh": (above_one(3, 4),),
    "add subtract multiply divide true_divide maximum minimum hypot logaddexp arctan2": (away(3, 4), away(4)),
    "remainder fmod": (distinct(3, 4), distinct(3, 4)),
    "matmul": (M, real(4, 2)),
    "abs": (away(3, 4),),
    "pow": (POS, V),
    "isnan isinf isfinite": (M,),
}
for names, specs in SAME.items():
    for name in names.split():
        call(f"np.{name}", lambda *xs, name=name: getattr(np, name)(*xs), lambda m, *xs,
             name=name: getattr(m, name)(*xs), *specs)

call("np.power", lambda x, y: np.power(x, y), lambda m, x, y: x**y, POS, V)
call("np.float_power number", lambda x: np.power(x, 3), lambda m, x: x**3, M)
call("np.power of a number", lambda x: np.power(2.0, x), lambda m, x: 2.0**x, M)
call("np.mod", lambda x, y: np.mod(x, y), lambda m, x, y: x % y, distinct(3, 4), distinct(3, 4))
call("np.rint", lambda x: np.rint(x), lambda m, x: x.round(), distinct(3, 4))
call("np.round", lambda x: np.round(x), lambda m, x: x.round(), distinct(3, 4))
call("np.positive", lambda x: np.positive(x) * 2, lambda m, x: x * 2, M)
call("np.where", lambda x, y: np.where(np.array([True, False, True, False]), x, y),
     lambda m, x, y: m.where(m.tensor([True, False, True, False]), x, y), M, M)
call("np.where number", lambda x: np.where(x > 0, x, 0.0), lambda m, x: m.relu(x), away(3, 4))
call("np.clip", lambda x: np.clip(x, -0.4, 0.6), lambda m, x: x.clamp(-0.4, 0.6), distinct(3, 4))
call("np.nan_to_num", lambda x: np.nan_to_num(x), lambda m, x: x.nan_to_num(), M)
call("np.greater", lambda x, y: np.greater(x, y), lambda m, x, y: x > y, M, M)

# Reductions.
for name in ("sum", "mean", "prod"):
    call(f"np.{name}", lambda x, name=name: getattr(np, name)(x), lambda m, x, name=name: getattr(m, name)(x), POS)
    call(f"np.{name} axis", lambda x, name=name: getattr(np, name)(x, axis=0), lambda m, x,
         name=name: getattr(m, name)(x, 0), POS)
    call(f"np.{name} keepdims", lambda x, name=name: getattr(np, name)(x, axis=-1, keepdims=True),
         lambda m, x, name=name: getattr(m, name)(x, -1, keepdim=True), POS)
call("np.sum axes", lambda x: np.sum(x, axis=(0, 2)), lambda m, x: x.sum((0, 2)), CUBE)
call("np.max", lambda x: np.max(x), lambda m, x: x.max(), distinct(3, 4))
call("np.amax axis", lambda x: np.amax(x, axis=1), lambda m, x: x.amax(1), distinct(3, 4))
call("np.min axis", lambda x: np.min(x, axis=0, keepdims=True), lambda m, x: x.amin(0, keepdim=True), distinct(3, 4))
call("np.var", lambda x: np.var(x), lambda m, x: x.var(correction=0), M)
call("np.var ddof", lambda x: np.var(x, axis=1, ddof=1), lambda m, x: x.var(1), M)
call("np.std", lambda x: np.std(x, axis=0), lambda m, x: x.std(0, correction=0), M)
call("np.cumsum", lambda x: np.cumsum(x, axis=1), lambda m, x: x.cumsum(1), M)
call("np.cumsum flat", lambda x: np.cumsum(x), lambda m, x: x.flatten().cumsum(0), M)
call("np.cumprod", lambda x: np.cumprod(x, axis=0), lambda m, x: x.cumprod(0), POS)
call("np.linalg.norm", lambda x: np.linalg.norm(x), lambda m, x: x.norm(), M)
call("np.linalg.norm axis", lambda x: np.linalg.norm(x, axis=1), lambda m, x: x.norm(dim=1), M)
call("np.argmax", lambda x: np.argmax(x, axis=1), lambda m, x: x.argmax(1), distinct(3, 4))
call("np.any", lambda x: np.any(x > 0), lambda m, x: (x > 0).any(), M)
call("np.all", lambda x: np.all(x > 0, axis=0), lambda m, x: (x > 0).all(0), M)

# Methods of ufuncs.
call("np.add.reduce", lambda x: np.add.reduce(x), lambda m, x: x.sum(0), M)
call("np.add.reduce axis", lambda x: np.add.reduce(x, axis=1, keepdims=True), lambda m, x: x.sum(1, keepdim=True), M)
call("np.add.reduce all", lambda x: np.add.reduce(x, axis=None), lambda m, x: x.sum(), M)
call("np.multiply.reduce", lambda x: np.multiply.reduce(x, axis=1), lambda m, x: x.prod(1), POS)
call("np.maximum.reduce", lambda x: np.maximum.reduce(x, axis=1), lambda m, x: x.amax(1), distinct(3, 4))
call("np.minimum.reduce", lambda x: np.minimum.reduce(x, axis=0), lambda m, x: x.amin(0), distinct(3, 4))

# Shape and index.
call("np.reshape", lambda x: np.reshape(x, (4, 3)), lambda m, x: x.reshape(4, 3), M)
call("np.ravel", lambda x: np.ravel(x), lambda m, x: x.ravel(), M)
call("np.squeeze", lambda x: np.squeeze(x), lambda m, x: x.squeeze(), real(1, 3, 1))
call("np.squeeze axis", lambda x: np.squeeze(x, axis=0), lambda m, x: x.squeeze(0), real(1, 3, 1))
call("np.expand_dims", lambda x: np.expand_dims(x, 1), lambda m, x: x.unsqueeze(1), M)
call("np.transpose", lambda x: np.transpose(x), lambda m, x: x.permute(2, 1, 0), CUBE)
call("np.transpose axes", lambda x: np.transpose(x, (1, 2, 0)), lambda m, x: x.permute(1, 2, 0), CUBE)
call("np.swapaxes", lambda x: np.swapaxes(x, 0, 2), lambda m, x: x.swapaxes(0, 2), CUBE)
call("np.moveaxis", lambda x: np.moveaxis(x, 0, -1), lambda m, x: x.movedim(0, -1), CUBE)
call("np.broadcast_to", lambda x: np.broadcast_to(x, (3, 4)), lambda m, x: x.expand(3, 4), V)
call("np.tile", lambda x: np.tile(x, (2, 3)), lambda m, x: x.tile((2, 3)), M)
call("np.flip", lambda x: np.flip(x, 0), lambda m, x: x.flip(0), M)
call("np.flip all", lambda x: np.flip(x), lambda m, x: x.flip(0, 1), M)
call("np.roll", lambda x: np.roll(x, 1, axis=0), lambda m, x: x.roll(1, 0), M)
call("np.roll flat", lambda x: np.roll(x, 3), lambda m, x: x.roll(3), M)
call("np.concatenate", lambda x, y: np.concatenate([x, y]), lambda m, x, y: m.cat([x, y]), M, real(2, 4))
call("np.concatenate array", lambda x: np.concatenate((np.ones((1, 4)), x), axis=0),
     lambda m, x: m.cat([m.ones(1, 4, dtype=x.dtype), x]), M)
call("np.stack", lambda x, y: np.stack((x, y), axis=1), lambda m, x, y: m.stack([x, y], 1), M, M)
call("np.split", lambda x: np.split(x, [1, 3], axis=1), lambda m, x: x.split([1, 2, 1], 1), M)
call("np.take_along_axis", lambda x: np.take_along_axis(x, np.array([[0, 0], [3, 1], [2, 2]]), 1),
     lambda m, x: x.take_along_dim(m.tensor([[0, 0], [3, 1], [2, 2]]), 1), M)
call("np.tril", lambda x: np.tril(x), lambda m, x: x.tril(), M)
call("np.triu", lambda x: np.triu(x, 1), lambda m, x: x.triu(1), M)
call("np.diagonal", lambda x: np.diagonal(x), lambda m, x: x.diagonal(), M)
call("np.diag", lambda x: np.diag(x), lambda m, x: x.diag(), V)
call("np.trace", lambda x: np.trace(x), lambda m, x: x.trace(), M)
call("np.pad", lambda x: np.pad(x, ((1, 0), (0, 2))), lambda m, x: m.pad(x, (0, 2, 1, 0)), M)
call("np.sort", lambda x: np.sort(x, axis=0), lambda m, x: x.sort(0).values, distinct(3, 4))
call("np.argsort", lambda x: np.argsort(x), lambda m, x: x.argsort(), distinct(3, 4))
call("np.copy", lambda x: np.copy(x), lambda m, x: x.clone(), M)
call("np.ones_like", lambda x: np.ones_like(x), lambda m, x: m.ones_like(x).detach(), M)
call("np.zeros_like", lambda x: np.zeros_like(x), lambda m, x: m.zeros_like(x).detach(), M)

# Linear algebra.
call("np.dot", lambda x, y: np.dot(x, y), lambda m, x, y: x @ y, M, real(4, 2))
call("np.dot vectors", lambda x, y: np.dot(x, y), lambda m, x, y: x.dot(y), V, V)
call("np.outer", lambda x, y: np.outer(x, y), lambda m, x, y: m.outer(x, y), V, real(3))
call("np.einsum", lambda x, y: np.einsum("ij,jk->ik", x, y), lambda m, x, y: x @ y, M, real(4, 2))
call("np.linalg.inv", lambda x: np.linalg.inv(x), lambda m, x: x.inverse(), invertible(3, 3))
call("np.linalg.solve", lambda x, y: np.linalg.solve(x, y), lambda m, x, y: m.linalg.solve(x, y), invertible(3, 3),
     real(3, 2))
call("np.linalg.det", lambda x: np.linalg.det(x), lambda m, x: m.det(x), invertible(3, 3))
call("np.linalg.cholesky", lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)),
     lambda m, x: m.linalg.cholesky(x @ x.T + m.eye(3, dtype=x.dtype)), invertible(3, 3))

# An array on one side, a tensor on the other.
A = np.linspace(0.5, 2.0, 12).reshape(3, 4)
BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow,
          "%": operator.mod}  # fmt: skip
for symbol, operate in BINARY.items():
    call(f"array {symbol} x", lambda x, f=operate: f(A, x), lambda m, x, f=operate: f(m.tensor(A), x), unit(3, 4))
    call(f"x {symbol} array", lambda x, f=operate: f(x, A), lambda m, x, f=operate: f(x, m.tensor(A)), unit(3, 4))
call("array @ x", lambda x: A @ x, lambda m, x: m.tensor(A) @ x, real(4, 2))
call("x @ array", lambda x: x @ A, lambda m, x: x @ m.tensor(A), real(2, 3))
call("array < x", lambda x: x > A, lambda m, x: m.tensor(A) < x, M)
call("array == x", lambda x: x == A, lambda m, x: m.tensor(A) == x, M)
call("np.float64 * x", lambda x: np.float64(2.5) * x, lambda m, x: 2.5 * x, M)
call("x - np.float64", lambda x: x - np.float64(2.5), lambda m, x: x - 2.5, M)
call("np.add of number", lambda x: np.add(1.5, x), lambda m, x: 1.5 + x, M)


@pytest.mark.parametrize("name", CALLS)
def test_numpy_calls_are_recorded(name):
    ours, theirs, specs = CALLS[name]
    rng = np.random.default_rng(3)
    arrays = [spec.array(rng) for spec in specs]
    for o in outputs_of(ours(*[autograd.tensor(a, requires_grad=True) for a in arrays])):
        assert isinstance(o, autograd.Tensor)
    mine = first_order(autograd, lambda m, *xs: ours(*xs), arrays)
    expected = first_order(TORCH, theirs, arrays)
    for what, a, b in zip(["values", "grads"], mine, expected, strict=False):
        for x, y in zip(a, b, strict=True):
            same(x, y, what, 1e-10)


@pytest.mark.parametrize("name", CALLS)
def test_numpy_calls_on_tensors_without_gradient_give_tensors(name):
    ours, _, specs = CALLS[name]
    rng = np.random.default_rng(3)
    for o in outputs_of(ours(*[autograd.tensor(spec.array(rng)) for spec in specs])):
        assert isinstance(o, autograd.Tensor)
        assert not o.requires_grad


def test_numpy_calls_have_second_derivatives():
    x = autograd.tensor([0.3, 0.7], dtype=autograd.float64, requires_grad=True)
    (g,) = autograd.grad(np.sum(np.exp(np.sin(x) * np.array([1.0, 2.0]))), x, create_graph=True)
    (h,) = autograd.grad(g.sum(), x)
    k = np.array([1.0, 2.0])
    s, c = np.sin([0.3, 0.7]), np.cos([0.3, 0.7])
    np.testing.assert_allclose(array(h), np.exp(k * s) * ((k * c) ** 2 - k * s), rtol=1e-12)


UNSUPPORTED = [np.nextafter, np.linalg.eig, np.linalg.lstsq, np.i0, np.convolve, np.gradient, np.frexp, np.fft.fft,
               np.unwrap, np.interp, np.heaviside, np.polyfit, np.add.at, np.logaddexp.reduce, np.spacing]  # fmt: skip


@pytest.mark.parametrize("unsupported", UNSUPPORTED, ids=lambda f: f.__name__)
def test_a_function_without_a_rule_refuses_and_names_itself(unsupported):
    x = autograd.tensor([0.5, 1.5], requires_grad=True)
    attempts = [(x,), (x, x), (x, x, x), (x, 1, x), (x, [0], x)]
    name = getattr(unsupported, "__name__", "").rpartition(".")[2]
    messages = []
    for arguments in attempts:
        try:
            result = unsupported(*arguments)
        except TypeError as error:
            messages.append(str(error))
        except (RuntimeError, ValueError) as error:  # refused for another good reason: its shape, __array__
            messages.append(str(error))
        else:
            raise AssertionError(f"{name} gave {result!r}")
    assert any(name in message for message in messages), messages


def test_the_refusal_says_what_to_do():
    x = autograd.tensor([0.5, 1.5], requires_grad=True)
    with pytest.raises(TypeError, match="spacing") as refusal:
        np.spacing(x)
    assert "rules.py" in str(refusal.value) or "detach" in str(refusal.value)


@pytest.mark.parametrize("cut", [np.asarray, np.array, np.ascontiguousarray, np.asanyarray, np.atleast_1d, list],
                         ids=lambda f: f.__name__)  # fmt: skip
def test_conversion_of_a_tensor_with_a_graph_never_gives_a_bare_array(cut):
    x = autograd.tensor([0.5], dtype=autograd.float64, requires_grad=True)
    try:
        result = cut(x)
    except (RuntimeError, TypeError):
        return
    parts = result if isinstance(result, list) else [result]
    assert all(isinstance(part, autograd.Tensor) and part.requires_grad for part in parts)


def test_conversion_of_a_tensor_without_graph_shares_its_memory():
    t = autograd.ones(2, 3)
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert not np.shares_memory(np.array(t), t.numpy())
    assert np.asarray(t, dtype=np.float64).dtype == np.float64
    assert np.array(t, dtype=object).dtype == object


def test_no_operation_makes_an_array_of_objects():
    x = autograd.tensor([0.5, 1.5], dtype=autograd.float64, requires_grad=True)
    a = np.ones(2)
    for result in (a + x, a * x, a / x, a @ x, a**x, np.float64(2) * x, np.ones(()) * x, a[:, None] - x):
        assert isinstance(result, autograd.Tensor)
        assert result.dtype == np.float64


def test_an_array_is_not_changed_in_place_into_a_graph():
    a = np.ones(2)
    x = autograd.tensor([0.5, 1.5], dtype=autograd.float64, requires_grad=True)
    try:
        a += x
    except (TypeError, RuntimeError):
        assert isinstance(a, np.ndarray)
        assert a.tolist() == [1.0, 1.0]
    else:
        assert isinstance(a, autograd.Tensor)
        assert a.requires_grad


def test_out_and_where_are_refused_by_name():
    x = autograd.tensor([0.5, 1.5], dtype=autograd.float64, requires_grad=True)
    buffer = np.zeros(2)
    with pytest.raises(TypeError, match="out"):
        np.add(x, 1.0, out=buffer)
    with pytest.raises(TypeError, match="where"):
        np.add(x, 1.0, where=np.array([True, False]))
    assert buffer.tolist() == [0.0, 0.0]


def test_foreign_arrays_that_know_better_are_given_the_call():
    class Foreign:
        __array_ufunc__ = None

        def __radd__(self, other):
            return "foreign"

    assert autograd.ones(2) + Foreign() == "foreign"


def test_seeds_and_weights_of_these_tests_are_never_zero():
    (w,) = weights(autograd, [autograd.ones(50, 50)])
    assert (abs(array(w)) >= 0.5).all()
