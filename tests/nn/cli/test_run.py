"""`chalkgrad run`: a program runs as with python; `import torch` is served by this project."""

import json
import subprocess
import sys
import time
import zipfile

import pytest

from tests.cli_runs import COMMAND, ENVIRONMENT, Done, process

pytestmark = pytest.mark.usefixtures("in_a_folder")


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def script(tmp_path, code, name="script.py"):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(code, encoding="utf-8")
    return path


def python(*words, folder, stdin=None):
    """What Python itself does with the same words."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, text=True
    )
    return Done(done.returncode, done.stdout, done.stderr)


def chalkgrad(*words, folder, stdin=None):
    done = subprocess.run(
        [*COMMAND, "run", *map(str, words)], cwd=folder, env=ENVIRONMENT, input=stdin, capture_output=True, text=True
    )
    return Done(done.returncode, done.stdout, done.stderr)


SAME = {
    "arguments": "import sys\nprint(sys.argv)",
    "the main module": (
        "import sys\nclass A: pass\nprint(__name__, __file__, __spec__, __package__, __doc__, A.__module__)\n"
        "print(vars(sys.modules['__main__']) is globals(), sorted(globals()))"
    ),
    "the path": "import sys\nprint(sys.path[0])",
    "the folder": "import os\nprint(os.getcwd())",
    "standard input": "print(input('? '), input())",
    "an exit code": "import sys\nsys.exit(3)",
    "an exit with a message": "raise SystemExit('no more')",
    "an error": "def f():\n    return 1 / 0\n\nf()",
    "an error with a cause": "try:\n    int('x')\nexcept ValueError as e:\n    raise RuntimeError('y') from e",
    "a mistake in the syntax": "x = = 2",
    "a missing module": "import not_there_at_all",
    "a module beside it": "import beside\nfrom beside import answer\nprint(answer, beside.__file__)",
    "an import of a folder": "from package.inner import f\nprint(f())",
    "an error in a module beside it": "import beside\nbeside.fail()",
    "the end of the process": "import atexit\natexit.register(lambda: print(sorted(globals())[-1]))\nz = 1",
    "an own hook for errors": "import sys\nsys.excepthook = lambda *a: print('own', a[0])\n1 / 0",
    "threads": "import threading\nt = threading.Thread(target=lambda: print(1))\nt.start()",
    "an encoding": "# -*- coding: latin-1 -*-\nprint('a')",
    "annotations": "from __future__ import annotations\nx: int = 1\nprint(__annotations__)",
}


@pytest.mark.parametrize("code", SAME.values(), ids=SAME)
def test_a_program_runs_as_with_python(code, tmp_path):
    script(tmp_path, "answer = 42\n\ndef fail():\n    raise KeyError('inside')\n", "beside.py")
    script(tmp_path, "", "package/__init__.py")
    script(tmp_path, "from . import other\n\ndef f():\n    return other.x\n", "package/inner.py")
    script(tmp_path, "x = 7\n", "package/other.py")
    path = script(tmp_path, code, "start.py")
    words = [path.name, "a", "--flag", "-h", "--debug", "--", "b c"]
    theirs = python(*words, folder=tmp_path, stdin="one\ntwo\n")
    ours = chalkgrad(*words, folder=tmp_path, stdin="one\ntwo\n")
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)


def test_a_module_runs_as_with_python_m(tmp_path):
    script(tmp_path, "", "package/__init__.py")
    script(tmp_path, "import sys\nfrom .other import x\nprint(x, __name__, __package__, sys.argv)", "package/tool.py")
    script(tmp_path, "x = 7\n", "package/other.py")
    theirs = python("-m", "package.tool", "--x", "1", folder=tmp_path)
    assert chalkgrad("-m", "package.tool", "--x", "1", folder=tmp_path) == theirs
    assert theirs.code == 0


@pytest.mark.parametrize("name", ["folder", "folder.zip", "folder/../folder/__main__.py", "/dev/stdin"])
def test_whatever_python_runs_is_run(name, tmp_path):
    code = "import sys, helper\nprint(helper.x, __name__, sys.argv, __file__)\n"
    main, helper = script(tmp_path, code, "folder/__main__.py"), script(tmp_path, "x = 7\n", "folder/helper.py")
    with zipfile.ZipFile(tmp_path / "folder.zip", "w") as archive:
        for path in (main, helper):
            archive.write(path, path.name)
    stdin = "import sys\nprint(sys.argv, __file__)\n"
    theirs, ours = (run(name, "a", folder=tmp_path, stdin=stdin) for run in (python, chalkgrad))
    assert ours == theirs
    assert ours.code == 0


def test_a_folder_without_a_program_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    done = chalkgrad("empty", folder=tmp_path)
    assert (done.code, done.err) == (1, "chalkgrad: can't find '__main__' module in 'empty'\n")
    assert python("empty", folder=tmp_path).code == 1


def test_an_interruption_ends_it_as_python(tmp_path):
    path = script(tmp_path, "import signal, os\nos.kill(os.getpid(), signal.SIGINT)\nprint('not reached')")
    theirs, ours = python(path, folder=tmp_path), chalkgrad(path, folder=tmp_path)
    assert (ours.code, ours.out, ours.err) == (theirs.code, theirs.out, theirs.err)


def test_torch_is_this_project(tmp_path):
    path = script(tmp_path, "import torch\nprint(torch.__version__, torch.tensor([1.0, 2.0]).sum().item())")
    assert process("run", path) == Done(0, "2.13.0+chalkgrad 3.0\n", "")


def test_a_missing_name_ends_the_traceback_without_the_importer(tmp_path):
    done = process("run", script(tmp_path, "import torch\nfrom torch.nn import Linera\n"))
    lines = done.err.splitlines()
    assert done.code == 1
    assert lines[-1] == (
        "ImportError: torch.nn.Linera is not supported by chalkgrad; the nearest name that is: torch.nn.Linear"
    )
    assert [line for line in lines if line.startswith("  File")] == [
        f'  File "{tmp_path}/script.py", line 2, in <module>'
    ]


def test_what_had_no_effect_is_said_once_at_the_end(tmp_path):
    code = "import torch\nfor _ in range(2):\n    f = torch.compile(len, backend='eager')\nprint(f('abc'))\n"
    code += "torch.backends.cudnn.benchmark = True"
    assert process("run", script(tmp_path, code)) == Done(
        0,
        "3\n",
        "chalkgrad: note: torch.compile(backend='eager'): there is no such backend here, its own compiles\n"
        "chalkgrad: note: torch.backends.cudnn.benchmark = True has no effect\n",
    )


def test_a_module_that_chalkgrad_hides_is_noted(tmp_path):
    path = script(tmp_path, "print(1)", "inner/script.py")
    script(tmp_path, "", "inner/nn.py")
    assert f"{tmp_path}/inner/nn.py cannot be imported" in process("run", path).err


def test_pictures_are_not_shown_without_a_display(tmp_path):
    pytest.importorskip("matplotlib")
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.pause(0.01)\nplt.show()\nplt.savefig('x.png')"
    environment = {k: v for k, v in ENVIRONMENT.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")}
    command = [sys.executable, "-m", "nn.cli", "run", str(script(tmp_path, code))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == (
        "chalkgrad: note: plt.show() drew nothing, since there is no display: plt.savefig(file) saves a picture\n"
    )
    assert (tmp_path / "x.png").stat().st_size > 1000


def test_a_file_that_is_not_there_has_the_code_2(tmp_path):
    done = process("run", "nothing.py", folder=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "nothing.py': there is no such file" in done.err


def test_an_empty_program_starts_quickly_and_loads_nothing_else(tmp_path):
    code = (
        "import sys\nslow = {'typer', 'rich', 'click', 'optuna', 'matplotlib', 'sklearn', 'PIL', 'nn.data', 'nn.plot', "
        "'torch', 'nn.train'}\nprint(sorted(slow & set(sys.modules)))"
    )
    assert process("run", script(tmp_path, code)).out == "[]\n"
    path, seconds = script(tmp_path, "", "empty.py"), []
    for _ in range(3):
        start = time.perf_counter()
        process("run", path)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 2  # 0.3 s on a machine that has nothing else to do


# notebooks


def notebook(tmp_path, *cells, name="notebook.ipynb"):
    content = {"cells": [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]}
    return script(tmp_path, json.dumps(content), name)


def test_a_notebook_runs_cell_by_cell_and_displays_last_expressions(tmp_path):
    path = notebook(
        tmp_path,
        ("markdown", "# A title"),
        ("code", "import torch\nx = torch.tensor([1.0, 2.0])\nx"),
        ("code", "%matplotlib inline\n!pip install something\nfor i in range(2):\n    !echo {i}\n    y = i\ny + 1"),
        ("code", "x * 2;"),
        ("code", "files = !ls\n%time z = 3\nx?\ntext = '''\n%not a command\n'''\nprint(text.strip())"),
        ("code", "%%bash\nls | wc"),
        ("code", "%%time\nprint('timed', __name__)"),
        ("code", "display(x.sum())\nNone"),
        ("code", ""),
    )
    done = process("run", path)
    assert done.code == 0, done.err
    assert done.out == "tensor([1., 2.])\n2\n%not a command\ntimed __main__\ntensor(3.)\n"
    for text in ("cell 2: skipped %matplotlib inline", "skipped !pip install something", "a cell in %%bash was"):
        assert text in done.err


def test_an_error_in_a_notebook_names_the_cell_and_shows_the_line(tmp_path):
    done = process("run", notebook(tmp_path, ("code", "a = 1"), ("code", "b = 2\na / 0")))
    assert done.code == 1
    place = f'  File "{tmp_path}/notebook.ipynb, cell 2", line 2, in <module>'
    assert done.err.splitlines()[1:3] == [place, "    a / 0"]


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    done = process("run", script(tmp_path, "[1]", "x.ipynb"))
    assert done.code == 1
    assert "not a notebook" in done.err.splitlines()[-1]


# --list


CODE = """import torch, math
import torch.nn as nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset
import torchvision.transforms as T
import torch.jit as dist

class Net(nn.Module):
    def forward(self, x):
        return F.relu(torch.fft.fft(x)).to(torch.float32) + math.pi

net = nn.Conv9d(3, 4)
torch.backends.cudnn.benchmark = True
dist.init_process_group()
t = T.Compose([T.ToTensor()])
torch.Tensor.sum, torch.Tensor.sumup
raise RuntimeError("nothing of this is run")
"""


def test_list_says_what_is_used_and_what_is_missing_without_running(tmp_path):
    done = process("run", "--list", script(tmp_path, CODE))
    lines = done.out.splitlines()
    here = [line for line in lines if not line.startswith("missing: ")]
    assert done.code == 1
    assert here == sorted(here)
    assert {"torch.nn.Module", "torch.nn.functional.relu", "torch.utils.data.DataLoader", "torch.float32"} <= {*here}
    assert {"torchvision.transforms.ToTensor", "torch.backends.cudnn.benchmark", "torch.Tensor.sum"} <= {*here}
    missing = [line for line in lines if line.startswith("missing: ")]
    assert [line.split()[1] for line in missing] == [
        "torch.Tensor.sumup", "torch.fft", "torch.jit", "torch.nn.Conv9d"
    ]
    assert missing[2].endswith("(line 6, line 14)")
    assert "4 missing" in done.err


def test_list_reads_notebooks_and_modules(tmp_path):
    path = notebook(tmp_path, ("code", "%matplotlib inline\nimport torch"), ("code", "torch.ones(2)"))
    done = process("run", "--list", path)
    assert (done.code, done.out) == (0, "torch\ntorch.ones\n")
    script(tmp_path, "# coding: latin-1\nimport torch\ntorch.zeros(2)", "tool.py")
    assert process("run", "--list", "-m", "tool", folder=tmp_path).out == "torch\ntorch.zeros\n"


def test_list_says_in_a_line_what_cannot_be_read(tmp_path):
    done = process("run", "--list", script(tmp_path, "import torch\ndef f(:\n", "broken.py"))
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert "broken.py cannot be read as Python: invalid syntax" in done.err
