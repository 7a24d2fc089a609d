"""A run that was trained is loaded, and predicts as the command line does, from files and from memory."""

import json
import shutil
import sys

import numpy as np
import pytest

import autograd
import nn
from nn.data import datasets
from nn.train import Prediction, load_run
from tests.cli_runs import fails, here, process

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
    assert told.pop("probabilities") == pytest.approx(found.probabilities, abs=1e-6)
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


# Tables in memory.


def test_an_array_of_features_is_read_in_the_order_of_the_columns(runs):
    run = load_run(runs / "iris")
    (row,) = run.predict(FLOWER)
    values = np.array([*FLOWER.values()])
    rows = values[None], [tuple(values.tolist())]
    for given in (values, values.astype(np.float32), autograd.tensor(values), values.tolist(), *rows):
        (found,) = run.predict(given)
        assert found.input == "1"
        assert found.probabilities == pytest.approx(row.probabilities, abs=1e-6)
    assert len(run.predict(datasets.iris().tensors[0])) == 150
    prices = load_run(runs / "prices")
    assert prices.predict([[2, "Ulm"]]) == prices.predict({"rooms": 2, "town": "Ulm"})
    for wrong in (values[:3], values.reshape(1, 1, 4), np.zeros((2, 5))):
        with pytest.raises(ValueError, match="expected 4 values in a row, of the columns sepal_length, sepal_width, "):
            run.predict(wrong)


def test_probabilities_are_an_array_in_the_order_of_the_classes(runs, tmp_path):
    run = load_run(runs / "iris")
    x = datasets.iris().tensors[0].numpy()
    found = run.predict_proba(x)
    assert (found.shape, found.dtype) == ((150, 3), np.float64)
    assert found.sum(1) == pytest.approx(1)
    assert found.tolist() == [[*each.probabilities.values()] for each in run.predict(x)]
    assert load_run(runs / "digits").predict_proba(np.stack([digit(1), digit(2)])).shape == (2, 10)
    with pytest.raises(ValueError, match="predict_proba: price is a number, which has no classes: use predict"):
        load_run(runs / "prices").predict_proba({"rooms": 2, "town": "Ulm"})


def test_a_run_has_its_history_and_its_results(runs, tmp_path):
    run = load_run(runs / "iris")
    assert run.history["epoch"] == [*range(1, 16)]
    assert run.results["accuracy"] == run.history[-1]["valid_accuracy"]
    assert run.results["measured_on"] == "valid"
    old = shutil.copytree(runs / "iris", tmp_path / "old")
    for name in ("history.jsonl", "history.csv", "results.json", "data.json", "split.safetensors"):
        (old / name).unlink()
    assert (len(load_run(old).history), load_run(old).results) == (0, {})
    assert load_run(old).predict(FLOWER) == run.predict(FLOWER)
    (old / "results.json").write_text("{")
    with pytest.raises(nn.FileError, match=r"results\.json: not what chalkgrad train writes"):
        _ = load_run(old).results


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(broken, runs, tmp_path, capsys):
    folder = shutil.copytree(runs / "iris", tmp_path / "broken")
    weights = nn.load(folder / "model.safetensors")
    weights["2.weight"][0, 0] = broken
    nn.save(weights, folder / "model.safetensors")
    for ask in (load_run(folder).predict, load_run(folder).predict_proba):
        with pytest.raises(ValueError, match=r"broken: its training failed, since 2\.weight is not finite"):
            ask(FLOWER)
    (tmp_path / "new.csv").write_text(",".join(FLOWER) + "\n" + ",".join(map(str, FLOWER.values())))
    for command in ["predict", folder, tmp_path / "new.csv"], ["serve", folder, "--no-browser"]:
        assert fails(here(capsys, *command), 1, "2.weight is not finite")


def test_an_input_that_overflows_is_refused(runs):
    run, told = load_run(runs / "iris"), "2: the network gives no finite number for this input"
    with pytest.raises(ValueError, match=told), np.errstate(all="ignore"):
        run.predict([FLOWER, {**FLOWER, "petal_width": 1e39}])


def test_a_data_frame_keeps_its_labels(runs):
    pandas = pytest.importorskip("pandas")
    run = load_run(runs / "iris")
    frame = pandas.DataFrame([FLOWER, {**FLOWER, "petal_length": 6.0, "petal_width": 2.4}], index=["a", "b"])
    found = run.predict(frame)
    assert [each.input for each in found] == ["a", "b"]
    assert found[0].probabilities == pytest.approx(run.predict(FLOWER)[0].probabilities, abs=1e-6)
    shown = found.to_frame()
    assert [*shown.columns] == ["species", "P(setosa)", "P(versicolor)", "P(virginica)"]
    assert [*shown.index] == ["a", "b"]
    assert shown["species"].tolist() == ["setosa", found[1].answer]
    assert frame.join(shown).loc["a", "P(setosa)"] == found[0].probabilities["setosa"]
    (one,) = run.predict(frame.loc["a"])
    assert (one.input, one.answer) == ("a", "setosa")
    assert run.predict_proba(frame[[*reversed(frame.columns)]]).tolist() == run.predict_proba(frame).tolist()
    prices = load_run(runs / "prices").predict(pandas.DataFrame({"town": ["Ulm", "Bonn"], "rooms": [2, 7]}))
    assert prices.to_frame()["price"].tolist() == [each.answer for each in prices]
    with pytest.raises(ValueError, match="value is missing"):
        run.predict(frame.replace(6.0, np.nan))


class Frame:
    """As much of a DataFrame as is asked of one."""

    columns, index = [*FLOWER], ["a", "b"]

    def to_dict(self, orient):
        assert orient == "records"
        return [FLOWER, FLOWER]


def test_pandas_need_not_be_installed(runs, monkeypatch):
    found = load_run(runs / "iris").predict(Frame())
    assert ([each.input for each in found], found.labels) == (["a", "b"], ["a", "b"])
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        found.to_frame()
