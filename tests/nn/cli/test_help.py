"""What the command line says of itself, and how it starts."""

import re
import shlex
import subprocess
import sys
from dataclasses import fields

import pytest

from nn.cli import app
from nn.cli.arguments import expand
from nn.runs.settings import Settings
from tests import cli_page
from tests.cli_runs import COMMAND, ENVIRONMENT, fails, here, process

COMMANDS = [
    "train", "evaluate", "predict", "export", "check", "draw", "explore", "run", "doctor", "bench",
    "data list", "data show", "data fetch",
]  # fmt: skip


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_examples(command, capsys):
    done = here(capsys, *command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert "Examples" in done.out
    assert f"chalkgrad {command}" in done.out


def test_every_setting_is_a_flag_of_train(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = here(capsys, "train", "--help").out
    for field in fields(Settings):
        assert field.name == "dataset" or f"--{field.name.replace('_', '-')} " in out


def test_the_page_is_what_the_commands_say():
    assert cli_page.PAGE.read_text(encoding="utf-8") == cli_page.page(), "python -m tests.cli_page"


def test_the_examples_of_the_page_are_commands():
    """Every flag in an example is one that its command has."""
    for path, command in cli_page.commands():
        known = {flag for parameter in command.params for flag in [*parameter.opts, *parameter.secondary_opts]}
        for line in command.epilog.splitlines()[2:]:
            assert path in line
            assert {word.split("[")[0] for word in line.split() if word.startswith("--")} <= known


def shown(*pages):
    """Every command in the blocks of some pages."""
    text = "".join((cli_page.PAGE.parent.parent / page).read_text(encoding="utf-8") for page in pages)
    return sorted(set(re.findall(r"^chalkgrad (?!and torch)(.*)$", text, re.MULTILINE)))


@pytest.mark.parametrize("line", shown("README.md", "docs/cli.md"))
def test_every_command_that_is_shown_can_be_typed(line):
    words = expand(shlex.split(line, comments=True))
    assert callable(app.app(words, prog_name="chalkgrad", standalone_mode=False))


def test_the_version_is_printed():
    import autograd

    assert process("--version").out == f"chalkgrad {autograd.__version__}\n"


MISTAKES = {
    "": [],
    "trian": ["No such command 'trian'"],
    "train --hiden 3": ["--hiden", "--hidden"],
    "train --epochs many": ["--epochs"],
    "train --lr": ["--lr"],
    "train --hidden": ["--hidden"],
    "train iris moons": ["moons"],
    "evaluate": ["RUN"],
    "predict runs/x": ["FILE"],
    "evaluate runs/x": ["runs/x is not the folder of a run"],
    "check runs/x --steps 0": ["--steps"],
    "data fetch": ["NAME"],
    "data show": ["FILE"],
    "data": [],
    "run": ["SCRIPT"],
    "run --cpus x.py": ["--cpus"],
    "doctor": ["SCRIPT"],
    "doctor --steps 0 x.py": ["--steps"],
    "doctor --minutes -1 x.py": ["--minutes"],
}


@pytest.mark.parametrize(("words", "expected"), MISTAKES.items(), ids=MISTAKES)
def test_a_command_that_cannot_be_understood_has_the_code_2(words, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = here(capsys, *words.split())
    if expected:
        assert fails(done, 2, *expected)
    else:
        assert (done.code, done.err) == (2, "")
        assert "Usage" in done.out


ERRORS = {
    "several lines": (ValueError("first\n    second"), "first second"),
    "nothing": (RuntimeError(), "RuntimeError"),
    "a full disk": (OSError(28, "No space left on device", "x.csv"), "the disk is full, x.csv could not be written"),
    "no permission": (PermissionError(13, "Permission denied", "x.csv"), "x.csv: Permission denied"),
}


@pytest.mark.parametrize(("error", "expected"), ERRORS.values(), ids=ERRORS)
def test_an_error_becomes_a_line(error, expected):
    assert app.message(error).startswith(expected)
    assert "\n" not in app.message(error)


def test_an_interruption_has_the_code_1(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.cli.data_command.list_all", interrupted)
    assert fails(here(capsys, "data", "list"), 1, "interrupted")


def test_a_warning_becomes_a_line(capsys, monkeypatch):
    import warnings

    monkeypatch.setattr("nn.cli.data_command.list_all", lambda: warnings.warn("mind\n  this", stacklevel=1))
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        done = here(capsys, "data", "list")
    assert (done.code, done.err) == (0, "chalkgrad: note: mind this\n")


@pytest.mark.parametrize("package", ["typer", "rich"])
def test_without_its_packages_the_command_says_what_to_install(package):
    done = python(f"import sys; sys.modules[{package!r}] = None; import nn.cli; nn.cli.main(['train'])")
    assert done.returncode == 1
    assert done.stderr == (
        f"chalkgrad: the command line needs {package}, which is not installed: "
        "in the clone of chalkgrad, run pip install -e '.[train]'\n"
    )


def test_help_loads_nothing_that_is_slow():
    slow = {"matplotlib", "sklearn", "scipy", "torch", "PIL", "optuna", "tensorboardX", "wandb", "pandas"}
    done = python(
        f"import sys\nfrom nn.cli import app\ncode = app.run(['train', '--help'])\n"
        f"print(code, sorted({slow!r} & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_the_library_does_not_load_the_command_line():
    done = python("import sys, nn; print([name for name in sys.modules if name in ('nn.cli', 'typer', 'rich')])")
    assert done.stdout == "[]\n"


COMPLETED = {"chalkgrad tr": "train", "chalkgrad train mo": "moons", "chalkgrad train --optimizer ad": "adamw"}


@pytest.mark.parametrize(("words", "word"), COMPLETED.items())
def test_the_shell_completes_names(words, word):
    asked = {"_CHALKGRAD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=60, env={**ENVIRONMENT, **asked})
    assert word in done.stdout.split()


CONSOLES = {"an old Windows console": "cp1252", "a console without a language": "ascii"}


@pytest.mark.parametrize("encoding", CONSOLES.values(), ids=CONSOLES)
@pytest.mark.parametrize("words", [["train", "--help"], ["draw", "x**5", "x=2", "--order", "5"]], ids=" ".join)
def test_a_console_that_lacks_characters_is_no_error(words, encoding, tmp_path):
    environment = {**ENVIRONMENT, "PYTHONIOENCODING": encoding}
    done = subprocess.run([*COMMAND, *words], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding).strip()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
@pytest.mark.parametrize("words", ["data list", "train xor --epochs 2", "explore xor --lr 0.1 --epochs 1", "--help"])
def test_a_closed_stream_is_no_error(words, closed, tmp_path):
    done = subprocess.run(
        ["sh", "-c", f'"$@" {words} {closed}', "sh", *COMMAND],
        cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for word in ("Traceback", "NoneType", "Exception ignored"):
        assert word not in done.stderr
