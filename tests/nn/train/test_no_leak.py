"""Training takes no more memory after 1,000 steps than at their beginning, with the garbage collector off.

`python -m tests.benchmarks.leaks` makes 10,000.
"""

import pytest

from tests.benchmarks.leaks import LIMIT, NETS, report


@pytest.mark.parametrize("keep", ["1", "0"], ids=["freed memory kept", "freed memory given back"])
def test_no_kind_of_training_leaks(keep):
    grown = report(1000, keep=keep)
    assert len(grown) == len(NETS) + 1
    assert {name: megabytes for name, megabytes in grown.items() if megabytes >= LIMIT} == {}
