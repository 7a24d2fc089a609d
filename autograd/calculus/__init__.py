"""The calculus: functions that NumPy lacks, and the table of all derivatives, which importing this fills."""

from . import primitives, rules

__all__ = ["primitives", "rules"]
