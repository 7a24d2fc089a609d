"""`chalkgrad bench`: what it says, what it writes, and what it says of an engine that is missing or did other work."""

import json
import os
import stat
import sys

import pytest

from nn.bench import report_text, turns
from nn.bench.bars import bench_bars
from nn.bench.engines import ENGINES
from nn.bench.rows import ROWS
from nn.bench.turns import Plan, Turn, environment, measure
from nn.bench.verdicts import Verdict, different
from nn.cli.arguments import expand
from tests.cli_runs import fails, here, process
from tests.drawn import check, words

LOSSES = [[2.5], [2.4], [2.3], [2.2], [2.1]]


def said(*seconds, found=LOSSES, first=1.0, busy=1.0):
    """What a worker says whose steps took so many seconds."""
    rounds = [{"wall": each, "processor": busy * each, "steps": 1} for each in seconds]
    return {"versions": {}, "found": found, "first": [{"wall": first, "processor": first}] * 5, "rounds": rounds}


def verdict(row="784-128-10", threads=1, clock="wall", **engines):
    return Verdict(Turn(row, threads, engines), clock)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run of the command, with engines that are here and one that is not."""
    folder = tmp_path_factory.mktemp("bench")
    files = ["--json", "bench.json", "--picture", "bench.png"]
    engines = ["--engines", "chalkgrad", "numpy", "hips", "micrograd"]
    return folder, process("bench", "2-16-16-2", "names", *engines, "--rounds", 2, *files, folder=folder)


def test_a_row_is_printed_with_times_and_ratios(run):
    _, done = run
    assert (done.code, done.err) == (0, "")
    assert "2-16-16-2, batch 100, SGD (1 thread)" in done.out
    assert "a step, 1 thread | 1.00 is | chalkgrad | NumPy by hand" in done.out
    assert "first steps, 1 thread | chalkgrad | NumPy by hand" in done.out


def test_a_missing_engine_is_named_with_the_way_to_get_it(run):
    assert "HIPS autograd is left out: the package autograd here is chalkgrad's, which has the same name" in run[1].out
    assert "--python hips=hips/bin/python" in run[1].out


def test_an_engine_that_has_no_such_row_is_passed_over_in_silence(run):
    assert "micrograd" not in run[1].out


def test_the_json_holds_the_machine_the_versions_and_every_round(run):
    folder, _ = run
    data = json.loads((folder / "bench.json").read_text())
    assert data["machine"]["cores"] == os.cpu_count()
    assert data["versions"]["numpy"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert [turn["row"] for turn in data["turns"]] == ["2-16-16-2", "names"]
    for turn in data["turns"]:
        for engine in ("chalkgrad", "numpy"):
            assert len(turn["engines"][engine]["rounds"]) == 2
            assert all({"wall", "processor", "steps"} == each.keys() for each in turn["engines"][engine]["rounds"])
        assert not different({engine: turn["engines"][engine]["found"] for engine in ("chalkgrad", "numpy")})


def test_the_table_can_be_made_again_from_the_json(run):
    folder, done = run
    data = json.loads((folder / "bench.json").read_text())
    again = list(report_text.tables([Verdict(Turn(**turn)) for turn in data["turns"]]))
    assert "\n\n".join(again) in done.out


def test_the_memory_of_a_step_is_told(run):
    folder, done = run
    assert "memory at the peak of a step, 1 thread | chalkgrad | NumPy by hand" in done.out
    assert "the whole process then, MB, 1 thread | chalkgrad | NumPy by hand" in done.out
    for turn in json.loads((folder / "bench.json").read_text())["turns"]:
        found = turn["engines"]["chalkgrad"]["memory"]
        assert 0 < found["dropped"] <= found["held"] <= found["peak"] < 1e9
        assert found["peak"] - found["dropped"] < 2e6


def test_a_run_that_is_cut_off_has_written_what_it_has(capsys, tmp_path, monkeypatch):
    def one(plan, tell):
        yield Turn("names", 1, {"numpy": said(1)})
        raise KeyboardInterrupt

    monkeypatch.setattr(turns, "measure", one)
    here(capsys, "bench", "--json", str(tmp_path / "bench.json"))
    assert [turn["row"] for turn in json.loads((tmp_path / "bench.json").read_text())["turns"]] == ["names"]


def test_the_picture_is_written(run):
    folder, done = run
    assert done.out.splitlines()[-1] == "bench.png"
    assert (folder / "bench.png").read_bytes().startswith(b"\x89PNG")


def test_json_alone_can_be_printed(capsys):
    done = here(capsys, "bench", "names", "--engines", "numpy", "--rounds", "1", "--json", "-")
    assert [turn["row"] for turn in json.loads(done.out)["turns"]] == ["names"]


def test_the_names_are_listed(capsys):
    out = here(capsys, "bench", "--list").out
    assert all(name in out for name in (*ROWS, *ENGINES))


@pytest.mark.parametrize(
    ("words", "expected"),
    {
        "784": ["ROW: expected one of", "784-128-10", "given '784'"],
        "--engines torhc": ["--engines: expected one of torch", "given 'torhc'"],
        "--threads 0": ["--threads: expected whole numbers from 1 on, given '0'"],
        "--rounds 0": ["--rounds"],
        "--clock sun": ["--clock: expected one of wall, processor, given 'sun'"],
        "--python jax=nowhere": ["--python: expected jax=<path of an interpreter>, given 'jax=nowhere'"],
        "--python nowhere": ["--python: expected one of", "given 'nowhere'"],
        "--json no/such/x.json": ["no/such/x.json cannot be written"],
        "--json /dev/null": ["/dev/null cannot be written"],
        "--picture no/such/x.png": ["no/such/x.png cannot be written"],
    }.items(),
)
def test_what_cannot_be_done_is_refused_before_anything_is_timed(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(turns, "measure", None)
    assert fails(here(capsys, "bench", *words.split()), 2, *expected)


def test_several_words_after_a_flag():
    given = expand(["bench", "names", "--engines", "torch", "jax", "--threads", "1", "2", "--python", "a=b", "c=d"])
    engines, threads = ["--engines", "torch", "--engines", "jax"], ["--threads", "1,2"]
    assert given == ["bench", "names", *engines, *threads, "--python", "a=b", "--python", "c=d"]


# What the rounds say.


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds():
    found = verdict(chalkgrad=said(1, 2, 9), torch=said(2, 5, 3))
    assert (found.unit, found.figures) == ("torch", ["chalkgrad", "torch"])
    assert (found.seconds("chalkgrad"), found.ratio("chalkgrad"), found.ratio("torch")) == (2, 0.5, 1)


def taking(peak, shown=2e8, rest=1e8):
    """What a worker says whose steps hold so many bytes at their peak."""
    return said(1) | {"memory": {"shown": shown, "peak": rest + peak, "held": rest, "dropped": rest}}


def test_memory_is_what_a_step_adds_to_the_process_at_its_peak():
    found = verdict(chalkgrad=taking(1.5e6), torch=taking(3e6), numpy=taking(3e7), jax=said(1))
    assert (found.memory("chalkgrad"), found.process("chalkgrad"), found.memory("jax")) == (1.5e6, 2e8, None)
    printed = list(report_text.lines(found))
    assert printed[1].endswith("memory 1.50 MB, 0.50")
    assert printed[3].endswith("memory 30 MB, 10.00")
    assert "memory" not in printed[4]
    memory, process = list(report_text.tables([found]))[2:]
    assert memory.splitlines()[2].endswith("| 1.50 MB, 0.50 | 30 MB, 10.00 | 3.00 MB, 1.00 | ")
    assert process.splitlines()[2].endswith("| 200 | 200 | 200 | ")


def test_of_next_to_no_memory_there_is_no_ratio():
    found = verdict(chalkgrad=taking(4096), torch=taking(8192))
    assert report_text.memory_of(found, "chalkgrad") == "0.00 MB"


def test_a_ratio_is_never_printed_as_nothing():
    found = verdict(jax=said(0.002), torch=said(1), numpy=said(0.25))
    assert [report_text.ratio(found, engine) for engine in ("jax", "torch", "numpy")] == ["0.002", "1.00", "0.25"]


def test_the_clock_can_be_that_of_the_processor():
    found = verdict(clock="processor", chalkgrad=said(1, 1, busy=0.5), torch=said(1, 1))
    assert (found.ratio("chalkgrad"), found.busy("chalkgrad")) == (0.5, 0.5)


def test_compiling_is_what_the_first_steps_take_beyond_ordinary_ones():
    assert verdict(jax=said(0.1, 0.1, first=3.0)).start("jax") == pytest.approx(5 * 2.9)
    assert verdict(jax=said(2.0, 2.0, first=1.0)).start("jax") == 0


def test_without_the_unit_of_the_row_the_first_engine_is_the_unit():
    assert verdict(numpy=said(1), jax=said(2)).unit == "numpy"
    assert verdict("moons", chalkgrad=said(1), micrograd=said(2)).unit == "micrograd"


OTHER = [*LOSSES[:4], [2.1005]]


def test_a_differing_loss_is_told_and_is_no_figure():
    found = verdict(chalkgrad=said(1, found=OTHER), torch=said(2), numpy=said(3))
    assert found.figures == ["torch", "numpy"]
    printed = "\n".join(report_text.lines(found))
    assert "computed something else: 2.1005 after 5 steps, not 2.1" in printed
    assert "chalkgrad" not in "".join(report_text.tables([found]))


def test_of_two_that_differ_neither_is_a_figure():
    found = verdict(chalkgrad=said(1, found=OTHER), torch=said(2))
    assert found.figures == []
    assert found.remarks.keys() == {"chalkgrad", "torch"}
    assert "PyTorch" in "\n".join(report_text.lines(found))


def test_results_of_other_shapes_and_nan_differ():
    nan = [*LOSSES[:4], [float("nan")]]
    assert different({"a": LOSSES, "b": LOSSES, "c": [[1.0, 2.0]] * 5}).keys() == {"c"}
    assert "nan" in different({"a": LOSSES, "b": LOSSES, "c": nan})["c"]
    assert different({}) == different({"a": LOSSES}) == {}


def test_more_threads_than_were_allowed_are_told():
    printed = list(report_text.lines(verdict(numpy=said(1, busy=1.9), torch=said(1))))
    assert printed[1].endswith("used 1.9 threads")
    assert "used" not in printed[2]


def test_the_picture_shows_this_engine_as_bars_and_the_others_as_marks(tmp_path):
    rows = [
        verdict(chalkgrad=said(1), torch=said(2), numpy=said(1.5), compiled=said(0.5)),
        verdict("moons", chalkgrad=said(9), micrograd=said(2)),
        verdict("gpt", torch={"failed": "x"}),
    ]
    picture = bench_bars(rows, tmp_path / "bench.png")
    check(picture)
    texts = words(picture.source)
    assert {"0.50", "0.25", "4.50", "chalkgrad", "compiled, NumPy", "NumPy by hand", "PyTorch"} <= set(texts)
    assert ROWS["gpt"].about not in texts
    with pytest.raises(ValueError, match="no figure"):
        bench_bars(rows[2:])


# The processes.


def interpreter(folder, script):
    """A file that is run in place of Python."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_an_engine_whose_process_ends_is_told(tmp_path):
    plan = Plan(["names"], ["numpy"], 1, pythons={"numpy": interpreter(tmp_path, "exit 3")})
    (found,) = measure(plan)
    assert found.engines == {"numpy": {"failed": "its process ended with the code 3"}}


def test_an_engine_that_ends_in_a_later_round_is_told_and_the_others_go_on(tmp_path):
    ready, block = '{"versions": {}, "found": [[1.0]], "first": []}', '{"wall": 1}'
    once = f"echo '{ready}'; read line; echo '{block}'; read line; exit 4"
    (found,) = measure(Plan(["names"], ["torch", "numpy"], 3, pythons={"torch": interpreter(tmp_path, once)}))
    assert found.engines["torch"] == {"failed": "its process ended with the code 4"}
    assert len(found.engines["numpy"]["rounds"]) == 3


def test_an_engine_that_ends_when_it_is_asked_for_its_memory_is_told(tmp_path):
    ready = '{"versions": {}, "found": [[1.0]], "first": []}'
    once = f"""echo '{ready}'; read line; echo '{{"wall": 1}}'; read line; exit 5"""
    (found,) = measure(Plan(["names"], ["torch"], 1, pythons={"torch": interpreter(tmp_path, once)}))
    assert found.engines["torch"]["failed"] == "its process ended with the code 5"


def test_an_error_in_a_step_is_told(tmp_path):
    broken = "import numpy\ndef cross(*given): raise ArithmeticError('no numbers today')\nnumpy.maximum = cross\n"
    (tmp_path / "usercustomize.py").write_text(broken)
    (tmp_path / "sitecustomize.py").write_text(broken)
    python = interpreter(tmp_path, f'PYTHONPATH={tmp_path} exec {sys.executable} "$@"')
    (found,) = measure(Plan(["2-16-16-2"], ["numpy"], 1, pythons={"numpy": python}))
    assert found.engines["numpy"]["failed"] == "ArithmeticError: no numbers today"


def test_every_library_is_told_the_number_of_threads():
    given = environment(2, None)
    assert {given[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")} == {"2"}


def test_another_interpreter_does_not_find_this_clone():
    assert environment(1, "hips/bin/python")["PYTHONPATH"] == ""
    assert environment(1, None)["PYTHONPATH"]
