"""mypy and pyright understand a correct program, know what is a Tensor, and find the mistakes of a hasty one.

pyright is basedpyright: the same checker, with a Node of its own. Its mode is pyright's "standard", because "strict"
complains of every Any in NumPy's own types. mypy is --strict. Each runs once, on three files together.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.editor.program import main

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("program.py")
PREAMBLE = """\
import numpy as np
from typing import reveal_type
import autograd
import nn
from nn import functional as F, optim

x = autograd.tensor([[1.0, 2.0], [3.0, 4.0]])
y = autograd.tensor([0, 1])
a = np.ones((2, 2))
net = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
"""
TENSORS = """\
x + 1; 1 - x; 2 ** x; x * a; x @ x; x @ a; -x; x > 0; x[0]; x[:, None]; x.T; x.grad or x; x.detach()
x.exp(); x.sum(); x.sum(dim=0); x.mean(axis=1, keepdims=True); x.max(); x.max(dim=0).values; x.sort().indices
x.softmax(-1); x.reshape(1, 4); x.add_(1); x.float(); x.split(1)[0]; [row for row in x][0]
autograd.exp(x); autograd.add(x, 1); autograd.where(x > 0, x, 0); autograd.cat([x, x]); autograd.max(x, 0)[0]
autograd.zeros(2, 3); autograd.grad(x.sum(), [x])[0]; autograd.linalg.inv(x); autograd.einsum("ij,jk", x, x)
nn.Linear(2, 3)(x); net(x); nn.MLP(2, [3, 1])(x); nn.MSELoss()(x, x); nn.CrossEntropyLoss()(x, y); F.relu(x)
F.cross_entropy(x, y); nn.Parameter(x); nn.Linear(2, 3).weight; next(net.parameters())
nn.MultiheadAttention(2, 1)(x, x, x)[0]; nn.Conv2d(1, 2, 3)(x); net[:1](x); nn.Sequential({"a": net})(x)
""".replace("\n", ";")
MISTAKES = """\
x.summ()
x.sum(dims=0)
x.reshap(2)
x.mean(keepdim="yes")
x.backwards()
autograd.onez(3)
autograd.tensor([1.0], require_grad=True)
autograd.exp(x, x)
nn.Linear(2)
nn.Relu()
nn.ReLU(3, 4)
nn.ReLU()(x, x)
nn.MSELoss()(x)
nn.Linear(2, 3, biases=False)
nn.Dropout("0.5")
optim.Adam(net.parameters(), learning_rate=1)
optim.Adm(net.parameters())
F.cross_entropi(x, y)
F.cross_entropy(x, y, reduce_by="sum")
"""
EXPRESSIONS, TYPOS = [e.strip() for e in TENSORS.split(";") if e.strip()], MISTAKES.splitlines()


class Finding(NamedTuple):
    file: str
    line: int
    severity: str
    text: str


def mypy(files, folder):
    """What mypy --strict finds in these files; what the library imports of others is left out."""
    settings = "[mypy]\nstrict = true\nfollow_imports = silent\n[mypy-torch.*]\nfollow_imports = skip\n"
    (folder / "mypy.ini").write_text(settings)
    command = ["mypy", "--config-file", folder / "mypy.ini", "--cache-dir", folder / "cache", "--output", "json"]
    for line in run(command, files).splitlines():
        found = json.loads(line)
        yield Finding(Path(found["file"]).name, found["line"], found["severity"], found["message"])


def pyright(files, folder):
    """What pyright finds in these files, in its standard mode."""
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)], "include": [str(file) for file in files]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = ["basedpyright", "--outputjson", "--pythonpath", sys.executable, "--project", folder]
    for found in json.loads(run(command))["generalDiagnostics"]:
        line = found["range"]["start"]["line"] + 1
        yield Finding(Path(found["file"]).name, line, found["severity"], found["message"])


def run(command, files=()):
    command = [sys.executable, "-m", *command, *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=[mypy, pyright], ids=["mypy", "pyright"])
def findings(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checked")
    files = [PROGRAM, folder / "tensors.py", folder / "typos.py"]
    files[1].write_text(PREAMBLE + "".join(f"reveal_type({expression})\n" for expression in EXPRESSIONS))
    files[2].write_text(PREAMBLE + MISTAKES)
    return list(request.param(files, folder))


def at(findings, file, lines, text):
    """What was said about the line with that text."""
    number = len(PREAMBLE.splitlines()) + 1 + lines.index(text)
    return [found for found in findings if (found.file, found.line) == (file, number)]


def test_a_correct_program_has_no_error(findings):
    errors = [f"{found.line}: {found.text}" for found in findings if found.file == "program.py"]
    assert not errors, "\n".join(errors)


def test_the_program_runs(tmp_path, capsys):
    assert main(tmp_path) == pytest.approx(5)
    assert capsys.readouterr().out


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_known_to_be_a_tensor(findings, expression):
    said = [found.text for found in at(findings, "tensors.py", EXPRESSIONS, expression)]
    assert [bool(re.search(r'"(\w+\.)*(Tensor|Parameter)"$', text)) for text in said] == [True], said


@pytest.mark.parametrize("mistake", TYPOS)
def test_a_mistake_is_found_before_the_program_runs(findings, mistake):
    said = at(findings, "typos.py", TYPOS, mistake)
    assert "error" in [found.severity for found in said], said


def test_a_line_without_a_mistake_has_no_error(findings):
    correct = range(1, len(PREAMBLE.splitlines()) + 1)
    assert [found for found in findings if found.file == "typos.py" and found.line in correct] == []
