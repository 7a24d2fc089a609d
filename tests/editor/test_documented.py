"""Whatever is public has a name, a signature and a docstring of its own, and comes with its types."""

import inspect
import pkgutil
import pydoc
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import autograd
import nn
from nn import data, distributions, functional, init, optim, utils
from nn.data import transforms
from nn.optim import lr_scheduler
from tests.editor.public import public_names

ROOT = Path(__file__).parents[2]
OWNERS = [
    autograd, autograd.Tensor, autograd.linalg, autograd.func, nn, nn.Module, data, transforms,
    transforms.functional, distributions, functional, init, optim, lr_scheduler, utils, utils.rnn,
]  # fmt: skip
PACKAGES = [
    ".".join(file.relative_to(ROOT).parent.parts)
    for package in ("autograd", "nn")
    for file in sorted((ROOT / package).rglob("__init__.py"))
]


@pytest.fixture(autouse=True, scope="module")
def _print_as_before():
    yield
    autograd.print_as_torch(False)  # which PyTorch's layout, one of the packages, turns on


each_owner = pytest.mark.parametrize("owner", OWNERS, ids=lambda owner: owner.__name__)


def public(owner):
    """The functions, classes and properties of ours that the owner makes public, by name."""
    things = {name: getattr(owner, name) for name in public_names(owner)}
    ours = {n: t for n, t in things.items() if getattr(t, "__module__", "nn").split(".")[0] in ("autograd", "nn")}
    return {n: t for n, t in ours.items() if callable(t) or isinstance(t, property)}


def functions(owner):
    return {n: t for n, t in public(owner).items() if callable(t) and not inspect.isclass(t)}


@each_owner
def test_everything_public_has_a_docstring(owner):
    silent = [name for name, thing in public(owner).items() if not (thing.__doc__ or "").strip()]
    assert not silent, f"without a docstring: {silent}"


@each_owner
def test_a_function_is_called_what_it_is_found_under(owner):
    def known(thing):
        return any(getattr(place, thing.__name__, None) is thing for place in OWNERS)  # the other name of an alias

    odd = {name: thing.__name__ for name, thing in functions(owner).items() if thing.__name__ != name}
    odd = {name: other for name, other in odd.items() if not known(getattr(owner, name))}
    assert not odd, f"called otherwise: {odd}"


@each_owner
def test_a_signature_says_what_a_function_takes(owner):
    def vague(function):
        parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
        return [p.kind for p in parameters] == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]

    names = [name for name, function in functions(owner).items() if vague(function)]
    assert names == ["forward"] * (owner is nn.Module), f"(*args, **kwargs): {names}"


@pytest.mark.parametrize("package", [autograd, nn])
def test_a_package_lists_what_is_public(package):
    assert {*package.__all__} <= {*dir(package)}


def test_help_shows_the_functions():
    page = pydoc.render_doc(autograd, renderer=pydoc.plaintext)
    shown = {line.split("(")[0].split(" = ")[0].strip() for line in page.splitlines()}
    hidden = sorted({*functions(autograd)} - shown)
    assert not hidden, f"not in help(autograd): {hidden}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_and_a_function_never_share_a_name(package):
    module = pydoc.locate(package)
    submodules = [submodule.name for submodule in pkgutil.iter_modules(module.__path__)]
    assert [name for name in submodules if not inspect.ismodule(getattr(module, name, module))] == []


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_the_mark_that_a_package_is_typed_is_in_the_repository(package):
    mark = f"{package}/py.typed"
    listed = subprocess.run(["git", "ls-files", mark], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git repository")
    assert listed.stdout.strip() == mark


@pytest.fixture
def project(tmp_path):
    """A copy of what is installed, to build from."""
    for package in ("autograd", "nn"):
        shutil.copytree(ROOT / package, tmp_path / package)
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def test_the_mark_that_a_package_is_typed_and_the_local_page_are_in_the_wheel(project):
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", "dist", "."]
    subprocess.run(command, cwd=project, capture_output=True, check=True)
    (wheel,) = (project / "dist").glob("*.whl")
    page = {f"nn/web/page/{file.name}" for file in (ROOT / "nn" / "web" / "page").iterdir()}
    assert {"autograd/py.typed", "nn/py.typed", *page} <= {*zipfile.ZipFile(wheel).namelist()}


def test_type_checkers_can_follow_an_editable_install(project):
    """It is a path: they do not run the import hook that setuptools writes by default."""
    build = "from setuptools import build_meta; build_meta.build_editable('.')"
    subprocess.run([sys.executable, "-c", build], cwd=project, capture_output=True, check=True)
    (wheel,) = project.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        (path,) = (files.read(name).decode() for name in files.namelist() if name.endswith(".pth"))
    assert Path(path.strip()) == project
