"""Arguments have torch's names, torch's order and torch's defaults, but for the differences that these tables give."""

import inspect
from pathlib import Path
from typing import get_overloads

import pytest
import torch
from torch.optim import lr_scheduler as torch_lr_scheduler

import autograd
import nn
from nn import functional, optim
from nn.optim import lr_scheduler
from tests.editor.signatures import stubs

LEFT_OUT = {  # arguments of torch: why they are not here
    "epoch": "deprecated: a scheduler counts for itself",
    "_stacklevel": "private",
    "_weight": "private",
    "_freeze": "private",
    "out": "results are new tensors",
    "enable_gqa": "no grouped-query attention",
    "destination": "a state is always a new dict",
    "assign": "a state is always copied",
}
ADDED = {  # arguments that torch has not: what they are for
    "generator": "reproducible draws",
    "axis": "NumPy's name for `dim`",
    "epoch": "of a scheduler that may be told where it stands",
}
BY_NAME = {
    "device": "of a layer, given by name",
    "dtype": "of a layer, given by name: torch's place for it is after `device`",
}
APART = {  # names whose arguments are not compared
    "relu": "an op of autograd, without `inplace`",
    "max_pool2d": "torch shows (*args, **kwargs), because `return_indices` chooses between two functions",
    "max_pool1d": "likewise",
    "adaptive_max_pool1d": "likewise",
    "adaptive_max_pool2d": "likewise",
    "softmin": "torch guesses the dimension if there is none",
    "Softmax2d": "torch ignores any arguments, here they are an error",
    "Softsign": "torch ignores any arguments, here they are an error",
    "Tanhshrink": "torch ignores any arguments, here they are an error",
    "Sigmoid": "torch ignores any arguments, here they are an error",
    "LogSigmoid": "torch ignores any arguments, here they are an error",
    "Tanh": "torch ignores any arguments, here they are an error",
    "UninitializedBuffer": "whether it is persistent is said where it is registered",
    "Parameter": "torch makes it in __new__",
    "Module": "a base class without arguments",
    "Module.forward": "any arguments",
    "Module.to": "torch shows (*args, **kwargs)",
    "ModuleList.forward": "none: torch's raises",
    "ModuleDict.forward": "none: torch's raises",
    "Sequential.extend": "the modules are called sequential there",
}
STUBS = stubs("_C/_VariableFunctions.pyi") | stubs("_C/_nn.pyi")


def arguments(function, names):
    """The arguments and their defaults, those of such names aside; of a class that takes any, those its hints show."""
    made = getattr(function, "__init__", None)
    hints = get_overloads(made) if inspect.isfunction(made) else []
    found = [p for p in inspect.signature(hints[0] if hints else function).parameters.values() if p.name != "self"]
    kept = [p for p in found if p.name not in names and p.kind is not p.VAR_POSITIONAL]
    return [(p.name, getattr(p.default, "__name__", p.default)) for p in kept]


def shared(ours, theirs, names):
    """Everything callable that has one name here and there, unless it is told apart."""
    for name in names:
        title = f"{ours.__name__}.{name}" if inspect.isclass(ours) else name
        if callable(getattr(ours, name)) and hasattr(theirs, name) and title not in APART:
            yield pytest.param(getattr(ours, name), getattr(theirs, name), id=f"{ours.__name__}.{name}")


def methods(ours, theirs):
    """The methods that a class defines itself and that torch's class has, too."""
    return shared(ours, theirs, [name for name in vars(ours) if not name.startswith("_")])


TWINS = ((nn, torch.nn), (functional, torch.nn.functional), (optim, torch.optim), (lr_scheduler, torch_lr_scheduler))
PAIRS = [pair for ours, theirs in TWINS for pair in shared(ours, theirs, ours.__all__)]
METHODS = [pair for twins in PAIRS if inspect.isclass(twins.values[0]) for pair in methods(*twins.values)]
COMPILED = [pair for pair in PAIRS if inspect.isbuiltin(pair.values[1])]


@pytest.mark.parametrize(("ours", "theirs"), [pair for pair in PAIRS + METHODS if pair not in COMPILED])
def test_names_order_and_defaults_of_arguments_are_those_of_torch(ours, theirs):
    assert arguments(ours, ADDED | BY_NAME) == arguments(theirs, LEFT_OUT | BY_NAME)


@pytest.mark.parametrize(("ours", "theirs"), COMPILED)
def test_names_and_order_of_arguments_are_those_of_torchs_stubs(ours, theirs):
    names = [name for name, _ in arguments(ours, ADDED)]
    overloads = STUBS[theirs.__name__]
    assert names in [[name for name in found.positional if name not in LEFT_OUT] for found in overloads]


def test_what_is_told_apart_exists():
    assert all(hasattr(nn, name.split(".")[0]) or hasattr(functional, name) for name in APART)


@pytest.mark.parametrize("name", ["linear", "cross_entropy", "nll_loss"])
def test_autograd_says_where_the_functions_of_networks_are(name):
    with pytest.raises(AttributeError, match=rf"'autograd' has no attribute '{name}': it is nn\.functional\.{name}"):
        getattr(autograd, name)
    assert not hasattr(autograd, name)
    with pytest.raises(AttributeError, match=r"'autograd' has no attribute 'onez'$"):
        autograd.onez  # noqa: B018


@pytest.mark.parametrize("package", [nn, functional, optim, lr_scheduler])
def test_no_module_hides_a_function_of_its_package(package):
    files = {path.stem for place in package.__path__ for path in Path(place).glob("*.py")}
    assert not {name for name in package.__all__ if not inspect.ismodule(getattr(package, name))} & files
