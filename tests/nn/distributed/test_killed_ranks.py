"""A rank of a DistributedTrainer that is killed ends the job soon; the last checkpoint resumes to the same weights."""

from pathlib import Path
from time import monotonic

import pytest

from tests.nn.distributed.ranks import WHERE_MPI_IS, on_ranks

pytestmark = pytest.mark.long

PROGRAM = Path(__file__).parent / "killed_together.py"
FAULTS = {"forward": "rank 1", "backward": "rank 1", "checkpoint": "rank 0"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    done = on_ranks(2, PROGRAM, "none", tmp_path_factory.mktemp("undisturbed") / "run")
    assert done.code == 0, done.err
    return done.out


def killed(fault, folder):
    done = on_ranks(2, PROGRAM, fault, folder)
    assert monotonic() - float(Path(f"{folder}.killed").read_text()) < 20
    assert done.code != 0
    said = " ".join(done.err.split())
    assert FAULTS[fault] in said
    assert "signal 9" in said
    saved = sorted(path.name for path in (folder / "checkpoints").glob("step-*"))
    assert saved[-1] == "step-00000006.safetensors"  # in the middle of an epoch, before the fault


@WHERE_MPI_IS
@pytest.mark.parametrize("fault", FAULTS)
def test_the_weights_are_the_same_to_the_byte_also_with_dropout_and_augmentation(fault, tmp_path, undisturbed):
    killed(fault, tmp_path / "run")
    resumed = on_ranks(2, PROGRAM, "none", tmp_path / "run")
    assert resumed.code == 0, resumed.err
    assert resumed.out == undisturbed


@WHERE_MPI_IS
def test_one_rank_goes_on_where_two_stopped_and_then_three(tmp_path):
    killed("forward", tmp_path / "run")
    for n in (1, 3):
        resumed = on_ranks(n, PROGRAM, "none", tmp_path / "run")
        assert resumed.code == 0, resumed.err
        assert resumed.out.split()[-1] == "15"
