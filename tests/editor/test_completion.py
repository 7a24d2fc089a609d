"""What an editor offers after a dot and inside a bracket, as jedi sees it."""

from pathlib import Path

import jedi
import pytest

import autograd
import nn
from tests.editor.public import public_names

ROOT = Path(__file__).parents[2]
IMPORTS = "import autograd\nimport nn\nx = autograd.tensor([1.0])\n"


def script(code):
    return jedi.Script(IMPORTS + code, path=ROOT / "user.py", project=jedi.Project(ROOT))


@pytest.mark.parametrize(
    ("code", "owner"),
    [
        pytest.param("x.", autograd.Tensor, id="a tensor"),
        pytest.param("y = (x * 2).exp()\ny.", autograd.Tensor, id="a computed tensor"),
        pytest.param("y = x @ x.T\ny.", autograd.Tensor, id="a product"),
        pytest.param("y = x.max(dim=0).values\ny.", autograd.Tensor, id="one of two results"),
        pytest.param("y = autograd.exp(x)[0].sum(dim=0)\ny.", autograd.Tensor, id="a function of a tensor"),
        pytest.param("net = nn.Linear(2, 3)\nnet.", nn.Module, id="a layer"),
        pytest.param("y = nn.Linear(1, 1)(x)\ny.", autograd.Tensor, id="what a layer returns"),
        pytest.param("autograd.", autograd, id="autograd"),
        pytest.param("nn.", nn, id="nn"),
        pytest.param("from nn.interop import torchlike as torch\ntorch.", autograd, id="PyTorch's layout"),
        pytest.param("from nn.interop import torchlike as torch\ntorch.nn.", nn, id="a module of PyTorch's layout"),
    ],
)
def test_what_is_public_is_offered_after_a_dot(code, owner):
    offered, wanted = {completion.name for completion in script(code).complete()}, public_names(owner)
    missing = [name for name in wanted if name not in offered]
    assert len(missing) <= 0.02 * len(wanted), f"{len(missing)} of {len(wanted)} names are not offered: {missing}"


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("x.sum(", ["dim", "keepdim", "dtype"]),
        ("x.softmax(", ["dim", "dtype"]),
        ("x.reshape(", ["shape"]),
        ("autograd.exp(", ["input"]),
        ("autograd.mul(", ["input", "other"]),
        ("autograd.tensor(", ["data", "dtype", "requires_grad"]),
        ("nn.Linear(", ["in_features", "out_features", "bias"]),
        ("nn.functional.cross_entropy(", ["input", "target", "weight", "ignore_index", "reduction", "label_smoothing"]),
        ("nn.optim.Adam(", ["params", "lr", "betas", "eps", "weight_decay"]),
    ],
)
def test_an_open_bracket_shows_torchs_arguments_and_the_docstring(call, arguments):
    shown = script(call).get_signatures()
    assert shown, f"no signature for {call}"
    names = [parameter.name for parameter in shown[0].params]
    assert [name for name in names if name in arguments] == arguments, f"{call}{', '.join(names)})"
    assert shown[0].docstring(raw=True), f"{call}) has no docstring"
