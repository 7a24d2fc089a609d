"""A run that was trained is loaded, and predicts as the command line does, from files and from memory."""

import json

import numpy as np
import pytest

import nn
from nn.data import datasets
from nn.train import Prediction, load_run
from tests.cli_runs import here, process

PRICES = "rooms,town,price\n" + "".join(f"{n},{town},{100 * n + 50 * (town == 'Ulm')}\n"
                                        for n in range(1, 9) for town in ("Ulm", "Bonn"))  # fmt: skip
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}

WRONG = [np.zeros((28, 28), np.uint8), np.zeros((8, 8)), np.zeros((2, 2, 8, 8), np.uint8), []]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    (folder / "prices.csv").write_text(PRICES)
    for data in ("iris", "digits", "prices.csv"):
        assert process("train", data, "--epochs", 15, "--quiet", folder=folder).code == 0
    return folder / "runs"


def digit(number):
    """The bytes of an image of the digits, its own grey levels."""
    return np.rint(datasets.digits()[number][0].numpy().reshape(8, 8) * 255).astype(np.uint8)


def test_a_run_has_its_model_its_preprocessing_and_its_classes(runs):
    run = load_run(runs / "digits")
    assert run.classes == tuple("0123456789")
    assert run.preprocessing.shape == (1, 8, 8)
    assert not run.model.training
    assert run.settings.dataset == "digits"
    assert load_run(runs / "prices").classes is None


def test_it_predicts_as_the_command_line(runs, tmp_path, capsys):
    image = pytest.importorskip("PIL.Image")
    image.fromarray(digit(3)).save(tmp_path / "a.png")
    (found,) = load_run(str(runs / "digits")).predict(tmp_path / "a.png")
    (told,) = json.loads(here(capsys, "predict", runs / "digits", tmp_path / "a.png", "--json").out)
    assert told == {"input": "a.png", "class": found.answer, "probability": round(max(found.probabilities.values()), 4)}


def test_images_in_memory_are_those_of_a_file(runs, tmp_path):
    image = pytest.importorskip("PIL.Image")
    run = load_run(runs / "digits")
    image.fromarray(digit(7)).save(tmp_path / "a.png")
    (file,), (one,) = run.predict(tmp_path / "a.png"), run.predict(digit(7))
    assert one.probabilities == file.probabilities
    batch = run.predict(np.stack([digit(i) for i in range(20)]))
    assert [found.input for found in batch[:2]] == ["1", "2"]
    assert sum(found.answer == str(i % 10) for i, found in enumerate(batch)) >= 18
    assert batch[7].probabilities == pytest.approx(one.probabilities, abs=1e-6)


def test_rows_in_memory_are_those_of_a_file(runs, tmp_path):
    run = load_run(runs / "iris")
    (tmp_path / "new.csv").write_text(",".join(FLOWER) + "\n" + ",".join(map(str, FLOWER.values())))
    (file,), (one,) = run.predict(tmp_path / "new.csv"), run.predict(FLOWER)
    assert (file.input, one.input, one.answer) == ("new.csv:1", "1", "setosa")
    assert one.probabilities == file.probabilities
    assert sum(one.probabilities.values()) == pytest.approx(1)
    assert len(run.predict([FLOWER, FLOWER])) == 2


def test_a_regression_answers_with_numbers(runs):
    found = load_run(runs / "prices").predict([{"rooms": 2, "town": "Ulm"}, {"rooms": 7, "town": "Ulm"}])
    assert found[1].answer > found[0].answer
    assert found[0] == Prediction("1", found[0].answer, {})


@pytest.mark.parametrize("wrong", WRONG)
def test_images_of_another_shape_are_refused(wrong, runs):
    with pytest.raises(ValueError, match=r"expected images as uint8 arrays of shape \(8, 8\) or \(N, 8, 8\), given"):
        load_run(runs / "digits").predict(wrong)


def test_what_is_no_run_is_told(runs, tmp_path):
    with pytest.raises(ValueError, match=r"is not the folder of a run: it has no config\.toml"):
        load_run(tmp_path)
    for name in ("config.toml", "images.json"):
        (tmp_path / name).write_bytes((runs / "digits" / name).read_bytes())
    with pytest.raises(nn.FileError, match=r"has no model\.safetensors yet"):
        load_run(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_run(runs / "digits").predict(tmp_path / "none.png")
