"""What a notebook shows of a Trainer, of a run on the disk, and of its predictions."""

from contextlib import suppress

import numpy as np
import pytest

from nn.train import Accuracy, Callback, EarlyStopping, Prediction, Trainer, load_run
from tests.cli_runs import process
from tests.displayed import HOSTILE, SHOWN, notes, tables
from tests.nn.train.test_trainer import CLASSES, X, parts


def facts(thing):
    return dict(tables(thing)[0])


def test_before_training_a_trainer_shows_what_it_was_told(tmp_path):
    trainer = Trainer(tmp_path / "<run>", metrics=[Accuracy()], callbacks=[EarlyStopping()], accumulate=4, l1=0.01)
    assert facts(trainer) == {
        "folder": str(tmp_path / "<run>"), "metrics": "Accuracy",
        "callbacks": "EarlyStopping, HistoryFiles, Progress", "batches in a step": "4", "l1": "0.01",
    }  # fmt: skip
    assert notes(trainer) == ["Nothing has been trained yet."]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda run: None, "3 of 3 epochs, 6 steps"),
        (lambda run: setattr(run, "stopping", True), "1 of 3 epochs, 2 steps, stopped early"),
        (lambda run: 1 / 0, "1 of 3 epochs, 2 steps, not finished"),
    ],
)
def test_then_it_shows_how_far_it_came_and_the_newest_figures(act, told):
    class Act(Callback):
        def on_epoch_end(self, run):
            run.row[HOSTILE] = 0.5
            act(run)

    net, optimizer, loss = parts(classes=True)
    trainer = Trainer(metrics=[Accuracy()], callbacks=[Act()], progress=False)
    with suppress(ZeroDivisionError):
        trainer.fit(net, (X, CLASSES), None, 3, optimizer, loss)
    assert facts(trainer)["trained"] == told
    assert facts(trainer)["model"] == "MLP"
    names, values = tables(trainer)[1]
    assert names == ["lr", "loss", "accuracy", SHOWN]
    assert values[-1] == "0.5"
    assert values[2].endswith("%")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("iris", {"input": "table of shape (4,)", "answer": "one of 3 classes: setosa, versicolor, virginica"}),
        ("digits", {"input": "images of shape (1, 8, 8)", "answer": "one of 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"}),
    ],
)
def test_a_run_shows_what_its_model_takes_and_gives(data, told, tmp_path):
    assert process("train", data, "--quiet", "--epochs", "1", folder=tmp_path).code == 0
    run = load_run(tmp_path / "runs" / data)
    found = facts(run)
    assert found.items() >= {**told, "data": data, "folder": str(run.path)}.items()
    assert found["parameters"] == f"{sum(p.numel() for p in run.model.parameters()):,}"
    assert len(tables(run)[1]) == len(run.model)


def test_a_prediction_shows_the_likeliest_classes_first():
    few = Prediction(HOSTILE, "b", {"a": 0.25, "b": 0.5, HOSTILE: 0.25})
    assert notes(few) == [f"{SHOWN}: b"]
    assert tables(few) == [[["class", "probability"], ["b", "50.0%"], ["a", "25.0%"], [SHOWN, "25.0%"]]]
    many = Prediction("x", "0", {str(i): 1 / 30 for i in range(30)})
    assert len(tables(many)[0]) == 11
    assert notes(many)[1] == "and 20 less likely classes"
    assert notes(Prediction("x.csv:1", np.float32(2.5))) == ["x.csv:1: 2.5"]
