"""Hooks of optimizers, and names of their parameters, as in torch: each program runs in both."""

import inspect

import pytest

import autograd
from nn import optim
from tests.hooked import both


def two(m, layers):
    """A model and its optimizer."""
    model = layers.Linear(2, 1)
    for p in model.parameters():
        p.data = m.full_like(p.data, 0.5)
    return model, (optim if m is autograd else m.optim).SGD(model.parameters(), lr=0.5, momentum=0.5)


def step(m, model, by, *args):
    by.zero_grad()
    model(m.ones(1, 2)).sum().backward()
    return by.step(*args)


def hooks_of_the_step(m, layers):
    (model, by), seen = two(m, layers), []

    def pre(optimizer, args, kwargs):
        seen.append(["pre", optimizer is by, len(args), model.weight.tolist()])

    def post(optimizer, args, kwargs):
        seen.append(["post", optimizer is by, len(args), model.weight.tolist()])

    handles = [by.register_step_pre_hook(pre), by.register_step_post_hook(post)]
    loss = step(m, model, by, lambda: m.tensor(3.0)).item()
    handles[0].remove()
    step(m, model, by)
    handles[1].remove()
    step(m, model, by)
    return loss, seen


def a_hook_that_gives_a_closure(m, layers):
    model, by = two(m, layers)
    by.register_step_pre_hook(lambda optimizer, args, kwargs: (args, {"closure": lambda: 5.0}))
    return step(m, model, by)


def hooks_of_the_state(m, layers):
    (model, by), seen = two(m, layers), []
    step(m, model, by)
    by.register_state_dict_pre_hook(lambda optimizer: seen.append("before"))
    by.register_state_dict_pre_hook(lambda optimizer: seen.append("first"), prepend=True)
    by.register_state_dict_post_hook(lambda optimizer, state: {**state, "more": 1})
    by.register_state_dict_post_hook(lambda optimizer, state: seen.append(sorted(state)))
    by.register_load_state_dict_pre_hook(lambda optimizer, state: seen.append(sorted(state)))
    handle = by.register_load_state_dict_pre_hook(lambda optimizer, state: {**state, "param_groups": [
        {**group, "lr": 7.0} for group in state["param_groups"]]})  # fmt: skip
    by.register_load_state_dict_post_hook(lambda optimizer: seen.append(optimizer.param_groups[0]["lr"]))
    state = by.state_dict()
    by.load_state_dict(state)
    handle.remove()
    by.load_state_dict(state)
    return seen, state["param_groups"][0]["lr"]


def names(m, layers):
    library = optim if m is autograd else m.optim
    model = layers.Sequential(layers.Linear(2, 2), layers.ReLU(), layers.Linear(2, 1))
    by = library.Adam(model.named_parameters(), lr=0.1)
    group = library.SGD([{"params": model[0].named_parameters(), "lr": 0.3}], lr=0.1)
    group.add_param_group({"params": list(model[2].named_parameters())})
    state = group.state_dict()
    group.load_state_dict(library.SGD([{"params": model[0].parameters()}, {"params": model[2].parameters()}])
                          .state_dict())  # fmt: skip
    found = [g["param_names"] for g in (*by.param_groups, *group.param_groups, *state["param_groups"])]
    wrong = [
        lambda: library.SGD([("w", model[0].weight), model[0].bias], lr=0.1),
        lambda: group.add_param_group({"params": [m.ones(1, requires_grad=True)]}),
        lambda: library.SGD([("w", 3)], lr=0.1),
    ]
    for call in wrong:
        with pytest.raises((ValueError, TypeError)) as error:
            call()
        found.append(error.type)
    return found, len(group.param_groups), by.param_groups[0]["params"][0] is model[0].weight


PROGRAMS = [hooks_of_the_step, a_hook_that_gives_a_closure, hooks_of_the_state, names]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_it_is_as_in_torch(program):
    both(program)


@pytest.mark.parametrize("name", ["SGD", "LBFGS", "mine"])
def test_every_optimizer_has_hooks_and_calls_them_once_for_a_step(name):
    class Mine(optim.SGD):
        def step(self, closure=None):
            return super().step(closure)

    x, seen = autograd.ones(2, requires_grad=True), []
    by = (Mine if name == "mine" else getattr(optim, name))([x], lr=0.1)
    by.register_step_pre_hook(lambda *given: seen.append("pre"))
    by.register_step_post_hook(lambda *given: seen.append("post"))

    def closure():
        by.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    assert by.step(closure).item() == 2
    assert seen == ["pre", "post"]
    assert list(inspect.signature(by.step).parameters) == ["closure"]


def test_a_hook_before_the_step_returns_a_pair_or_nothing():
    x = autograd.ones(2, requires_grad=True)
    by = optim.SGD([x], lr=0.1)
    handle = by.register_step_pre_hook(lambda *given: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple"):
        by.step()
    handle.remove()
    x.sum().backward()
    by.step()
    assert x.tolist() == pytest.approx([0.9, 0.9])
