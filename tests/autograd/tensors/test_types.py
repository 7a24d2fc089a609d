"""Types under PyTorch's older names, limits of dtypes, and random numbers in place."""

import numpy as np
import pytest
import torch

import autograd

KINDS = ["BFloat16", "Half", "Float", "Double", "Byte", "Char", "Short", "Int", "Long", "Bool"]
DTYPES = ["bfloat16", "float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
TYPES = {
    "the name": lambda m: [m.zeros(2, dtype=getattr(m, d)).type() for d in DTYPES],
    "by a name": lambda m: [m.tensor([0.0, 1.7]).type(f"torch.{kind}Tensor") for kind in KINDS],
    "by a dtype": lambda m: m.tensor([0.0, 1.7]).type(m.int64),
    "by a class": lambda m: m.tensor([0.0, 1.7]).type(m.LongTensor),
    "byte and char": lambda m: (m.tensor([1.5, 7]).byte(), m.tensor([1.5, -7]).char()),
    "facts": lambda m: [(x.is_signed(), x.is_complex()) for d in DTYPES for x in [m.ones(1, dtype=getattr(m, d))]],
    "by what is none": lambda m: m.zeros(2).type("foo"),
    "sizes": lambda m: [getattr(m, f"{kind}Tensor")(2, 3).shape for kind in KINDS],
    "values": lambda m: [getattr(m, f"{kind}Tensor")([0, 1]) for kind in KINDS],
    "floats as integers": lambda m: m.LongTensor([1.7, -1.7]),
    "an array": lambda m: m.FloatTensor(np.array([1.0, 2.0])),
    "a tensor": lambda m: m.FloatTensor(m.ones(2)),
    "a tensor of another type": lambda m: m.FloatTensor(m.ones(2, dtype=m.float64)),
    "nothing": lambda m: m.FloatTensor(),
    "a number": lambda m: m.FloatTensor(3.5),
    "isinstance": lambda m: [isinstance(m.ones(2).int(), getattr(m, f"{k}Tensor")) for k in KINDS],
    "of something else": lambda m: isinstance(3, m.FloatTensor),
    "new": lambda m: (m.ones(2, dtype=m.float64).new(2, 3).shape, m.ones(2, dtype=m.int32).new([1, 2])),
    "new_tensor": lambda m: m.ones(2, dtype=m.float64).new_tensor([1, 2]),
    "new_tensor of a dtype": lambda m: m.ones(2).new_tensor([1, 2], dtype=m.int32, requires_grad=False),
    "new_zeros": lambda m: (m.ones(2, dtype=m.int8).new_zeros(2, 3), m.ones(2).new_zeros((2,), requires_grad=True)),
    "new_ones": lambda m: m.ones(2, dtype=m.float64).new_ones((1, 2)),
    "new_full": lambda m: (m.ones(2, dtype=m.int64).new_full((2,), 7), m.ones(2).new_full((1,), 1, dtype=m.float64)),
    "new_empty": lambda m: m.ones(2, dtype=m.float64).new_empty(0, 3).shape,
    "finfo": lambda m: [m.finfo(getattr(m, d)) for d in ("bfloat16", "float16", "float32", "float64")],
    "finfo by default": lambda m: (m.finfo(), m.finfo().max, m.finfo().tiny, m.finfo().bits, m.finfo().dtype),
    "facts of float64": lambda m: [getattr(m.finfo(m.float64), n) for n in ("eps", "min", "max", "smallest_normal")],
    "finfo of integers": lambda m: m.finfo(m.int32),
    "iinfo": lambda m: [m.iinfo(getattr(m, d)) for d in DTYPES[4:9]],
    "facts of integers": lambda m: [(i.min, i.max, i.bits, i.dtype) for i in map(m.iinfo, (m.uint8, m.int64))],
    "iinfo of floats": lambda m: m.iinfo(m.float32),
    "iinfo of bools": lambda m: m.iinfo(m.bool),
    "can_cast": lambda m: [m.can_cast(getattr(m, a), getattr(m, b)) for a in DTYPES for b in DTYPES],
    "promote_types": lambda m: [m.promote_types(getattr(m, a), getattr(m, b)) for a in DTYPES for b in DTYPES],
    "is_floating_point": lambda m: [m.is_floating_point(m.zeros(1, dtype=getattr(m, d))) for d in DTYPES],
    "numel": lambda m: (m.numel(m.zeros(2, 3)), m.numel(m.tensor(1))),
    "numbers": lambda m: (m.inf, m.nan, m.pi, m.e, m.zeros(2)[m.newaxis].shape),
}  # fmt: skip
VARIABLES = {
    "a variable": lambda m, V: V(m.ones(2)),
    "that requires grad": lambda m, V: V(m.ones(2), requires_grad=True),
    "of a list": lambda m, V: V([1, 2]),
    "isinstance": lambda m, V: (isinstance(m.ones(2), V), isinstance(3, V)),
}
WHERE = {
    "floats": lambda m, c, x, n: m.where(c, 1.0, 0.0),
    "integers": lambda m, c, x, n: m.where(c, 1, 0),
    "an integer and a float": lambda m, c, x, n: m.where(c, 1, 0.5),
    "bools": lambda m, c, x, n: m.where(c, True, False),
    "a tensor and a number": lambda m, c, x, n: (m.where(c, x, 0), m.where(c, 0, x), m.where(c, n, 1.5)),
    "a bool and integers": lambda m, c, x, n: m.where(c, True, n),
    "two dtypes": lambda m, c, x, n: (m.where(c, x, x.double()), m.where(c, n, x)),
    "a 0-d tensor": lambda m, c, x, n: (m.where(c, x, m.tensor(3.5).double()), m.where(c, n, m.tensor(3.5).double())),
    "the condition alone": lambda m, c, x, n: (m.where(c), m.where(x > 1), m.where(x), m.where(n), m.where(c[0])),
    "a method": lambda m, c, x, n: x.where(c, 0.0),
    "a condition of integers": lambda m, c, x, n: m.where(n, x, 0),
    "two arguments": lambda m, c, x, n: m.where(c, x),
    "a number out of range": lambda m, c, x, n: m.where(c, n.to(m.int8), 300),
}
DRAWS = {  # the draw, its mean and its standard deviation
    "normal_": (lambda x: x.normal_(2, 3), 2, 3),
    "uniform_": (lambda x: x.uniform_(-1, 1), 0, 3**-0.5),
    "exponential_": (lambda x: x.exponential_(2.0), 0.5, 0.5),
    "geometric_": (lambda x: x.geometric_(0.25), 4, 12**0.5),
    "bernoulli_": (lambda x: x.bernoulli_(0.25), 0.25, (0.25 * 0.75) ** 0.5),
    "bernoulli_ of a tensor": (lambda x: x.bernoulli_(x.clone().fill_(0.25)), 0.25, (0.25 * 0.75) ** 0.5),
    "log_normal_": (lambda x: x.log_normal_(0, 0.25), np.exp(1 / 32), (np.exp(1 / 16) * (np.exp(1 / 16) - 1)) ** 0.5),
    "random_": (lambda x: x.random_(10), 4.5, 8.25**0.5),
    "random_ between": (lambda x: x.random_(-5, 5), -0.5, 8.25**0.5),
}
WRONG_DRAWS = {
    "uniform_": lambda x: x.uniform_(2, 1), "normal_": lambda x: x.normal_(0, -1), "random_": lambda x: x.random_(3, 3),
    "exponential_": lambda x: x.exponential_(0), "geometric_": lambda x: x.geometric_(1.5),
    "bernoulli_": lambda x: x.bernoulli_(2), "log_normal_": lambda x: x.log_normal_(0, -1),
    "cauchy_": lambda x: x.cauchy_(0, -1),
    "beyond the dtype": lambda x: x.to(int8(x)).random_(300),
}  # fmt: skip


def int8(x):
    return torch.int8 if isinstance(x, torch.Tensor) else autograd.int8


def shown(use, *args):
    try:
        return repr(use(*args)).replace("torch.Size", "").replace("([", "(").replace("])", ")")
    except Exception as error:
        return type(error)


@pytest.fixture(autouse=True)
def _as_torch():
    autograd.print_as_torch()
    yield
    autograd.print_as_torch(False)


@pytest.mark.parametrize("use", TYPES.values(), ids=TYPES)
def test_types_are_torchs(use):
    assert shown(use, autograd) == shown(use, torch)


@pytest.mark.parametrize("use", VARIABLES.values(), ids=VARIABLES)
def test_a_variable_is_a_tensor(use):
    assert shown(use, autograd, autograd.Variable) == shown(use, torch, torch.autograd.Variable)


def test_a_variable_shares_the_memory_and_is_never_volatile():
    x = autograd.ones(2)
    autograd.Variable(x)[0] = 5
    assert x.tolist() == [5, 1]
    with pytest.raises(TypeError, match="no_grad"):
        autograd.Variable(x, volatile=True)


def test_a_type_on_another_device_is_refused():
    with pytest.raises(AssertionError, match="CUDA"):
        autograd.ones(2).type("torch.cuda.FloatTensor")


@pytest.mark.parametrize("use", WHERE.values(), ids=WHERE)
def test_where_takes_every_form_of_torchs(use):
    ours, theirs = (
        shown(use, m, m.tensor([True, False]), m.tensor([1.0, 2.0]), m.tensor([1, 2])) for m in (autograd, torch)
    )
    assert ours == theirs


@pytest.mark.parametrize(("draw", "mean", "std"), DRAWS.values(), ids=DRAWS)
def test_random_numbers_are_distributed_as_torchs(draw, mean, std):
    autograd.manual_seed(0)
    torch.manual_seed(0)
    for m in (torch, autograd):
        x = m.zeros(100, 200, dtype=m.float64)
        sample = draw(x)
        assert sample is x
        np.testing.assert_allclose(float(x.mean()), mean, atol=5 * std / 20000**0.5)
        np.testing.assert_allclose(float(x.std()), std, rtol=0.05)


@pytest.mark.parametrize("draw", WRONG_DRAWS.values(), ids=WRONG_DRAWS)
def test_a_draw_that_makes_no_sense_raises_as_torchs_and_writes_nothing(draw):
    x = autograd.ones(3)
    assert shown(draw, x) is shown(draw, torch.ones(3)) is RuntimeError
    assert x.tolist() == [1, 1, 1]


def test_integers_take_draws_of_integers_alone():
    for draw in ("normal_", "uniform_", "exponential_", "cauchy_", "log_normal_"):
        with pytest.raises(NotImplementedError):
            getattr(autograd.ones(2).long(), draw)()
        with pytest.raises(RuntimeError):
            getattr(torch.ones(2).long(), draw)()
    assert 0 <= autograd.ones(5).to(autograd.uint8).random_().min().item() <= 255
    assert set(autograd.zeros(50).bool().random_().tolist()) == {True, False}
    assert autograd.zeros(500).random_().max().item() > 2**22
    assert abs(autograd.zeros(10000).cauchy_(5, 2).median().item() - 5) < 0.2


def test_random_numbers_go_on_where_their_state_says():
    autograd.manual_seed(3)
    assert autograd.initial_seed() == torch.manual_seed(3).initial_seed() == 3
    state = autograd.get_rng_state()
    first = autograd.rand(5)
    autograd.set_rng_state(state.clone())
    assert autograd.equal(autograd.rand(5), first)
    with pytest.raises(ValueError, match="get_rng_state"):
        autograd.set_rng_state(autograd.zeros(5, dtype=autograd.uint8))
    assert autograd.seed() == autograd.initial_seed() != 3
    g = autograd.Generator()
    assert g.initial_seed() == g.initial_seed()
    assert g.seed() == g.initial_seed()
    a, b = autograd.Generator().manual_seed(5), autograd.Generator()
    b.manual_seed(a.initial_seed())
    assert autograd.equal(autograd.randn(3, generator=a), autograd.randn(3, generator=b))
