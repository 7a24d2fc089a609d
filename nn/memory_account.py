"""What a training step takes of memory, module by module: gradients, the optimizer's state, saved activations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import Tensor, record_memory
from autograd.hooks import node_of, reachable
from autograd.tools.saved_memory import arrays, buffers, memory_of

from .module import Module


class Account(NamedTuple):
    """The bytes of gradients and of the optimizer's state, by parameter (its id), and of what is saved, by module (its
    path); and the step in which this was found out.
    """

    gradients: dict[int, int]
    state: dict[int, int]
    saved: Counter[str]
    record: record_memory

    def of(self, path: str, own: Iterable[Tensor]) -> tuple[int, int, int]:
        """What a module takes with its `own` parameters: gradients, state, saved activations."""
        ids = [id(p) for p in own]
        return sum(self.gradients.get(i, 0) for i in ids), sum(self.state.get(i, 0) for i in ids), self.saved[path]


def account(model: Module, inputs: tuple[Any, ...], optimizer: Any = None) -> Account:
    """Run one step of `model` on `inputs`, forward and backward, and count; nothing is changed.

    Raises ValueError for an optimizer with other parameters than the model's, or whose state is not known yet.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [] if optimizer is None else optimizer.param_groups
    strange = {id(p) for group in groups for p in group["params"]} - {id(p) for p in model.parameters()}
    if strange:
        raise ValueError(f"summary(): the optimizer has {len(strange)} parameters that are not the model's")
    held = memory_of(inputs, [*model.parameters()], [*model.buffers()])
    with unchanged(model):
        step(model, inputs, parameters)  # what is set up once, such as the plans of ops, does not count
        with record_memory(model) as record:
            saved, reached = step(model, inputs, parameters, lambda outs: saved_by_path(outs, held, record))
            for p, g in reached:
                record.note_gradient(node_of(p), g)
    gradients = {id(p): g.nbytes for p, g in reached}
    state = {id(p): state_bytes(optimizer, p, group) for group in groups for p in group["params"] if id(p) in gradients}
    return Account(gradients, state, saved, record)


def step(
    model: Module, inputs: tuple[Any, ...], parameters: list[Any], look: Callable[[list[Tensor]], Any] = len
) -> tuple[Any, list[tuple[Tensor, Tensor]]]:
    """What `look` says of the outputs, and the parameters that they depend on with their gradients."""
    outs = [x for x in tensors(model(*inputs)) if x.requires_grad]
    seen = look(outs)
    if not (outs and parameters):
        return seen, []
    seeds = [autograd.ones_like(x) for x in outs]
    found: Iterable[Any] = autograd.grad(outs, parameters, seeds, allow_unused=True)
    return seen, [(p, g) for p, g in zip(parameters, found, strict=True) if g is not None]


def saved_by_path(outs: Iterable[Tensor], held: set[int], record: record_memory) -> Counter[str]:
    """The bytes that the graph of `outs` keeps, by the module that is the first to save them."""
    saved: Counter[str] = Counter()
    for node, buffer in buffers(reachable(map(node_of, outs))[::-1], held):
        saved[record.paths.get(node, "")] += buffer.nbytes
    return saved


def state_bytes(optimizer: Any, p: Tensor, group: dict[str, Any]) -> int:
    """The bytes that an optimizer keeps for a parameter: what it has, or what a step on a copy makes it have."""
    state = optimizer.state.get(p)
    if not state:
        w = p.numpy(force=True).copy()
        numbers = {key: value.item() if isinstance(value, Tensor) else value for key, value in group.items()}
        state = optimizer.start(w, numbers)
        try:
            with np.errstate(all="ignore"):
                optimizer.update(w, np.zeros_like(w), state, numbers)
        except NotImplementedError:
            name = type(optimizer).__name__
            raise ValueError(f"summary(): what {name} keeps is known after its first step: take one before") from None
    return sum(array.nbytes for array in {id(array): array for array in arrays(state)}.values())


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in what a model returned: itself, or those in tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors(part)


@contextmanager
def unchanged(model: Module) -> Iterator[None]:
    """Afterwards the attributes and buffers of all modules, and the random state, are what they were."""
    random = autograd.get_rng_state()
    attributes = [(module, dict(vars(module))) for module in model.modules()]
    values = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        autograd.set_rng_state(random)
        for module, before in attributes:
            vars(module).clear()
            vars(module).update(before)
        with autograd.no_grad():
            for buffer, value in values:
                buffer.copy_(value)
