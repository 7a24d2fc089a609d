"""What a model is made of: every module with the shape of its output, its parameters and what they take of memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd import Tensor
from autograd.display import Cell, display, note, table

from .memory_account import Account, account
from .module import Module
from .utils import evaluating


class Row(NamedTuple):
    """One module: its path, its class, the shape of its output, and what it holds itself, without its children.

    `bytes` are those of its parameters; those of their gradients, of the optimizer's state and of what its ops save for
    backward are counted where `memory` was asked for.
    """

    path: str
    kind: str
    depth: int
    output: Any
    parameters: int
    trainable: int
    bytes: int
    gradients: int = 0
    state: int = 0
    activations: int = 0


class Summary:
    """The rows of `summary`, in the order of the modules, and the totals; prints as a table.

    With `memory`, `gradient_bytes`, `state_bytes` and `activation_bytes` are the totals of these columns, and
    `peak_bytes` is the most that one step takes at any time; `record` says which op that was, and what was there then.
    """

    def __init__(self, rows: list[Row], model: Module, inputs: tuple[Any, ...], memory: Account | None = None) -> None:
        self.rows = rows
        parameters, buffers = list(model.parameters()), list(model.buffers())
        self.parameters = sum(p.numel() for p in parameters)
        self.trainable = sum(p.numel() for p in parameters if p.requires_grad)
        self.parameter_bytes = sum(p.nbytes for p in parameters)
        self.buffer_bytes = sum(b.nbytes for b in buffers)
        self.input_bytes = sum(x.nbytes for x in inputs if isinstance(x, Tensor))
        self.gradient_bytes = sum(row.gradients for row in rows)
        self.state_bytes = sum(row.state for row in rows)
        self.activation_bytes = sum(row.activations for row in rows)
        self.record = memory and memory.record
        self.peak_bytes = memory.record.peak + self.state_bytes if memory else 0

    def __repr__(self) -> str:
        rows = self._table()
        sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(_aligned(line, sizes)).rstrip() for line in rows]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:], rule, self._totals()])

    def _repr_html_(self) -> str:
        head, *rows = [[*line[:2], *(Cell(number, "number") for number in line[2:])] for line in self._table()]
        return display(table(head, rows), note(self._totals()))

    def _table(self) -> list[tuple[str, ...]]:
        """The head, and a line for each module: two texts, then numbers."""
        more = ("gradients", "state", "activations") if self.record else ()
        lines: list[tuple[str, ...]] = [("module", "output", "parameters", "bytes", *more)]
        for row in self.rows:
            name = row.path.rpartition(".")[2]
            label = "  " * row.depth + (f"{name}: {row.kind}" if name else row.kind)
            numbers = (row.parameters, row.bytes, *(getattr(row, column) for column in more))
            lines.append((label, _shape(row.output), *(f"{number:,}" for number in numbers)))
        return lines

    def _totals(self) -> str:
        total = f"{self.parameters:,} parameters, {self.trainable:,} of them trainable: {self.parameter_bytes:,} bytes"
        buffers = f"\nbuffers: {self.buffer_bytes:,} bytes" if self.buffer_bytes else ""
        return total + buffers + (self._memory() if self.record else "")

    def _memory(self) -> str:
        """What a training step holds at the end of its forward pass and of its backward pass, and at most."""
        kept = [("gradients", self.gradient_bytes), ("state of the optimizer", self.state_bytes)]
        kept += [("saved activations", self.activation_bytes)]
        lines = [f"{name}: {size:,} bytes" for name, size in kept if size]
        where = f"at {self.record.where}" if self.record else ""
        return "\n".join(["", *lines, f"peak of a step: {self.peak_bytes:,} bytes, {where}"])


def summary(model: Module, *inputs: Any, memory: bool = False, optimizer: Any = None) -> Summary:
    """Call the model once on `inputs`, without gradients and in evaluation mode, and list what each module returned.

    The model is not changed. A module that was not called has the output None; a shared parameter counts once. Errors
    of the model are passed on. Raises TypeError for the size of an input in place of the input.

    With `memory` the model is called once more, in the mode it is in, and the gradients of its outputs are computed,
    to tell in bytes what a training step takes for each module: its gradients; the state that `optimizer` has for its
    parameters, or will have after its first step; and what its ops save for backward. A buffer that several modules
    save counts for the first of them; the inputs, parameters and buffers do not count as saved. Measured is also the
    peak of this step, everything included but the loss and what the optimizer takes and gives back while it steps;
    gradients of a step before are taken to be cleared. No gradient is left in `.grad`, and buffers and the random
    state are as before. Raises ValueError for an optimizer without `memory`, with other parameters than the model's,
    or whose state can only be known after its first step.
    """
    for x in inputs:
        if isinstance(x, tuple | list) and x and all(isinstance(n, int) for n in x):
            call = f"summary(model, autograd.zeros({', '.join(map(str, x))}))"
            raise TypeError(f"summary(): expected the inputs themselves, not their size {x}: {call}")
    if optimizer is not None and not memory:
        raise ValueError("summary(): the optimizer's state is counted with memory=True, got memory=False")
    outputs: dict[int, Any] = {}

    def note(module: Module, args: tuple[Any, ...], output: Any) -> None:
        outputs[id(module)] = _shapes(output)

    handles = [module.register_forward_hook(note) for module in model.modules()]
    try:
        with evaluating(model):
            model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    taken = account(model, inputs, optimizer) if memory else None
    rows: list[Row] = []
    met: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if id(p) not in met]
        met.update(map(id, own))
        count, trainable = sum(p.numel() for p in own), sum(p.numel() for p in own if p.requires_grad)
        depth = path.count(".") + 1 if path else 0
        size = sum(p.nbytes for p in own)
        more = taken.of(path, own) if taken else ()
        rows.append(Row(path, type(module).__name__, depth, outputs.get(id(module)), count, trainable, size, *more))
    return Summary(rows, model, inputs, taken)


def _aligned(line: tuple[str, ...], sizes: list[int]) -> Iterator[str]:
    """The texts of a line, and its numbers flush right."""
    for i, (text, size) in enumerate(zip(line, sizes, strict=True)):
        yield f"{text:<{size}}" if i < 2 else f"{text:>{size}}"


def _shapes(output: Any) -> Any:
    """The shape of a tensor, the shapes of several."""
    if isinstance(output, list | tuple):
        return [_shapes(part) for part in output]
    return tuple(output.shape) if isinstance(output, Tensor) else None


def _shape(output: Any) -> str:
    if isinstance(output, list):
        return ", ".join(_shape(part) for part in output)
    return "-" if output is None else str(output)
