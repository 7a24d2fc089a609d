"""PyTorch's layout: every name of ours is in it, where PyTorch has it; and what is not there says so."""

import importlib
import subprocess
import sys

import pytest
import torch

import autograd
import nn
import nn.distributions
from nn import data
from nn.interop import torchlike, torchvisionlike
from tests import torch_page
from tests.cli_runs import ENVIRONMENT
from tests.editor.public import public_names
from tests.nn.interop.torchlike.layout import OURS, modules, names

LAYOUT = dict(modules())
PLACES = {
    "torch": autograd, "torch.func": autograd.func, "torch.linalg": autograd.linalg, "torch.nn": nn,
    "torch.nn.functional": nn.functional, "torch.nn.init": nn.init, "torch.nn.utils": nn.utils, "torch.optim": nn.optim,
    "torch.distributions": nn.distributions,
    "torch.optim.lr_scheduler": nn.optim.lr_scheduler, "torch.utils.data": data,
    "torchvision.datasets": data.datasets, "torchvision.transforms": data.transforms,
}  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
def test_every_public_name_is_under_its_path_in_pytorch(path):
    ours = {name for name in public_names(PLACES[path]) if getattr(PLACES[path], name) is not None}
    assert {name for name in ours if not hasattr(LAYOUT[path], name)} == set()


def is_the_same(name, path):
    return getattr(LAYOUT[path], name) is getattr(PLACES[path], name)


def test_it_is_a_list_of_names_and_no_second_implementation():
    others = {
        f"{path}.{name}"
        for path, place in PLACES.items()
        for name in set(names(LAYOUT[path])) & set(public_names(place))
        if not is_the_same(name, path)
    }
    dtypes = ["bool", "double", "float", "half", "int", "long", "short", "uint8"]
    dtypes += ["float16", "float32", "float64", "int8", "int16", "int32", "int64"]
    sets = ("CIFAR10", "FashionMNIST", "ImageFolder", "MNIST")
    assert others <= {
        "torch.compile",  # which leaves a module a module
        "torch.utils.data.DataLoader", *(f"torch.{n}" for n in dtypes), *(f"torchvision.datasets.{n}" for n in sets)
    }


@pytest.mark.parametrize("path", [path for path in LAYOUT if path.split(".")[0] == "torch"])
def test_a_name_is_where_pytorch_has_it(path):
    if path == "torch.utils.tensorboard":
        pytest.importorskip("tensorboard", reason="PyTorch's module needs it")
    theirs = importlib.import_module(path)
    odd = {name for name in names(LAYOUT[path]) if not hasattr(theirs, name)}
    known = OURS.get(path, "").split()
    assert known == ["*"] or odd <= set(known), odd - set(known)


MISSING = {
    "torch.sof_tmax": "torch.sof_tmax is not supported by chalkgrad; the nearest name that is: torch.softmax",
    "torch.Linear": "torch.Linear is not supported by chalkgrad; the nearest name that is: torch.nn.Linear",
    "torch.nn.Conv9d": "torch.nn.Conv9d is not supported by chalkgrad; the nearest name that is: torch.nn.Conv",
    "torch.nn.functional.rel": "the nearest name that is: torch.nn.functional.relu",
    "torch.optim.lr_scheduler.StepLRate": "the nearest name that is: torch.optim.lr_scheduler.StepLR",
    "torch.distributed.rpc": "torch.distributed.rpc is not supported by chalkgrad",
    "torch.backends.cudnn.fast": "torch.backends.cudnn.fast is not supported by chalkgrad",
    "torchvision.ops": "torchvision.ops is not supported by chalkgrad",
}


@pytest.mark.parametrize(("path", "text"), MISSING.items(), ids=MISSING)
def test_what_is_missing_says_so_and_names_the_nearest(path, text):
    root, *rest = path.split(".")
    thing = {"torch": torchlike, "torchvision": torchvisionlike}[root]
    for name in rest[:-1]:
        thing = getattr(thing, name)
    with pytest.raises(AttributeError) as caught:
        getattr(thing, rest[-1])
    assert text in str(caught.value)
    assert not hasattr(thing, rest[-1])


def test_the_version_can_be_read_as_pytorchs():
    assert torchlike.__version__.split("+") == [torch.__version__.split("+")[0], "chalkgrad"]


def python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, timeout=60)


def test_the_layout_imports_nothing_that_is_slow():
    code = (
        "import sys, nn; before = set(sys.modules); from nn.interop import torchlike; "
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith(('nn.interop', 'autograd', '_'))))"
    )
    assert not {"nn.data", "nn.train", "nn.plot", "typer", "rich", "matplotlib", "sklearn", "torch", "PIL"} & set(
        eval(python(code).stdout)
    )


def test_tensors_print_as_pytorchs_from_the_import_on():
    pytest.importorskip("autograd.tensors.placement", exc_type=ImportError)
    code = "from nn.interop import torchlike as torch; x = torch.ones(2, 3).double(); print(x.dtype, x.shape)"
    assert python(code).stdout == "torch.float64 torch.Size([2, 3])\n"


def test_the_page_lists_the_names_that_are_here():
    assert torch_page.PAGE.read_text(encoding="utf-8") == torch_page.page(), "python -m tests.torch_page"


@pytest.mark.parametrize("path", LAYOUT)
def test_a_module_of_the_layout_is_what_its_parent_has_under_its_name(path):
    parent, _, name = path.rpartition(".")
    assert not parent or getattr(LAYOUT[parent], name) is LAYOUT[path]
