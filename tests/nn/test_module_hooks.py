"""Hooks of modules see, replace and are called in the order of torch's; each handle removes its own."""

import copy
import pickle

import pytest

import autograd
import nn
from tests.hooked import both, leaves, module, shown

KINDS = ["forward_pre", "forward", "full_backward_pre", "full_backward"]


def test_hooks_run_in_the_order_of_registration_and_prepended_ones_first():
    def run(m, layers):
        layer, calls = layers.ReLU(), []

        def say(name):
            return lambda *given: calls.append(name)

        handles = []
        for prepend in (False, True, False, True):
            for kind in KINDS:
                register = getattr(layer, f"register_{kind}_hook")
                handles.append(register(say(f"{kind} {len(handles) // 4}"), prepend=prepend))
        (x,) = leaves(m, [1.0, -2.0])
        layer(x).sum().backward()
        handles[4].remove()
        handles[15].remove()
        calls.append("again")
        layer(x).sum().backward()
        return calls

    assert len(both(run)) == 16 + 1 + 14


def test_hooks_are_shown_keyword_arguments_and_replace_them():
    def run(m, layers):
        layer, seen = module(layers, lambda x, scale=1: x * scale), []
        layer.register_forward_pre_hook(
            lambda module, args, kwargs: ((args[0] + 1,), {**kwargs, "scale": 5}), with_kwargs=True
        )
        layer.register_forward_pre_hook(lambda module, args: seen.append(shown(args)) or args[0] * 2)
        layer.register_forward_pre_hook(lambda module, args, kwargs: seen.append(kwargs), with_kwargs=True)
        layer.register_forward_hook(
            lambda module, args, kwargs, out: seen.append([shown(args), kwargs, shown(out)]), with_kwargs=True
        )
        return [shown(layer(m.tensor([1.0, 2.0]), scale=3)), seen]

    both(run)


@pytest.mark.parametrize("given", [3, (1, 2, 3), [1, {}]], ids=repr)
def test_a_pre_hook_with_keywords_returns_a_pair_or_nothing(given):
    def run(m, layers):
        layer = layers.ReLU()
        layer.register_forward_pre_hook(lambda module, args, kwargs: given, with_kwargs=True)
        with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\)") as error:
            layer(m.ones(1))
        return str(error.value)

    both(run)


def test_hooks_that_are_always_called_see_what_there_was_before_an_error():
    def run(m, layers, stage):
        def fail(*given, **named):
            raise ValueError("no")

        layer, seen = module(layers, fail if stage == "forward" else lambda x, k: x * k), []
        layer.register_forward_hook(lambda module, args, out: seen.append(["first", shown(out)]), always_call=True)
        layer.register_forward_hook(lambda module, args, out: seen.append(["never", shown(out)]) or out * 3)
        if stage == "pre-hook":
            layer.register_forward_pre_hook(fail)
        elif stage == "hook":
            layer.register_forward_hook(fail)
        layer.register_forward_hook(
            lambda module, args, kwargs, out: seen.append([shown(args), kwargs, shown(out)]) or "replaced",
            always_call=True, with_kwargs=True,
        )  # fmt: skip
        layer.register_forward_hook(lambda module, args, out: seen.append(["last", shown(out)]), always_call=True)
        with pytest.raises(ValueError, match=r"^no\b"):
            layer(m.ones(1), k=2)
        return seen

    for stage in ("forward", "pre-hook", "hook"):
        both(run, stage)


def test_an_error_of_a_hook_that_is_always_called_does_not_hide_the_first():
    def run(m, layers):
        def fail(text):
            def hook(*given):
                raise ValueError(text)

            return hook

        layer = module(layers, fail("first"))
        layer.register_forward_hook(fail("second"), always_call=True)
        silenced = "silenced as another error was raised in forward: second"
        with pytest.warns(UserWarning, match=silenced), pytest.raises(ValueError, match="first"):
            layer()

    both(run)


def test_an_error_in_a_hook_names_the_module():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    net[1].register_forward_hook(lambda module, args, out: 1 / 0)
    with pytest.raises(ZeroDivisionError) as error:
        net(autograd.ones(1, 2))
    assert error.value.__notes__ == ["raised in module Sequential.1: ReLU()"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_handle_removes_its_own_hook_kept_or_not_and_twice(kind):
    layer, calls = nn.ReLU(), []
    register = getattr(layer, f"register_{kind}_hook")
    register(lambda *given: calls.append("not kept"))
    for _ in range(3):
        register(lambda *given: calls.append("gone")).remove()
    last = register(lambda *given: calls.append("last"))
    gone = register(lambda *given: calls.append("gone"))
    gone.remove()
    register(lambda *given: calls.append("after"))
    gone.remove()
    layer(*leaves(autograd, [1.0])).sum().backward()
    assert calls == ["not kept", "last", "after"]
    last.remove()
    layer(*leaves(autograd, [1.0])).sum().backward()
    assert calls[3:] == ["not kept", "after"]


def ten_times(module, args, output):
    return output * 10


def test_copies_and_pickles_keep_their_hooks_and_the_handle_is_the_original_s():
    layer = nn.ReLU()
    handle = layer.register_forward_hook(ten_times)
    other = copy.deepcopy(layer)
    third = pickle.loads(pickle.dumps(layer))
    handle.remove()
    assert [each(autograd.ones(1)).item() for each in (layer, other, third)] == [1.0, 10.0, 10.0]
