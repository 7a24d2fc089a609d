"""Programs for `torch.distributed` run as they are."""

from pathlib import Path

from nn.distributed.launcher import tell_environment
from tests.nn.distributed.ranks import WHERE_MPI_IS, on_ranks

HERE = Path(__file__).parent


@WHERE_MPI_IS
def test_every_collective_gives_what_pytorch_gives():
    done = on_ranks(3, "-m", "nn.cli", "run", HERE / "every_collective.py")
    assert done.code == 0, done.err
    assert sorted(done.out.splitlines()) == [f"all is well on rank {rank}" for rank in range(3)]


@WHERE_MPI_IS
def test_a_program_for_ddp_has_the_losses_of_one_process(tmp_path):
    losses = []
    for n in (1, 2):
        done = on_ranks(n, "-m", "nn.cli", "run", HERE / "train_ddp.py", folder=tmp_path)
        assert done.code == 0, done.err
        losses.append(done.out)
    assert losses[0] == losses[1]
    assert losses[0].count("loss") == 5
    assert (tmp_path / "model.pt").exists()


def test_the_launcher_is_understood():
    environment = {"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_LOCAL_RANK": "1"}
    assert tell_environment(environment)
    assert [environment[name] for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")] == ["3", "4", "1"]
    environment = {"PMIX_RANK": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1", "MASTER_ADDR": "node7"}
    assert tell_environment(environment)
    assert [environment[name] for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR")] == ["5", "8", "node7"]
    alone = {"SLURM_NTASKS": "8"}
    assert not tell_environment(alone)
    assert len(alone) == 1
