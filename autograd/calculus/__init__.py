"""The calculus: functions that NumPy lacks, and the table of all derivatives, which importing this fills."""

from ..core.one_dtype import one_dtype
from . import primitives, rarer_rules, refusals, rules

__all__ = ["one_dtype", "primitives", "rarer_rules", "refusals", "rules"]
