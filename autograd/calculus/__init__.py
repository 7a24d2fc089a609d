"""The calculus: functions that NumPy lacks, and the table of all derivatives, which importing this fills."""

from ..core.casting import as_given, in_16_bits, in_32_bits, narrowed, widened
from ..core.narrow_blocks import elementwise, in_blocks_themselves
from ..core.one_dtype import one_dtype
from . import primitives, rarer_rules, refusals, rules

__all__ = [
    "as_given", "elementwise", "in_16_bits", "in_32_bits", "in_blocks_themselves", "narrowed", "one_dtype",
    "primitives", "rarer_rules", "refusals", "rules", "widened",
]  # fmt: skip
