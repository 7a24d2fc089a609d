"""The other package called `autograd`, which a distribution on PyPI installs, is noticed in place of ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "in front of ours": "__version__ = '1.8.0'\ngrad = numpy = None\n",
    "installed over ours": "from autograd.core import make_vjp\n",
}


@pytest.mark.parametrize("content", PACKAGES.values(), ids=PACKAGES)
@pytest.mark.parametrize("command", [["-c", "import nn"], ["-m", "nn.cli", "train"]], ids=" ".join)
def test_another_package_called_autograd_is_named_with_what_to_do(content, command, tmp_path):
    package = tmp_path / "autograd"
    package.mkdir()
    (package / "__init__.py").write_text(content)
    (tmp_path / "autograd-1.8.0.dist-info").mkdir()
    (tmp_path / "autograd-1.8.0.dist-info" / "METADATA").write_text("Name: autograd\nVersion: 1.8.0\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("Error") == 2  # the line that raises, and what it says
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "another package called autograd" in last
    assert "run pip uninstall autograd and then, in the clone of chalkgrad, pip install -e ." in last


def test_a_package_that_our_engine_needs_is_not_taken_for_another_autograd():
    code = "import sys; sys.modules['numpy'] = None; import nn"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert "another package" not in done.stderr
    assert "numpy" in done.stderr.splitlines()[-1]
