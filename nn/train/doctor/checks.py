"""From the facts to findings: one function for each kind of mistake, with the thresholds it goes by.

A check gives the evidence, None if all is well, or `Open(reason)` if there is not enough to judge by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from autograd import Tensor
from autograd.engine import reachable

from ...module import Module, Parameter
from .facts import Facts
from .report import Finding, finding, primary

FEW_LOOKS = 3  # below that, nothing is said of what "never" happens
LARGE_INPUTS = 20.0  # root of the mean square of a column: iris has 6, pixels to 255 have 100
GROWTH = 100.0  # of gradients from the last layer to the first; with a usual initialisation it is about 1
LOSS = 1e-5  # likewise; six layers as they come keep more than 1e-3
TINY_STEP = 1e-6  # of the weights, in a step; usual ones are about 1e-3
DIVERGED = 5.0  # times the loss at the start, at the end,
PEAK = 20.0  # or at any time, if there was
HUGE_STEP = 10.0  # of the weights: what was learned, or drawn, is forgotten
MOST_UNITS = 0.7  # of a layer that may be dead; with two inputs, half of a small layer can be from the start
MOST_AT_LIMITS = 0.5  # of a layer that may be at its limits at the start
LEAST_SAMPLES = 60  # to say that labels and inputs have nothing in common
AT_CHANCE = 0.85  # of the loss of guessing; a network may have learned some of the samples by heart
LEAST_STEPS = 100  # for a loss to have left chance
LEAST_LOOKS = 6  # for labels that never differ
RISKY = {"sqrt", "rsqrt", "log", "log2", "log10", "log1p", "div", "reciprocal", "pow", "vector_norm", "acos", "asin"}


class Open(str):
    """Why something could not be checked."""


Evidence = str | None
Check = Callable[["Case"], Evidence]


class Case:
    """All that a check can go by."""

    def __init__(self, facts: Facts, model: Module, optimizer: Any, modes: Sequence[Module]) -> None:
        self.facts, self.model, self.optimizer, self.modes = facts, model, optimizer, modes
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        self.optimized = {id(p): group for group in optimizer.param_groups for p in group["params"]}
        self.moved = {
            name
            for name, p in self.parameters.items()
            if name in facts.before and not np.array_equal(facts.before[name], p.numpy(force=True), equal_nan=True)
        }


def examine(facts: Facts, model: Module, optimizer: Any, modes: Sequence[Module]) -> tuple[list[Finding], list[str]]:
    """The findings, the gravest first, and what could not be checked."""
    case = Case(facts, model, optimizer, modes)
    findings, unchecked = [], []
    for check in CHECKS:
        code = check.__name__
        try:
            evidence = check(case)
        except Exception as error:
            evidence = Open(f"the check itself failed: {type(error).__name__}: {error}")
        if isinstance(evidence, Open):
            unchecked.append(f"{code}: {evidence}".replace("\n", " "))
        elif evidence:
            findings.append(finding(code, evidence))
    if facts.failed:
        unchecked.append(f"what one of the looks would have shown: it failed with {facts.failed}".replace("\n", " "))
    return primary(findings), unchecked


# -- the loop ---------------------------------------------------------------------------------------------------------


def no_grad(case: Case) -> Evidence:
    facts = case.facts
    forwards = (
        f"{facts.silent_forwards} of {facts.forwards + facts.silent_forwards} calls of the model recorded nothing"
    )
    if facts.refused and facts.silent_forwards and not facts.backwards:
        return f"backward was refused: {forwards}."
    if facts.steps >= 2 and not facts.backwards:
        return f"{facts.steps} steps, and 0 backward passes; {forwards}."
    if facts.backwards and facts.empty_roots == facts.backwards and facts.silent_forwards and not facts.forwards:
        return f"all {facts.backwards} backward passes started from a loss without a graph: {forwards}."
    return None


def bad_optimizer_order(case: Case) -> Evidence:
    facts = case.facts
    if facts.backwards and facts.steps_after_forward >= 2 and 2 * facts.steps_after_forward > facts.steps:
        return f"in {facts.steps_after_forward} of {facts.steps} steps the model was called, but backward was not yet."
    return None


def no_zero_grad(case: Case) -> Evidence:
    facts = case.facts
    if facts.stale_steps >= 2 and 2 * facts.stale_steps >= facts.steps - 1:
        return f"{facts.stale_steps} of {facts.steps} steps went by gradients that had been used in the step before."
    return None if facts.steps > 2 else Open("it takes 3 steps")


def scheduler_first(case: Case) -> Evidence:
    early = case.facts.scheduled_early
    if early and case.facts.steps:
        return f"scheduler.step() was called {early} time{'s' * (early > 1)} before the first optimizer.step()."
    return None if case.facts.scheduled else Open("no scheduler was seen; give it: doctor(..., scheduler=scheduler)")


def train_mode_in_eval(case: Case) -> Evidence:
    facts, kinds = case.facts, _kinds(case.modes)
    if facts.evaluated_in_training and facts.backwards:
        return f"{facts.evaluated_in_training} calls under no_grad were made in training mode, of a model with {kinds}."
    if case.modes and not facts.silent_forwards:
        return Open("no call of the model under no_grad was seen")
    return None


def eval_mode_in_training(case: Case) -> Evidence:
    facts = case.facts
    if facts.trained_in_evaluation >= 2:
        steps = f"{facts.trained_in_evaluation} of {facts.steps} steps"
        return f"{steps} were made in evaluation mode, of a model with {_kinds(case.modes)}."
    return None


def graph_kept_alive(case: Case) -> Evidence:
    facts = case.facts
    if facts.kept:
        return (
            f"of the {facts.kept_of} losses before the last two, {facts.kept} still have their graph, together "
            f"{facts.kept_nodes:,} nodes."
        )
    return None if facts.backwards > 6 else Open("it takes some 7 backward passes")


# -- parameters -------------------------------------------------------------------------------------------------------


def unregistered(case: Case) -> Evidence:
    known, hidden = {id(p) for p in case.model.parameters()}, []
    for path, module in case.model.named_modules():
        for name, value in vars(module).items():
            tensors = _hidden(value) if not isinstance(value, Parameter | Module) else []
            missing = [t for t in tensors if id(t) not in known and id(t) not in case.optimized]
            if missing and not name.startswith("_"):
                place = f"{path}.{name}" if path else name
                hidden.append(f"{place}, a {type(value).__name__}, holds {len(missing)} tensors to be trained")
    return "; ".join(hidden) + "." if hidden else None


def foreign_parameters(case: Case) -> Evidence:
    own = {id(p) for p in case.model.parameters()}
    foreign = [i for i in case.optimized if i not in own]
    missing = [name for name, p in case.parameters.items() if id(p) not in case.optimized]
    if foreign and missing:
        return (
            f"{len(foreign)} of the optimizer's {len(case.optimized)} parameters are not the model's, and "
            f"{len(missing)} of the model's are missing: {_few(missing)}."
        )
    return None


def no_gradient(case: Case) -> Evidence:
    facts = case.facts
    if not facts.backwards:
        return Open("no backward pass was seen")
    got = facts.reached | facts.with_gradient | case.moved
    without = [name for name in case.parameters if name not in got]
    if without and facts.backwards >= FEW_LOOKS and (facts.looks >= FEW_LOOKS or facts.empty_roots == facts.backwards):
        return f"{len(without)} of {len(case.parameters)} parameters never got a gradient: {_few(without)}."
    return Open(f"{len(without)} parameters had none so far, in {facts.looks} looks") if without else None


def not_moved(case: Case) -> Evidence:
    facts = case.facts
    if facts.backwards < FEW_LOOKS:
        return Open("it takes 3 backward passes")
    if not facts.steps:
        return f"{facts.backwards} backward passes, and 0 steps of the optimizer." if facts.reached else None
    if facts.steps_without_gradient == facts.steps:
        return f"{facts.backwards} backward passes, and in all {facts.steps} steps there was no gradient to go by."
    still = []
    for name, p in case.parameters.items():
        group = case.optimized.get(id(p))
        rate = 0.0 if group is None else group["lr"]
        if name in facts.with_gradient and name not in case.moved and not rate:
            still.append(f"{name} ({'not in the optimizer' if group is None else 'lr 0'})")
    return (
        f"{len(still)} of {len(case.parameters)} parameters are bit for bit as they were: {_few(still)}."
        if still
        else None
    )


def zero_init(case: Case) -> Evidence:
    return _equal_rows(case, zero=True)


def symmetric_init(case: Case) -> Evidence:
    return _equal_rows(case, zero=False)


def _equal_rows(case: Case, zero: bool) -> Evidence:
    if case.facts.steps < FEW_LOOKS:
        return Open("it takes 3 steps")
    equal = []
    for name, p in case.parameters.items():
        before, now = case.facts.before.get(name), p.numpy(force=True)
        if before is None or now.ndim < 2 or len(now) < 2 or before.shape != now.shape:
            continue
        if _rows_equal(before) and _rows_equal(now) and zero == (not before.any()):
            equal.append(f"the {len(now)} rows of {name}")
    return f"{_few(equal)} were equal at the start and still are after {case.facts.steps} steps." if equal else None


# -- the loss ---------------------------------------------------------------------------------------------------------


def loss_broadcast(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.broadcast}." if case.facts.broadcast else None


def softmax_before_loss(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    return f"{case.facts.softmax}, in {case.facts.looks} looks." if case.facts.softmax else None


def lr_too_high(case: Case) -> Evidence:
    facts, losses = case.facts, case.facts.losses
    rates = ", ".join(f"{rate:g}" for rate in sorted(set(facts.first_rates))) or "unknown"
    if facts.broken:
        return f"{facts.broken}. The learning rate is {rates}."
    if len(losses) < 10:
        return Open("it takes 10 steps")
    first, last = median(losses[:3]), median(losses[-max(5, len(losses) // 10) :])
    if last - first > (DIVERGED - 1) * abs(first) and facts.ratios and median(facts.ratios) > 0.01:
        return f"the loss went from {first:.4g} to {last:.4g}, at a learning rate of {rates}."
    if max(facts.ratios, default=0) > HUGE_STEP and max(losses) > PEAK * abs(losses[0]):
        return (
            f"a step was {max(facts.ratios):.3g} times as long as all weights together, and the loss went from "
            f"{losses[0]:.4g} up to {max(losses):.4g}, at a learning rate of {rates}."
        )
    return None


def lr_too_low(case: Case) -> Evidence:
    facts, losses = case.facts, case.facts.losses
    if facts.steps < 20 or len(facts.ratios) < FEW_LOOKS:
        return Open("it takes 20 steps")
    rates = ", ".join(f"{rate:g}" for rate in sorted(set(facts.first_rates)))
    first, last = median(losses[:5]), median(losses[-5:])
    if 0 <= max(facts.ratios) < TINY_STEP and max(facts.gradients) > 1e-3 and last > first - 0.02 * abs(first):
        return (
            f"a step changed the weights by {max(facts.ratios):.0e} of their size at most, at a learning rate of "
            f"{rates}; the loss went from {first:.4g} to {last:.4g}."
        )
    return None


# -- layers -----------------------------------------------------------------------------------------------------------


def dead_relu(case: Case) -> Evidence:
    if case.facts.looks < FEW_LOOKS:
        return Open("it takes 3 looks")
    dead = []
    for name, looks in case.facts.units.items():
        if len({alive.shape for alive in looks}) == 1 and len(looks) >= FEW_LOOKS:
            alive = np.any(looks, axis=0)
            if (~alive).sum() > MOST_UNITS * alive.size:
                dead.append(f"{name}: {(~alive).sum()} of {alive.size} units")
    return f"0 for every sample in {case.facts.looks} looks: {_few(dead)}." if dead else None


def saturated(case: Case) -> Evidence:
    if not case.facts.looks:
        return Open("no backward pass was seen")
    full = [
        f"{name}: {min(shares[:FEW_LOOKS]):.0%} of its outputs"
        for name, shares in case.facts.limits.items()
        if min(shares[:FEW_LOOKS]) > MOST_AT_LIMITS
    ]
    return f"within 1 % of the limits from the start, {_few(full)}." if full else None


def exploding_gradients(case: Case) -> Evidence:
    for growth, name, last in _growths(case):
        if growth > GROWTH:
            return f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
    return None if case.facts.arriving else Open("no layers with weights were seen")


def vanishing_gradients(case: Case) -> Evidence:
    for growth, name, last in _growths(case):
        if growth < LOSS:
            return f"the gradient that arrives at {name} is {growth:.1e} times that at {last}."
    return None if case.facts.arriving else Open("no layers with weights were seen")


def _growths(case: Case) -> list[tuple[float, str, str]]:
    """Of each layer, how much larger the gradient is there than at the last, in the middle one of the first looks."""
    looks = [look for look in case.facts.arriving[:FEW_LOOKS] if all(map(math.isfinite, look.values()))]
    names = [name for name in case.parameters if all(look.get(name) for look in looks)]
    if len(names) < 3 or not looks:
        return []
    last = names[-1]
    return [(median(look[name] / look[last] for look in looks), name, last) for name in names[:-1]]


# -- data -------------------------------------------------------------------------------------------------------------


def inputs_not_normalised(case: Case) -> Evidence:
    if not case.facts.inputs:
        return Open("no layer was seen that is given fractions as they come")
    rms, mean, low, high = max(case.facts.inputs)
    if rms > LARGE_INPUTS:
        spread = math.sqrt(max(rms * rms - mean * mean, 0))
        return f"a column of what the first layer is given is {mean:.4g} ± {spread:.4g}; from {low:.4g} to {high:.4g}."
    return None


def constant_labels(case: Case) -> Evidence:
    targets = case.facts.targets
    if not targets:
        return Open("no targets were recognised in the loss")
    values = np.concatenate(targets)
    if (values == values[0]).all():
        if case.facts.looks < LEAST_LOOKS or values.size < LEAST_SAMPLES:
            return Open(f"{values.size} targets, all {values[0]:.4g}, are too few to judge by")
        return f"all {values.size} targets that were looked at are {values[0]:.4g}."
    return None


def shuffled_labels(case: Case) -> Evidence:
    facts = case.facts
    y, near = facts.samples.neighbours()
    if len(y) < LEAST_SAMPLES:
        return Open(f"{len(y)} different samples with a known target are too few")
    if facts.steps < LEAST_STEPS:
        return Open(f"{facts.steps} steps are too few for the loss to leave chance")
    loss = median(facts.losses[-max(10, facts.steps // 4) :])
    values, counts = np.unique(y, return_counts=True)
    if len(values) <= max(20, len(y) // 10):
        share = counts / counts.sum()
        chance, entropy = float((share**2).sum()), float(-(share * np.log(share)).sum())
        if chance > 0.9 or loss < AT_CHANCE * entropy:
            return None
        alike, fitted = float((y == near).mean()), float((y == values[facts.samples.fitted(y, values)]).mean())
        most = chance + 2 * math.sqrt(chance * (1 - chance) / len(y))
        if alike < most and fitted < max(most, float(share.max()) + most - chance):
            return (
                f"of {len(y)} samples, {alike:.0%} have the label of their nearest neighbour, by chance it would be "
                f"{chance:.0%}; the loss is {loss:.3g}, of pure guessing {entropy:.2g}."
            )
        return None
    spread = float(y.var())
    if loss < AT_CHANCE * spread:
        return None
    alike = float(np.corrcoef(y, near)[0, 1])
    if alike < 2 / math.sqrt(len(y)):
        return (
            f"of {len(y)} samples, targets and those of their nearest neighbours correlate by {alike:.2f}; the loss is "
            f"{loss:.3g}, that of always answering with the mean {spread:.3g}."
        )
    return None


def data_leak(case: Case) -> Evidence:
    samples = case.facts.samples
    if not samples.train:
        return Open("no training inputs that are fractions were seen")
    if not samples.valid:
        return Open("no validation data were seen; give them: doctor(..., valid=loader)")
    both, of = len(samples.valid & samples.train), len(samples.valid)
    if both < 2 or both < 0.02 * of:
        return None
    if not samples.given and (both == of or both > 0.9 * len(samples.train)):
        return Open(f"{both} of {of} samples that no backward followed are training samples, which may be meant")
    return f"{both} of {of} validation samples are training samples, too."


CHECKS: list[Check] = [
    no_grad, bad_optimizer_order, unregistered, foreign_parameters, no_gradient, not_moved, no_zero_grad,
    loss_broadcast, softmax_before_loss, zero_init, symmetric_init, inputs_not_normalised, exploding_gradients,
    lr_too_high, eval_mode_in_training, train_mode_in_eval, scheduler_first, dead_relu, saturated, vanishing_gradients,
    lr_too_low, constant_labels, shuffled_labels, data_leak, graph_kept_alive,
]  # fmt: skip


# -- where a NaN comes from -------------------------------------------------------------------------------------------


def first_broken(root: Any, facts: Facts) -> str:
    """The first op below `root` whose saved values are not finite, and its line, if the last look had the same ops."""
    nodes = [node for node in reversed(reachable([root])) if node.plan is not None]
    same = [node.plan.op.name for node in nodes] == [name for name, _ in facts.sequence]
    for i, node in enumerate(nodes):
        saved = [np.asarray(value) for value in node.saved or () if isinstance(value, np.ndarray | np.generic)]
        if any(value.dtype.kind == "f" and not np.isfinite(value).all() for value in saved):
            return f"the first op to see NaN or inf is {node.plan.op.name}" + (
                f" at {facts.sequence[i][1]}" if same else ""
            )
    return suspect(facts)


def suspect(facts: Facts) -> str:
    """Ops that can have an infinite slope, with their lines, from the last look."""
    risky = [f"{name} at {line}" for name, line in facts.sequence if name in RISKY]
    return f"{_few(risky)} can have an infinite value or slope" if risky else "the weights had grown too large"


def _hidden(value: Any, depth: int = 0) -> list[Tensor]:
    """Tensors to be trained in a list, tuple or dict, at whatever depth, or a plain one."""
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


def _kinds(modules: Sequence[Module]) -> str:
    return " and ".join(sorted({type(module).__name__ for module in modules}))


def _few(names: Sequence[str]) -> str:
    """The first of them."""
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
