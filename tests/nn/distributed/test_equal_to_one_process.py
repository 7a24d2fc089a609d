"""Any number of ranks learns what one process learns from the same batches."""

from pathlib import Path

import pytest
from PIL import Image

from tests.nn.distributed.ranks import WHERE_MPI_IS, on_ranks

PROGRAM = Path(__file__).parent / "equal_to_one_process.py"
CLOSE = {"float64": 1e-10, "float32": 1e-5}


@WHERE_MPI_IS
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_weights_are_those_of_one_process(n):
    done = on_ranks(n, PROGRAM, timeout=300)
    assert done.code == 0, done.err
    lines = [line.split(maxsplit=2) for line in done.out.splitlines()]
    assert len(lines) == 18
    assert not [line for line in lines if not float(line[0]) <= CLOSE[line[1]]]
    assert "BLAS has 1 thread in each" in done.err or n == 1


@WHERE_MPI_IS
def test_no_sync_and_unused_parameters_are_as_in_torch():
    done = on_ranks(2, PROGRAM.parent / "ddp_details.py")
    assert done.code == 0, done.err
    assert done.out.count("all is well") == 2


@WHERE_MPI_IS
def test_a_step_is_recorded_on_all_ranks_and_drawn(tmp_path):
    picture = tmp_path / "step.png"
    done = on_ranks(2, PROGRAM.parent / "recorded_step.py", picture)
    assert done.code == 0, done.err
    assert done.out.split() == [str(picture)]
    with Image.open(picture) as image:
        assert image.width > 800
