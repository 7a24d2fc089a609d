"""What is said where an optional package is missing."""

import json
import sys

import pytest

from autograd.tools.extras import require


def test_a_module_that_is_there_is_returned():
    assert require("json", "demos", "files are written with json") is json


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it():
    with pytest.raises(ImportError) as caught:
        require("no_such_package.part", "demos", "pictures need no_such_package")
    assert str(caught.value) == (
        "pictures need no_such_package, which is not installed: "
        "in the clone of chalkgrad, run pip install -e '.[demos]'"
    )


def test_a_package_that_misses_another_one_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_a_package.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_package'"):
        require("half_a_package", "demos", "halves")
    assert "half_a_package" not in sys.modules
