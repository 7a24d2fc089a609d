"""`DistributedTrainer` and `chalkgrad train --distributed` learn and measure what one process does."""

import csv
from pathlib import Path

import pytest

import nn
from tests.nn.distributed.ranks import WHERE_MPI_IS, on_ranks

PROGRAM = Path(__file__).parent / "trained_together.py"


def rows(done):
    assert done.code == 0, done.err
    return [[float(word) for word in line.split()] for line in done.out.splitlines()]


@WHERE_MPI_IS
def test_the_history_is_that_of_one_process_also_after_a_resume_on_another_number_of_ranks(tmp_path):
    alone = rows(on_ranks(1, PROGRAM, tmp_path / "1", 5))
    assert len(alone) == 5
    together = rows(on_ranks(2, PROGRAM, tmp_path / "2", 3))
    resumed = rows(on_ranks(4, PROGRAM, tmp_path / "2", 5))  # the last batch, of 3 samples, is smaller than the ranks
    for found in (together, resumed):
        assert found == [pytest.approx(row, rel=1e-9) for row in alone[: len(found)]]
    assert len(resumed) == 5


@WHERE_MPI_IS
def test_the_command_trains_together_and_rank_0_alone_speaks_and_saves(tmp_path):
    flags = ["-m", "nn.cli", "train", "digits", "--epochs", "2", "--batch-norm", "--hidden", "8", "--out"]
    alone = on_ranks(1, *flags, "alone", folder=tmp_path)
    together = on_ranks(2, *flags, "together", "--distributed", folder=tmp_path)
    assert together.code == alone.code == 0, together.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "together"]
    assert together.out.count("baselines") == 1
    histories = []
    for name in ("alone", "together"):
        with (tmp_path / name / "history.csv").open() as file:
            histories.append([{k: float(v) for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)])
    assert histories[1] == [pytest.approx(row, rel=1e-4) for row in histories[0]]
    assert nn.load(tmp_path / "together" / "model.safetensors").keys() == nn.load(
        tmp_path / "alone" / "model.safetensors"
    ).keys()
    assert {p.name for p in (tmp_path / "alone").iterdir()} == {p.name for p in (tmp_path / "together").iterdir()}
    resume = ["-m", "nn.cli", "train", "--resume", "together", "--epochs", "3", "--distributed"]
    more = on_ranks(3, *resume, folder=tmp_path)
    assert more.code == 0, more.err


@WHERE_MPI_IS
@pytest.mark.parametrize(("flag", "told"), {
    "--folds 3": "folds: --distributed is for one training: choose one by --fold",
    "--compile numpy": "compile: gradients are sent while backward still runs",
    "--doctor": "doctor: it watches one process: train a few epochs without --distributed",
}.items())  # fmt: skip
def test_what_rank_0_refuses_ends_all_with_one_line_that_says_what_to_do(flag, told, tmp_path):
    done = on_ranks(2, "-m", "nn.cli", "train", "digits", *flag.split(), "--distributed", folder=tmp_path)
    assert done.code != 0
    lines = [line for line in done.err.splitlines() if line.startswith("chalkgrad: ") and "BLAS" not in line]
    assert len(lines) == 1
    assert told in lines[0]
    assert "mpiexec" in lines[0]
    assert not list(tmp_path.iterdir())
