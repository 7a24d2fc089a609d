"""A result stands beside what it has to beat, and says so when it looks better than it is."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

import autograd
from nn.cli.evaluate_command import outcome_on
from nn.data import TensorDataset, datasets
from nn.runs.baselines import LinearScores, fit_baselines, load_baselines, save_baselines, some_rows
from nn.runs.run_folder import RunFolder
from nn.train import bootstrap_interval
from tests.cli_runs import here


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])


def table(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def rare_answers(share=0.14, n=400, shift=0.0):
    """Rows of which few say "yes", with features that tell nothing unless they are shifted."""
    draw = np.random.default_rng(0)
    yes = draw.random(n) < share
    return [[*draw.normal(shift * one, 1, 3).round(3), "yes" if one else "no"] for one in yes]


def trained(capsys, *arguments):
    done = here(capsys, "train", *arguments, "--quiet")
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def results(run):
    return json.loads((Path("runs") / run / "results.json").read_text(encoding="utf-8"))


def test_a_model_that_always_says_no_is_told_to(capsys):
    table("ill.csv", ["a", "b", "c", "ill"], rare_answers())
    lines = trained(capsys, "ill.csv", "--epochs", 3)
    assert "balanced 50.0%" in lines[0]
    share = lines[0].partition("% correct")[0]
    assert lines[1].startswith(f"baselines  always 'no' {share}% (balanced 50.0%), a linear model ")
    assert "note: it always says 'no', and finds none of the " in lines[2]
    assert "--class-weight balanced, or --threshold best may help" in lines[2]
    assert "note: a linear model of the same inputs is " in lines[3]
    found = results("ill")
    assert found["accuracy"] == found["baselines"]["constant"]["accuracy"]
    assert found["balanced_accuracy"] == 0.5
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    assert lines[:1] != here(capsys, "evaluate", "runs/ill", "--data", "train").out.splitlines()[:1]
    again = here(capsys, "evaluate", "runs/ill").out.splitlines()
    assert again[0] == lines[0].partition(", after")[0]
    assert again[1:4] == lines[1:4]


def test_a_single_row_that_is_missed_is_one(capsys):
    table("few.csv", ["a", "y"], [[0, "u"], [1, "v"], [0, "u"], [1, "v"], [0, "u"], [1, "v"]])
    lines = trained(capsys, "few.csv", "--epochs", 1, "--lr", 1e-9)
    assert "and misses the one row of another class: --class-weight" in "".join(lines)


def test_a_network_that_is_better_than_both_gets_no_note(capsys):
    lines = trained(capsys, "moons")
    assert len(lines) == 3
    assert "baselines  always '0' 50.0%, a linear model " in lines[1]
    shown = here(capsys, "evaluate", "runs/moons").out
    for words in ("figure", "network", "always '0'", "balanced accuracy", "ROC AUC of 1", "Brier score"):
        assert words in shown


def test_a_network_that_is_worse_than_a_line_is_told_so(capsys):
    draw = np.random.default_rng(0)
    rows = [[f"{x:.3f}", f"{3 * x + draw.normal(0, 0.01):.4f}"] for x in draw.uniform(0, 1, 100)]
    table("line.csv", ["x", "y"], rows)
    lines = trained(capsys, "line.csv", "--epochs", 2)
    assert "y is off by" in lines[0]
    assert "(95 %: " in lines[0]
    assert lines[1].startswith("baselines  always the mean 0.")
    assert "note: a linear model of the same inputs is better, off by 0.0" in lines[-2]
    found = results("line")
    assert found["baselines"]["linear"]["mae"] < found["mae"] <= found["rmse"]
    assert "root of the mean squared error" in here(capsys, "evaluate", "runs/line").out


def test_what_learned_nothing_is_told_so(capsys):
    draw = np.random.default_rng(0)
    table("dice.csv", list("abcdy"), draw.normal(size=(120, 5)).round(3).tolist())
    lines = trained(capsys, "dice.csv", "--hidden", 256, "--weight-decay", 0, "--epochs", 60, "--lr", 0.02)
    assert "note: the network is not better than always the mean: it has learned nothing of use here" in lines


def test_a_run_without_baselines_is_judged_alone(capsys):
    trained(capsys, "iris", "--epochs", 5)
    Path("runs/iris/baselines.safetensors").unlink()
    shown = here(capsys, "evaluate", "runs/iris")
    assert (shown.code, "baselines" in shown.out) == (0, False)
    _, outcome, _ = outcome_on("", RunFolder.open("runs/iris"))
    assert outcome.baselines == {}


def test_the_linear_models_are_those_of_scikit_learn():
    draw = np.random.default_rng(0)
    for classes in 2, 4:
        x = draw.normal(size=(200, 5)).astype(np.float32)
        y = (x @ draw.normal(size=(5, classes)) + draw.normal(size=(200, classes))).argmax(1)
        twin = LogisticRegression(max_iter=1000, tol=1e-8).fit(x, y)
        ours = fit_baselines(TensorDataset(x, y), classes)["linear"]
        chances = ours(autograd.tensor(x)).softmax(1).numpy(force=True)
        np.testing.assert_allclose(chances, twin.predict_proba(x), atol=1e-3)
    y = (x @ draw.normal(size=(5, 2)) + 7).astype(np.float32)
    ours = fit_baselines(TensorDataset(x, y), None)
    linear, constant = (ours[name](autograd.tensor(x)).numpy(force=True) for name in ("linear", "constant"))
    np.testing.assert_allclose(linear, Ridge().fit(x, y).predict(x), rtol=1e-4)
    np.testing.assert_allclose(constant, np.tile(y.mean(0), (200, 1)), rtol=1e-5)


def test_a_class_without_samples_and_large_data_do_no_harm(tmp_path, monkeypatch):
    x, y = np.ones((10, 2), np.float32), np.array([0, 2] * 5)
    found = fit_baselines(TensorDataset(x, y), 3)
    assert all(np.isfinite(np.asarray(model(autograd.tensor(x)).detach())).all() for model in found.values())
    save_baselines(found, tmp_path)
    for name, model in load_baselines(tmp_path).items():
        assert isinstance(model, LinearScores)
        assert model.weight.tolist() == found[name].weight.tolist()
        assert model.bias.tolist() == found[name].bias.tolist()
    monkeypatch.setattr("nn.runs.baselines.MOST_NUMBERS", 64 * 300)
    inputs, targets = some_rows(datasets.digits())
    assert inputs.shape == (300, 64)
    assert set(targets) == set(range(10))


def test_an_interval_is_the_same_again_and_covers_as_often_as_it_says():
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        sample = draw.normal(3, 1, 80)
        low, high = bootstrap_interval(np.mean, sample, resamples=300)
        assert (low, high) == bootstrap_interval(np.mean, sample, resamples=300)
        covered += low <= 3 <= high
    assert 0.9 <= covered / 200 <= 0.99
    wide, narrow = (bootstrap_interval(np.mean, sample, confidence=share) for share in (0.99, 0.5))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    low, high = bootstrap_interval(lambda x, y: np.corrcoef(x, y)[0, 1], sample, sample**3)
    assert 0 < low < high <= 1
    with pytest.raises(ValueError, match=r"rows of one number above 0, given \[2, 3\]"):
        bootstrap_interval(np.mean, [1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="confidence to be between 0 and 1, given 95"):
        bootstrap_interval(np.mean, [1, 2], confidence=95)
