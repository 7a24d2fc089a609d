"""Checks of the parameters: who has them, and whether they change."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor

from ...module import Module
from ...parameter import Parameter
from .case import FEW_LOOKS, Case, Evidence, Open, few


def unregistered(case: Case) -> Evidence:
    known, hidden = {id(p) for p in case.model.parameters()}, []
    for path, module in case.model.named_modules():
        for name, value in vars(module).items():
            tensors = _hidden(value) if not isinstance(value, Parameter | Module) else []
            missing = [t for t in tensors if id(t) not in known and id(t) not in case.optimized]
            if missing and not name.startswith("_"):
                place = f"{path}.{name}" if path else name
                hidden.append(f"{place}, a {type(value).__name__}, holds {len(missing)} trainable tensors")
    return "; ".join(hidden) + "." if hidden else None


def foreign_parameters(case: Case) -> Evidence:
    """While it was training: a layer may be replaced afterwards."""
    own = case.facts.own if case.facts.own is not None else {id(p) for p in case.model.parameters()}
    foreign = [i for i in case.optimized if i not in own]
    missing = [name for name, p in case.parameters.items() if id(p) not in case.optimized]
    if foreign and missing:
        return (
            f"{len(foreign)} of the optimizer's {len(case.optimized)} parameters are not the model's, and "
            f"{len(missing)} of the model's are missing: {few(missing)}."
        )
    return None


def no_gradient(case: Case) -> Evidence:
    facts = case.facts
    if not facts.backwards:
        return Open("no backward pass was seen")
    got = facts.reached | facts.with_gradient | case.moved
    without = [name for name in case.parameters if name not in got]
    if without and facts.backwards >= FEW_LOOKS and (facts.looks >= FEW_LOOKS or facts.empty_roots == facts.backwards):
        return f"{len(without)} of {len(case.parameters)} parameters never received a gradient: {few(without)}."
    return Open(f"{len(without)} parameters had received none after {facts.looks} looks") if without else None


def not_moved(case: Case) -> Evidence:
    facts = case.facts
    if facts.backwards < FEW_LOOKS:
        return Open("this takes 3 backward passes")
    if not facts.steps:
        idle = facts.reached and not case.moved  # another optimizer may have taken the place of this one
        return f"{facts.backwards} backward passes and 0 optimizer steps." if idle else None
    if facts.steps_without_gradient == facts.steps:
        return f"after {facts.backwards} backward passes, none of the {facts.steps} steps had a gradient to use."
    still = []
    for name, p in case.parameters.items():
        group = case.optimized.get(id(p))
        rate = 0.0 if group is None else group["lr"]
        if name in facts.with_gradient and name not in case.moved and not rate:
            still.append(f"{name} ({'not in the optimizer' if group is None else 'lr 0'})")
    return f"{len(still)} of {len(case.parameters)} parameters never changed: {few(still)}." if still else None


def zero_init(case: Case) -> Evidence:
    return _equal_rows(case, zero=True)


def symmetric_init(case: Case) -> Evidence:
    return _equal_rows(case, zero=False)


def _equal_rows(case: Case, zero: bool) -> Evidence:
    if case.facts.steps < FEW_LOOKS:
        return Open("this takes 3 steps")
    equal = []
    for name, p in case.parameters.items():
        before, now = case.facts.before.get(name), p.numpy(force=True)
        if before is None or now.ndim < 2 or len(now) < 2 or before.shape != now.shape:
            continue
        if _rows_equal(before) and _rows_equal(now) and zero == (not before.any()):
            equal.append(f"the {len(now)} rows of {name}")
    return f"{few(equal)} were equal at the start and still are after {case.facts.steps} steps." if equal else None


def _hidden(value: Any, depth: int = 0) -> list[Tensor]:
    """The trainable tensors in a list, tuple or dict at any depth, or a single one."""
    if isinstance(value, Module):
        return list(value.parameters())
    if isinstance(value, Tensor):
        return [value] if value.is_leaf and value.requires_grad else []
    if isinstance(value, list | tuple | dict) and depth < 10:
        parts = value.values() if isinstance(value, dict) else value
        return list({id(t): t for part in parts for t in _hidden(part, depth + 1)}.values())
    return []


def _rows_equal(a: Any) -> bool:
    rows = a.reshape(len(a), -1).astype(np.float64)
    return bool(np.allclose(rows, rows[0], rtol=1e-5, atol=0))
