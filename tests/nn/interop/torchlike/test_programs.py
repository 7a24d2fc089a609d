"""Programs print the same under `chalkgrad run` and in PyTorch, from the same weights and the same data."""

import runpy

import pytest

from tests.cli_runs import process
from tests.nn.interop.torchlike.programs import PROGRAMS, SEEDED

NOTES = {"without_effect": ["cudnn.benchmark = True", "cudnn.deterministic"]}


def program(code):
    """A program, with what seeds it after its imports of torch."""
    lines = code.strip().split("\n")
    after = next(i for i, line in enumerate(lines) if not line.startswith(("import ", "from ")))
    return "\n".join([*lines[:after], SEEDED, *lines[after:]])


def words(text):
    return [[number(word) for word in line.replace("(", "").replace(")", "").split()] for line in text.splitlines()]


def number(word):
    try:
        return float(word.rstrip(","))
    except ValueError:
        return word


def close(ours, theirs):
    numbers = isinstance(ours, float) and isinstance(theirs, float)
    return abs(ours - theirs) <= 1e-5 * max(1, abs(theirs)) if numbers else ours == theirs


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_pytorch_prints(name, tmp_path, capsys):
    path = tmp_path / f"{name}.py"
    path.write_text(program(PROGRAMS[name]), encoding="utf-8")
    runpy.run_path(str(path), run_name="__main__")
    expected = words(capsys.readouterr().out)
    done = process("run", path)
    assert done.code == 0, done.err
    found = words(done.out)
    assert [len(line) for line in found] == [len(line) for line in expected]
    different = [(o, t) for a, b in zip(found, expected, strict=True) for o, t in zip(a, b) if not close(o, t)]
    assert not different
    assert all(note in done.err for note in NOTES.get(name, [])), done.err
    assert name in NOTES or not done.err
