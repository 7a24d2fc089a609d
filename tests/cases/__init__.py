"""The table of cases, twin of the table of rules: one line is one expression, run in both libraries by every check.

A new op needs one line here. What the words of a line mean stands in `case.py`; what is checked, in `../test_ops.py`.
"""

from tests.cases.case import Case
from tests.cases.decompositions import CASES as DECOMPOSITIONS
from tests.cases.distances import CASES as DISTANCES
from tests.cases.elementwise import CASES as ELEMENTWISE
from tests.cases.indexing import CASES as INDEXING
from tests.cases.linalg import CASES as LINALG
from tests.cases.losses import CASES as LOSSES
from tests.cases.networks import CASES as NETWORKS
from tests.cases.reductions import CASES as REDUCTIONS
from tests.cases.scattering import CASES as SCATTERING
from tests.cases.shape import CASES as SHAPE
from tests.cases.stacking import CASES as STACKING
from tests.cases.statistics import CASES as STATISTICS

CASES: list[Case] = [
    *ELEMENTWISE, *REDUCTIONS, *STATISTICS, *SHAPE, *STACKING, *INDEXING, *SCATTERING, *LINALG, *DISTANCES,
    *DECOMPOSITIONS, *NETWORKS, *LOSSES,
]  # fmt: skip
