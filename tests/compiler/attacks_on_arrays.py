"""Scripts that try to make a compiled function wrong by what it is given and by what becomes of what it returns.

A script takes `compiled`, which makes a function a compiled one or leaves it alone, and returns all that can be seen.
"""

import threading
from types import FunctionType

import numpy as np

import autograd
from autograd import tensor

NUMBERS = [0.0, -0.0, 1.0, -1.5, 2.5, 1e-40, -3e38, np.inf, -np.inf, np.nan]


def normal(*shape, seed=0, dtype=np.float32):
    return tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


def results_that_are_kept(compiled):
    f = compiled(lambda x: [x * 2, x.sum(), x.exp().T])
    return [f(normal(3, 4, seed=i)) for i in range(6)]


def results_that_are_written_to(compiled):
    f, seen = compiled(lambda x: x * 2), []
    for i in range(6):
        out = f(normal(3, 4, seed=i))
        seen.append(out.clone())
        out.zero_()
        out.T[0] += 1
        seen.append(out)
    return seen


def an_input_that_is_changed_after_the_call(compiled):
    f, x, seen = compiled(lambda x: x * x + 1), normal(4), []
    for _ in range(6):
        seen.append(f(x))
        x += 1
    return seen


def an_input_that_is_returned(compiled):
    f = compiled(lambda x, y: (x, y * 2, x))
    seen = []
    for i in range(5):
        x = normal(3, seed=i)
        a, b, c = f(x, x + 1)
        seen += [a, b, c, a is x, c is x]
        a += 1
        seen.append(c)
    return seen


def one_tensor_given_twice(compiled):
    f, x, y = compiled(lambda x, y: x * y + x), normal(3), normal(3, seed=1)
    return [f(x, x) if i % 3 else f(x, y) for i in range(9)]


def views_of_one_array_given_twice(compiled):
    f, x = compiled(lambda x, y: x * y + x.sum()), normal(6)
    return [f(x[i % 2 : 4 + i % 2], x[2:]) for i in range(8)]


def an_argument_that_is_written_to(compiled):
    def f(x, y):
        x += y
        return x * 2

    f, x, seen = compiled(f), normal(3), []
    for i in range(6):
        seen.append(f(x, normal(3, seed=i)))
    return [*seen, x]


def an_argument_that_is_written_to_and_given_twice(compiled):
    def f(x, y):
        x.mul_(2.0)
        return x + y

    f, x, y = compiled(f), normal(3), normal(3, seed=1)
    return [f(x, y), f(x, y), f(x, y), f(x, x), f(x, x[:]), f(y, x), f(x, y), x, y]


def an_argument_that_is_written_to_and_shares_memory_with_another(compiled):
    def f(x, y):
        x += 1
        return y * 2

    f, x, y = compiled(f), normal(6), normal(6, seed=1)
    return [f(x[:4], y[:4]), f(x[:4], y[:4]), f(x[:4], y[:4]), f(x[:4], x[2:]), f(x[2:], x[:4]), f(x[:4], y[2:]), x]


def a_closed_over_tensor_that_is_written_to_from_outside(compiled):
    t, seen = normal(3), []
    f = compiled(lambda x: x * t)
    for i in range(8):
        seen.append(f(normal(3, seed=i)))
        t[i % 3] = float(i)
        t.mul_(2)
    return seen


def a_closed_over_tensor_that_is_written_to_inside(compiled):
    t = autograd.zeros(3)

    def f(x):
        t.add_(x)
        t[0] = 7.0
        return t * 2

    f = compiled(f)
    return [*[f(normal(3, seed=i)) for i in range(6)], t]


def a_view_that_is_written_to(compiled):
    def f(x):
        y = x.clone()
        y[1:, 0] = 5.0
        y.T[0] *= 2
        y[::2].zero_()
        return y

    f = compiled(f)
    return [f(normal(4, 3, seed=i)) for i in range(5)]


def a_base_written_to_while_its_view_is_held(compiled):
    t = normal(4, 3)
    row = t[1]

    def f(x):
        t.add_(x)
        return row * 2

    f = compiled(f)
    return [*[f(normal(4, 3, seed=i)) for i in range(6)], row]


def integers_that_overflow(compiled):
    f = compiled(lambda x: [x + x, x * x, -x, x.abs(), x - 1, x**2, x.sum(), x.prod(), x.max(), x.double() / 3])
    kinds = [np.int8, np.uint8, np.int16, np.int32, np.int64]
    return [f(tensor(np.array([np.iinfo(t).max, np.iinfo(t).min, 3], t))) for t in kinds for _ in range(4)]


def integers_divided(compiled):
    f = compiled(lambda x, y: [x // y, x % y, x / y, x.float() // y, autograd.fmod(x, y)])
    xs = [tensor(np.array([7, -7, 7, -7, 0], t)) for t in (np.int8, np.int32, np.int64) for _ in range(4)]
    return [f(x, tensor(np.array([2, 2, -2, -2, 5], x.numpy().dtype))) for x in xs]


def floats_divided_by_zero(compiled):
    f = compiled(lambda x, y: [x / y, x // y, x % y, x.reciprocal(), autograd.fmod(x, y), y.log(), 1 / y, y**-1])
    x = tensor(np.array(NUMBERS, np.float32))
    return [f(x, y) for y in (x * 0, x.flip(0), x) for _ in range(4)]


def truths(compiled):
    f = compiled(lambda x, y: [x & y, x | y, x ^ y, ~x, x + y, x * y, x.sum(), x.any(), x.all(), x.float(), x == y])
    x, y = tensor([True, False, True]), tensor([True, True, False])
    return [f(x, y) for _ in range(4)] + [f(x, ~y) for _ in range(4)]


def kinds_of_numbers_mixed(compiled):
    f = compiled(lambda x, y: [x + y, x * 2, x * 2.5, autograd.where(x > y, x, y), autograd.maximum(x, y), x.sum()])
    kinds = [np.bool_, np.uint8, np.int32, np.int64, np.float16, np.float32, np.float64]
    pairs = [(a, b) for a in kinds for b in kinds if (kinds.index(a) * 3 + kinds.index(b)) % 4 == 0][:8]
    return [f(tensor(np.array([0, 1, 3], a)), tensor(np.array([1, 1, 2], b))) for a, b in pairs for _ in range(4)]


def a_kind_of_numbers_that_changes(compiled):
    f = compiled(lambda x: [x * 2 + 1, x.sum(), x.mean(dtype=autograd.float32)])
    kinds = [np.float32, np.float64, np.float16, np.int64]
    return [f(tensor(np.arange(4).astype(kinds[i // 2 % 4]))) for i in range(20)]


def half_precision(compiled):
    f = compiled(lambda x: [x.exp(), x.sum(), x * x, x.softmax(0), x @ x, x.float().exp().half(), x > 1, x.max()])
    return [f(normal(40, seed=i).half() * 4) for i in range(5)]


def bfloat16(compiled):
    f = compiled(lambda x: [x.exp(), x.sum(), x * x, x.float().exp().bfloat16()])
    return [f(normal(8, seed=i).bfloat16()) for i in range(5)]


def numbers_and_empty_arrays(compiled):
    def f(x):
        return [x * 2, x.sum(), x.exp().mean() if x.numel() else x + 1, (x * 2).reshape(-1), x[None] * 1, x + x.sum()]

    f = compiled(f)
    return [f(autograd.ones(shape) * (i + 1)) for shape in ((), (0,), (3, 0), (1,), (1, 1)) for i in range(4)]


def layouts_of_the_memory(compiled):
    f = compiled(lambda x: [x * 2, x.sum(0), x @ x.T, x.reshape(-1) * 1, x.T.exp(), x.flip(0), x[1:] + 1])
    big = normal(8, 8)
    layouts = [big[:4, :4], big[::2, ::2], big.T[:4, :4], big[:1, :4].expand(4, 4), big[:4, :4].contiguous()]
    layouts += [tensor(np.asfortranarray(big.numpy()[:4, :4])), autograd.from_numpy(big.numpy()[::-2, ::-2])]
    return [f(x) for x in layouts for _ in range(4)]


def layouts_that_change_from_call_to_call(compiled):
    f, big, seen = compiled(lambda x: (x * 2).sum(1)), normal(8, 8), []
    for i in range(12):
        x = [big[:4, :4], big.T[2:6, :4], big[::2, ::2], big[:1, :4].expand(4, 4)][i % 4]
        seen.append(f(x))
    return seen


def numbers_that_are_not_finite(compiled):
    f = compiled(lambda x: [getattr(x, name)() for name in (
        "exp", "log", "tanh", "sqrt", "sigmoid", "relu", "sign", "abs", "floor", "sin", "expm1", "log1p", "square",
        "isnan", "isinf", "isfinite", "max", "min", "sum", "prod", "argmax", "argmin", "neg", "rsqrt", "erf", "atan",
        "ceil", "round", "trunc", "frac", "cos", "std", "var", "norm", "sinh",
    )])  # fmt: skip
    x = tensor(np.array(NUMBERS, np.float32))
    return [f(y) for y in (x, x[:7], x[4:], x.flip(0)) for _ in range(4)]


def pairs_of_numbers_that_are_not_finite(compiled):
    f = compiled(lambda x, y: [x + y, x * y, x - y, x / y, autograd.maximum(x, y), autograd.minimum(x, y), x**y,
        autograd.hypot(x, y), autograd.atan2(x, y), autograd.copysign(x, y), autograd.logaddexp(x, y), x < y, x == y,
        autograd.fmax(x, y), autograd.fmin(x, y), autograd.heaviside(x, y), autograd.where(x > y, x, y),
    ])  # fmt: skip
    x, y = (tensor(a.astype(np.float32)) for a in np.meshgrid(NUMBERS, NUMBERS))
    return [f(x, y) for _ in range(4)]


def zeros_with_a_sign(compiled):
    """Of maximum(0.0, -0.0), and so of relu, the sign is left open: NumPy's depends on the processor."""
    f = compiled(lambda x: [1 / g for g in (x * 2, x + 0.0, x - 0.0, -x, x.sqrt(), x.sin(), x.tanh(), x.expm1(),
        x.round(), x.floor(), x.abs(), x.T, x.log1p(), x.atan(), x.sinh())
    ])  # fmt: skip
    return [f(tensor([0.0, -0.0, -0.2, 0.2])) for _ in range(4)]


def extremes_with_ties(compiled):
    def f(x):
        y = x * 1
        out = [x.max(), x.max(1)[0], x.amax(0), x.min(1)[1], x.argmax(), x.median(1)[0], x.sort(1)[0], x.topk(2)[0]]
        return [o * 1 for o in out] + [y.cummax(1)[0], autograd.maximum(x, x.flip(0))]

    f = compiled(f)
    return [f(tensor(np.array([[2, 2, 1], [0, 0, 0], [-1, 3, 3]], np.float32))) for _ in range(4)]


def gradients_of_extremes_with_ties(compiled):
    def f(x):
        total = x.max() + x.amax(0).sum() + x.min(1)[0].sum() + x.clamp(-1, 2).sum() + x.relu().sum() + x.abs().sum()
        total.backward()
        return x.grad

    f = compiled(f)
    rows = [[2, 2, 1], [0, 0, -0.0], [-1, 3, 3]]
    return [f(tensor(np.array(rows, np.float32), requires_grad=True)) * 1 for _ in range(4)]


def gradients_that_pile_up_in_an_argument(compiled):
    def f(x):
        (x * x).sum().backward()

    f, x = compiled(f), normal(3).requires_grad_()
    return [(f(x), x.grad.clone())[1] for _ in range(6)]


def large_arrays(compiled):
    def f(x):
        y = (x.exp() * 0.5 + x.tanh()).relu()
        y.sum().backward()
        return [y.detach().sum(1), x.grad.mean(0), y.detach().cumsum(1)[:, -1]]

    f = compiled(f)
    return [f(normal(700, 1500, seed=i).requires_grad_()) for i in range(3)]


def a_long_sum_of_what_is_not_exact(compiled):
    f = compiled(lambda x: [x.sum(), x.mean(), x.sum(0), x.norm(), x.logsumexp(0)])
    return [f(autograd.full((300_000,), 0.1 * (i + 1))) for i in range(4)]


def indices(compiled):
    f = compiled(lambda x, i: [x[i], x[:, i], x[i, i], x[i][:, 1:], x.index_select(0, i % 4), x.take(i), x[i, 0]])
    x = normal(4, 4)
    return [f(x, tensor(i)) for i in ([0, 3, -1, -4], [1, 1, 1, 1], [-2, 2, 0, -3], [3, 2, 1, 0]) for _ in range(2)]


def indices_out_of_range(compiled):
    f, seen, x = compiled(lambda x, i: x[i] * 2), [], normal(4, 2)
    for i in (0, 1, 3, 4, -4, -5, 2**40, 2):
        try:
            seen.append(f(x, tensor([0, i])))
        except IndexError as error:
            seen.append(type(error).__name__)
    return seen


def places_written_to_twice(compiled):
    def f(x, i):
        y = autograd.zeros(4).index_add(0, i, x)
        z = autograd.zeros(4).scatter_add(0, i, x)
        w = x.clone()
        w[i] = 1.0
        return [y, z, w]

    f = compiled(f)
    return [f(normal(4, seed=k), tensor([0, k % 4, 0, 3])) for k in range(6)]


def masks(compiled):
    f = compiled(lambda x: [autograd.where(x > 0, x, -x), x.masked_fill(x > 0, 9.0), x * (x > 0), x.tril(), x.triu(1)])
    return [f(normal(4, 4, seed=i)) for i in range(5)]


def a_choice_by_a_mask(compiled):
    f = compiled(lambda x: x[x > 0] * 2)
    return [f(normal(6, seed=i)) for i in range(6)]


def branches_by_values(compiled):
    f = compiled(lambda x: x * 2 if x.sum() > 0 else x - 1 if x.max() < 1 else x.exp())
    return [f(normal(3, seed=i)) for i in range(14)]


def threads_that_call_one_function(compiled):
    f = compiled(lambda x: [(x * 2).exp().sum(1), x.T @ x])
    xs = [normal(20, 5, seed=i) for i in range(4)]
    expected, faults = [f(x) for x in xs], []

    def work(k):
        for i in range(40):
            out, expect = f(xs[(k + i) % 4]), expected[(k + i) % 4]
            faults.extend([k] if any(not np.allclose(a, b, rtol=1e-5) for a, b in zip(out, expect)) else [])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [*expected, faults]


def one_compiled_function_in_another(compiled):
    inner = compiled(lambda x: x.exp() + 1)
    outer = compiled(lambda x: inner(x) * inner(x * 2))
    return [*[inner(normal(3, seed=i)) for i in range(4)], *[outer(normal(3, seed=i)) for i in range(4)]]


def random_numbers(compiled):
    f = compiled(lambda x: [x + autograd.rand(3), autograd.randn(2), autograd.randint(9, (3,)), autograd.randperm(5)])
    seen = []
    for i in range(8):
        seen += [f(normal(3, seed=i)), autograd.rand(2)]
        if i == 5:
            autograd.manual_seed(9)
    return seen


def errors_in_the_middle(compiled):
    def f(x, y):
        return (x + autograd.rand(3)) / y if y.numel() == 3 else x + y

    f, seen = compiled(f), []
    for n in (3, 3, 3, 2, 3, 2, 2, 2, 3):
        try:
            seen.append(f(normal(3), autograd.ones(n)))
        except Exception as error:
            seen.append((type(error).__name__, str(error)))
        seen.append(autograd.rand(1))
    return seen


ATTACKS = {
    name: script
    for name, script in list(globals().items())
    if isinstance(script, FunctionType) and script.__code__.co_varnames[:1] == ("compiled",)
}
