"""Checks of the loop: what is called, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

from ...module import Module
from .case import Case, Evidence, Open


def no_grad(case: Case) -> Evidence:
    facts = case.facts
    calls = facts.forwards + facts.silent_forwards
    forwards = f"{facts.silent_forwards} of {calls} calls of the model recorded nothing"
    if facts.refused and facts.silent_forwards and not facts.backwards:
        return f"backward was refused: {forwards}."
    if facts.steps >= 2 and not facts.backwards:
        return f"{facts.steps} steps and 0 backward passes; {forwards}."
    if facts.backwards and facts.empty_roots == facts.backwards and facts.silent_forwards and not facts.forwards:
        return f"all {facts.backwards} backward passes started from a loss without a graph: {forwards}."
    return None


def bad_optimizer_order(case: Case) -> Evidence:
    facts = case.facts
    if facts.backwards and facts.steps_after_forward >= 2 and 2 * facts.steps_after_forward > facts.steps:
        return f"in {facts.steps_after_forward} of {facts.steps} steps the model had been called, but backward had not."
    return None


def no_zero_grad(case: Case) -> Evidence:
    facts = case.facts
    if facts.stale_steps >= 2 and 2 * facts.stale_steps >= facts.steps - 1:
        return f"{facts.stale_steps} of {facts.steps} steps used gradients left over from the step before."
    return None if facts.steps > 2 else Open("this takes 3 steps")


def scheduler_first(case: Case) -> Evidence:
    early = case.facts.scheduled_early
    if early and case.facts.steps:
        return f"scheduler.step() was called {early} time{'s' * (early > 1)} before the first optimizer.step()."
    return None if case.facts.scheduled else Open("no scheduler was seen; pass it: doctor(..., scheduler=scheduler)")


def train_mode_in_eval(case: Case) -> Evidence:
    facts, kinds = case.facts, _kinds(case.modes)
    if facts.evaluated_in_training and facts.backwards:
        return f"{facts.evaluated_in_training} calls of a model with {kinds} under no_grad were made in training mode."
    if case.modes and not facts.silent_forwards:
        return Open("no call of the model under no_grad was seen")
    return None


def eval_mode_in_training(case: Case) -> Evidence:
    facts = case.facts
    if facts.trained_in_evaluation >= 2:
        steps = f"{facts.trained_in_evaluation} of {facts.steps} steps"
        return f"{steps} of a model with {_kinds(case.modes)} were made in evaluation mode."
    return None


def graph_kept_alive(case: Case) -> Evidence:
    facts = case.facts
    if facts.kept:
        return (
            f"{facts.kept} of the {facts.kept_of} losses before the last two still hold their graphs, "
            f"{facts.kept_nodes:,} nodes in all."
        )
    return None if facts.backwards > 6 else Open("this takes 7 backward passes")


def _kinds(modules: Sequence[Module]) -> str:
    return " and ".join(sorted({type(module).__name__ for module in modules}))
