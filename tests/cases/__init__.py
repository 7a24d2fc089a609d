"""The table of cases, twin of the table of rules: one line is one expression, run in both libraries by every check.

A new op needs one line here. What the words of a line mean stands in `case.py`; what is checked, in `../test_ops.py`.
"""

from .case import Case
from .elementwise import CASES as ELEMENTWISE
from .indexing import CASES as INDEXING
from .linalg import CASES as LINALG
from .losses import CASES as LOSSES
from .networks import CASES as NETWORKS
from .reductions import CASES as REDUCTIONS
from .shape import CASES as SHAPE

CASES: list[Case] = ELEMENTWISE + REDUCTIONS + SHAPE + INDEXING + LINALG + NETWORKS + LOSSES
