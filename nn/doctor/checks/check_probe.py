"""Checks of the probe at the end: whether a model answers the same again, and to each sample by itself."""

from __future__ import annotations

from .case import Case, Evidence, Open


def dropout_in_eval(case: Case) -> Evidence:
    return case.facts.probed.dropout or _why_not(case, "dropout_in_eval")


def samples_mixed(case: Case) -> Evidence:
    return case.facts.probed.mixed or case.facts.mixed or _why_not(case, "samples_mixed")


def _why_not(case: Case, code: str) -> Evidence:
    reason = case.facts.probed.why_not.get(code)
    return None if reason is None else Open(reason)
