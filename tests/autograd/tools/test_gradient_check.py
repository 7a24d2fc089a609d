"""The checks of derivatives find what is wrong, name it, and leave alone what is right."""

import re

import numpy as np
import pytest

import autograd
from autograd import GradcheckError, check_op, define, gradcheck, gradgradcheck, primitive
from autograd.core.ops import OPS
from tests.displayed import HOSTILE, SHOWN, cells, tables

rng = np.random.default_rng(0)


def leaf(*values):
    return autograd.tensor(values, dtype=autograd.float64, requires_grad=True)


@pytest.fixture
def op():
    """A maker of ops of one's own, which are taken out of the table again."""
    made = []

    def make(function, *rules):
        made.append(primitive(function))
        if rules:
            define(made[-1], *rules)
        return made[-1]

    yield make
    for key in made:
        OPS.pop(key, None)


def cubed(x):
    return x * x * x


# -- gradcheck --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [False, True])
def test_gradcheck_passes_what_is_right(fast):
    a, b = autograd.randn(3, 4).double().requires_grad_(), autograd.randn(4, 2).double().requires_grad_()
    assert gradcheck(lambda x, y: ((x @ y).tanh(), x.exp().sum(0)), (a, b), fast_mode=fast)
    assert gradcheck(autograd.sin, leaf(0.5, 1.0), fast_mode=fast)


def test_gradcheck_differentiates_only_what_requires_grad():
    constant = autograd.tensor([2.0, 3.0], dtype=autograd.float64)
    assert gradcheck(lambda x, c, n: (x * c) ** n, (leaf(1.0, 2.0), constant, 2))


def test_gradcheck_leaves_its_inputs_as_they_were():
    x = leaf(1.0, 2.0)
    assert gradcheck(autograd.exp, x)
    assert x.tolist() == [1.0, 2.0]
    assert x.grad is None


def test_gradcheck_names_argument_element_and_both_numbers_of_a_wrong_rule(op):
    scale = op(lambda x, y: x * y, lambda g, y: g * y, lambda g, x: g * (x + (x > 2.5)))
    place = r"output 0 with respect to input 1, at input element \[2\] = 5 and output element 2"
    message = place + r": backward gives 4, differences give 3(\.0+\d*)? .*smooth here, so the rule is wrong"
    with pytest.raises(GradcheckError, match=message):
        gradcheck(scale, (leaf(1.0, 2.0, 3.0), leaf(4.0, 4.5, 5.0)))


def test_gradcheck_names_the_worst_element(op):
    wrong = op(lambda x: x * 2.0, lambda g: g * np.array([2.0, 3.0, 9.0, 4.0]))
    with pytest.raises(GradcheckError, match=r"input element \[2\] = 7"):
        gradcheck(wrong, leaf(5.0, 6.0, 7.0, 8.0))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradcheck_finds_a_gradient_that_is_not_finite(bad, op):
    wrong = op(lambda x: x * 2.0, lambda g: g * bad)
    with pytest.raises(GradcheckError, match=r"backward gives (nan|inf), differences give 2"):
        gradcheck(wrong, leaf(1.0))


def test_gradcheck_tells_a_kink_from_a_wrong_rule(op):
    with pytest.raises(GradcheckError, match=r"kink here: its slope is 0 to the left and 1 to the right, .* may be"):
        gradcheck(autograd.relu, leaf(1.0, 0.0))
    wrong = op(lambda x: np.abs(x), lambda g: g * 5)
    with pytest.raises(GradcheckError, match=r"slope is -1 to the left and 1 to the right$"):
        gradcheck(wrong, leaf(0.0))


def test_gradcheck_in_fast_mode_catches_a_wrong_rule(op):
    wrong = op(lambda x: x * x, lambda g, x: g * 3 * x)
    with pytest.raises(GradcheckError, match="in a random direction; fast_mode=False tells which element"):
        gradcheck(wrong, autograd.randn(5, 6).double().requires_grad_(), fast_mode=True)


def test_gradcheck_can_say_no_instead_of_raising():
    assert gradcheck(autograd.relu, leaf(0.0), raise_exception=False) is False


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
def test_gradcheck_says_that_float32_is_too_coarse_and_stops_there(check):
    x = autograd.ones(2, requires_grad=True)
    with pytest.raises(GradcheckError, match=r"input 0 is float32, which is too coarse .* x\.double\(\)"):
        check(lambda x: x**3, x)
    assert not check(lambda x: x**3, x, raise_exception=False)
    weight = autograd.ones(2)
    with pytest.raises(GradcheckError, match="the result of to in the function is float32, which is too"):
        check(lambda x: (x.float() * weight).exp().double(), leaf(1.0, 2.0))


def test_gradcheck_wants_an_input_that_requires_grad():
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(autograd.exp, autograd.ones(2).double())


def test_gradcheck_finds_a_function_that_is_not_deterministic():
    noise = np.random.default_rng(0)
    with pytest.raises(GradcheckError, match=r"the function is not deterministic: for output 0 .* differ by"):
        gradcheck(lambda x: x * noise.random(), leaf(1.0, 2.0))


def test_gradcheck_finds_a_backward_pass_that_is_not_deterministic(op):
    noise = np.random.default_rng(0)
    shaken = op(lambda x: x * 2.0, lambda g: g * 2 + noise.random() * 1e-7)
    with pytest.raises(GradcheckError, match="the backward pass is not deterministic"):
        gradcheck(shaken, leaf(1.0, 2.0))
    assert gradcheck(shaken, leaf(1.0, 2.0), nondet_tol=1e-6)


# -- gradgradcheck ----------------------------------------------------------------------------------------------------


def test_gradgradcheck_passes_what_is_right():
    assert gradgradcheck(lambda x, y: (x * y).sigmoid(), (leaf(0.5, 1.0), leaf(2.0, -1.0)))
    assert gradgradcheck(cubed, leaf(0.5, 1.0), leaf(1.0, 2.0), fast_mode=True)


def test_gradgradcheck_finds_a_rule_that_cannot_be_differentiated(op):
    def square_dx(g, x):
        return g * 2 * (x.detach() if isinstance(x, autograd.Tensor) else x)

    square = op(lambda x: x * x, square_dx)
    assert gradcheck(square, leaf(1.0, 3.0))
    with pytest.raises(GradcheckError, match="backward gives 0, differences give"):
        gradgradcheck(square, leaf(1.0, 3.0))


# -- check_op ---------------------------------------------------------------------------------------------------------

X = rng.standard_normal((2, 3))


def test_check_op_passes_an_op_of_ones_own_and_says_what_it_did(op):
    report = check_op(op(cubed, lambda g, x: g * (3 * x * x)), X)
    told = repr(report)
    for check in ("gradient", "second derivative", "float32 stays float32", "a new array each time"):
        assert re.search(rf"^  {check} +ok$", told, re.MULTILINE), told


def test_check_op_looks_at_broadcasting_where_the_op_allows_it(op):
    plus = op(lambda x, y: x + y, lambda g: g, lambda g: g)
    assert re.search(r"broadcasting +ok", repr(check_op(plus, X, X)))

    def strict(x, y):
        if x.shape != y.shape:
            raise ValueError("shapes differ")
        return x + y

    assert "not allowed by the op" in repr(check_op(op(strict, lambda g: g, lambda g: g), X, X))


def test_check_op_takes_options_and_integer_inputs(op):
    def pick(x, index, scale):
        return x[index] * scale

    def pick_dx(g, x_shape, y, scale):
        from autograd.calculus.primitives import put

        return put(g * scale, np.asarray(y), x_shape)

    assert check_op(op(pick, pick_dx, None), X, np.array([0, 1, 1]), scale=2.0)


def test_check_op_shows_in_a_notebook_what_it_prints(op):
    strict = op(cubed, lambda g, x: g * (3 * x * x))
    report = check_op(strict, X)
    (head, *rows), = tables(report)
    assert head == ["check", "result"]
    assert [" ".join(row).split() for row in rows] == [line.split() for line in repr(report).splitlines()[1:]]
    assert cells(report, "good") == ["ok"] * len(rows)
    report.add(HOSTILE, HOSTILE)
    assert tables(report)[0][-1] == [SHOWN, SHOWN]
    assert cells(report, "wrap") == [SHOWN]


def test_check_op_says_where_there_is_no_second_derivative():
    def twice(x):
        return autograd.linalg.svdvals(x)

    assert check_op(twice, X)


def buffer_rule():
    buffer = np.empty(X.shape)

    def rule(g, x):
        if isinstance(g, autograd.Tensor) or g.dtype != buffer.dtype:
            return 3 * x * x * g
        buffer[...] = 3 * x * x * g
        return buffer

    return rule


def writing_rule(g, x):
    grad = 3 * x * x * g
    if not isinstance(x, autograd.Tensor):
        x *= 2
    return grad


def greedy_rule(g, x):
    if isinstance(g, autograd.Tensor):
        return g * (3 * x * x)
    g *= 3 * x * x
    return g


WRONG = {
    "a value that is wrong by 0.01 %": (lambda g, x: g * (3.0003 * x * x), "Jacobian mismatch"),
    "a wrong value": (lambda g, x: g * (2 * x * x), r"with respect to input 0, at input element \[.*differences give"),
    "a wrong shape": (lambda g, x: (g * (3 * x * x))[:, :2], r"got shape \[2, 2\] but expected .*\[2, 3\]"),
    "a scalar": (lambda g, x: (g * (3 * x * x)).sum(), r"got shape \[\] but expected .*\[2, 3\]"),
    "float64 for float32": (lambda g, x: g * (np.float64(3) * x * x), "made float64 of float32: .*math.log"),
    "a rule that writes to its input": (writing_rule, "writes to what it is given"),
    "a rule that writes to its gradient": (greedy_rule, "writes to what it is given"),
    "a gradient in a buffer": (buffer_rule(), "same memory in two calls"),
    "a second derivative that is lost": (
        lambda g, x: g * (3 * np.square(x.detach() if isinstance(x, autograd.Tensor) else x)),
        "Jacobian mismatch",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_check_op_refuses(fault, op):
    rule, message = WRONG[fault]
    with pytest.raises(RuntimeError, match=message):
        check_op(op(cubed, rule), X)


def test_check_op_refuses_an_op_without_a_rule(op):
    with pytest.raises(NotImplementedError, match=r"cubed has no rule: call define\(cubed, \.\.\.\) first"):
        check_op(op(cubed), X)


def test_check_op_refuses_inputs_at_which_the_value_is_not_finite():
    with pytest.raises(GradcheckError, match="not finite at the inputs given"):
        check_op(autograd.log, -np.abs(X))


def test_a_rule_that_names_what_there_is_not_is_refused_at_once():
    @primitive
    def double(x):
        return 2 * x

    with pytest.raises(TypeError, match="rule 0 of double reads 'q', which is none of g, out, x, x_shape"):
        define(double, lambda g, q: g * q)


def test_more_inputs_than_a_rule_can_name_are_refused_at_once():
    def five(a, b, c, d, e):
        return a

    with pytest.raises(TypeError, match="at most four"):
        define(five, *[lambda g: g] * 5)


@pytest.mark.parametrize("rules", [(lambda g: g,), (lambda g: g, None, None)], ids=["too few", "too many"])
def test_an_op_has_as_many_rules_as_its_function_has_inputs(rules):
    @primitive
    def scaled(x, y):
        return x * y

    with pytest.raises(TypeError, match=r"input y has no rule; write None|3 rules, but the function takes only x, y"):
        define(scaled, *rules)
    with pytest.raises(TypeError, match="heaviside: input y has no rule"):
        define(np.heaviside, lambda g: g)


def test_a_tensor_in_the_place_of_an_option_is_refused(op):
    power = op(lambda x, exponent: x**exponent, lambda g, x, exponent: g * exponent * x ** (exponent - 1))
    assert power(leaf(3.0), 2).tolist() == [9.0]
    for given in ((leaf(3.0), leaf(2.0)), (leaf(3.0),)):
        with pytest.raises(TypeError, match="input exponent has no rule"):
            power(*given, **({} if given[1:] else {"exponent": leaf(2.0)}))
