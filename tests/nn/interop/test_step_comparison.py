"""A comparison: the same training here and in PyTorch agrees, and a planted difference is found where it is."""

import copy

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import interop, optim
from tests.nn.interop.test_torch_models import TWINS, Attention, normed
from tests.twins import batch

rng = np.random.default_rng(0)


def cnn():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.GELU(),
        nn.Flatten(), nn.Linear(24, 3),
    )  # fmt: skip


LABELS = rng.integers(3, size=8)
NETS = {
    "MLP": (lambda: nn.MLP(5, [7, 6, 3], activation=nn.Tanh), batch()),
    "CNN": (cnn, (rng.standard_normal((8, 2, 8, 8)), LABELS)),
    "BatchNorm and Dropout(0)": (normed, batch()),
    "attention": (Attention, (rng.integers(11, size=(8, 5)), LABELS)),
}


@pytest.mark.parametrize("name", NETS)
def test_ten_steps_of_adam_agree(name):
    autograd.manual_seed(1)
    make, data = NETS[name]
    net = make().double()
    before = copy.deepcopy(net)
    result = interop.compare(net, nn.CrossEntropyLoss(), data, steps=10, optimizer=optim.Adam, lr=1e-2, twins=TWINS)
    assert result, result
    assert result.first is None
    parameters = [row for row in result.rows if row.what == "parameter"]
    assert len(parameters) == 10 * len(list(net.parameters()))
    assert max(row.absolute for row in parameters) <= 1e-6
    for ours, kept in zip(net.state_dict().values(), before.state_dict().values()):
        assert ours.tolist() == kept.tolist()


# -- where they part --------------------------------------------------------------------------------------------------


def parting(change, net=normed, data=None, **options):
    """Compare a network with a twin that was changed."""
    autograd.manual_seed(1)
    net = net().double()
    twin = interop.to_torch(net)
    change(twin)
    return interop.compare(net, nn.CrossEntropyLoss(), data or batch(), steps=3, twin=twin, **options)


def steeper(module, args, out):
    """The same output with a larger gradient."""
    return out + (out - out.detach()) * 1e-3


@pytest.mark.parametrize(
    ("change", "what", "name", "step"),
    [
        (lambda twin: setattr(twin[1], "eps", 1e-3), "output", "1", 1),
        (lambda twin: setattr(twin[5], "eps", 1e-3), "output", "5", 1),
        (lambda twin: setattr(twin[1], "momentum", 0.2), "buffer", "1.running_mean", 1),
        (lambda twin: twin[4].bias.data.add_(1e-3), "output", "4", 1),
        (lambda twin: twin[0].register_forward_hook(steeper), "gradient", "0.weight", 1),
        (lambda twin: twin[0].weight.requires_grad_(False), "gradient", "0.weight", 1),
        (lambda twin: twin[3].register_forward_hook(lambda m, args, out: out.relu()), "output", "3", 1),
        (lambda twin: twin.eval(), "output", "1", 1),
    ],
    ids=["eps of batch norm", "eps of layer norm", "momentum", "bias", "gradient", "frozen", "function", "evaluation"],
)  # fmt: skip
def test_a_planted_difference_is_found_where_it_is(change, what, name, step):
    result = parting(change, tolerance=1e-9)
    assert not result
    assert (result.first.what, result.first.name, result.first.step) == (what, name, step)
    assert f"first difference: {what} of {name} in step {step}, " in str(result)


def test_another_formula_of_the_optimizer_is_found_at_the_first_parameter(monkeypatch):
    class Adam(torch.optim.Adam):
        def __init__(self, params, **options):
            super().__init__(params, eps=1e-4, **options)

    monkeypatch.setattr(torch.optim, "Adam", Adam)
    result = parting(lambda twin: None)
    assert (result.first.what, result.first.name, result.first.step) == ("parameter", "0.weight", 1)


def test_a_difference_that_comes_later_is_found_in_its_step():
    calls = []

    def later(twin):
        twin[2].register_forward_hook(lambda m, args, out: calls.append(1) or (out * 1.01 if len(calls) == 3 else out))

    result = parting(later)
    assert (result.first.what, result.first.name, result.first.step) == ("output", "2", 3)
    assert any("differs in step 3" in line for line in str(result).splitlines())


def test_a_module_that_is_called_twice_has_an_output_for_each_call():
    shared = nn.Linear(5, 5)
    net = nn.Sequential(shared, nn.Tanh(), shared, nn.Linear(5, 3)).double()
    result = interop.compare(net, nn.CrossEntropyLoss(), batch(), steps=1)
    assert result
    assert [row.name for row in result.rows if row.what == "output"] == ["0", "1", "0 (2)", "3", "the network"]


# -- what compare takes -----------------------------------------------------------------------------------------------

SHARED = {
    "a function": lambda out, y: ((out - y) ** 2).mean(),
    "a function of nn": nn.functional.mse_loss,
    "a module": nn.SmoothL1Loss(beta=0.5),
}


@pytest.mark.parametrize("name", SHARED)
def test_a_loss_may_be(name):
    x, y = rng.standard_normal((2, 8, 5))
    assert interop.compare(nn.MLP(5, [4, 5]).double(), SHARED[name], (x, y), steps=3)


def test_a_loss_with_weights_has_a_twin():
    loss = nn.CrossEntropyLoss(weight=autograd.tensor(np.array([1.0, 2.0, 0.5])), label_smoothing=0.1)
    assert interop.compare(nn.MLP(5, [4, 3]).double(), loss, batch(), steps=3)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        (optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
        (optim.RMSprop, {"lr": 0.01, "centered": True}),
        (optim.Adagrad, {"lr": 0.1}),
    ],
)
def test_the_optimizer_may_be_a_class_and_its_options(optimizer, options):
    assert interop.compare(normed().double(), nn.CrossEntropyLoss(), batch(), optimizer=optimizer, **options)


def test_the_optimizer_may_be_one_of_the_model_with_groups_of_its_own():
    net = nn.MLP(5, [4, 3]).double()
    groups = [{"params": net[2].parameters(), "lr": 0.5}, {"params": [net[0].weight], "momentum": 0.5}]
    optimizer = optim.SGD(groups, lr=0.1)
    result = interop.compare(net, nn.CrossEntropyLoss(), batch(), steps=3, optimizer=optimizer)
    assert result
    assert net[0].weight.grad is None
    assert len(optimizer.param_groups) == 2


def test_a_network_of_pytorch_is_compared_with_its_twin_here():
    theirs = torch_nn.Sequential(torch_nn.Linear(5, 4), torch_nn.ELU(), torch_nn.Linear(4, 3))
    x, y = batch()
    result = interop.compare(theirs, nn.CrossEntropyLoss(), (x.astype(np.float32), y), lr=1e-3)
    assert result
    assert result.tolerance == 1e-3


def test_several_inputs_go_before_the_target():
    class Bilinear(nn.Module):
        def __init__(self):
            self.left, self.right = nn.Linear(5, 3), nn.Linear(5, 3)

        def forward(self, a, b):
            return self.left(a) * self.right(b)

    class TorchBilinear(torch_nn.Module):
        def __init__(self, module):
            super().__init__()
            self.left, self.right = torch_nn.Linear(5, 3), torch_nn.Linear(5, 3)

        forward = Bilinear.forward

    x, y = batch()
    assert interop.compare(Bilinear().double(), nn.CrossEntropyLoss(), (x, x + 1, y), twins={Bilinear: TorchBilinear})


def test_an_optimizer_that_only_one_side_has_is_refused():
    class Own(optim.SGD):
        pass

    with pytest.raises(TypeError, match=r"expected an optimizer of nn.optim that PyTorch has as well, given Own"):
        interop.compare(nn.Linear(5, 3), nn.CrossEntropyLoss(), batch(), optimizer=Own)


def test_an_optimizer_of_another_model_is_refused():
    optimizer = optim.SGD(nn.Linear(5, 3).parameters())
    with pytest.raises(ValueError, match="holds tensors that are not parameters of the model"):
        interop.compare(nn.Linear(5, 3), nn.CrossEntropyLoss(), batch(), optimizer=optimizer)


# -- which side failed ------------------------------------------------------------------------------------------------


def test_a_side_that_fails_is_named_with_the_reason():
    net, loss = nn.Linear(5, 3), nn.CrossEntropyLoss()
    x, y = batch()
    with pytest.raises(RuntimeError, match=r"^torch failed: RuntimeError: .*expected target dtype to be Long"):
        interop.compare(net.double(), loss, (x, y.astype(np.int32)))
    with pytest.raises(RuntimeError, match=r"^chalkgrad failed: RuntimeError: .* but got Double and Float"):
        interop.compare(net.float(), loss, (x, y))
    with pytest.raises(RuntimeError, match=r"^chalkgrad failed: RuntimeError: linear: mat1 and mat2 shapes .*"):
        interop.compare(net, loss, (x[:, 1:], y))


# -- how it looks -----------------------------------------------------------------------------------------------------


def test_a_comparison_prints_as_a_table_and_as_one_for_a_notebook():
    result = interop.compare(nn.Sequential(nn.Linear(5, 3)).double(), nn.CrossEntropyLoss(), batch(), steps=2)
    lines = str(result).splitlines()
    assert [line.split("  ")[0] for line in lines[1:-1]] == [
        "output of 0", "output of the network", "loss", "gradient of 0.weight", "gradient of 0.bias",
        "parameter of 0.weight", "parameter of 0.bias",
    ]  # fmt: skip
    assert lines[-1] == "chalkgrad and torch agree over 2 steps (tolerance 1e-06, relative)"
    html = result._repr_html_()
    assert html.count("<tr>") == len(lines) - 1
    assert ">gradient of 0.weight</th>" in html
