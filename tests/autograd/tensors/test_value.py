"""Code written for micrograd runs after changing its import, and gets micrograd's numbers.

The programs below are text, so that the same lines run with either import in front of them.
"""

import copy
import math
import pickle
import random

import micrograd.engine
import pytest
import torch

import autograd
from autograd import Value
from tests.borrowed import micrograd_nn

OURS, THEIRS = "from autograd import Value", "from micrograd.engine import Value"

README = """
a = Value(-4.0)
b = Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
g.backward()
"""

NEURON = """
x1, x2 = Value(2.0), Value(0.0)
w1, w2 = Value(-3.0), Value(1.0)
b = Value(6.8813735870195432)
n = x1 * w1 + x2 * w2 + b
o = n.relu()
o.backward()
"""

OPERATORS = """
a, b = Value(3.0), Value(-2.0)
total = sum([a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / a, a / b, -a, a - b, a**2, a**-1, b**3, a**0.5])
total = total + sum((x * x for x in (a, b)), a) + (a * b).relu() + (-a * b).relu()
total.backward()
"""

REUSE = """
a = Value(3.0)
b = a + a
c = b * b + b
for _ in range(5):
    c = c + c
c.backward()
"""

DESCENT = """
xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
ys = [1.0, -1.0, -1.0, 1.0]
w = [Value(v) for v in (0.4, -0.3, 0.2)]
bias = Value(0)
losses = []
for step in range(20):
    predictions = [sum((wi * xi for wi, xi in zip(w, x)), bias) for x in xs]
    loss = sum((p - y) ** 2 for y, p in zip(ys, predictions))
    for p in [*w, bias]:
        p.grad = 0.0
    loss.backward()
    for p in [*w, bias]:
        p.data += -0.05 * p.grad
    losses.append(loss.data)
"""


def run(program, imported):
    """What the program leaves behind."""
    names = {}
    exec(imported + program, names)
    return names


def numbers(names):
    """Value, gradient, or plain numbers of every name that a program left behind, lists included."""
    kinds = (autograd.Value, micrograd.engine.Value)
    found = {}
    for name, value in names.items():
        for i, v in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(v, kinds):
                found[f"{name}[{i}].data"], found[f"{name}[{i}].grad"] = float(v.data), float(v.grad)
            elif isinstance(v, float):
                found[f"{name}[{i}]"] = v
    return found


@pytest.mark.parametrize("program", ["README", "NEURON", "OPERATORS", "REUSE", "DESCENT"])
def test_a_program_gives_the_same_numbers_when_only_its_import_changes(program):
    ours, theirs = (numbers(run(globals()[program], imported)) for imported in (OURS, THEIRS))
    assert ours.keys() == theirs.keys()
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


def test_the_example_of_micrograds_readme_prints_what_its_readme_says():
    names = run(README, OURS)
    assert f"{names['g'].data:.4f}" == "24.7041"
    assert f"{names['a'].grad:.4f}" == "138.8338"
    assert f"{names['b'].grad:.4f}" == "645.5773"


# micrograd's own test file: the same expression in torch.


def sanity_check(number):
    x = number(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    return y, [x]


def more_ops(number):
    a, b = number(-4.0), number(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    return g, [a, b]


@pytest.mark.parametrize("expression", [sanity_check, more_ops])
def test_the_expressions_of_micrograds_own_tests_agree_with_torch(expression):
    ours, our_leaves = expression(Value)
    theirs, their_leaves = expression(lambda v: torch.tensor(v, dtype=torch.float64, requires_grad=True))
    ours.backward()
    theirs.backward()
    assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
    assert [x.grad for x in our_leaves] == pytest.approx([x.grad.item() for x in their_leaves], rel=1e-12)


# The nn module of the installed package, on our Value and on its own.


def training(value, steps=4):
    """Train micrograd's MLP; every number there is: data and gradients of parameters and of intermediates."""
    random.seed(7)
    data = [([random.uniform(-1, 1), random.uniform(-1, 1)], random.choice([-1, 1])) for _ in range(6)]
    model = micrograd_nn(value).MLP(2, [4, 4, 1])
    seen = []
    for step in range(steps):
        scores = [model([value(v) for v in x]) for x, _ in data]
        losses = [(1 + -y * score).relu() for score, (_, y) in zip(scores, data)]
        data_loss = sum(losses) * (1.0 / len(losses))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + penalty
        model.zero_grad()
        zeroed = [p.grad for p in model.parameters()]
        total.backward()
        values = [*model.parameters(), *scores, *losses, data_loss, penalty, total]
        seen.append([*zeroed, *(v.data for v in values), *(v.grad for v in values)])
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * step / steps) * p.grad
        seen.append([p.data for p in model.parameters()])
    return seen


def test_micrograds_own_network_trains_on_our_value_to_the_same_numbers():
    ours, theirs = training(Value), training(micrograd.engine.Value)
    assert any(ours[-1] != before for before in ours[1:-1:2])
    for step, (mine, expected) in enumerate(zip(ours, theirs)):
        assert mine == pytest.approx(expected, rel=1e-12, abs=1e-14), f"in step {step // 2}"


def test_micrograds_network_says_what_it_is_made_of():
    assert str(micrograd_nn(Value).MLP(2, [3, 1])) == str(micrograd_nn(micrograd.engine.Value).MLP(2, [3, 1]))


# The lecture: spelled-out intro to neural networks and backpropagation.


def test_a_value_has_a_label_data_and_a_gradient_of_zero():
    a = Value(2.0, label="a")
    assert (a.data, a.grad, a.label) == (2.0, 0, "a")


def test_a_label_can_be_given_later():
    d = Value(2.0) * Value(-3.0)
    d.label = "d"
    assert d.label == "d"


def test_data_and_gradient_are_plain_numbers():
    a = Value(2)
    b = a * 3
    b.backward()
    assert [type(v) for v in (a.data, a.grad, b.data, b.grad)] == [float] * 4


def test_gradient_and_data_can_be_assigned():
    a = Value(2.0)
    a.grad = 5.0
    assert a.grad == 5.0
    a.data = 7.0
    a.data += 0.5
    a.data -= 2 * a.grad
    assert a.data == -2.5
    a.grad = 0
    assert a.grad == 0


def test_gradients_of_intermediate_values_are_kept():
    a, b = Value(2.0), Value(-3.0)
    e = a * b
    L = e * Value(-2.0)
    L.backward()
    assert (L.grad, e.grad, a.grad, b.grad) == (1.0, -2.0, 6.0, -4.0)


def test_gradients_add_up_until_they_are_set_to_zero():
    a = Value(3.0)
    for expected in (2.0, 4.0):
        (a * 2).backward()
        assert a.grad == expected
    a.grad = 0
    (a * 2).backward()
    assert a.grad == 2.0


def test_the_neuron_of_the_lecture_by_tanh_and_by_exp():
    def neuron(activation):
        x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
        o = activation(x1 * w1 + x2 * w2 + Value(6.8813735870195432))
        o.backward()
        return o.data, [v.grad for v in (x1, w1, x2, w2)]

    def by_exp(n):
        e = (2 * n).exp()
        return (e - 1) / (e + 1)

    for activation in (lambda n: n.tanh(), by_exp):
        value, gradients = neuron(activation)
        assert value == pytest.approx(0.7071067811865476)
        assert gradients == pytest.approx([-1.5, 1.0, 0.5, 0.0])


def test_a_number_may_be_the_base_of_a_power():
    a = Value(3.0)
    out = 2**a
    out.backward()
    assert out.data == 8.0
    assert a.grad == pytest.approx(8 * math.log(2))


def test_sum_starts_at_the_number_zero():
    values = [Value(float(i)) for i in range(4)]
    total = sum(values)
    total.backward()
    assert isinstance(total, Value)
    assert total.data == 6.0
    assert [v.grad for v in values] == [1.0] * 4


def test_a_value_prints_as_micrograds():
    a = Value(2.0)
    (a * 3).backward()
    assert repr(a) == "Value(data=2.0, grad=3.0)"
    assert f"{a.data:.4f} {a.grad:.1f}" == "2.0000 3.0"


def test_values_work_as_members_of_sets_and_keys():
    a, b = Value(1.0), Value(1.0)
    assert len({a, b}) == 2
    assert {a: "first"}[a] == "first"


def test_what_is_computed_from_values_is_a_value_of_float64():
    a = Value(0.1)
    for out in (a + 1, 1 - a, a * a, a**2, a / 3, 3 / a, -a, a.tanh(), a.exp(), a.relu(), sum([a, a])):
        assert type(out) is Value
        assert out.dtype == autograd.float64
    assert (a * 3).data == 0.1 * 3


def test_five_thousand_additions_do_not_exhaust_the_stack():
    a = Value(1.0)
    total = a
    for _ in range(5000):
        total = total + a
    total.backward()
    assert a.grad == 5001.0


def test_augmented_assignment_makes_a_new_value():
    a = Value(2.0)
    b = a
    b += 1
    b *= 3
    b -= 1
    b /= 2
    b **= 2
    b //= 1
    b %= 7
    assert (a.data, b.data) == (2.0, 2.0)


def test_the_gradient_flows_through_augmented_assignments():
    a = Value(2.0)
    b = a
    b += 1
    b *= 3
    b **= 2
    b.backward()
    assert a.grad == 54.0


def test_a_value_is_one_number():
    with pytest.raises(TypeError, match=r"expected one number, got \[1.0, 2.0\]"):
        Value([1.0, 2.0])


def test_a_value_computed_under_no_grad_has_a_number_and_a_gradient_of_zero():
    with autograd.no_grad():
        b = Value(2.0) * 3
    assert repr(b) == "Value(data=6.0, grad=0.0)"
    b.data = 4.0
    b.grad = 5.0
    assert (b.data, b.grad) == (4.0, 5.0)


def test_a_value_is_copied_and_pickled_with_its_gradient():
    a = Value(3.0, label="a")
    (a * a).backward()
    for twin in (copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
        assert type(twin) is Value
        assert (twin.data, twin.grad, twin.label) == (3.0, 6.0, "a")
        (twin * 2).backward()
        assert (twin.grad, a.grad) == (8.0, 6.0)


def test_several_values_in_one_read_as_a_tensor():
    a = Value(2.0)
    with autograd.no_grad():
        assert copy.deepcopy(autograd.stack([a, a])).data.tolist() == [2.0, 2.0]
    both = autograd.stack([a, a * 2])
    both.sum().backward()
    assert both.data.tolist() == [2.0, 4.0]
    assert both.grad.tolist() == [1.0, 1.0]
    assert repr(both).startswith("Value([2., 4.], ")


def test_a_value_that_is_given_another_number_keeps_what_it_was_made_of():
    b = Value(2.0) * 3
    b.data = 5.0
    assert autograd.hooks.node_of(b).note == (5.0, (2.0, 3))
