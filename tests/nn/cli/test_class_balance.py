"""Rare classes: weights for them, the focal loss, and a threshold other than one half, which a run keeps."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.utils.class_weight import compute_class_weight

import autograd
import nn
from nn.cli import check_command
from nn.cli.build_training import fit_arguments
from nn.cli.class_balance import balanced, training_loss
from nn.data import DataLoader
from nn.runs.build_model import build_model
from nn.runs.data_of_run import data_of
from nn.runs.run_data import load_data
from nn.runs.run_folder import RunFolder
from nn.runs.settings import settings_from
from nn.train import load_run
from nn.train.decisions import best_threshold, leaning
from tests.cli_runs import fails, here
from tests.nn.cli.test_verdict import in_a_folder, rare_answers, results, table, trained  # noqa: F401


@pytest.fixture(autouse=True)
def a_rare_illness(in_a_folder):  # noqa: F811
    table("ill.csv", ["a", "b", "c", "ill"], rare_answers(shift=0.8))


def test_weights_are_those_of_scikit_learn():
    y = np.random.default_rng(0).choice(4, size=100, p=[0.1, 0.2, 0.3, 0.4])
    expected = compute_class_weight("balanced", classes=np.arange(4), y=y)
    np.testing.assert_allclose(balanced(y, 4), expected, rtol=1e-6)
    assert balanced(np.array([0, 2, 2]), 3).tolist() == pytest.approx([1.5, 1.5, 0.75])


@pytest.mark.parametrize(("flags", "kind"), [({}, nn.CrossEntropyLoss), ({"loss": "focal"}, nn.FocalLoss)])
def test_a_training_minimizes_the_loss_that_was_asked_for(flags, kind):
    for weight in "none", "balanced":
        planned = {"dataset": "ill.csv", "epochs": 1, "weight_decay": 0}
        settings = settings_from({**planned, "class_weight": weight, **flags})
        data = load_data(settings)
        loss = fit_arguments(settings, data, build_model(settings, data.task))["loss"]
        assert type(loss) is kind
        assert (loss.weight is None) is (weight == "none")
        if loss.weight is not None:
            no, yes = loss.weight.tolist()
            assert no < 1 < 3 < yes


def test_balanced_classes_are_found_more_often(capsys):
    trained(capsys, "ill.csv", "--epochs", 10)
    lines = trained(capsys, "ill.csv", "--epochs", 10, "--class-weight", "balanced")
    assert results("ill-2")["balanced_accuracy"] > results("ill")["balanced_accuracy"] + 0.1
    assert "always 'no' is correct more often, with a balanced accuracy of 50.0%" in "".join(lines)


def test_the_best_threshold_is_better_than_any_other():
    for seed in range(20):
        draw = np.random.default_rng(seed)
        y = draw.integers(2, size=40)
        logits = draw.normal(size=(40, 2)).round(1)
        logits[:, 1] += y - 1.5
        best = best_threshold(logits, y)

        def score(threshold, logits=logits, y=y):
            read = np.asarray(leaning(autograd.tensor(logits), threshold)).argmax(1)
            return balanced_accuracy_score(y, read)

        assert score(best) >= max(map(score, np.linspace(0.0013, 0.9987, 1000))) - 1e-9
    assert best_threshold([[0.0, 1.0], [0.0, 2.0]], [1, 1]) == 0.5
    assert best_threshold([[0.0, 1.0], [0.0, 1.0]], [0, 1]) == 0.5
    assert best_threshold([[0.0, 2000.0], [2000.0, 0.0]], [1, 0]) == 0.5


def test_a_threshold_goes_with_the_run(capsys):
    lines = trained(capsys, "ill.csv", "--epochs", 10, "--threshold", "best")
    found = results("ill")
    assert 0 < found["threshold"] < 0.5
    told = f"note: it says 'yes' from a probability of {found['threshold']:.3g} on, which was chosen on these data"
    assert told in "".join(lines)
    assert told in here(capsys, "evaluate", "runs/ill").out
    assert "chosen on these" not in here(capsys, "evaluate", "runs/ill", "--data", "train").out
    assert 'threshold = "best"' in Path("runs/ill/config.toml").read_text(encoding="utf-8")
    run = load_run("runs/ill")
    assert run.threshold == found["threshold"]
    answers = run.predict("ill.csv")
    assert {each.answer for each in answers} == {"no", "yes"}
    for each in answers:
        assert (each.answer == "yes") is (each.probabilities["yes"] > run.threshold)
    trained(capsys, "--config", "runs/ill/config.toml")
    assert results("ill-2") | {"seconds": 0} == found | {"seconds": 0}
    trained(capsys, "ill.csv", "--epochs", 1, "--threshold", 0.3)
    assert load_run("runs/ill-3").threshold == 0.3
    Path("runs/ill/results.json").write_text(json.dumps({"threshold": 7}))
    assert fails(here(capsys, "predict", "runs/ill", "ill.csv"), 1, "expected a threshold between 0 and 1, found 7")
    Path("runs/ill/results.json").unlink()
    assert fails(here(capsys, "predict", "runs/ill", "ill.csv"), 1, "the threshold of the run is not in it")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["iris", "--threshold", "best"], "threshold: it tells two classes apart, and there are 3"),
        (["moons", "--threshold", "1"], "threshold: expected a number between 0 and 1, given 1.0"),
        (["ill.csv", "--target", "a", "--threshold", "0.3"], "threshold: it tells two classes apart, and a is"),
        (["ill.csv", "--target", "a", "--loss", "focal"], "loss: focal is for classes, and a is a number"),
        (["ill.csv", "--target", "a", "--class-weight", "balanced"], "class_weight: balanced is for classes"),
    ],
)
def test_what_does_not_suit_the_task_is_refused_before_anything_is_written(flags, words, capsys):
    assert fails(here(capsys, "train", *flags), 2, words)
    assert not Path("runs").exists()


@pytest.mark.parametrize("flags", [(), ("--loss", "focal"), ("--loss", "focal", "--class-weight", "balanced")])
def test_a_run_is_drawn_and_checked_with_the_loss_that_it_was_trained_with(flags, capsys, monkeypatch):
    pytest.importorskip("torch")
    compare, compared = check_command.compare, []
    monkeypatch.setattr(check_command, "compare", lambda *a, **k: compared.append(a[1]) or compare(*a, **k))
    trained(capsys, "ill.csv", "--epochs", 1, *flags)
    run = RunFolder.open(Path("runs/ill"))
    data, model = data_of(run), run.load_model()
    inputs, target = next(iter(DataLoader(data.valid, 4)))
    loss = training_loss(run.settings, data)(model(inputs), target)
    assert here(capsys, "draw", "runs/ill", "--out", "g.dot").out.startswith(f"loss on 4 samples = {loss.item():.6g}\n")
    assert ("expm1" in Path("g.dot").read_text(encoding="utf-8")) is bool(flags)
    done = here(capsys, "check", "runs/ill")
    assert (done.code, done.err) == (0, "")
    (loss,), wanted = compared, training_loss(run.settings, data)
    assert type(loss) is type(wanted)
    assert (loss.weight is None) if wanted.weight is None else np.allclose(loss.weight, wanted.weight)


def test_a_run_whose_rows_are_gone_is_not_drawn_with_weights_of_other_rows(capsys):
    trained(capsys, "ill.csv", "--epochs", 1, "--class-weight", "balanced")
    header, *rows = Path("ill.csv").read_text(encoding="utf-8").splitlines()
    Path("ill.csv").write_text("\n".join([header, *(f"{row[:1]}9{row[1:]}" for row in rows)]) + "\n", encoding="utf-8")
    assert fails(here(capsys, "draw", "runs/ill", "--out", "g.dot"), 1, "cannot be counted any more")
    assert not Path("g.dot").exists()
