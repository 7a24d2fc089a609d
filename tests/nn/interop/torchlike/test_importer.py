"""The importer: `import torch` is served by this project, for one process, and nothing is left behind."""

import subprocess
import sys

import pytest

from tests.cli_runs import ENVIRONMENT

BEFORE = "from nn.interop import torch_importer; torch_importer.install()\n"


def run(code, before=BEFORE):
    return subprocess.run(
        [sys.executable, "-c", before + code], capture_output=True, text=True, env=ENVIRONMENT, timeout=60
    )


def printed(code, before=BEFORE):
    done = run(code, before)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


FORMS = {
    "import torch": "torch",
    "import torch.nn as it": "it",
    "from torch import nn as it": "it",
    "import torch.nn.functional as it": "it",
    "from torch.nn import functional as it": "it",
    "from torch.optim.lr_scheduler import StepLR as it": "sys.modules[it.__module__]",
    "from torch.utils.data import DataLoader as it, Dataset, TensorDataset": "sys.modules[it.__module__]",
    "from torch.utils.tensorboard import SummaryWriter as it": "sys.modules[it.__module__]",
    "import torchvision.transforms as it": "it",
    "from torchvision import datasets as it, transforms": "it",
    "from torchvision.utils import save_image as it": "sys.modules[it.__module__]",
    "import torch.backends.cudnn as it": "it",
    "from torch.autograd import Variable as it": "sys.modules[it.__module__]",
    "from torch.nn.parameter import Parameter as it": "sys.modules[it.__module__]",
}


@pytest.mark.parametrize(("statement", "module"), FORMS.items(), ids=FORMS)
def test_every_form_of_import_is_served(statement, module):
    (file,) = printed(f"import sys\n{statement}\nprint({module}.__file__)")
    assert file.startswith(ENVIRONMENT["PYTHONPATH"])


def test_a_module_is_one_module_under_both_names():
    code = (
        "import torch.nn.functional as F, torch, nn.interop.torchlike.nn.functional as G\n"
        "from nn.interop import torchlike\n"
        "print(F is G is torch.nn.functional, torch is torchlike, torch.__spec__.name, F.__spec__.name)"
    )
    own = "nn.interop.torchlike"
    assert printed(code) == [f"True True {own} {own}.nn.functional"]


def test_classes_print_as_torchs_and_their_objects_can_be_pickled():
    code = (
        "import torch, pickle, sys\nx, p = torch.ones(2), torch.nn.Parameter(torch.ones(1))\n"
        "for it in (x, x.shape, x.dtype, x.device, p):\n"
        "    print(type(it), type(pickle.loads(pickle.dumps(it))) is type(it))\n"
        "print('torch\\n' in str(pickle.dumps([x, x.shape], 0)), hasattr(torch, 'Tensr'))\n"
        "try: torch.cat(x, x)\n"
        "except TypeError as error: print(error)\n"
        "from nn.interop import torch_importer; torch_importer.uninstall(); print(type(x))"
    )
    names = ["torch.Tensor", "torch.Size", "torch.dtype", "torch.device", "torch.nn.parameter.Parameter"]
    *classes, plain, error, after = printed(code)
    assert classes == [f"<class '{name}'> True" for name in names]
    assert plain == "False False"
    assert "not Tensor" in error
    assert after == "<class 'autograd.tensors.tensor.Tensor'>"


def test_star_imports_bring_the_names():
    assert printed("from torch.nn import *\nprint(Linear.__name__, MSELoss.__name__)") == ["Linear MSELoss"]


MISSING = {
    "import torch.distributed.rpc as rpc": ("ModuleNotFoundError", "torch.distributed.rpc is not supported"),
    "import torch.fft.more": ("ModuleNotFoundError", "torch.fft is not supported by chalkgrad"),
    "from torch import fft": ("ImportError", "torch.fft is not supported by chalkgrad"),
    "from torch.nn.functional import sofmax": ("ImportError", "the nearest name that is: torch.nn.functional.softmax"),
    "from torchvision import ops": ("ImportError", "torchvision.ops is not supported by chalkgrad"),
}


@pytest.mark.parametrize(("statement", "error"), MISSING.items(), ids=MISSING)
def test_what_is_missing_is_an_import_error_and_leaves_nothing_behind(statement, error):
    code = (
        f"import sys, torch\nbefore = set(sys.modules)\ntry:\n    {statement}\nexcept ImportError as e:\n"
        "    print(type(e).__name__, e)\nprint([m for m in set(sys.modules) - before if m.startswith('torch')])"
    )
    kind, text = error
    first, second = printed(code)
    assert first.startswith(f"{kind} ")
    assert text in first
    assert not any(statement.split()[1] == name for name in eval(second)) or "from" in statement


def test_installed_pytorch_is_untouched_without_the_importer_and_after_it():
    code = (
        "import torch\nprint(torch.__version__.endswith('chalkgrad'))\ntorch_importer.uninstall()\n"
        "import sys\nprint([m for m in sys.modules if m.startswith('torch')])\n"
        "import importlib.util\nprint('interop' in importlib.util.find_spec('torch').origin)"
    )
    assert printed(code) == ["True", "[]", "False"]


def test_a_process_that_has_imported_pytorch_is_refused():
    done = run("", before="import torch\n" + BEFORE)
    assert "torch has been imported from" in done.stderr.splitlines()[-1]
