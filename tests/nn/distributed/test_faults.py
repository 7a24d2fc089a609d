"""When a rank goes wrong, the whole job ends soon, says which rank and why, and goes on from the last checkpoint."""

from pathlib import Path
from time import monotonic

import pytest

from tests.nn.distributed.ranks import WHERE_MPI_IS, on_ranks

pytestmark = pytest.mark.long

PROGRAM = Path(__file__).parent / "faulty.py"
FAULTS = {
    "raise": ["FileNotFoundError: no such sample", "rank 1 of 2 has failed, and all end with it: FileNotF"],
    "exit": ["rank 1 is at the end of its work, rank 0 at", "as many batches as the others"],
    "fewer batches": ["have come apart: rank 1 is at all_reduce SUM of (1,) float32, rank 0 at the gradients"],
    "kill in forward": ["rank 1", "signal 9"],
    "kill in backward": ["rank 1", "signal 9"],
    "kill in checkpoint": ["rank 0", "signal 9"],
    "stall": ["rank 0 has waited for 3 seconds at", "rank 1 has not come there"],
    "seed": ["rank 1 has data: a DistributedSampler of 24 samples, seed 5", "rank 0 has data", "seed 0"],
    "hash of seed": ["did not begin alike: rank 1 has seed: 2, rank 0 has seed: 1"],
    "fewer rows": ["rank 1 has data: a DistributedSampler of 20 samples", "of 24 samples"],
    "model": ["rank 1 has model: 0.weight (4, 2) float64 trained, rank 0 has model: 0.weight (3, 2) float64 trained"],
}
GONE_ON_WITH = {"kill in forward", "kill in backward", "kill in checkpoint"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    done = on_ranks(2, PROGRAM, "none", tmp_path_factory.mktemp("undisturbed"))
    assert done.code == 0, done.err
    return done.out


@WHERE_MPI_IS
@pytest.mark.parametrize("fault", FAULTS)
def test_the_job_ends_and_goes_on(fault, tmp_path, undisturbed):
    began = monotonic()
    done = on_ranks(2, PROGRAM, fault, tmp_path)
    took = monotonic() - began
    assert done.code != 0
    assert took < 20
    said = " ".join(done.err.split())
    assert not [words for words in FAULTS[fault] if words not in said], done.err
    if fault in GONE_ON_WITH:
        assert (tmp_path / "checkpoint.safetensors").exists()
        assert on_ranks(2, PROGRAM, "none", tmp_path).out == undisturbed
