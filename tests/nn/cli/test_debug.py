"""`chalkgrad debug`: the backward pass of a formula as a page, or at the keyboard."""

import pytest

from tests.chromium import chromium
from tests.cli_runs import fails, here, process


@pytest.fixture(scope="module")
def browser():
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(browser):
    browser.errors.clear()
    return browser


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_formula_becomes_a_page_and_its_derivatives_are_printed(tmp_path):
    done = process("debug", "x**2 + 3*x + 5", "x=2", folder=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == ["x**2 + 3*x + 5 = 15", "d/dx = 7", "backprop.html"]
    page = (tmp_path / "backprop.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<h1>x**2 + 3*x + 5</h1>" in page


def test_the_page_of_a_formula_runs_in_a_browser(tab, capsys, tmp_path):
    done = here(capsys, "debug", "tanh(a*b + c)", "a=2", "b=-3", "c=7", "--out", "new/page.html")
    assert done.out.splitlines()[-1] == "new/page.html"
    tab.open((tmp_path / "new/page.html").as_uri())
    tab.key("End")
    printed = dict(line.split(" = ") for line in done.out.splitlines()[1:-1])
    shown = {f"d/d{text[0]}": text[1:] for text in tab.texts("#sums dt")}
    assert shown == {name: f"{float(value):.5g}" for name, value in printed.items()}
    assert tab.errors == []


@pytest.mark.parametrize("given", [["1 + 1"], ["x", "x=2"], ["1/x", "x=0"], ["log(x)*x", "x=0"], ["x**9", "x=1e300"]])
def test_a_formula_without_steps_or_with_infinities_has_its_page(tab, capsys, tmp_path, given):
    assert here(capsys, "debug", *given).code == 0
    tab.open((tmp_path / "backprop.html").as_uri())
    tab.key("End")
    assert tab.errors == []


def test_at_the_keyboard_no_page_is_written(capsys, monkeypatch, tmp_path):
    given = iter(["n", "n", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(given))
    done = here(capsys, "debug", "x*x", "x=3", "--terminal")
    assert done.code == 0
    assert "  to x  dx = g * y = 1 * 3 = 3" in done.out.splitlines()
    assert "this was the last step" in done.out.splitlines()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["x", "x=1", "--out", "page.svg"], ["--out: expected a name ending in .html, given 'page.svg'"]),
        (["x", "x=1", "--out", "page.html", "--terminal"], ["choose one, the page or the terminal"]),
        (["x", "x=1", "y=2"], ["there is no y in the formula"]),
        (["+".join(["x"] * 400), "x=1"], ["more than 150 nested operations"]),
    ],
    ids=["ending", "both", "unused", "deep"],
)
def test_what_cannot_be_shown_is_said_and_nothing_is_written(capsys, tmp_path, given, words):
    done = here(capsys, "debug", *given)
    assert done.code == 2
    assert all(word in done.err for word in words)
    assert not list(tmp_path.iterdir())


def test_a_formula_with_too_many_nodes_for_a_page_is_refused(capsys, tmp_path):
    long = "+".join(f"({'+'.join(['x'] * 120)})" for _ in range(3))
    done = here(capsys, "debug", long, "x=1")
    assert fails(done, 1, "the graph has 360 nodes, a page holds 300", "step in the terminal")
    assert not list(tmp_path.iterdir())
