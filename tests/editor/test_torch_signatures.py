"""Arguments have torch's names and torch's order: those of functions, methods, layers, losses and optimizers."""

import inspect

import pytest
import torch

import autograd
import nn
from nn import distributed, distributions, functional, init, optim, utils
from nn.optim import lr_scheduler
from tests.editor.public import public_names
from tests.editor.signatures import documented, inspected, stubs

STUBS = {
    torch: stubs("_C/_VariableFunctions.pyi"),
    torch.Tensor: stubs("_C/__init__.pyi", "TensorBase"),
    torch.nn.functional: stubs("nn/functional.pyi"),
}
COUNTERPARTS = {
    autograd: torch, autograd.Tensor: torch.Tensor, autograd.linalg: torch.linalg, functional: torch.nn.functional,
    nn: torch.nn, init: torch.nn.init, utils: torch.nn.utils, utils.rnn: torch.nn.utils.rnn, optim: torch.optim,
    lr_scheduler: torch.optim.lr_scheduler, distributions: torch.distributions, distributed: torch.distributed,
}  # fmt: skip
DIFFERENCES = {  # torch's name: why ours takes something else
    "torch.einsum": "torch says *args; ours names the first of them, the equation",
    "torch.no_grad": "made to be a context or a decorator: nobody names what it decorates",
    "torch.enable_grad": "likewise",
    "torch.set_default_dtype": "torch's name for the dtype is d",
    "torch.tensor": "torch's stub lets dtype be given by position, torch itself does not",
    "torch.Size": "torch tells of no arguments",
    "torch.dtype": "torch's cannot be called",
    "torch.numel": "torch's stub says self, torch itself input",
    "Tensor.new_tensor": "torch's stub lets dtype be given by position, torch itself does not",
    "torch.linalg.cholesky": "torch's page says A, torch itself input",
    "torch.result_type": "of any number of values, as NumPy's",
    "Tensor.requires_grad_": "torch's stub says mode, torch itself requires_grad",
    "Tensor.split": "torch's function and torch's method differ; ours are one and take the function's names",
    "torch.nn.UninitializedBuffer": "whether it is persistent is said where it is registered",
    "torch.distributed.init_process_group": "torch's own _ranks is private",
    "torch.nn.functional.scaled_dot_product_attention": "no grouped-query attention",
}


def torch_calls(theirs, name):
    """How torch's function, method or class of that name may be called, in torch's own words."""
    function = getattr(theirs, name)
    calls = STUBS.get(theirs, {}).get(name, [])
    if inspect.isfunction(function) or inspect.isclass(function):
        calls = calls + inspected(function)
    calls = [call.bound() for call in calls] if theirs is torch.Tensor else calls
    return calls or documented(function, name)


def shared_names():
    """Everything callable that has a public name here and an equal one in torch that tells its arguments."""
    for ours, theirs in COUNTERPARTS.items():
        for name in public_names(ours):
            if callable(getattr(ours, name)) and callable(getattr(theirs, name, None)) and torch_calls(theirs, name):
                title = f"{theirs.__name__}.{name}"
                differs = [pytest.mark.xfail(reason=DIFFERENCES[title])] if title in DIFFERENCES else []
                yield pytest.param(ours, theirs, name, id=title, marks=differs)


@pytest.mark.parametrize(("ours", "theirs", "name"), list(shared_names()))
def test_whatever_torch_takes_finds_its_place_here(ours, theirs, name):
    takes = inspected(getattr(ours, name))
    takes = [t.bound() for t in takes] if ours is autograd.Tensor else takes
    torchs = torch_calls(theirs, name)
    calls = [call.counting() for call in torchs]
    wanted = f"torch's {' or '.join(map(str, calls))}, ours {' '.join(map(str, takes)) or 'tells nothing'}"
    assert any(take.accept(call) for take in takes for call in calls), wanted
    by_position = {"*", *(argument for call in torchs for argument in call.positional)}
    assert by_position.issuperset(takes[0].positional), f"by name alone what torch takes by name alone: {wanted}"


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        pytest.param(*c.values, id=c.id)
        for c in shared_names()
        if c.values[0] in (functional, nn, init, utils, utils.rnn)
    ],
)
def test_what_is_given_by_position_means_what_it_means_in_torch(ours, theirs, name):
    (takes,) = inspected(getattr(ours, name))
    orders = [[*call.positional] for call in torch_calls(theirs, name)]
    orders += [[n for n in order if n != "_stacklevel"] for order in orders]
    n = len(takes.positional)
    assert takes.positional in [order[:n] for order in orders], f"torch's {orders}, ours {takes}"
