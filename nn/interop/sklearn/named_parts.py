"""The parts of an estimator, made from what it was given: the network, the criterion and the optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd
from autograd import Tensor

from ...layers.container import MLP
from ...module import Module
from ...optim import Optimizer
from ...utils import evaluating
from .weighted_rows import weighted

PARTS = "module", "criterion", "optimizer"
Options = dict[str, Any]


def options_of(part: str, parameters: Options) -> Options:
    """The options of one part: `module__hidden=8` is the option `hidden` of the module."""
    start = f"{part}__"
    return {name[len(start) :]: value for name, value in parameters.items() if name.startswith(start)}


def is_option(name: str) -> bool:
    """Whether a setting is one of a part."""
    part, _, option = name.partition("__")
    return part in PARTS and bool(option)


def check_options(kind: str, names: Iterable[str]) -> None:
    """Raise TypeError for a name that is no option of a part."""
    for name in names:
        if not is_option(name):
            raise TypeError(
                f"{kind} got an unexpected keyword argument {name!r}: options of the network, the loss and the "
                "optimizer begin with module__, criterion__ and optimizer__"
            )


def made_network(
    module: Any, options: Options, inputs: int, outputs: int, hidden: Sequence[int], activation: Callable[[], Module],
    dtype: DTypeLike,
) -> Module:  # fmt: skip
    """The network: a perceptron with `hidden` layers, a copy of an instance, or what a class or function returns.

    A class or function is given the numbers of inputs and outputs if it has two parameters without a default, and
    `options`. The network is brought into the dtype. Raises TypeError for anything else, or for a result that is no
    Module; ValueError for a network whose output has another shape than (rows, outputs).
    """
    if module is None:
        if options:
            raise TypeError(
                f"module__{next(iter(options))} was given, but no module: give module=, a class or function"
            )
        network: Any = MLP(inputs, [*hidden, outputs], activation)
    elif isinstance(module, Module):
        if options:
            raise TypeError(f"module__{next(iter(options))} was given, but module is made already: give its class")
        network = deepcopy(module)
    elif callable(module):
        network = module(*_sizes(module, options, inputs, outputs), **options)
    else:
        network = module
    if not isinstance(network, Module):
        raise TypeError(
            "module: expected an nn.Module, its class, or a function that returns one, given "
            f"{type(network).__name__}" + (" by it" if network is not module else "")
        )
    network.to(dtype)
    _check_output(network, inputs, outputs)
    return network


def _sizes(module: Callable[..., Any], options: Options, inputs: int, outputs: int) -> tuple[int, ...]:
    """(inputs, outputs), or () for a class or function that does not ask for them."""
    asked = [
        name
        for name, parameter in inspect.signature(module).parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        and name not in options
    ]
    if len(asked) not in (0, 2):
        raise TypeError(
            f"{getattr(module, '__name__', module)} has {len(asked)} parameters without a value, {', '.join(asked)}: "
            "expected two, for the numbers of inputs and outputs, or none; give the others as module__name=value"
        )
    return (inputs, outputs) if asked else ()


def _check_output(network: Module, inputs: int, outputs: int) -> None:
    with evaluating(network):
        output: Any = network(autograd.zeros(2, inputs, dtype=dtype_of(network)))
    if not isinstance(output, Tensor):
        raise TypeError(f"expected a network that returns a Tensor, given one that returns {type(output).__name__}")
    shape = tuple(output.shape)
    if shape != (2, outputs):
        raise ValueError(
            f"the network has {outputs} numbers to tell of each row, but for 2 rows of {inputs} inputs its output has "
            f"the shape {shape}, expected {(2, outputs)}"
        )


def dtype_of(network: Module) -> np.dtype[Any]:
    """The dtype that a network computes in: that of its first parameter of floating-point numbers."""
    return next((np.dtype(p.dtype) for p in network.parameters() if p.is_floating_point()), np.dtype(np.float32))


def made_criterion(criterion: Any, options: Options, weights: bool) -> Callable[[Any, Any], Tensor]:
    """The loss of a batch: `criterion` is a class of losses, one of its instances, or a function (output, target).

    With `weights` the target is a pair, of which the second counts the rows. Raises TypeError for anything else.
    """
    if isinstance(criterion, type) and issubclass(criterion, Module):
        loss = criterion(**({"reduction": "none"} if weights else {}), **options)
    elif options:
        raise TypeError(f"criterion__{next(iter(options))} was given, but criterion is no class of losses")
    elif not callable(criterion):
        raise TypeError(f"criterion: expected a loss such as nn.CrossEntropyLoss, given {criterion!r}")
    else:
        loss = deepcopy(criterion)
        if weights and hasattr(loss, "reduction"):
            loss.reduction = "none"
    return weighted(loss) if weights else loss


def made_optimizer(optimizer: Any, network: Module, options: Options) -> Optimizer:
    """The optimizer of the network's parameters. Raises TypeError for anything that makes none."""
    made = optimizer(network.parameters(), **options) if callable(optimizer) else None
    if not isinstance(made, Optimizer):
        raise TypeError(
            f"optimizer: expected a class of nn.optim, or a function (params, lr=…) that makes one, given {optimizer!r}"
        )
    if inspect.signature(made.step).parameters["closure"].default is inspect.Parameter.empty:
        raise TypeError(
            f"optimizer: {type(made).__name__} asks for a closure in each step, which is not supported here"
        )
    return made
