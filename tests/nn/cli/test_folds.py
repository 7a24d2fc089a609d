"""`chalkgrad train --folds`: a run for each fold, a table of them all, and nothing learned from what is held out."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.runs.data_of_run import data_of
from nn.runs.fold_folders import FoldFolders
from nn.runs.run_data import load_data
from nn.runs.run_folder import RunFolder
from nn.runs.settings import settings_from
from nn.train import load_run
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here
from tests.nn.cli.test_inputs import images

QUICK = ("--epochs", 2, "--quiet")


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nn.cli.run_pictures.draw_pictures", lambda *given: [])


def done(capsys, *arguments):
    found = here(capsys, *arguments)
    assert (found.code, found.err) == (0, ""), found.err
    return found.out


def read(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def weights(run):
    return {name: np.asarray(value).tobytes() for name, value in nn.load(Path(run) / "model.safetensors").items()}


def visits(n=120):
    """Visits of patients, one a day; the price and who is ill follow from the dose."""
    draw = np.random.default_rng(0)
    lines = ["day,patient,dose,soil,price,ill"]
    for i in range(n):
        dose = draw.normal()
        row = [np.datetime64("2020-01-01") + i, draw.integers(0, 20), f"{dose:.4f}", draw.choice(["clay", "sand"])]
        lines.append(",".join(map(str, [*row, f"{3 * dose + draw.normal():.4f}", "yes" if dose > 0.3 else "no"])))
    Path("visits.csv").write_text("\n".join(lines) + "\n")
    return lines


def test_every_fold_is_a_run_and_the_table_has_them_all(capsys):
    out = done(capsys, "train", "iris", "--folds", 3, "--epochs", 20)
    assert "folds  3, every row held out once, all classes in equal shares" in out
    scores = read("runs/iris/folds.json")
    held = []
    for number in 1, 2, 3:
        run = load_run(f"runs/iris/fold-{number}")
        assert run.results["measured_on"] == "test"
        assert run.results["samples"] == {"train": 100, "test": 50}
        assert run.predict(dict.fromkeys(("sepal_length", "sepal_width", "petal_length", "petal_width"), 1.0))
        for model, figures in ("network", run.results), ("linear", run.results["baselines"]["linear"]):
            assert scores["figures"][model]["accuracy"][number - 1] == figures["accuracy"]
        assert f"{run.results['accuracy']:.1%} correct" in done(capsys, "evaluate", run.path)
        held.append(nn.load(run.path / "split.safetensors")["test"].numpy())
    assert len(np.unique(np.concatenate(held)[:, 0])) == 149  # one iris is there twice
    accuracy = scores["figures"]["network"]["accuracy"]
    assert scores["mean"]["network"]["accuracy"] == pytest.approx(np.mean(accuracy))
    assert scores["std"]["network"]["accuracy"] == pytest.approx(np.std(accuracy))
    shown = out[out.index(" accuracy ") :]
    assert [line.split()[1] for line in shown.splitlines() if line.startswith(" fold-")] == [
        f"{each:.4g}" for each in accuracy
    ]
    assert "± is the standard deviation over 3 folds, which share training rows: it is no confidence interval" in out
    assert "the network and a linear model differ by" in out
    assert "chalkgrad train --config runs/iris/config.toml --folds 0" in out
    assert done(capsys, "evaluate", "runs/iris").strip() in out


def test_one_fold_alone_is_the_same_run(capsys):
    done(capsys, "train", "iris", "--folds", 3, "--seed", 4, *QUICK)
    done(capsys, "train", "iris", "--folds", 3, "--fold", 2, "--seed", 4, "--out", "alone", *QUICK)
    done(capsys, "train", "--config", "runs/iris/config.toml", "--out", "again", "--quiet")
    assert weights("runs/iris/fold-2") == weights("alone") == weights("again/fold-2")
    assert read("runs/iris/folds.json") == read("again/folds.json")


def test_the_model_to_use_is_trained_on_all_rows(capsys):
    done(capsys, "train", "iris", "--folds", 3, "--metric", "f1", "loss", *QUICK)
    done(capsys, "train", "--config", "runs/iris/config.toml", "--folds", 0, "--out", "all", "--quiet")
    assert load_run("all").results["samples"] == {"train": 150}


FLAGS = {
    "early stopping": ("--early-stop", 1, "--epochs", 4),
    "a threshold": ("--target", "ill", "--threshold", "best", "--class-weight", "balanced", "--epochs", 2),
    "a learning rate": ("--lr", "auto", "--epochs", 2),
    "a plateau": ("--schedule", "plateau", "--epochs", 2),
}


@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS)
def test_nothing_is_learned_from_the_rows_that_are_held_out(flags, capsys):
    """However their cells change, the model, what it is given, and what was chosen are the same bit for bit."""
    lines = visits()
    target = [] if "--target" in flags else ["--target", "price"]
    given = ["--folds", 3, "--fold", 1, *target, "--ignore", "day", "patient", *flags, "--quiet"]
    done(capsys, "train", "visits.csv", *given, "--out", "before")
    chosen = settings_from({"dataset": "visits.csv", "folds": 3, "fold": 1, "ignore": ["day", "patient"],
                            "target": "ill" if not target else "price"})  # fmt: skip
    held = load_data(chosen).parts["test"].numbers(slice(None))
    changed = 0
    for i, line in enumerate(lines[1:], 1):
        day, patient, dose, soil, price, ill = line.split(",")
        if float(dose) in held[:, 0]:
            lines[i] = ",".join([day, patient, f"{float(dose) * 3 + 1:.4f}", "clay", f"{float(price) - 5:.4f}", ill])
            changed += 1
    assert changed == 40
    Path("visits.csv").write_text("\n".join(lines) + "\n")
    done(capsys, "train", "visits.csv", *given, "--out", "after")
    assert weights("before") == weights("after")
    assert read("before/encoding.json") == read("after/encoding.json")
    assert Path("before/config.toml").read_text() == Path("after/config.toml").read_text()
    assert read("before/results.json").get("threshold") == read("after/results.json").get("threshold")
    assert read("before/results.json")["loss"] != read("after/results.json")["loss"]


def test_flips_of_a_coin_cannot_be_learned_by_heart(capsys):
    """Each row is there four times."""
    draw = np.random.default_rng(0)
    rows = [[*draw.normal(size=3).round(4), draw.choice(["heads", "tails"])] for _ in range(100)]
    Path("coins.csv").write_text("\n".join(["a,b,c,coin", *(",".join(map(str, row)) for row in rows * 4)]) + "\n")
    out = done(capsys, "train", "coins.csv", "--folds", 4, "--hidden", 256, "--weight-decay", 0, "--epochs", 30)
    assert read("runs/coins/folds.json")["mean"]["network"]["accuracy"] < 0.65
    assert "300 of 400 rows are copies of others: copies stay on one side of the split" in out
    assert "note: accuracy: always the most frequent class is ahead of the network by" in out


SPLITS = {"group": ("--group", "patient", "--ignore", "day"), "time": ("--time", "day", "--ignore", "patient")}


@pytest.mark.parametrize("flags", SPLITS.values(), ids=SPLITS)
def test_groups_stay_together_and_time_goes_forward(flags, capsys):
    visits()
    out = done(capsys, "train", "visits.csv", *flags, "--folds", 4, "--epochs", 2, "--metric", "roc_auc", "loss")
    assert ("rows that agree in 'patient' together" in out) is ("--group" in flags)
    assert ("each trained on what is earlier in 'day'" in out) is ("--time" in flags)
    assert [line.split()[0:2] for line in out.splitlines() if line.startswith(("roc_auc", "loss"))] == [
        ["roc_auc", "the" if "roc_auc  the" in out else "a"],
        ["loss", "the" if "loss  the" in out else "a"],
    ]
    assert read("runs/visits/folds.json")["metric"] == ["roc_auc", "loss"]
    for number in 1, 4:
        told = done(capsys, "evaluate", f"runs/visits/fold-{number}")
        assert f"{read(f'runs/visits/fold-{number}/results.json')['accuracy']:.1%} correct" in told
        assert "changed" not in told


def test_new_rows_are_held_out_of_a_fold(capsys):
    visits()
    done(capsys, "train", "visits.csv", "--folds", 3, "--ignore", "day", "patient", *QUICK)
    with open("visits.csv", "a") as file:
        file.write("2021-01-01,3,7.5,clay,1.5,yes\n")
    out = done(capsys, "evaluate", "runs/visits/fold-1")
    assert "rows that it was not trained on: 41" in out
    assert "of 41 test rows" in out


def test_a_fold_whose_held_out_rows_are_gone_says_so(capsys):
    lines = visits()
    done(capsys, "train", "visits.csv", "--folds", 3, "--ignore", "day", "patient", *QUICK)
    held = data_of(RunFolder.open(Path("runs/visits/fold-1"))).parts["test"].indices
    Path("visits.csv").write_text("\n".join(line for i, line in enumerate(lines) if i - 1 not in held) + "\n")
    words = "nothing is left that the model was not trained on; --data train measures on the rest"
    assert fails(here(capsys, "evaluate", "runs/visits/fold-1"), 1, words)
    done(capsys, "report", "runs/visits/fold-1")
    assert words.partition(";")[0] in Path("runs/visits/fold-1/report.html").read_text()


def test_the_name_of_a_group_is_printed_as_it_is(capsys):
    lines = visits()
    Path("visits.csv").write_text("\n".join([lines[0].replace("patient", "[bold]one"), *lines[1:]]) + "\n")
    out = done(capsys, "train", "visits.csv", "--folds", 3, "--group", "[bold]one", "--epochs", 1)
    assert "rows that agree in '[bold]one' together" in out


def test_a_training_that_was_killed_in_its_third_fold_goes_on_there(capsys, tmp_path):
    flags = ["train", "moons", "--folds", "4", "--epochs", "60", "--dropout", "0.2", "--quiet"]
    done(capsys, *flags, "--out", "whole")
    running = subprocess.Popen([*COMMAND, *flags, "--out", "parts"], cwd=tmp_path, env=ENVIRONMENT)
    history = Path("parts/fold-3/history.jsonl")
    while running.poll() is None and not (history.exists() and history.stat().st_size):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not Path("parts/fold-3/results.json").exists()
    before = Path("parts/fold-2/model.safetensors").stat().st_mtime_ns
    told = done(capsys, "evaluate", "parts")
    assert "note: 2 of 4 folds are done: go on with chalkgrad train --resume parts" in told
    done(capsys, "train", "--resume", "parts")
    assert Path("parts/fold-2/model.safetensors").stat().st_mtime_ns == before
    assert read("parts/folds.json") == read("whole/folds.json")
    for number in range(1, 5):
        assert weights(f"parts/fold-{number}") == weights(f"whole/fold-{number}")


def test_a_folder_of_a_fold_that_was_not_finished_is_made_anew(capsys):
    done(capsys, "train", "iris", "--folds", 3, *QUICK)
    scores, found = read("runs/iris/folds.json"), weights("runs/iris/fold-2")
    shutil.rmtree("runs/iris/fold-3")
    for name in "environment.json", "results.json":
        Path("runs/iris/fold-2", name).unlink()
    done(capsys, "train", "--resume", "runs/iris", "--quiet")
    assert (read("runs/iris/folds.json"), weights("runs/iris/fold-2")) == (scores, found)


def test_other_data_are_no_further_fold(capsys):
    lines = visits()
    done(capsys, "train", "visits.csv", "--folds", 3, "--ignore", "day", "patient", *QUICK)
    shutil.rmtree("runs/visits/fold-3")
    Path("visits.csv").write_text("\n".join(lines[:-1]) + "\n")
    gone = here(capsys, "train", "--resume", "runs/visits", "--quiet")
    assert fails(gone, 1, "visits.csv has changed since the first fold was trained: put it back, or cross-validate")
    assert not Path("runs/visits/fold-3").exists()


REFUSED = {
    ("iris", "--folds", 1): (2, "folds: expected 0, or 2 or more, given 1"),
    ("iris", "--folds", 51): (1, "folds: expected a number from 2 to 50, the rows of the most frequent class"),
    ("iris", "--folds", 5, "--valid", 0.3): (2, "valid: each fold holds rows out already"),
    ("iris", "--folds", 5, "--valid", 0, "--early-stop"): (2, "early_stop: nothing may be chosen by the rows"),
    ("iris", "--folds", 5, "--fold", 6): (2, "fold: expected a number up to 5, the number of folds, given 6"),
    ("iris", "--fold", 2): (2, "fold: 2 is the number of one of several folds: give folds, too"),
    ("iris", "--metric", "f1"): (2, "metric: it is for folds"),
    ("iris", "--folds", 5, "--metric", "mae"): (2, "metric: mae is no figure of classes: choose from accuracy"),
    ("iris", "--folds", 5, "--metric", "acc"): (2, "metric: expected some of accuracy, balanced_accuracy"),
    ("visits.csv", "--folds", 5, "--group", "patient", "--time", "day"): (2, "give one of group and time"),
    ("visits.csv", "--folds", 30, "--group", "patient"): (1, "from 2 to 20, the number of groups, given 30"),
    ("visits.csv", "--folds", 120, "--time", "day"): (1, "from 2 to 119, one less than there are different times"),
    ("mnist", "--folds", 5): (2, "folds: mnist has test images of its own"),
    ("--resume", "runs/iris", "--epochs", 9): (2, "--resume: runs/iris is a cross-validation, whose folds have the"),
    ("--resume", "runs/iris/fold-1", "--early-stop", 9): (2, "early_stop: nothing may be chosen by the rows"),
}  # fmt: skip


def test_contradictions_are_refused(capsys):
    visits()
    done(capsys, "train", "iris", "--folds", 3, *QUICK)
    before = sorted(Path("runs").iterdir())
    for words, (code, message) in REFUSED.items():
        assert fails(here(capsys, "train", *words), code, message)
    assert sorted(Path("runs").iterdir()) == before


def test_a_cross_validation_is_no_single_run(capsys):
    done(capsys, "train", "iris", "--folds", 3, *QUICK)
    several = "runs/iris holds the 3 runs of a cross-validation: name one of them, such as runs/iris/fold-1"
    for words in (["predict", "runs/iris", "x.csv"], ["draw", "runs/iris"], ["check", "runs/iris"]):
        assert fails(here(capsys, *words), 2, several)
    for words in (["--data", "train"], ["--importance"]):
        refused = f"{words[0]}: runs/iris is a cross-validation: name one of its runs, such as runs/iris/fold-1"
        assert fails(here(capsys, "evaluate", "runs/iris", *words), 2, refused)
    assert fails(here(capsys, "explore", "iris", "--config", "runs/iris/config.toml"), 2, "folds: only chalkgrad train")
    with pytest.raises(ValueError, match=several):
        load_run("runs/iris")


def test_a_class_that_a_fold_lacks_is_named(capsys):
    lines = visits(40)
    lines[1] = lines[1].rpartition(",")[0] + ",maybe"
    Path("visits.csv").write_text("\n".join(lines) + "\n")
    out = done(capsys, "train", "visits.csv", "--folds", 3, "--ignore", "day", "patient", "--epochs", 1)
    assert out.count("nothing of 'maybe' is held out") == 2
    assert out.count("nothing of 'maybe' is trained on") == 1


def test_rare_classes_are_compared_by_balanced_accuracy(capsys):
    visits()
    done(capsys, "train", "visits.csv", "--folds", 3, "--target", "price", "--ignore", "day", "patient", *QUICK)
    assert read("runs/visits/folds.json")["metric"] == ["mae"]
    text = Path("visits.csv").read_text()
    Path("rare.csv").write_text(text.replace("yes", "no").replace(",no\n", ",yes\n", 15))
    done(capsys, "train", "rare.csv", "--folds", 3, "--ignore", "day", "patient", *QUICK)
    assert read("runs/rare/folds.json")["metric"] == ["balanced_accuracy", "accuracy"]


def test_images_have_folds_too(capsys):
    images(Path("colours"))
    out = done(capsys, "train", "colours", "--folds", 3, "--conv", "none", "--epochs", 1)
    assert "24 images of 32 x 32 for training, 12 for testing" in out
    assert "of 12 test images" in done(capsys, "evaluate", "runs/colours/fold-2")
    pixels = [np.asarray(load_run(f"runs/colours/fold-{number}").preprocessing.mean) for number in (1, 2)]
    assert (pixels[0] != pixels[1]).any()


def test_damaged_scores_are_refused(capsys):
    done(capsys, "train", "iris", "--folds", 2, *QUICK)
    good = Path("runs/iris/folds.json").read_bytes()
    draw = np.random.default_rng(0)
    for _ in range(100):
        bad = bytearray(good)
        for place in draw.integers(0, len(bad), draw.integers(1, 4)):
            bad[place] = draw.choice(list(b'0179 "[]{},.-eNan:')) if draw.random() < 0.9 else draw.integers(0, 256)
        end = draw.integers(1, len(bad)) if draw.random() < 0.3 else len(bad)
        Path("runs/iris/folds.json").write_bytes(bytes(bad[:end]))
        found = here(capsys, "evaluate", "runs/iris")
        assert found.code == 0 or fails(found, 1, "folds.json: not what chalkgrad train writes")
    Path("runs/iris/folds.json").unlink()
    assert fails(here(capsys, "evaluate", "runs/iris"), 1, "no fold is done yet: go on with `chalkgrad train --resume")
    assert FoldFolders.at(Path("runs/iris")).scores(3).done == 2
