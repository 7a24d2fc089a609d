"""What goes in and out of a module's state, and the hooks around it, as in torch: each program runs in both."""

import copy
import pickle

import numpy as np
import pytest

import autograd
import nn
from tests.hooked import both


def counting(layers):
    """A layer with a number among its state."""

    class Counting(layers.Linear):
        count = 3

        def get_extra_state(self):
            return {"count": self.count}

        def set_extra_state(self, state):
            self.count = state["count"]

    return Counting(2, 2)


def constant(m, model, value):
    for p in model.parameters():
        p.data = m.full_like(p.data, value)
    return model


def values(model):
    return {name: p.tolist() for name, p in model.state_dict().items() if not name.endswith("_extra_state")}


def extra_state(m, layers):
    model, other = (layers.Sequential(layers.ReLU(), counting(layers)) for _ in range(2))
    model[1].count = 7
    state = model.state_dict()
    result = other.load_state_dict(state)
    del state["1._extra_state"]
    return list(model.state_dict()), other[1].count, list(result), list(other.load_state_dict(state, strict=False))


def extra_state_that_is_missing(m, layers):
    model = counting(layers)
    with pytest.raises(RuntimeError, match=r"Missing key.*_extra_state"):
        model.load_state_dict(layers.Linear(2, 2).state_dict())
    with pytest.raises(RuntimeError, match=r"Unexpected key.*_extra_state"):
        layers.Linear(2, 2).load_state_dict(model.state_dict())
    with pytest.raises(RuntimeError):
        layers.ReLU().get_extra_state()
    with pytest.raises(RuntimeError):
        layers.ReLU().set_extra_state(1)


def hooks_of_state_dict(m, layers):
    model, calls = layers.Sequential(layers.Linear(1, 1), layers.Sequential(layers.Linear(1, 1))), []
    for name, module in model.named_modules():
        module.register_state_dict_pre_hook(lambda _, prefix, keep, name=name: calls.append((name, prefix, keep)))
        handle = module.register_state_dict_post_hook(lambda _, state, prefix, meta: calls.append([prefix, *state]))
    model[0].register_state_dict_post_hook(lambda _, state, prefix, meta: state.pop(prefix + "bias") and None)
    keys = list(model.state_dict(keep_vars=True))
    handle.remove()
    model.state_dict(prefix="net.", destination={})
    return keys, calls


def a_hook_that_renames_keys(m, layers):
    model, seen = layers.Sequential(layers.Linear(1, 1), layers.Linear(1, 1)), []

    def rename(module, state, prefix, metadata, strict, missing, unexpected, messages):
        seen.append((prefix, sorted(state), strict, missing, unexpected, messages))
        if f"{prefix}w" in state:
            state[f"{prefix}weight"] = state.pop(f"{prefix}w")

    handles = [module.register_load_state_dict_pre_hook(rename) for module in model.modules()]
    state = {"0.w": m.ones(1, 1), "0.bias": m.zeros(1), "1.w": m.ones(1, 1), "1.bias": m.zeros(1)}
    model.load_state_dict(state)
    handles[1].remove()
    with pytest.raises(RuntimeError, match=r"0\.weight"):
        model.load_state_dict(state)
    model.register_load_state_dict_pre_hook(lambda *given: given[-1].append("too old"))
    with pytest.raises(RuntimeError, match="too old"):
        model.load_state_dict(model.state_dict())
    return sorted(state), values(model), seen[0][0], seen[0][2:]


def a_hook_after_loading(m, layers):
    model, seen = layers.Sequential(layers.Linear(1, 1), layers.Linear(1, 1)), []
    constant(m, model, 1.0)

    def forgive(module, found):
        seen.append((type(module).__name__, found.missing_keys[:], found.unexpected_keys[:]))
        found.missing_keys.clear()

    model[1].register_load_state_dict_post_hook(lambda module, found: seen.append(module.bias.item()))
    handle = model.register_load_state_dict_post_hook(forgive)
    result = model.load_state_dict({"1.bias": m.zeros(1)})
    handle.remove()
    with pytest.raises(RuntimeError, match=r"0\.weight"):
        model.load_state_dict({"1.bias": m.ones(1)})
    return seen, list(result)


def assigned(m, layers):
    model = layers.BatchNorm1d(2)
    model.bias.requires_grad_(False)
    weight, mean = m.ones(2, dtype=m.float64) * 3, m.zeros(2) + 5
    state = {**model.state_dict(), "weight": weight, "running_mean": mean}
    model.load_state_dict(state, assign=True)
    mean += 1
    kinds = [type(x).__name__ for x in (model.weight, model.running_mean)]
    with pytest.raises(RuntimeError, match="size mismatch"):
        model.load_state_dict({**state, "weight": m.ones(3)}, assign=True)
    needs = [model.weight.requires_grad, model.bias.requires_grad]
    return str(model.weight.dtype)[-7:], model.running_mean.tolist(), kinds, needs, model.weight.tolist()


def paths(m, layers):
    model = layers.Sequential(layers.Linear(2, 2), layers.Sequential(layers.BatchNorm1d(2)))
    model.set_submodule("1.0", layers.BatchNorm1d(3))
    model.set_submodule("1.act", layers.ReLU())
    found = [model.get_parameter("1.0.weight").shape[0], model.get_buffer("1.0.running_var").tolist()]
    wrong = [
        lambda: model.set_submodule("", layers.ReLU()), lambda: model.set_submodule("0", 3),
        lambda: model.set_submodule("2", layers.ReLU(), strict=True), lambda: model.set_submodule("5.a", layers.ReLU()),
        lambda: model[0].set_submodule("weight", layers.ReLU()), lambda: model.get_parameter("0.in_features"),
        lambda: model.get_parameter("0.b"), lambda: model.get_parameter("7.b"), lambda: model.get_buffer("0.weight"),
        lambda: model.get_buffer("x"),
    ]  # fmt: skip
    for call in wrong:
        with pytest.raises((ValueError, AttributeError)) as error:
            call()
        found.append(error.type)
    return found, [name for name, _ in model.named_modules()]


def converted(m, layers):
    model = layers.Sequential(layers.Linear(2, 2), layers.BatchNorm1d(2))
    weight = model[0].weight
    assert model.type(m.float64) is model.share_memory() is model
    found = [str(x.dtype)[-7:] for x in model.state_dict().values()]
    model.type("torch.FloatTensor")
    assert model.to_empty(device="cpu") is model
    with pytest.raises(TypeError):
        model.to_empty()
    found += [str(x.dtype)[-7:] for x in model.state_dict().values()]
    return found, model[0].weight is weight, [tuple(x.shape) for x in model.state_dict().values()]


def buffers(m, layers):
    model = layers.Module()
    model.scale, model.seen = layers.Buffer(m.ones(2)), layers.Buffer(m.zeros(1), persistent=False)
    model.scale = m.ones(2) * 3
    twin = copy.deepcopy(model)
    return list(model.state_dict()), [n for n, _ in twin.named_buffers()], twin.scale.tolist(), list(twin.state_dict())


PROGRAMS = [
    extra_state, extra_state_that_is_missing, hooks_of_state_dict, a_hook_that_renames_keys, a_hook_after_loading,
    assigned, paths, converted, buffers,
]  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_it_is_as_in_torch(program):
    both(program)


def test_nothing_is_changed_by_a_loading_that_fails_in_the_end():
    for assign in (False, True):
        model = constant(autograd, nn.Sequential(nn.Linear(1, 1)), 1.0)
        weight = model[0].weight
        handle = model.register_load_state_dict_post_hook(lambda module, found: None)
        with pytest.raises(RuntimeError, match="Missing"):
            model.load_state_dict({"0.weight": np.full((1, 1), 5.0)}, assign=assign)
        assert (model[0].weight is weight, weight.item()) == (True, 1)
        handle.remove()
        model.register_load_state_dict_post_hook(lambda module, found: found)
        with pytest.raises(RuntimeError, match="must return None"):
            model.load_state_dict({"0.weight": np.full((1, 1), 5.0)}, strict=False, assign=assign)
        assert (model[0].weight is weight, weight.item()) == (True, 1)


def test_a_hook_of_the_state_returns_nothing():
    model = nn.Linear(1, 1)
    model.register_state_dict_post_hook(lambda module, state, prefix, metadata: state)
    with pytest.raises(RuntimeError, match="must return None"):
        model.state_dict()


def test_integers_that_are_assigned_become_fractions():
    model = nn.Linear(1, 1)
    model.load_state_dict({"weight": np.array([[2]]), "bias": np.array([3])}, assign=True)
    assert (model.weight.dtype, model.weight.item()) == (np.float32, 2)


def test_a_module_is_not_compiled():
    assert nn.Linear(1, 1).compile(mode="default") is None


def test_a_module_is_not_converted_to_integers():
    model = nn.BatchNorm1d(2)
    with pytest.raises(TypeError, match="floating point"):
        model.type("torch.LongTensor")
    assert model.running_mean.dtype == np.float32


def test_a_buffer_survives_being_pickled():
    buffer = pickle.loads(pickle.dumps(nn.Buffer(autograd.ones(2), persistent=False)))
    assert (buffer.tolist(), type(buffer)) == ([1, 1], nn.Buffer)
    assert nn.Buffer().shape == (0,)


def test_the_older_kind_of_backward_hook_warns_and_is_called():
    layer, seen = nn.Linear(2, 1), []
    with pytest.warns(FutureWarning, match="use register_full_backward_hook"):
        layer.register_backward_hook(lambda module, grad_input, grad_output: seen.append(grad_output[0].tolist()))
    layer(autograd.ones(1, 2, requires_grad=True)).sum().backward()
    assert seen == [[[1.0]]]
