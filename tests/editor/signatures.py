"""What a function takes: ours by inspection, torch's by its stub files, by inspection, or as its docstring shows it."""

import ast
import inspect
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch

LEFT_ASIDE = {
    *("out", "layout", "device", "pin_memory", "memory_format", "names", "non_blocking"),
    *("foreach", "fused", "capturable", "differentiable", "sparse", "sparse_grad", "output_size", "driver"),
    *("size_average", "reduce", "implicit", "_stacklevel", "_weight", "_freeze"),
}  # arguments about memory, about the way to compute, deprecated or private


class Arguments(NamedTuple):
    """Names that may be given by position, "*" for any number of values, and those that must be given by name."""

    positional: list[str]
    keyword: set[str]

    def __str__(self):
        return f"({', '.join(self.positional + ['*'] * bool(self.keyword) + sorted(self.keyword))})"

    def bound(self):
        """Without self."""
        return Arguments(self.positional[1:], self.keyword)

    def counting(self):
        """Without what is left aside; whatever comes after such a name is never given by position."""
        kept = next((i for i, name in enumerate(self.positional) if name in LEFT_ASIDE), len(self.positional))
        return Arguments(self.positional[:kept], {*self.positional[kept:], *self.keyword} - LEFT_ASIDE)

    def accept(self, call):
        """Whether whatever is given as `call` says finds its place here: x.flip(dims=(0, 1)) and x.flip(0, 1), too."""
        return (
            len(self.positional) >= len(call.positional)
            and all(a == b or (a == "*" and b in self.keyword) for a, b in zip(self.positional, call.positional))
            and call.keyword <= {*self.positional, *self.keyword}
        )


def inspected(function):
    """The arguments of a function or class; none if Python cannot tell, or all it can tell is (*args, **kwargs)."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return []
    by_name = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    positional = ["*" if p.kind is p.VAR_POSITIONAL else p.name for p in parameters if p.name not in by_name]
    return [Arguments(positional, by_name)]


@cache
def stubs(file, within=None):
    """The overloads of every function in one of torch's stub files, or in a class there, by name."""
    body = ast.parse((Path(torch.__file__).parent / file).read_text(encoding="utf-8")).body
    if within:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == within)
    overloads = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            overloads.setdefault(node.name, []).append(_parsed(node.args))
    return overloads


def documented(function, name):
    """The calls that a docstring shows with their result: "linalg.inv(A, *, out=None) -> Tensor"."""
    calls = re.findall(rf"\b{name}(\([^()]*(?:\([^()]*\)[^()]*)*\)) ->", function.__doc__ or "")
    return [_parsed(ast.parse(f"def shown{call}: ...").body[0].args) for call in calls]


def _parsed(args):
    return Arguments([a.arg for a in args.args] + ["*"] * bool(args.vararg), {a.arg for a in args.kwonlyargs})
