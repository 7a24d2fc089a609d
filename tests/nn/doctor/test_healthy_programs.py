"""Healthy programs of many kinds, unchanged, as `chalkgrad doctor` runs them: no finding. Five seeds of each:
`python -m tests.doctor_cases --healthy --seeds 5`.
"""

import ast
import json
import sys

import pytest

from tests.cli_runs import process
from tests.nn.doctor.healthy_programs import NOTHING_TO_LEARN, PROGRAMS
from tests.nn.doctor.real_cases.known import HEALTHY_ALARMS
from tests.programs_watched import watch

pytestmark = pytest.mark.long


def known(path):
    reason = HEALTHY_ALARMS.get(path.stem)
    return pytest.param(path, id=path.stem, marks=[pytest.mark.xfail(reason=reason)] if reason else [])


@pytest.mark.parametrize("path", [known(path) for path in PROGRAMS])
def test_a_healthy_program_gets_no_finding(path):
    watched = watch(path)
    assert watched.error is None, "it says itself whether it has learned"
    assert watched.codes == [], watched.report
    assert bool(watched.unlearned) == (path.stem in NOTHING_TO_LEARN), watched.report


def test_there_are_forty_of_them_each_with_one_sentence():
    assert len(PROGRAMS) >= 40
    for path in PROGRAMS:
        source = path.read_text(encoding="utf-8")
        told = ast.get_docstring(ast.parse(source))
        assert told.count("\n") == 0, path
        assert told.endswith("."), path
        assert "assert" in source, path
        assert len([line for line in source.splitlines() if line]) <= 50, path


@pytest.mark.parametrize("name", ["two_optimizers", "multi_task"])
def test_in_this_process_a_program_gets_the_report_of_the_command(name):
    (path,) = [path for path in PROGRAMS if path.stem == name]
    done = process("doctor", path)
    ours = watch(path)
    assert done.out == ours.printed
    assert done.err == ours.report + "\n"
    assert json.loads(process("doctor", "--json", "-", path).out.partition("\n")[2])["codes"] == ours.codes


def test_the_process_is_as_before_a_program_ran():
    torch = pytest.importorskip("torch")
    main, pytorch, words = sys.modules["__main__"], sys.modules["torch.nn"], [*sys.argv]
    watch(PROGRAMS[0], "import torch, sys\ntorch.ones(1)\nsys.argv.append(1)\nraise ValueError('no more')")
    assert (sys.modules["__main__"], sys.modules["torch"], sys.modules["torch.nn"]) == (main, torch, pytorch)
    assert sys.argv == words
