"""How a notebook shows a module: the tree of modules below it, with what each of them holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from autograd import Tensor
from autograd.display import Cell, Html, display, fold, note, table

from .uninitialized import is_lazy

HEAD = ("module", "class", "parameters and buffers", Cell("numbers", "number"), "trainable")
LARGE = 30  # modules, from which on a tree is folded


class Branch(NamedTuple):
    """A module in the tree: its dotted path, and the path under which it stood further up, if it is shared."""

    path: str
    module: Any
    same: str | None

    @property
    def depth(self) -> int:
        return self.path.count(".") + 1 if self.path else 0

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        settings = ", ".join(self.module.extra_repr().splitlines())
        return f"{type(self.module).__name__}({settings})" if settings else type(self.module).__name__


def html(module: Any) -> str:
    """A table of the modules, one a row; in a large tree, those with modules of their own can be opened and closed."""
    first: dict[int, str] = {}
    tree: list[Branch] = []
    for path, below in module.named_modules(remove_duplicate=False):
        if not any(branch.same is not None and path.startswith(f"{branch.path}.") for branch in tree[-1:]):
            tree.append(Branch(path, below, first.get(id(below))))
            first.setdefault(id(below), path)
    whole = _table(tree) if len(tree) < LARGE else fold(_headline(tree), *_tree(tree), opened=True)
    return display(whole, note(_totals(module)))


def _tree(tree: list[Branch]) -> list[Html]:
    """A module and all below it: in one table, or large children each in a fold."""
    if len(tree) < LARGE:
        return [_table(tree)]
    root, *below = tree
    parts = [_table([root])] if _tensors(root.module) else []
    lonely = sum(1 for _ in root.module.children()) == 1
    for nested, children in groupby(_children(below), lambda child: len(child) > 1):
        if nested:
            parts += [fold(f"{child[0].name}: {_headline(child)}", *_tree(child), opened=lonely) for child in children]
        else:
            parts.append(_leaves([child[0] for child in children]))
    return parts


def _children(below: list[Branch]) -> Iterator[list[Branch]]:
    """What is below a module, cut into its children, each with all below it."""
    starts = [i for i, branch in enumerate(below) if branch.depth == below[0].depth]
    for start, end in zip(starts, [*starts[1:], len(below)], strict=True):
        yield below[start:end]


def _headline(tree: list[Branch]) -> str:
    below = f"{len(tree) - 1:,} module{'s' * (len(tree) > 2)}"
    return f"{tree[0].kind} of {below}, {_count(tree[0].module.parameters())} parameters"


def _leaves(leaves: list[Branch]) -> Html:
    rows = _table(leaves)
    names = f"{leaves[0].name} to {leaves[-1].name}: {len(leaves):,} modules"
    return rows if len(leaves) < LARGE else fold(names, rows)


def _table(tree: list[Branch]) -> Html:
    top = max(tree[0].depth, 1)
    return table(HEAD, [_row(branch, "    " * max(branch.depth - top, 0)) for branch in tree])


def _row(branch: Branch, indent: str) -> list[Any]:
    module, own = branch.module, list(branch.module.parameters(recurse=False))
    if branch.same is not None:
        return [indent + branch.name, f"{type(module).__name__}, the same as {branch.same}", "", "", ""]
    held = "\n".join(_tensors(module))
    count = Cell(_count(own) if own else "", "number")
    return [indent + branch.name, Cell(branch.kind, "wrap"), held, count, _trainable(own)]


def _tensors(module: Any) -> list[str]:
    """The parameters and buffers of a module itself, with their shapes."""
    buffers = [f"{name} {_size(buffer)}, buffer" for name, buffer in module.named_buffers(recurse=False)]
    return [*(f"{name} {_size(p)}" for name, p in module.named_parameters(recurse=False)), *buffers]


def _size(tensor: Tensor) -> str:
    return "of a shape not known yet" if is_lazy(tensor) else str(tuple(tensor.shape))


def _trainable(parameters: list[Tensor]) -> str:
    if not parameters:
        return ""
    wanted = [parameter.requires_grad for parameter in parameters]
    return "yes" if all(wanted) else "in part" if any(wanted) else "no"


def _totals(module: Any) -> str:
    parameters, buffers = list(module.parameters()), list(module.buffers())
    trainable = _count(parameter for parameter in parameters if parameter.requires_grad)
    text = f"{_count(parameters)} parameters, {trainable} of them trainable: {_bytes(parameters)} bytes"
    held = f"; buffers: {_bytes(buffers)} bytes" if buffers else ""
    return f"{text}{held}; in {'training' if module.training else 'evaluation'} mode"


def _count(tensors: Iterable[Tensor]) -> str:
    """How many numbers they hold, as far as their shapes are known."""
    given = list(tensors)
    known = sum(tensor.numel() for tensor in given if not is_lazy(tensor))
    return f"{known:,}{' and more' * any(map(is_lazy, given))}"


def _bytes(tensors: list[Tensor]) -> str:
    return f"{sum(tensor.nbytes for tensor in tensors if not is_lazy(tensor)):,}"
