"""What a model is made of: every module with the shape of its output, its parameters and their bytes."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd import Tensor
from autograd.display import Cell, display, note, table

from .module import Module
from .utils import evaluating


class Row(NamedTuple):
    """One module: its path, its class, the shape of its output, and what it holds itself, without its children."""

    path: str
    kind: str
    depth: int
    output: Any
    parameters: int
    trainable: int
    bytes: int


class Summary:
    """The rows of `summary`, in the order of the modules, and the totals; prints as a table."""

    def __init__(self, rows: list[Row], model: Module, inputs: tuple[Any, ...]) -> None:
        self.rows = rows
        parameters, buffers = list(model.parameters()), list(model.buffers())
        self.parameters = sum(p.numel() for p in parameters)
        self.trainable = sum(p.numel() for p in parameters if p.requires_grad)
        self.parameter_bytes = sum(p.nbytes for p in parameters)
        self.buffer_bytes = sum(b.nbytes for b in buffers)
        self.input_bytes = sum(x.nbytes for x in inputs if isinstance(x, Tensor))

    def __repr__(self) -> str:
        rows = self._table()
        sizes = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [f"{a:<{sizes[0]}}  {b:<{sizes[1]}}  {c:>{sizes[2]}}  {d:>{sizes[3]}}".rstrip() for a, b, c, d in rows]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:], rule, self._totals()])

    def _repr_html_(self) -> str:
        head, *rows = [[*line[:2], *(Cell(number, "number") for number in line[2:])] for line in self._table()]
        return display(table(head, rows), note(self._totals()))

    def _table(self) -> list[tuple[str, ...]]:
        """The head, and a line for each module: two texts, then numbers."""
        lines: list[tuple[str, ...]] = [("module", "output", "parameters", "bytes")]
        for row in self.rows:
            name = row.path.rpartition(".")[2]
            label = "  " * row.depth + (f"{name}: {row.kind}" if name else row.kind)
            lines.append((label, _shape(row.output), f"{row.parameters:,}", f"{row.bytes:,}"))
        return lines

    def _totals(self) -> str:
        total = f"{self.parameters:,} parameters, {self.trainable:,} of them trainable: {self.parameter_bytes:,} bytes"
        buffers = f"\nbuffers: {self.buffer_bytes:,} bytes" if self.buffer_bytes else ""
        return total + buffers


def summary(model: Module, *inputs: Any) -> Summary:
    """Call the model once on `inputs`, without gradients and in evaluation mode, and list what each module returned.

    The model is not changed. A module that was not called has the output None; a shared parameter counts once. Errors
    of the model are passed on. Raises TypeError for the size of an input in place of the input.
    """
    for x in inputs:
        if isinstance(x, tuple | list) and x and all(isinstance(n, int) for n in x):
            call = f"summary(model, autograd.zeros({', '.join(map(str, x))}))"
            raise TypeError(f"summary(): expected the inputs themselves, not their size {x}: {call}")
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
    rows: list[Row] = []
    met: set[int] = set()
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if id(p) not in met]
        met.update(map(id, own))
        count, trainable = sum(p.numel() for p in own), sum(p.numel() for p in own if p.requires_grad)
        depth = path.count(".") + 1 if path else 0
        size = sum(p.nbytes for p in own)
        rows.append(Row(path, type(module).__name__, depth, outputs.get(id(module)), count, trainable, size))
    return Summary(rows, model, inputs)


def _shapes(output: Any) -> Any:
    """The shape of a tensor, the shapes of several."""
    if isinstance(output, list | tuple):
        return [_shapes(part) for part in output]
    return tuple(output.shape) if isinstance(output, Tensor) else None


def _shape(output: Any) -> str:
    if isinstance(output, list):
        return ", ".join(_shape(part) for part in output)
    return "-" if output is None else str(output)
