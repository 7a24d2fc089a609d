"""What `backward` and `grad` may be asked, in every form, answered as torch answers."""

import numpy as np
import pytest

import autograd
from autograd.core.engine import listeners
from autograd.core.listening import observe, register_backward_hook
from tests.oracle import TORCH, array, attempt, same, tensors

X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])


def none_or_array(*ts):
    return [array(t) for t in ts]


def inputs_one(m, x, y):
    (x * y).sum().backward(inputs=x)
    return none_or_array(x.grad, y.grad)


def inputs_list(m, x, y):
    (x * y).sum().backward(inputs=[y])
    return none_or_array(x.grad, y.grad)


def inputs_accumulate(m, x, y):
    for _ in range(2):
        (x * x * y).sum().backward(inputs=[x, y])
    return none_or_array(x.grad, y.grad)


def inputs_empty(m, x, y):
    (x * y).sum().backward(inputs=[])


def inputs_unused(m, x, y):
    (x * x).sum().backward(inputs=[x, y])
    return none_or_array(x.grad, y.grad)


def inputs_computed(m, x, y):
    h = x * y
    (h * h).sum().backward(inputs=[h])
    return none_or_array(x.grad, h.grad)


def inputs_computed_and_leaf(m, x, y):
    h = x * y
    for _ in range(2):
        (h * h).sum().backward(inputs=[h, x], retain_graph=True)
    return none_or_array(x.grad, y.grad, h.grad)


def inputs_below_a_retained_gradient(m, x, y):
    h = x * y
    h.retain_grad()
    (h * h).sum().backward(inputs=x)
    return none_or_array(x.grad, h.grad)


def grad_of_an_intermediate(m, x, y):
    h = x * y
    return none_or_array(*m.grad((h * h).sum(), [h, x]))


def grad_of_itself(m, x, y):
    h = x * y
    return none_or_array(*m.grad(h, [h, x], m.tensor([1.0, 2.0], dtype=x.dtype)))


def grad_unused(m, x, y):
    return none_or_array(*m.grad((x * x).sum(), [x, y]))


def grad_allow_unused(m, x, y):
    return none_or_array(*m.grad((x * x).sum(), [x, y], allow_unused=True))


def grad_materialized(m, x, y):
    return none_or_array(*m.grad((x * x).sum(), [x, y], materialize_grads=True))


def grad_materialized_with_graph(m, x, y):
    grads = m.grad((x * x).sum(), [x, y], create_graph=True, materialize_grads=True)
    return [np.array([g.requires_grad for g in grads]), *none_or_array(*m.grad(grads[1].sum(), [x], allow_unused=True))]


def grad_materialized_but_not_allowed(m, x, y):
    m.grad((x * x).sum(), [x, y], allow_unused=False, materialize_grads=True)


def grad_of_nothing(m, x, y):
    m.grad((x * x).sum(), [])


def grad_of_two_outputs(m, x, y):
    return none_or_array(*m.grad([(x * y).sum(), (x * x).sum()], [x, y]))


def grad_of_two_outputs_weighted(m, x, y):
    g = [m.tensor([1.0, -1.0], dtype=x.dtype), None]
    return none_or_array(*m.grad([x * y, (x * x).sum()], [x, y], g))


def grad_of_the_same_input_twice(m, x, y):
    return none_or_array(*m.grad((x * y).sum(), [x, x]))


def grad_leaves_grad_alone(m, x, y):
    m.grad((x * y).sum(), [x])
    return none_or_array(x.grad, y.grad)


def grad_of_a_vector_without_weights(m, x, y):
    m.grad(x * y, x)


def grad_by_a_constant(m, x, y):
    m.grad((x * y).sum(), x.detach())


def grad_of_a_constant(m, x, y):
    m.grad(x.detach().sum(), x)


def grad_weights_of_another_shape(m, x, y):
    m.grad(x * y, x, m.ones(3, dtype=x.dtype))


def grad_twice(m, x, y):
    z = (x * y).sum()
    m.grad(z, x)
    m.grad(z, y)


def grad_twice_retained(m, x, y):
    z = (x * y).sum()
    m.grad(z, x, retain_graph=True)
    return none_or_array(*m.grad(z, y))


def grad_with_graph_under_no_grad(m, x, y):
    z = (x * x * y).sum()
    with m.no_grad():
        (g,) = m.grad(z, x, create_graph=True)
    return [np.array(g.requires_grad), *none_or_array(*m.grad(g.sum(), [x, y]))]


def grad_without_graph_requires_nothing(m, x, y):
    (g,) = m.grad((x * x * y).sum(), x)
    return [np.array(g.requires_grad)]


def backward_with_graph(m, x, y):
    (x * x * y).sum().backward(create_graph=True)
    g = x.grad
    x.grad = y.grad = None
    g.sum().backward()
    return none_or_array(x.grad, y.grad)


def backward_adds_to_a_given_grad(m, x, y):
    x.grad = m.tensor([10.0, 20.0], dtype=x.dtype)
    (x * y).sum().backward()
    return none_or_array(x.grad, y.grad)


def grad_assigned_to_a_computed_tensor(m, x, y):
    h = x * y
    h.grad = m.tensor([10.0, 20.0], dtype=x.dtype)
    return none_or_array(h.grad)


def grad_assigned_to_itself(m, x, y):
    x.grad = x


def backward_with_a_hook_that_returns_a_number(m, x, y):
    x.register_hook(lambda g: 3.0)
    (x * y).sum().backward()


def backward_with_a_hook_that_changes_the_dtype(m, x, y):
    x.register_hook(lambda g: g.float())
    (x * y).sum().backward()


def backward_of_a_leaf(m, x, y):
    x.backward(m.tensor([1.0, 2.0], dtype=x.dtype))
    x.backward(m.tensor([1.0, 2.0], dtype=x.dtype))
    return none_or_array(x.grad)


def backward_of_a_constant(m, x, y):
    x.detach().sum().backward()


def third_order(m, x, y):
    g = (x**4 * y).sum()
    for _ in range(3):
        (g,) = m.grad(g.sum(), x, create_graph=True)
    return none_or_array(g, *m.grad(g.sum(), [x, y]))


FORMS = [form for name, form in list(globals().items()) if name.startswith(("inputs_", "grad_", "backward_", "third_"))]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_of_the_call_answers_as_in_torch(form):
    ours, theirs = [attempt(lambda m, *_: form(m, *tensors(m, [X, Y])), m, None, []) for m in (autograd, TORCH)]
    if isinstance(theirs, Exception):
        assert isinstance(ours, type(theirs)), f"torch raises {theirs!r}, we give {ours!r}"
        return
    assert not isinstance(ours, Exception), ours
    for a, b in zip(ours, theirs, strict=True):
        same(a, b, form.__name__, 1e-10)


def test_the_gradient_may_be_an_array_or_a_list():
    for gradient in (np.array([1.0, 2.0]), [1.0, 2.0]):
        x = autograd.tensor(X, requires_grad=True)
        (x * 3).backward(gradient)
        assert x.grad.tolist() == [3.0, 6.0]


class Listener:
    def __init__(self):
        self.forward, self.back = [], []

    def recorded(self, node, data, out):
        self.forward.append((node.name(), [np.asarray(x).tolist() for x in data], out.tolist()))

    def pulled(self, node, g, gradients):
        self.back.append((node.name(), g.tolist(), [r.tolist() for r in gradients if r is not None]))


def test_an_observer_is_told_of_every_op_on_its_way_forward_and_back_until_it_ends():
    x, y = (autograd.tensor(a, requires_grad=True) for a in (X, Y))
    listener, second = Listener(), Listener()
    end, end_second = observe(listener), observe(second)
    end_second()
    with autograd.no_grad():
        x * 2
    (x * y).sum().backward()
    end()
    (x + y).sum().backward()
    assert listener.forward == [("MulBackward0", [[1, 2], [3, 5]], [3, 10]), ("SumBackward0", [[3, 10]], 13)]
    assert listener.back == [("SumBackward0", 1, [[1, 1]]), ("MulBackward0", [1, 1], [[3, 5], [1, 2]])]
    assert second.forward == []


def test_an_observer_and_detect_anomaly_do_not_disturb_each_other():
    listener = Listener()
    end = observe(listener)
    try:
        x = autograd.tensor(0.0, requires_grad=True)
        with autograd.detect_anomaly(), pytest.raises(RuntimeError, match="nan"):
            (x.sqrt() * 0).backward()
        x.exp().backward()
    finally:
        end()
    assert [name for name, *_ in listener.forward] == ["SqrtBackward0", "MulBackward0", "ExpBackward0"]
    assert [name for name, *_ in listener.back] == ["MulBackward0", "SqrtBackward0", "ExpBackward0"]


def test_a_backward_hook_hears_of_each_walk_before_it_begins_until_it_is_removed():
    x = autograd.tensor(X, requires_grad=True)
    heard = []
    handle = register_backward_hook(lambda roots: heard.append(([r.tolist() for r in roots], x.grad)))
    (x * 3).sum().backward()
    autograd.grad([x.sum(), (x * x).sum()], x)
    with pytest.raises(RuntimeError, match="does not require grad"):
        autograd.tensor(1.0).backward()
    handle.remove()
    (x * 3).sum().backward()
    assert [roots for roots, _ in heard] == [[9.0], [3.0, 5.0]]
    assert heard[0][1] is None
    assert not listeners.backward_started


def test_the_inputs_may_come_from_a_generator():
    x, y = (autograd.tensor(a, requires_grad=True) for a in (X, Y))
    (x * y).sum().backward(inputs=(t for t in (x, y)))
    assert (x.grad.tolist(), y.grad.tolist()) == (Y.tolist(), X.tolist())


def test_a_function_that_listens_twice_is_removed_once():
    x, heard = autograd.tensor(1.0, requires_grad=True), []
    first, second = register_backward_hook(heard.append), register_backward_hook(heard.append)
    first.remove()
    first.remove()
    (x * 3).backward()
    second.remove()
    assert len(heard) == 1


def test_a_gradient_is_not_walked_below_what_it_is_asked_for():
    x = autograd.ones(2, requires_grad=True)
    h = x**3
    h.sum().backward()
    (g,) = autograd.grad((h**2).sum(), h)
    assert g.tolist() == [2.0, 2.0]
