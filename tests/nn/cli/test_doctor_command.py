"""`chalkgrad doctor`: unchanged PyTorch programs, sick and healthy; their results are those without a doctor."""

import json
import re
from pathlib import Path

import pytest

from nn.cli.doctor_command import MINUTES, STEPS, Visit, parse
from nn.cli.run_command import Program
from nn.doctor.mistakes import MISTAKES
from tests.cli_runs import fails, here, process

PROGRAMS = sorted((Path(__file__).parent.parent / "doctor" / "torch_programs").glob("*_*.*"))
EXPECTED = re.compile(r"# expect: (\w+), (line |cell )([\d:]+)\n")

SHORT = """
import sys, torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
for i in range(30):
    x = torch.randn(16, 3)
    loss = ((net(x) - x.sum(1, keepdim=True)) ** 2).mean()
    {clear}
    loss.backward()
    optimizer.step()
print(loss.item())
{end}
"""


def expected_of(path):
    """What stands in the first line of a program: the finding, and the place that its evidence names; or nothing."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        source = "".join(json.loads(source)["cells"][0]["source"])
    found = EXPECTED.match(source)
    return found and (found[1], f"{path.name}{':' if found[2] == 'line ' else ', cell '}{found[3]}")


def short(folder, clear="optimizer.zero_grad()", end="", name="train.py"):
    path = folder / name
    path.write_text(SHORT.format(clear=clear, end=end), encoding="utf-8")
    return path


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_each_program_gets_its_finding_or_none_and_the_same_results(path, tmp_path):
    theirs = process("run", path, folder=tmp_path)
    weights = (tmp_path / "weights.pt").read_bytes()
    ours = process("doctor", "--json", "report.json", path, folder=tmp_path)
    assert (theirs.code, theirs.err) == (0, "")
    assert ours.out == theirs.out
    assert (tmp_path / "weights.pt").read_bytes() == weights

    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    expected = expected_of(path)
    assert report["codes"] == ([expected[0]] if expected else []), ours.err
    assert ours.code == (1 if expected else 0)
    if expected:
        (finding,) = [found for training in report["trainings"] for found in training["findings"]]
        assert re.search(rf"{re.escape(expected[1])}\b", finding["evidence"])
        assert finding["fix"] in ours.err
        assert finding["page"] == f"docs/mistakes/{expected[0]}.md"
        assert f"  see:      {finding['page']}" in ours.err
    places = [line for training in report["trainings"] for line in training["lines"].values()]
    assert places
    files = {line.rpartition(":")[0].partition(", cell ")[0] for line in places}
    assert files == {str(path)}, "never a line of the library"


def test_there_are_six_programs_of_either_kind():
    kinds = [path.stem.partition("_")[0] for path in PROGRAMS]
    assert kinds.count("sick") >= 6
    assert kinds.count("healthy") >= 6
    assert len({expected_of(path) for path in PROGRAMS}) >= 7, "each sick one is of its own kind"


def test_the_report_names_the_lines_and_their_code(tmp_path):
    short(tmp_path, clear="pass")
    done = process("doctor", "train.py", folder=tmp_path)
    assert done.code == 1
    for words in (
        "The doctor watched 1 training in train.py: no_zero_grad.",
        "Training 1: net, a Sequential with 41 parameters, with SGD",
        "train.py:6: optimizer = torch.optim.SGD(net.parameters(), lr=0.01)",
        "See train.py:11: loss.backward()",
        "29 of 30 steps",
        "optimizer.zero_grad()  # before",
    ):
        assert words in done.err
    assert "nn/" not in done.err
    assert "scheduler" not in done.err, "there is none"


ENDS = {
    "its own code": ("sys.exit(5)", 5, ""),
    "no code": ("sys.exit()", 0, ""),
    "a message": ("sys.exit('no more')", 1, "no more\n"),
    "an error": ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
    "a closed stream": ("sys.stdout.close()", 0, ""),
    "an interruption": ("raise KeyboardInterrupt", 130, "KeyboardInterrupt\n"),
}


@pytest.mark.parametrize(("end", "code", "words"), ENDS.values(), ids=ENDS)
def test_the_report_comes_however_the_program_ends(end, code, words, tmp_path):
    short(tmp_path, end=end)
    done = process("doctor", "train.py", folder=tmp_path)
    before, _, after = done.err.partition("The doctor watched 1 training in train.py: no finding.")
    assert done.code == code
    assert after
    assert before.endswith(words)
    assert "run_command" not in before
    assert "doctor" not in before


def test_a_finding_outweighs_the_programs_own_code(tmp_path):
    short(tmp_path, clear="pass", end="sys.exit(5)")
    assert process("doctor", "train.py", folder=tmp_path).code == 1


def test_after_the_last_step_it_watches_the_program_goes_on(tmp_path):
    path = short(tmp_path, clear="pass")
    done = process("doctor", "--steps", "12", "--json=-", "train.py", folder=tmp_path)
    loss, _, report = done.out.partition("\n")
    (training,) = json.loads(report)["trainings"]
    assert f"{loss}\n" == process("run", path).out
    assert (training["steps"], training["ended_by_a_bound"]) == (12, True)
    assert [found["code"] for found in training["findings"]] == ["no_zero_grad"]
    assert done.err == "", "the report was asked for on standard output"


def test_after_its_minutes_the_program_goes_on(tmp_path):
    path = short(tmp_path)
    done = process("doctor", "--minutes", "1e-9", "train.py", folder=tmp_path)
    assert "its first 1 step; the rest went on unwatched" in done.err
    assert (done.code, done.out) == (0, process("run", path).out)


def test_the_page_needs_nothing_else(tmp_path):
    short(tmp_path, clear="pass", end="# <script>")
    assert process("doctor", "--html", "report.html", "train.py", folder=tmp_path).code == 1
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    for words in ("no_zero_grad", "29 of 30 steps", "train.py:11: loss.backward()", "<svg", "loss:", "step 30"):
        assert words in page
    for word in ("http:", "https:", "src=", "<script", "<link", "@import"):
        assert word not in page


def test_a_report_that_cannot_be_written_is_refused_before_the_program_runs(tmp_path):
    short(tmp_path)
    for flag in ("--json", "--html"):
        done = process("doctor", flag, "not-there/report", "train.py", folder=tmp_path)
        assert fails(done, 2, "not-there/report cannot be written")
        assert done.out == ""


def test_a_notebook_has_cells_for_lines(tmp_path):
    source = short(tmp_path, clear="pass").read_text(encoding="utf-8").strip()
    cells = [{"cell_type": "code", "source": part} for part in source.split("\ntorch.manual_seed(0)\n")]
    (tmp_path / "train.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    done = process("doctor", "train.ipynb", folder=tmp_path)
    assert done.code == 1
    assert "See train.ipynb, cell 2:7: loss.backward()" in " ".join(done.err.split())


def test_a_program_without_a_training_is_told(tmp_path):
    (tmp_path / "train.py").write_text("import torch\nprint(torch.ones(1))\n", encoding="utf-8")
    done = process("doctor", "train.py", folder=tmp_path)
    assert (done.code, done.out) == (0, "tensor([1.])\n")
    assert "found no training in train.py: no optimizer was made" in done.err


def test_a_file_that_is_not_there_is_said(tmp_path):
    done = process("doctor", "train.py", folder=tmp_path)
    assert fails(done, 2, "train.py", "no such file")


def test_the_list_has_every_code(capsys):
    done = here(capsys, "doctor", "--list")
    assert (done.code, done.err) == (0, "")
    assert [re.split("  +", line) for line in done.out.splitlines()] == [
        [code, title, f"docs/mistakes/{code}.md"] for code, (title, *_) in MISTAKES.items()
    ]


@pytest.mark.parametrize("code", MISTAKES)
def test_the_list_shows_the_page_of_a_code_as_plain_text(capsys, code):
    done = here(capsys, "doctor", "--list", code)
    assert (done.code, done.err) == (0, "")
    page = (Path(__file__).parents[3] / "docs" / "mistakes" / f"{code}.md").read_text(encoding="utf-8")
    assert done.out.splitlines()[0] == page.splitlines()[0].removeprefix("# ")
    assert done.out.rstrip().endswith(f"docs/mistakes/{code}.md")
    assert "        loss.backward()" in done.out or ".backward()" in done.out
    assert not re.search(r"^#+ |^```|\]\(|!\[", done.out, re.MULTILINE)


def test_without_the_documentation_it_shows_what_the_doctor_says(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("nn.doctor.told_trainings.PROJECT", tmp_path)
    done = here(capsys, "doctor", "--list", "no_zero_grad")
    assert all(part in done.out for part in MISTAKES["no_zero_grad"][1:])
    assert "docs/mistakes/no_zero_grad.md" in done.out


def test_a_code_that_there_is_not_is_told_with_those_that_are_like_it(capsys):
    assert fails(here(capsys, "doctor", "--list", "zero_grad"), 2, "no_zero_grad", "given 'zero_grad'")


PARSED = {
    "x.py": Visit(Program("x.py", [])),
    "x.py --steps 3 -h": Visit(Program("x.py", ["--steps", "3", "-h"])),
    "--steps 3 --minutes=0.5 x.py a": Visit(Program("x.py", ["a"]), 3, 0.5),
    "--cpu --json - --html a.html -m x": Visit(
        Program("x", [], cpu=True, as_module=True), STEPS, MINUTES, "-", "a.html"
    ),
    "-- x.py": Visit(Program("x.py", [])),
    "": None,
    "--list": None,
    "--help": None,
    "--steps": None,
    "--steps 0 x.py": None,
    "--steps many x.py": None,
    "--minutes inf x.py": None,
    "--unknown x.py": None,
}


@pytest.mark.parametrize(("words", "expected"), PARSED.items(), ids=PARSED)
def test_words_after_the_program_are_its_own(words, expected):
    assert parse(words.split()) == expected


def test_the_defaults_are_those_that_help_names(capsys):
    out = " ".join(here(capsys, "doctor", "--help").out.split())
    assert f"default: {STEPS}" in out
    assert f"default: {MINUTES}" in out


def test_the_example_of_the_docs_is_what_it_prints(tmp_path):
    page = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text(encoding="utf-8")
    section = page.partition("## A program written for PyTorch\n")[2]
    program, report = re.findall(r"^```(?:python)?\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)[:2]
    (tmp_path / "train.py").write_text(program, encoding="utf-8")
    done = process("doctor", "train.py", folder=tmp_path)
    told, shown = done.err.splitlines(), report.splitlines()
    assert told[:7] == shown[:7]
    assert [line for line in shown if "See train.py:10" in line] == [line for line in told if "See train.py:10" in line]
