"""Each op on 8x8 float32 under pytest-benchmark, here and in PyTorch: `-k "matmul and both"` chooses.

    python -m pytest tests/benchmarks/test_ops_speed.py --benchmark-enable --benchmark-group-by=group -k exp
"""

import pytest
import torch

import autograd
from tests.benchmarks.ops import CASES, prepare

LIBRARIES = {"chalkgrad": autograd, "torch": torch}
EXPRESSIONS = [e for group in CASES.values() for e in group]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("phase", ["forward", "both"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_op(benchmark, expression, phase, library):
    run = getattr(prepare(LIBRARIES[library], expression), phase)
    if run is None:
        pytest.skip("it has no gradient")
    benchmark.group = f"{expression}, {'forward' if phase == 'forward' else 'forward and backward'}"
    benchmark(run)
