"""`chalkgrad export`: the model of a run as an ONNX file that other programs run."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest

import autograd
from nn.train import load_run
from tests.cli_runs import fails, here, process


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with runs on rows, on images, and on a column of numbers."""
    folder = tmp_path_factory.mktemp("runs")
    rows = ["size,colour,price", *(f"{n},{'red' if n % 3 else 'blue'},{2.5 * n}" for n in range(40))]
    (folder / "prices.csv").write_text("\n".join(rows), encoding="utf-8")
    for flags in (["iris", "--epochs", 2], ["digits", "--epochs", 1, "--conv", 4, "--batch-norm"],
                  ["prices.csv", "--epochs", 2]):  # fmt: skip
        done = process("train", *flags, "--quiet", folder=folder)
        assert done.code == 0, done
    return folder / "runs"


@pytest.mark.parametrize(
    ("name", "classes", "says"),
    [
        ("iris", 3, "from input (batch × 4) the scores of 3 classes"),
        ("digits", 10, "from input (batch × 1 × 8 × 8) the scores of 10 classes"),
        ("prices", None, "the number price"),
    ],
)
def test_the_model_of_a_run_is_exported(runs, name, classes, says, capsys):
    done = here(capsys, "export", runs / name)
    assert (done.code, done.err) == (0, "")
    assert says in done.out
    path, run = runs / name / "model.onnx", load_run(runs / name)
    assert done.out.startswith(f"{path}: ")
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(1).normal(size=(7, *run.preprocessing.shape)).astype(np.float32)
    (found,) = session.run(None, {"input": x})
    np.testing.assert_allclose(found, run.model(autograd.tensor(x)).detach().numpy(), 1e-5, 1e-5)
    known = {each.key: each.value for each in onnx.load(path).metadata_props}
    names = json.loads(known["classes"])
    assert names == (None if classes is None else list(run.classes))
    assert known["goal"] == run.preprocessing.goal
    assert json.loads(known["preprocessing"])


def test_the_file_can_be_named(runs, tmp_path, capsys):
    assert here(capsys, "export", runs / "iris", "--onnx", tmp_path / "flowers.onnx").code == 0
    assert onnx.load(tmp_path / "flowers.onnx").graph.node
    assert fails(here(capsys, "export", runs / "iris", "--onnx", tmp_path / "no" / "a.onnx"), 1, "does not exist")


def test_what_is_no_run_is_refused(tmp_path, capsys):
    assert fails(here(capsys, "export", tmp_path), 2, "is not the folder of a run")


def test_without_the_package_the_extra_is_named(runs, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert fails(here(capsys, "export", runs / "iris"), 1, "pip install -e '.[onnx]'")
