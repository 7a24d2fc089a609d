"""The calculus: functions that NumPy lacks, and the table of all derivatives, which importing this fills."""

from . import primitives, rarer_rules, refusals, rules

__all__ = ["primitives", "rarer_rules", "refusals", "rules"]
