"""`chalkgrad draw`: a formula or the network of a run as a picture, with the derivatives in print."""

from xml.etree import ElementTree

import pytest

import autograd
import nn
from nn.cli.draw_command import is_run
from tests.cli_runs import here, process


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a run on a table, and one on images with convolutions."""
    folder = tmp_path_factory.mktemp("runs")
    for flags in (["xor", "--epochs", 2], ["digits", "--epochs", 1, "--conv", 3, "--batch-norm"]):
        assert process("train", *flags, "--quiet", folder=folder).code == 0
    return folder / "runs"


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def words(path):
    """The texts in an SVG picture."""
    return [text.strip() for text in ElementTree.parse(path).getroot().itertext() if text.strip()]


# Formulas.


def test_a_formula_is_drawn_and_its_derivative_printed(tmp_path):
    done = process("draw", "x**2 + 3*x + 5", "x=2", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["x**2 + 3*x + 5 = 15", "d/dx = 7", "graph.svg"]
    texts = words(tmp_path / "graph.svg")
    for text in ("x", "2.0000", "7.0000", "15.0000", "**", "×", "+", "3", "5", "dx = g * y"):
        assert text in texts


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (["sin(a*b)", "a=pi/6", "b=1"], ["sin(a*b) = 0.5", "d/da = 0.8660254038", "d/db = 0.4534498411"]),
        (["x**4", "x=-2"], ["x**4 = 16", "d/dx = -32"]),
        (["x**4", "x=-2", "--order", 5], ["d/dx = -32", "d²/dx² = 48", "d³/dx³ = -48", "d⁴/dx⁴ = 24", "d⁵/dx⁵ = 0"]),
        (["x*y", "x=2", "y=3", "--order", 2], ["d/dx = 3", "d²/dx² = 0", "d/dy = 2", "d²/dy² = 0"]),
        (["x", "x=2", "--order", 2], ["x = 2", "d/dx = 1", "d²/dx² = 0"]),
        (["-x**2", "x=3"], ["-x**2 = -9", "d/dx = -6"]),
        (["1 + 1"], ["1 + 1 = 2"]),
        (["1/x", "x=0"], ["1/x = inf", "d/dx = -inf"]),
        (["log(x)", "x=-1"], ["log(x) = nan", "d/dx = -1"]),
        (["x**9", "x=1e300"], ["x**9 = inf", "d/dx = inf"]),
    ],
    ids=lambda given: " ".join(map(str, given)),
)
def test_values_and_derivatives_are_printed(capsys, given, lines):
    done = here(capsys, "draw", *given, "--out", "graph.dot")
    assert (done.code, done.err) == (0, "")
    printed = done.out.splitlines()
    assert printed[-1] == "graph.dot"
    assert printed[-1 - len(lines) : -1] == lines


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.svg", b"<?xml"), ("b.PNG", b"\x89PNG"), ("new/folder/c.dot", b"digraph"), ("d.gv", b"digraph")],
)
def test_the_ending_of_the_file_says_what_is_written(capsys, tmp_path, name, start):
    done = here(capsys, "draw", "x*x", "x=2", "--out", name)
    assert done.out.splitlines()[-1] == name
    assert (tmp_path / name).read_bytes().startswith(start)


def test_rules_and_direction_are_as_wanted(capsys, tmp_path):
    def source(*options):
        assert here(capsys, "draw", "a*b", "a=2", "b=3", "--out", "g.dot", *options).code == 0
        return (tmp_path / "g.dot").read_text(encoding="utf-8")

    assert "dx = g * y" in source()
    assert "rankdir=LR" in source()
    assert "dx = g * y" not in source("--no-rules")
    assert "rankdir=TB" in source("--direction", "TB")


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (["x + yy", "x=1"], ["x + yy", "    ^", "chalkgrad: yy has no value: add yy=2"]),
        (["x^2", "x=1"], ["x^2", " ^", "chalkgrad: a power is written x**2, not x^2"]),
        (["a.b"], ["a.b", "^", "chalkgrad: a formula is written like x**2 + 3*sin(y); 'a.b' cannot be part of one"]),
        (["x", "x"], ["chalkgrad: expected a name and a value, such as x=2, given 'x'"]),
        (["x", "2=x"], ["chalkgrad: expected a name and a value, such as x=2, given '2=x'"]),
        (["x", "x=two"], ["chalkgrad: x=two: expected a number, such as x=2 or x=pi/4"]),
        (["x", "x="], ["chalkgrad: x=: expected a number, such as x=2 or x=pi/4"]),
        (["x", "x=1", "x=2"], ["chalkgrad: x has two values, expected one"]),
        (["x", "x=1", "y=2"], ["chalkgrad: y=2: there is no y in the formula"]),
        (["x", "x=1", "--order", 10], ["chalkgrad: --order: expected 1 to 9, given 10"]),
        (
            ["x", "x=1", "--out", "g.jpg"],
            ["chalkgrad: --out: expected a name ending in .svg, .png, .pdf, .html, .dot, .gv, given 'g.jpg'"],
        ),
        (
            ["x", "x=1", "--direction", "up"],
            ["chalkgrad: --direction: expected LR (left to right) or TB (top to bottom), given 'up'"],
        ),
    ],
    ids=lambda given: " ".join(map(str, given)),
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_written(capsys, tmp_path, given, lines):
    done = here(capsys, "draw", *given)
    assert done.code == 2
    assert done.out == ""
    assert done.err.splitlines() == lines
    assert not list(tmp_path.iterdir())


def test_nothing_in_a_formula_is_run(tmp_path):
    done = process("draw", "__import__('os').mkdir('broken')", folder=tmp_path)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


# Runs.


def test_the_network_of_a_run_is_drawn_with_the_names_of_its_parameters(runs):
    done = process("draw", runs / "xor")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == str(runs / "xor/graph.svg")
    texts = words(runs / "xor/graph.svg")
    names = list(nn.load(runs / "xor/model.safetensors"))
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert {f"net.{name}" for name in names} <= set(texts)
    assert {"Sequential", "inputs", "target", "linear", "tanh", "cross_entropy"} <= set(texts)
    for name in names:
        assert f"  {name} " in done.out


def test_the_figures_of_a_run_are_those_of_its_model(runs, capsys):
    done = here(capsys, "draw", runs / "xor", "--out", "g.dot")
    net = nn.MLP(2, [8, 2], activation=nn.Tanh)
    state = nn.load(runs / "xor/model.safetensors")
    net.load_state_dict(dict(zip(net.state_dict(), state.values())))
    data = autograd.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    loss = nn.CrossEntropyLoss()(net(data), autograd.tensor([0, 1, 1, 0]))
    loss.backward()
    lines = done.out.splitlines()
    assert lines[0] == f"loss on 4 samples = {loss.item():.6g}"
    lengths = [float(line.split()[-1]) for line in lines[2:-1]]
    assert lengths == pytest.approx([p.grad.square().sum().sqrt().item() for p in net.parameters()], rel=1e-2)


def test_a_convolutional_network_is_drawn_module_by_module(runs, capsys, tmp_path):
    done = here(capsys, "draw", runs / "digits", "--out", "g.svg", "--no-rules")
    assert (done.code, done.err) == (0, "")
    texts = words(tmp_path / "g.svg")
    assert {"net.0 · Conv2d", "BatchNorm2d", "net.3 · MaxPool2d", "net.5 · Linear", "cross_entropy"} <= set(texts)


def test_a_deep_network_is_drawn_with_a_box_for_each_of_its_modules_calls(capsys, tmp_path):
    here(capsys, "train", "xor", *["--hidden", "4"] * 10, "--epochs", "1", "--out", tmp_path / "deep")
    assert here(capsys, "draw", tmp_path / "deep", "--out", "g.svg").code == 0
    texts = words(tmp_path / "g.svg")
    assert "Sequential" in texts
    assert "net.20 · Linear" in texts


def test_a_graph_that_is_too_large_is_counted(runs, capsys, tmp_path, monkeypatch):
    draw = autograd.draw
    monkeypatch.setattr("autograd.draw", lambda *given, **options: draw(*given, limit=3, **options))
    done = here(capsys, "draw", runs / "xor", "--out", "g.dot")
    assert done.code == 0
    assert "more than limit=3: counted, not drawn" in (tmp_path / "g.dot").read_text(encoding="utf-8")


def test_a_formula_or_a_run_is_told_by_what_is_there(runs, monkeypatch):
    monkeypatch.chdir(runs.parent)
    assert is_run("runs/xor")
    assert is_run("runs/xro")
    assert not is_run("x/2")
    assert not is_run("runs")
    assert not is_run("/")
    assert not is_run("x" * 5000)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["runs/xro"], "runs/xro is not the folder of a run"),
        (["runs/xor", "x=2"], "values and --order are for formulas, but runs/xor is a run: leave them out"),
        (["runs/xor", "--order", 2], "values and --order are for formulas"),
    ],
)
def test_what_is_wrong_with_a_run_is_said(runs, capsys, monkeypatch, given, message):
    monkeypatch.chdir(runs.parent)
    done = here(capsys, "draw", *given)
    assert done.code == 2
    assert done.err.startswith(f"chalkgrad: {message}")
    assert len(done.err.splitlines()) == 1
