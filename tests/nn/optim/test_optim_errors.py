"""Wrong uses of optimizers raise what torch raises, and change nothing."""

import copy

import numpy as np
import pytest
import torch

from nn import optim
from tests.nn.optim.test_optim import LEAF, NAMES, TORCH_LEAF, train_both
from tests.twins import mlp

WRONG = {
    "no parameters": ("SGD", lambda leaf: ([],), {}),
    "a tensor instead of a list": ("SGD", lambda leaf: (leaf,), {}),
    "a number among the parameters": ("SGD", lambda leaf: ([leaf, 1],), {}),
    "a computed tensor": ("SGD", lambda leaf: ([leaf * 2],), {}),
    "one parameter in two groups": ("SGD", lambda leaf: ([{"params": [leaf]}, {"params": leaf}],), {}),
    "negative learning rate": ("SGD", lambda leaf: ([leaf],), {"lr": -0.1}),
    "negative momentum": ("SGD", lambda leaf: ([leaf],), {"momentum": -0.1}),
    "negative weight decay": ("SGD", lambda leaf: ([leaf],), {"weight_decay": -0.1}),
    "nesterov without momentum": ("SGD", lambda leaf: ([leaf],), {"nesterov": True}),
    "nesterov with dampening": ("SGD", lambda leaf: ([leaf],), {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    "Adam's negative learning rate": ("Adam", lambda leaf: ([leaf],), {"lr": -0.1}),
    "beta of one": ("Adam", lambda leaf: ([leaf],), {"betas": (0.9, 1.0)}),
    "negative beta": ("Adam", lambda leaf: ([leaf],), {"betas": (-0.1, 0.9)}),
    "negative eps": ("Adam", lambda leaf: ([leaf],), {"eps": -1}),
    "Adam's negative weight decay": ("Adam", lambda leaf: ([leaf],), {"weight_decay": -1}),
    "AdamW's beta of one": ("AdamW", lambda leaf: ([leaf],), {"betas": (1.0, 0.9)}),
    "RMSprop's negative learning rate": ("RMSprop", lambda leaf: ([leaf],), {"lr": -1}),
    "RMSprop's negative alpha": ("RMSprop", lambda leaf: ([leaf],), {"alpha": -1}),
    "RMSprop's negative momentum": ("RMSprop", lambda leaf: ([leaf],), {"momentum": -1}),
    "RMSprop's negative eps": ("RMSprop", lambda leaf: ([leaf],), {"eps": -1}),
    "RMSprop's negative weight decay": ("RMSprop", lambda leaf: ([leaf],), {"weight_decay": -1}),
    "Adagrad's negative learning rate": ("Adagrad", lambda leaf: ([leaf],), {"lr": -1}),
    "Adagrad's negative lr_decay": ("Adagrad", lambda leaf: ([leaf],), {"lr_decay": -1}),
    "Adagrad's negative accumulator": ("Adagrad", lambda leaf: ([leaf],), {"initial_accumulator_value": -1}),
    "Adagrad's negative eps": ("Adagrad", lambda leaf: ([leaf],), {"eps": -1}),
    "Adagrad's negative weight decay": ("Adagrad", lambda leaf: ([leaf],), {"weight_decay": -1}),
    "Adadelta's negative rho": ("Adadelta", lambda leaf: ([leaf],), {"rho": -1}),
    "Adadelta's rho above one": ("Adadelta", lambda leaf: ([leaf],), {"rho": 1.5}),
    "Adadelta's negative eps": ("Adadelta", lambda leaf: ([leaf],), {"eps": -1}),
    "Adamax's beta of one": ("Adamax", lambda leaf: ([leaf],), {"betas": (0.9, 1.0)}),
    "Adamax's negative eps": ("Adamax", lambda leaf: ([leaf],), {"eps": -1}),
    "NAdam's beta of one": ("NAdam", lambda leaf: ([leaf],), {"betas": (1.0, 0.9)}),
    "NAdam's negative momentum decay": ("NAdam", lambda leaf: ([leaf],), {"momentum_decay": -1}),
    "RAdam's beta of one": ("RAdam", lambda leaf: ([leaf],), {"betas": (1.0, 0.9)}),
    "RAdam's negative weight decay": ("RAdam", lambda leaf: ([leaf],), {"weight_decay": -1}),
    "ASGD's negative weight decay": ("ASGD", lambda leaf: ([leaf],), {"weight_decay": -1}),
    "Rprop's factors in the wrong order": ("Rprop", lambda leaf: ([leaf],), {"etas": (1.2, 0.5)}),
    "LBFGS's negative learning rate": ("LBFGS", lambda leaf: ([leaf],), {"lr": -1}),
    "LBFGS's groups": ("LBFGS", lambda leaf: ([{"params": [leaf]}, {"params": [leaf.detach().clone()]}],), {}),
    "a learning rate of two elements": ("SGD", lambda leaf: ([leaf],), {"lr": "tensor"}),
    "two ways at once": ("Adam", lambda leaf: ([leaf],), {"foreach": True, "fused": True}),
    "a set of parameters": ("SGD", lambda leaf: ([{"params": {leaf}}],), {}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    name, args, options = WRONG[wrong]

    def of(leaf):
        return options | ({"lr": leaf.detach()} if options.get("lr") == "tensor" else {})

    with pytest.raises((ValueError, TypeError, RuntimeError)) as theirs:
        getattr(torch.optim, name)(*args(TORCH_LEAF), **of(TORCH_LEAF))
    with pytest.raises(theirs.type) as ours:
        getattr(optim, name)(*args(LEAF), **of(LEAF))
    words = str(theirs.value).partition(":")[0].partition(", but")[0].partition(" is torch")[0].rstrip(".")
    assert str(ours.value).startswith(words)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Rprop"])
def test_options_that_are_not_a_number_are_refused(name):
    with pytest.raises(ValueError, match="Invalid learning rate: nan, expected lr >= 0"):
        getattr(optim, name)([LEAF], lr=float("nan"))
    with pytest.raises(ValueError, match="Invalid weight_decay value: nan"):
        getattr(optim, name)([LEAF], weight_decay=float("nan"))


def test_options_of_a_group_are_checked_too():
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        optim.SGD([{"params": [LEAF], "lr": -1}])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["param_groups"].clear(), "different number of parameter groups"),
        (lambda d: d["param_groups"][0]["params"].pop(), "doesn't match the size of optimizer's group"),
        (
            lambda d: d["state"][0].update(exp_avg=np.ones(7)),
            r"exp_avg of parameter 0 of shape \(7,\), expected \(7, 5\)",
        ),
        (lambda d: d["param_groups"][0].update(lr=-1.0), "Invalid learning rate"),
        (lambda d: d["param_groups"][0].update(lr=float("nan")), "Invalid learning rate"),
        (lambda d: d["state"].update({9: {"step": 1}}), r"for parameters that are in no group: \[9\]"),
        (lambda d: d["state"][1].pop("exp_avg_sq"), r"does not fit Adam: .*expected \['exp_avg', 'exp_avg_sq', 'step'"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_changes_nothing(change, message):
    net, twin = mlp()
    optimizer = optim.Adam(net.parameters())
    train_both(net, twin, optimizer, torch.optim.Adam(twin.parameters()), steps=1)
    before = copy.deepcopy(optimizer.state_dict())
    bad = copy.deepcopy(before)
    change(bad)
    with pytest.raises(ValueError, match=message):
        optimizer.load_state_dict(bad)
    after = optimizer.state_dict()
    assert after["param_groups"] == before["param_groups"]
    assert after["state"][0]["exp_avg"].tolist() == before["state"][0]["exp_avg"].tolist()


def test_a_model_whose_layers_lie_in_a_plain_list_is_told_why_it_has_no_parameters():
    with pytest.raises(ValueError, match=r"empty parameter list: are the layers in a plain list .* nn.ModuleList"):
        optim.SGD([], lr=0.1)
