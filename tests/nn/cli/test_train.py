"""`chalkgrad train`, from end to end: what is in the folder of a run, repeating it, and going on with it."""

import json
import os
import signal
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
from nn.cli import app
from nn.cli.run_pictures import lighting
from nn.train import History
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here, process

ALWAYS = {
    "baselines.safetensors", "checkpoints", "config.toml", "data.json", "environment.json", "history.csv",
    "history.jsonl", "loss_curve.png", "model.safetensors", "network.svg", "results.json", "split.safetensors",
}  # fmt: skip
CLASSES = {"accuracy.png", "confusion_matrix.png"}


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def without_pictures(monkeypatch):
    """Quicker."""
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])


def trained(capsys, *arguments):
    """Train in this process; what it printed."""
    done = here(capsys, "train", *arguments)
    assert done.code == 0, done.err
    assert done.err == ""
    return done.out


def outcome(out):
    """What its lines tell of; there may be notes."""
    kinds = {"note: ": "", "baselines ": "baselines", "runs/": "folder", "parts ": "folder"}
    lines = (next((kind for start, kind in kinds.items() if line.startswith(start)), line) for line in out.splitlines())
    return ["accuracy" if "% correct" in line else line for line in lines if line]


def weights(run):
    return {name: np.asarray(value).tobytes() for name, value in nn.load(Path(run) / "model.safetensors").items()}


def results(run):
    return json.loads((Path(run) / "results.json").read_text(encoding="utf-8"))


def files(run):
    return {path.name for path in Path(run).iterdir()}


# What is left behind.


def test_digits_are_learned_as_the_readme_says(tmp_path):
    done = process("train", folder=tmp_path)
    assert done.code == 0, done.err
    assert done.err == ""
    lines = done.out.splitlines()
    assert len(lines) == 2 + 40 + 3
    assert "1,438 images of 8 x 8 for training, 359 for validation, 10 classes" in lines[0]
    assert "64-64-10, relu, 4,810 parameters, adam, lr 0.01 linear, batches of 32" in lines[1]
    assert "% correct" in lines[-3]
    assert lines[-2] == "baselines  always '1' 10.0%, a linear model 97.5%"
    assert results("runs/digits")["accuracy"] >= 0.97
    pictures = CLASSES | {"misclassified.png", "weights.png", "neuron.svg", "neuron.png"}
    assert files("runs/digits") == ALWAYS | pictures | {"images.json"}
    assert all(name in lines[-1] for name in pictures)


def test_the_neuron_that_is_drawn_is_on_where_a_sample_turns_one_on():
    layer = nn.Linear(2, 1)
    nn.init.ones_(layer.weight)
    nn.init.constant_(layer.bias, -1.0)
    dark, lit = autograd.zeros(2), autograd.ones(2)
    assert lighting(layer, [(dark, 0), (lit, 1), (dark, 0)]) is lit
    assert lighting(layer, [(dark, 0), (dark, 1)]) is dark


def test_a_run_keeps_all_that_it_takes_to_understand_it(capsys):
    trained(capsys, "iris", "--epochs", 3, "--hidden", 5, 4, "--valid", "0.3", "--out", "a/b")
    assert files("a/b") == ALWAYS | CLASSES | {"encoding.json"}
    config = tomllib.loads(Path("a/b/config.toml").read_text())
    assert config["dataset"] == "iris"
    assert (config["hidden"], config["epochs"], config["valid"]) == ([5, 4], 3, 0.3)
    found = results("a/b")
    assert found["measured_on"] == "valid"
    assert found["samples"] == {"train": 105, "valid": 45}
    assert (found["epochs"], found["steps"], found["parameters"]) == (3, 21, 4 * 5 + 5 + 5 * 4 + 4 + 4 * 3 + 3)
    environment = json.loads(Path("a/b/environment.json").read_text())
    assert {"command", "chalkgrad", "python", "numpy", "blas", "threads", "platform"} <= environment.keys()
    history = History.load("a/b/history.jsonl")
    assert history[-1]["valid_loss"] == pytest.approx(found["loss"])


@pytest.mark.usefixtures("without_pictures")
def test_no_run_is_overwritten(capsys):
    for expected in ("runs/xor", "runs/xor-2", "runs/xor-3"):
        assert expected + " " in trained(capsys, "xor", "--epochs", 1)
    before = weights("runs/xor")
    done = here(capsys, "train", "xor", "--epochs", 2, "--out", "runs/xor")
    assert fails(done, 2, "runs/xor is not empty", "--resume runs/xor")
    assert weights("runs/xor") == before


def test_a_mistake_leaves_no_folder(capsys):
    assert fails(here(capsys, "train", "iris", "--conv", 3), 2, "conv: convolutions are for images, and iris has none")
    assert fails(here(capsys, "train", "iris", "--augment"), 2, "augment: only images can be augmented")
    assert fails(here(capsys, "train", "iris", "--target", "x"), 2, "are for CSV files")
    assert not Path("runs").exists()


def test_everything_can_be_switched_on(capsys):
    model = "--conv 4 --hidden 8 --dropout 0.1 --batch-norm --augment --activation gelu"
    optimizer = "--optimizer sgd --schedule onecycle --l1 1e-5 --l2 1e-5 --clip-norm 1 --accumulate 2"
    more = "--weight-decay 1e-4 --epochs 2 --early-stop 2 --seed 3 --log tensorboard"
    out = trained(capsys, "digits", *model.split(), *optimizer.split(), *more.split())
    assert "conv4-8-10, gelu" in out
    assert (Path("runs/digits") / "tensorboard").is_dir()
    assert results("runs/digits")["accuracy"] > 0.3


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("amp", ["float16", "bfloat16"])
def test_it_trains_in_mixed_precision(amp, capsys):
    trained(capsys, "iris", "--epochs", 20, "--amp", amp)
    assert results("runs/iris")["accuracy"] > 0.8
    assert f'amp = "{amp}"' in Path("runs/iris/config.toml").read_text(encoding="utf-8")
    assert ("loss_scale" in History.load("runs/iris/history.jsonl").columns) is (amp == "float16")
    assert fails(here(capsys, "train", "iris", "--amp", "fp16"), 2, "amp: expected one of none, float16, bfloat16")


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "linear", "onecycle", "plateau"])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_every_schedule_goes_with_every_optimizer(schedule, optimizer, capsys):
    trained(capsys, "xor", "--epochs", 6, "--lr", 0.1, "--schedule", schedule, "--optimizer", optimizer)
    rates = History.load("runs/xor/history.jsonl")["lr"]
    assert (len(set(rates)) == 1) == (schedule in ("constant", "plateau"))


def test_early_stopping_keeps_the_best_weights(capsys):
    trained(capsys, "moons", "--lr", 0.5, "--epochs", 50, "--early-stop", 2, "--quiet")
    found, history = results("runs/moons"), History.load("runs/moons/history.jsonl")
    assert found["epochs"] < 50
    assert found["weights_of_epoch"] == history.best("valid_loss")["epoch"] < found["epochs"]
    assert found["loss"] == pytest.approx(history.best("valid_loss")["valid_loss"])


def test_points_in_the_plane_have_a_boundary(capsys):
    trained(capsys, "moons", "--epochs", 2)
    assert "decision_boundary.png" in files("runs/moons")


def test_all_data_can_be_learned_from(capsys):
    out = trained(capsys, "iris", "--epochs", 2, "--valid", 0, "--early-stop", 1)
    assert "150 rows for training, 3 classes" in out
    assert results("runs/iris")["measured_on"] == "train"


def test_quiet_prints_the_outcome_only(capsys):
    assert outcome(trained(capsys, "iris", "--epochs", 2, "--quiet")) == ["accuracy", "baselines", "folder"]


def test_the_doctor_reports(capsys):
    pytest.importorskip("nn.doctor")
    assert "healthy" in trained(capsys, "iris", "--epochs", 2, "--doctor").lower()


def test_a_loss_that_is_no_number_is_a_failure(capsys):
    with np.errstate(all="ignore"):
        done = here(capsys, "train", "iris", "--optimizer", "sgd", "--lr", 1e30, "--epochs", 2, "--quiet")
    assert fails(done, 1, "the loss is nan in step 2 (epoch 1)", " at index [", "--lr below 1e+30")


def test_without_graphviz_or_matplotlib_a_picture_is_missing_and_nothing_else(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr("autograd.tools.render.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = here(capsys, "train", "iris", "--epochs", 1, "--quiet")
    assert done.code == 0
    plots, graph = done.err.splitlines()
    assert plots.startswith("chalkgrad: note: not drawn: loss_curve.png, accuracy.png, confusion_matrix.png: ")
    assert "Matplotlib" in plots
    assert graph.startswith("chalkgrad: note: not drawn: network.svg: ")
    assert "Graphviz" in graph
    assert "no pictures" in done.out
    assert "model.safetensors" in files("runs/iris")


# The same again, and further.


@pytest.mark.usefixtures("without_pictures")
def test_the_configuration_of_a_run_repeats_it(capsys):
    trained(capsys, "digits", "--epochs", 2, "--augment", "--dropout", 0.2, "--seed", 5, "--hidden", 12)
    trained(capsys, "--config", "runs/digits/config.toml")
    assert weights("runs/digits-2") == weights("runs/digits")
    first, second = (History.load(f"{run}/history.jsonl") for run in ("runs/digits", "runs/digits-2"))
    assert all(first[name] == second[name] for name in first.columns if name != "seconds")
    trained(capsys, "--config", "runs/digits/config.toml", "--seed", 6)
    assert weights("runs/digits-3") != weights("runs/digits")


@pytest.mark.usefixtures("without_pictures")
def test_a_run_goes_on_as_if_it_had_never_ended(capsys):
    flags = ["digits", "--schedule", "constant", "--dropout", 0.3, "--augment", "--hidden", 12]
    trained(capsys, *flags, "--epochs", 4, "--out", "whole")
    trained(capsys, *flags, "--epochs", 2, "--out", "parts[/]")
    Path("parts[/]").rename("parts")
    out = trained(capsys, "--resume", "parts", "--epochs", 4, "--quiet")
    assert outcome(out) == ["accuracy", "baselines", "folder"]
    assert weights("parts") == weights("whole")
    assert results("parts")["epochs"] == 4
    assert tomllib.loads(Path("parts/config.toml").read_text())["epochs"] == 4


@pytest.mark.usefixtures("without_pictures")
@pytest.mark.parametrize("schedule", ["linear", "cosine", "onecycle"])
def test_a_schedule_is_laid_over_more_epochs(schedule, capsys):
    trained(capsys, "moons", "--schedule", schedule, "--epochs", 8, "--out", "whole", "--quiet")
    trained(capsys, "moons", "--schedule", schedule, "--epochs", 4, "--out", "parts", "--quiet")
    trained(capsys, "--resume", "parts", "--epochs", 8)
    whole, parts = (History.load(f"{run}/history.jsonl")["lr"] for run in ("whole", "parts"))
    assert parts[4:] == pytest.approx(whole[4:])


def test_a_finished_run_stays_as_it_is(capsys):
    trained(capsys, "iris", "--epochs", 2)
    before = weights("runs/iris")
    assert "nothing left to do" in trained(capsys, "--resume", "runs/iris")
    assert weights("runs/iris") == before
    assert len(History.load("runs/iris/history.jsonl")) == 2


def test_ctrl_c_saves_and_tells_how_to_go_on(tmp_path, capsys):
    flags = ["train", "moons", "--epochs", "150", "--dropout", "0.2"]
    assert process(*flags, "--out", "whole", folder=tmp_path).code == 0
    running = subprocess.Popen(
        [*COMMAND, *flags, "--out", "parts"],
        cwd=tmp_path, env=ENVIRONMENT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in running.stdout:
        if line.startswith("epoch   2"):
            running.send_signal(signal.SIGINT)
            break
    _, err = running.communicate(timeout=120)
    assert running.returncode == 1
    last = err.splitlines()[-1]
    assert last.startswith("chalkgrad: interrupted after ")
    assert last.endswith("chalkgrad train --resume parts")
    assert "Traceback" not in err
    assert not Path("parts/model.safetensors").exists()
    assert fails(here(capsys, "evaluate", "parts"), 1, "has no model.safetensors yet", "--resume parts")
    trained(capsys, "--resume", "parts")
    assert weights("parts") == weights("whole")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--lr", 3], ["not --lr"]),
        (["--batch-size", 3, "--hidden", 1], ["not --hidden, --batch-size"]),
        (["iris"], ["not a data set"]),
        (["--epochs", "auto"], ["--epochs: a run that is resumed takes a number, not auto"]),
        (["--config", "runs/xor/config.toml"], ["no --config"]),
    ],
)
def test_a_run_goes_on_with_its_own_settings(more, words, capsys):
    trained(capsys, "xor", "--epochs", 1)
    assert fails(here(capsys, "train", "--resume", "runs/xor", *more), 2, *words)


def test_what_is_no_run_cannot_go_on(capsys):
    trained(capsys, "xor", "--epochs", 1)
    assert fails(here(capsys, "train", "--resume", "runs/xr"), 2, "runs/xr is not the folder of a run", "runs/xor")


def test_a_run_that_ended_before_its_first_checkpoint_begins_again(capsys):
    trained(capsys, "iris", "--epochs", 2)
    before = weights("runs/iris")
    for path in [*Path("runs/iris/checkpoints").iterdir(), Path("runs/iris/model.safetensors")]:
        path.unlink()
    trained(capsys, "--resume", "runs/iris")
    assert weights("runs/iris") == before


def test_damaged_checkpoints_are_told(capsys):
    trained(capsys, "iris", "--epochs", 1)
    for path in Path("runs/iris/checkpoints").glob("step-*"):
        path.write_bytes(b"?" * 100)
    assert fails(here(capsys, "train", "--resume", "runs/iris"), 1, "no checkpoint can be read")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs limits of a process")
def test_a_disk_that_is_full_is_told(tmp_path):
    import resource

    done = subprocess.run(
        [*COMMAND, "train", "iris", "--hidden", "200"],
        cwd=tmp_path, env=ENVIRONMENT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("chalkgrad: ")


# Large data.


@pytest.mark.skipif("CHALKGRAD_DATA" not in os.environ, reason="needs MNIST in $CHALKGRAD_DATA")
def test_an_epoch_of_mnist(capsys):
    trained(capsys, "mnist", "--epochs", 1)
    assert results("runs/mnist")["measured_on"] == "test"
    assert results("runs/mnist")["accuracy"] > 0.9
    assert "misclassified.png" in files("runs/mnist")


def test_a_data_set_that_is_not_here_is_told(capsys, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_DATA", "nowhere")
    assert fails(here(capsys, "train", "mnist"), 1, "mnist is not on this machine", "chalkgrad data fetch mnist")


def test_an_error_shows_where_it_comes_from_if_asked(capsys, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_DATA", "nowhere")
    code = app.run(["--debug", "train", "mnist"])
    assert code == 1
    assert "Traceback" in capsys.readouterr().err


# A batch size that fits, and one for a whole step.


def test_a_batch_size_that_was_found_is_kept_and_trains_as_if_it_had_been_given(capsys, without_pictures):
    out = trained(capsys, "xor", "--batch-size", "auto", "--epochs", "2", "--out", "found")
    assert out.startswith("batch size 4: ")
    trained(capsys, "xor", "--batch-size", "4", "--epochs", "2", "--out", "given")
    settings = [tomllib.loads(Path(run, "config.toml").read_text(encoding="utf-8")) for run in ("found", "given")]
    assert settings[0] == settings[1]
    assert weights("found") == weights("given")


def test_a_learning_rate_that_was_found_is_kept_and_trains_as_if_it_had_been_given(capsys, without_pictures):
    out = trained(capsys, "iris", "--lr", "auto", "--epochs", "2", "--out", "found")
    lr = tomllib.loads(Path("found/config.toml").read_text(encoding="utf-8"))["lr"]
    assert out.startswith(f"lr {lr:g}: from there on the loss falls most steeply")
    assert 1e-3 < lr < 1
    trained(capsys, "iris", "--lr", str(lr), "--epochs", "2", "--out", "given")
    assert weights("found") == weights("given")


@pytest.mark.parametrize("words", ["--lr 0", "--lr fast"])
def test_what_is_no_learning_rate_is_refused(words, capsys):
    done = here(capsys, "train", "xor", *words.split())
    assert done.code == 2
    assert "expected a number" in done.err


@pytest.mark.parametrize(("batch", "expected"), {"2": (2, 2), "auto": (4, 1)}.items())
def test_an_effective_batch_size_sets_the_batches_of_a_step(batch, expected, capsys, without_pictures):
    words = ["xor", "--batch-size", batch, "--effective-batch-size", "4", "--epochs", "2"]
    trained(capsys, *words, "--out", "run")
    settings = tomllib.loads(Path("run/config.toml").read_text(encoding="utf-8"))
    assert (settings["batch_size"], settings["accumulate"]) == expected
    assert results("run")["steps"] == 2
    trained(capsys, "--config", "run/config.toml", "--out", "again")
    assert weights("run") == weights("again")


REFUSED_BATCHES = {
    "no multiple": ("--batch-size 3 --effective-batch-size 4", "expected a multiple of the batch size, 3, given 4"),
    "two that differ": ("--batch-size 2 --effective-batch-size 4 --accumulate 4", "but accumulate is 4: give one"),
    "a word": ("--batch-size all", "expected a whole number or auto, given 'all'"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED_BATCHES.values(), ids=REFUSED_BATCHES)
def test_batch_sizes_that_do_not_go_together_are_refused(words, message, capsys):
    done = here(capsys, "train", "xor", *words.split())
    assert (done.code, Path("runs").exists()) == (2, False)
    assert message in done.err
