"""What a module holds and how it is reached: buffers, hooks, containers, dtypes, copies, and the summary of it all."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn


class Counter(nn.Module):
    def __init__(self):
        self.register_buffer("seen", autograd.tensor(0))
        self.register_buffer("last", None, persistent=False)
        self.register_buffer("scale", autograd.ones(2))
        self.register_parameter("gain", nn.Parameter(autograd.ones(2)))
        self.register_parameter("bias", None)
        self.add_module("inner", nn.BatchNorm1d(2))

    def forward(self, x):
        self.seen += 1
        self.last = x
        return self.inner(x * self.gain * self.scale)


class TorchCounter(torch_nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("seen", torch.tensor(0))
        self.register_buffer("last", None, persistent=False)
        self.register_buffer("scale", torch.ones(2))
        self.register_parameter("gain", torch_nn.Parameter(torch.ones(2)))
        self.register_parameter("bias", None)
        self.add_module("inner", torch_nn.BatchNorm1d(2))

    def forward(self, x):
        self.seen += 1
        self.last = x
        return self.inner(x * self.gain * self.scale)


# -- buffers ----------------------------------------------------------------------------------------------------------


def test_buffers_are_walked_and_saved_in_the_order_of_torch():
    ours, theirs = Counter(), TorchCounter()
    for _ in range(2):
        ours(autograd.ones(3, 2) * autograd.arange(3)[:, None])
        theirs(torch.ones(3, 2) * torch.arange(3)[:, None])
    for walk in ("named_buffers", "named_parameters", "named_modules"):
        assert [name for name, _ in getattr(ours, walk)()] == [name for name, _ in getattr(theirs, walk)()]
    assert list(ours.state_dict(prefix="net.")) == list(theirs.state_dict(prefix="net."))
    assert [b.tolist() for b in ours.buffers()] == [b.tolist() for b in theirs.buffers()]
    assert [name for name, _ in ours.named_buffers("net", recurse=False)] == ["net.seen", "net.last", "net.scale"]


def test_a_buffer_is_assigned_a_tensor_and_nothing_else():
    counter = Counter()
    counter.seen = autograd.tensor(5)
    assert counter.state_dict()["seen"].item() == 5
    with pytest.raises(TypeError, match="cannot assign int as buffer 'seen' of Counter: expected Tensor or None"):
        counter.seen = 3
    assert counter.seen.item() == 5


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda m: m.register_buffer("a.b", autograd.ones(1)), KeyError, "without a dot"),
        (lambda m: m.register_buffer("", autograd.ones(1)), KeyError, "not empty"),
        (lambda m: m.register_buffer("forward", autograd.ones(1)), KeyError, "already exists"),
        (lambda m: m.register_buffer("gain", autograd.ones(1)), KeyError, "already exists"),
        (lambda m: m.register_buffer("more", [1.0]), TypeError, "list as buffer"),
        (lambda m: m.register_parameter("more", autograd.ones(1)), TypeError, "Tensor as parameter"),
        (lambda m: m.add_module("more", len), TypeError, "as module"),
        (lambda m: m.add_module("inner", nn.ReLU()), KeyError, "already exists"),
        (lambda m: m.get_submodule("inner.deeper"), AttributeError, "BatchNorm1d has no module 'deeper'"),
        (lambda m: m.to(autograd.int64), TypeError, "floating point"),
        (lambda m: m.to("cuda"), AssertionError, "not compiled with CUDA"),
    ],
)
def test_what_cannot_be_registered_or_reached_is_refused_and_nothing_is_added(call, error, match):
    counter = Counter()
    before = list(counter.__dict__)
    with pytest.raises(error, match=match):
        call(counter)
    assert list(counter.__dict__) == before
    assert counter.gain.dtype == autograd.float32


def test_to_converts_parameters_gradients_and_floating_buffers():
    counter = Counter()
    counter(autograd.ones(3, 2)).sum().backward()
    assert counter.double() is counter
    kinds = {name: str(tensor.dtype) for name, tensor in counter.state_dict().items()}
    assert kinds == {
        "gain": "float64", "seen": "int64", "scale": "float64", "inner.weight": "float64", "inner.bias": "float64",
        "inner.running_mean": "float64", "inner.running_var": "float64", "inner.num_batches_tracked": "int64",
    }  # fmt: skip
    assert counter.gain.grad.dtype == autograd.float64
    assert counter.bfloat16().scale.dtype == autograd.bfloat16
    assert counter.half().scale.dtype == autograd.float16
    assert counter.to("cpu").to(device="cpu").scale.dtype == autograd.float16
    assert counter.to(autograd.ones(1, dtype=autograd.float64)).scale.dtype == autograd.float64


def test_state_that_does_not_fit_is_listed_whole_and_nothing_changes():
    counter = Counter()
    before = {key: value.tolist() for key, value in counter.state_dict().items()}
    state = {key: value.clone() + 1 for key, value in counter.state_dict().items()}
    state["scale"] = autograd.ones(3)
    state["seen"] = autograd.tensor(1.5)
    state["gain"] = np.array(["a", "b"])
    state["inner.more"] = state.pop("inner.bias")
    with pytest.raises(RuntimeError) as error:
        counter.load_state_dict(state)
    for part in (
        'Missing key(s) in state_dict: "inner.bias"', 'Unexpected key(s) in state_dict: "inner.more"',
        "size mismatch for scale", "(3,)", "(2,)", "dtype mismatch for seen: float32", "dtype mismatch for gain",
    ):  # fmt: skip
        assert part in str(error.value)
    assert {key: value.tolist() for key, value in counter.state_dict().items()} == before


def test_state_travels_between_ours_and_torch():
    ours, theirs = Counter(), TorchCounter()
    ours(autograd.randn(5, 2))
    theirs.load_state_dict({key: torch.tensor(value.numpy()) for key, value in ours.state_dict().items()})
    assert ours.load_state_dict(theirs.state_dict()) == ([], [])
    assert ours.state_dict(keep_vars=True)["gain"] is ours.gain


# -- plain lists ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "use"),
    [
        ([nn.ReLU()], "list that holds a Module.*use nn.ModuleList"),
        (({"a": [1, nn.ReLU()]},), "tuple that holds a Module.*use nn.ModuleList"),
        ({"a": nn.ReLU()}, "dict that holds a Module.*use nn.ModuleDict"),
        ([nn.Parameter(autograd.ones(1))], "list that holds a Parameter.*use an attribute for each"),
    ],
)
def test_modules_hidden_in_a_plain_container_are_warned_of(value, use):
    class Net(nn.Module):
        def __init__(self):
            self.layers = value

    with pytest.warns(UserWarning, match=rf"Net\.layers is a plain {use}") as warned:
        Net()
    assert warned[0].filename == __file__


def test_other_lists_are_nobodys_business():
    module = nn.Module()
    module.sizes, module.names = [1, 2], {"a": (1, [2])}
    module.layers = nn.ModuleList([nn.ReLU()])


# -- hooks ------------------------------------------------------------------------------------------------------------


def hooked(m, layer, x):
    seen = []
    handles = [
        layer.register_forward_pre_hook(lambda module, args: seen.append(args[0].shape) or args[0] * 2),
        layer.register_forward_pre_hook(lambda module, args: (args[0] + 1,)),
        layer.register_forward_hook(lambda module, args, out: seen.append(out.shape)),
        layer.register_forward_hook(lambda module, args, out: out * 10),
    ]
    first = layer(x).tolist()
    handles[0].remove()
    handles[3].remove()
    handles[3].remove()
    return [first, layer(x).tolist(), [tuple(shape) for shape in seen]]


def test_hooks_see_and_replace_what_goes_in_and_out_as_in_torch():
    ours = hooked(nn, nn.ReLU(), autograd.tensor([1.0, -2.0]))
    assert ours == hooked(torch_nn, torch_nn.ReLU(), torch.tensor([1.0, -2.0]))


def test_a_hook_belongs_to_one_module():
    a, b = nn.ReLU(), nn.ReLU()
    a.register_forward_hook(lambda module, args, out: out + 1)
    assert b(autograd.ones(1)).item() == 1.0


# -- reaching ---------------------------------------------------------------------------------------------------------


def test_apply_goes_children_first_and_freezing_reaches_all():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU()))
    order = []
    assert net.apply(lambda m: order.append(type(m).__name__)) is net
    assert order == ["Linear", "ReLU", "Sequential", "Sequential"]
    assert net.requires_grad_(False) is net
    assert not any(p.requires_grad for p in net.parameters())
    assert net.get_submodule("1.0") is net[1][0]
    assert net.get_submodule("") is net


def test_parameters_buffers_and_children_are_found_by_name():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.BatchNorm1d(2)))
    assert net.get_parameter("0.weight") is net[0].weight
    assert net.get_buffer("1.0.running_mean") is net[1][0].running_mean
    assert list(net._modules.items()) == list(net.named_children())
    assert list(net[0]._parameters) == ["weight", "bias"]
    with pytest.raises(TypeError, match="does not support item assignment"):
        net._modules["0"] = nn.ReLU()
    for find in (net.get_parameter, net.get_buffer):
        with pytest.raises(AttributeError, match=r"'0\.weigth'"):
            find("0.weigth")


@pytest.mark.parametrize("make_copy", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_a_copy_has_buffers_of_its_own_and_shares_inside_what_was_shared(make_copy):
    net = nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2), nn.BatchNorm1d(2))
    net[2].weight = net[0].weight
    twin = make_copy(net)
    net(autograd.randn(4, 2))
    assert twin[0].num_batches_tracked.item() == 0
    assert twin[0].running_mean.tolist() == [0.0, 0.0]
    assert twin[2].weight is twin[0].weight
    assert twin[2].weight is not net[2].weight
    assert [name for name, _ in twin.named_buffers()] == [name for name, _ in net.named_buffers()]


# -- containers -------------------------------------------------------------------------------------------------------


def lists(m):
    a = m.ModuleList([m.Linear(2, 2), m.Linear(2, 2), m.ReLU()])
    a.append(m.Tanh()).extend([m.ReLU(), m.ReLU()])
    a.insert(1, m.Sequential(m.ReLU(), m.Tanh()))
    a[0] = m.Linear(2, 3)
    del a[2]
    a += [m.ReLU()]
    b = m.ModuleDict({"first": m.Linear(2, 2), "act": m.ReLU()})
    b["last"] = m.Tanh()
    b.update(OrderedDict(act=m.Sigmoid()))
    b.pop("first")
    c = m.Sequential(OrderedDict(one=m.Linear(2, 2), two=m.ReLU()))
    c.append(m.Tanh())
    d = m.Sequential(m.ReLU(), m.Linear(2, 2), m.Tanh())
    d[1] = m.Sigmoid()
    del d[0]
    d.insert(1, m.Linear(3, 3))
    return [a, a[1:3], b, c, c[:2], d, m.ModuleList(), m.ModuleDict(), m.ModuleDict([["x", m.ReLU()]])]


@pytest.mark.parametrize("i", range(9))
def test_containers_hold_and_print_what_those_of_torch_do(i):
    ours, theirs = lists(nn)[i], lists(torch_nn)[i]
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert len(ours) == len(theirs)


def test_a_module_dict_is_a_dict():
    act = nn.ReLU()
    d = nn.ModuleDict({"act": act})
    assert d["act"] is act
    assert "act" in d
    assert list(d) == d.keys() == ["act"]
    assert d.values() == [act]
    assert d.items() == [("act", act)]
    for use in (lambda: d["none"], lambda: d.pop("training")):
        with pytest.raises(KeyError):
            use()
    with pytest.raises(TypeError, match="ModuleDict takes modules"):
        d["more"] = 3
    with pytest.raises(KeyError, match="already exists"):
        d["forward"] = nn.ReLU()


def test_a_module_list_refuses_what_is_no_module():
    with pytest.raises(TypeError, match="ModuleList takes modules"):
        nn.ModuleList([nn.ReLU])
    with pytest.raises(IndexError, match="index 2 is out of range for ModuleList of 1 modules"):
        nn.ModuleList([nn.ReLU()])[2]


# -- summary ----------------------------------------------------------------------------------------------------------


def test_a_summary_has_shapes_counts_and_bytes_and_leaves_the_model_as_it_was():
    net = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(1, 4, 3), norm=nn.BatchNorm2d(4), head=nn.Sequential(nn.Flatten(), nn.Linear(144, 10))
        )
    )
    net.norm.eval()
    net.conv.requires_grad_(False)
    before = {key: value.tolist() for key, value in net.state_dict().items()}
    found = nn.summary(net, autograd.ones(2, 1, 8, 8))
    assert {key: value.tolist() for key, value in net.state_dict().items()} == before
    assert [m.training for m in net.modules()] == [True, True, False, True, True, True]
    assert not any(m._forward_hooks for m in net.modules())
    rows = {row.path: row for row in found.rows}
    assert rows["conv"].output == (2, 4, 6, 6)
    assert rows["head.1"].output == rows[""].output == (2, 10)
    assert (rows["conv"].parameters, rows["conv"].trainable, rows["head.1"].bytes) == (40, 0, 5800)
    assert (found.parameters, found.trainable) == (1498, 1458)
    assert (found.parameter_bytes, found.buffer_bytes, found.input_bytes) == (5992, 40, 512)
    assert str(found).splitlines() == [
        "module               output        parameters  bytes",
        "----------------------------------------------------",
        "Sequential           (2, 10)                0      0",
        "  conv: Conv2d       (2, 4, 6, 6)          40    160",
        "  norm: BatchNorm2d  (2, 4, 6, 6)           8     32",
        "  head: Sequential   (2, 10)                0      0",
        "    0: Flatten       (2, 144)               0      0",
        "    1: Linear        (2, 10)            1,450  5,800",
        "----------------------------------------------------",
        "1,498 parameters, 1,458 of them trainable: 5,992 bytes",
        "buffers: 40 bytes",
    ]


def test_a_summary_asks_for_an_input_where_it_is_given_a_size():
    with pytest.raises(TypeError, match=r"not their size \(1, 64\): summary\(model, autograd.zeros\(1, 64\)\)"):
        nn.summary(nn.Linear(64, 2), (1, 64))


def test_a_summary_of_a_model_that_fails_leaves_no_hooks_behind():
    net = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        nn.summary(net, autograd.ones(1, 4))
    assert net.training
    assert not net[0]._forward_hooks


# -- the perceptron of 1958 -------------------------------------------------------------------------------------------

INPUTS = [[0, 0], [0, 1], [1, 0], [1, 1]]


@pytest.mark.parametrize(("gate", "classes"), [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("nand", [1, 1, 1, 0])])
def test_a_perceptron_learns_what_a_line_can_divide(gate, classes):
    perceptron = nn.Perceptron(2)
    errors = perceptron.fit(INPUTS, classes)
    assert errors[-1] == 0
    assert all(errors[:-1])
    assert perceptron(autograd.tensor(INPUTS).float()).tolist() == classes


def test_a_perceptron_never_learns_xor():
    errors = nn.Perceptron(2).fit(INPUTS, [0, 1, 1, 0], epochs=50)
    assert len(errors) == 50
    assert min(errors) > 0


def test_a_step_of_the_learning_rule_is_the_error_times_the_input():
    perceptron = nn.Perceptron(2)
    assert perceptron.fit([[2.0, 3.0]], [0], lr=0.5, epochs=1) == [1]
    assert perceptron.weight.tolist() == [-1.0, -1.5]
    assert perceptron.bias.item() == -0.5
    assert repr(perceptron) == "Perceptron(in_features=2)"


def test_a_perceptron_refuses_other_shapes_and_classes():
    perceptron = nn.Perceptron(2)
    with pytest.raises(RuntimeError, match=r"expected x of shape \(N, 2\).*given \[4, 2\] and \[3\]"):
        perceptron.fit(INPUTS, [0, 1, 1])
    with pytest.raises(ValueError, match="classes 0 and 1"):
        perceptron.fit(INPUTS, [0, 1, 2, 0])
    assert perceptron.weight.tolist() == [0.0, 0.0]
