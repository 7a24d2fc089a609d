"""Bad input to a layer gets an error that says what was given and where, and changes nothing."""

import numpy as np
import pytest

import autograd
import nn

ones = autograd.ones
BAD = [
    ("channels", lambda: nn.Conv2d(3, 4, 3), (ones(2, 5, 8, 8),), RuntimeError,
     ["3 channels", "5 channels", "[2, 5, 8, 8]", "[4, 3, 3, 3]"]),
    ("dimensions", lambda: nn.Conv2d(3, 4, 3), (ones(8, 8),), RuntimeError, ["3D", "4D", "[8, 8]"]),
    ("too small", lambda: nn.Conv2d(3, 4, 5), (ones(2, 3, 4, 4),), RuntimeError, ["[4, 4]", "[5, 5]"]),
    ("bytes", lambda: nn.Conv2d(3, 4, 3), (ones(2, 3, 8, 8, dtype=autograd.uint8),), RuntimeError,
     ["uint8", ".float()"]),
    ("precision", lambda: nn.Conv2d(3, 4, 3), (ones(2, 3, 8, 8, dtype=autograd.float64),), RuntimeError,
     ["float64", "float32"]),
    ("an array", lambda: nn.Conv2d(3, 4, 3), (np.ones((2, 3, 8, 8)),), TypeError, ["Tensor", "ndarray"]),
    ("pooled to nothing", lambda: nn.MaxPool2d(3), (ones(1, 1, 2, 2),), RuntimeError, ["[2, 2]", "[3, 3]"]),
    ("padding", lambda: nn.MaxPool2d(2, padding=2), (ones(1, 1, 5, 5),), RuntimeError, ["half", "padding=2"]),
    ("pooled rows", lambda: nn.AvgPool2d(2), (ones(5, 5),), RuntimeError, ["[5, 5]"]),
    ("one row", lambda: nn.BatchNorm1d(3), (ones(1, 3),), ValueError, ["more than 1 value per channel", "[1, 3]"]),
    ("one pixel", lambda: nn.BatchNorm2d(3), (ones(1, 3, 1, 1),), ValueError, ["more than 1 value per channel"]),
    ("features", lambda: nn.BatchNorm1d(3), (ones(5, 4),), RuntimeError, ["4 elements not 3", "[5, 4]"]),
    ("rows as images", lambda: nn.BatchNorm2d(3), (ones(5, 3),), ValueError, ["4D", "2D", "[5, 3]"]),
    ("last dimension", lambda: nn.LayerNorm((3, 4)), (ones(2, 4),), RuntimeError, ["[3, 4]", "[2, 4]"]),
    ("index", lambda: nn.Embedding(5, 2), (autograd.tensor([0, 5]),), IndexError, ["5", "0 to 4"]),
    ("negative index", lambda: nn.Embedding(5, 2), (autograd.tensor([-1]),), IndexError, ["-1", "0 to 4"]),
    ("fractions as indices", lambda: nn.Embedding(5, 2), (ones(2),), RuntimeError, ["float32", ".long()"]),
    ("query", lambda: nn.MultiheadAttention(8, 2), (ones(3, 2, 6),) * 3, RuntimeError, ["8", "[3, 2, 6]"]),
    ("batches", lambda: nn.MultiheadAttention(8, 2), (ones(3, 2, 8), ones(3, 4, 8), ones(3, 4, 8)), RuntimeError,
     ["[3, 2, 8]", "[3, 4, 8]"]),
    ("no dimension", lambda: nn.Softmax(), (ones(2, 3),), ValueError, ["dim=-1", "[2, 3]"]),
    ("slopes", lambda: nn.PReLU(3), (ones(2, 4),), RuntimeError, ["[3]", "[2, 4]"]),
    ("width", lambda: nn.Linear(3, 2), (ones(4, 5),), RuntimeError, ["[4, 5]", "[2, 3]"]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "inputs", "kind", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_told_with_the_path_of_the_module_and_changes_nothing(make, inputs, kind, words):
    class Net(nn.Module):
        def __init__(self):
            self.body = nn.Sequential(nn.Identity(), nn.ModuleDict({"inner": make()}))

        def forward(self, *x):
            return self.body[1]["inner"](*x)

    net = Net()
    before = {key: value.tolist() for key, value in net.state_dict().items()}
    with pytest.raises(kind) as error:
        net(*inputs)
    for word in words:
        assert word in str(error.value), str(error.value)
    layer = net.body[1]["inner"]
    (note,) = error.value.__notes__
    assert note.startswith("raised in module Net.body.1.inner: " + type(layer).__name__), note
    assert {key: value.tolist() for key, value in net.state_dict().items()} == before


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: nn.Conv2d(3, 4, 3, groups=2), "groups=2"),
        (lambda: nn.Conv2d(3, 4, 0), "kernel_size"),
        (lambda: nn.Conv2d(3, 4, 3, padding=-1), "padding"),
        (lambda: nn.Conv2d(3, 4, 3, padding_mode="mirror"), "padding_mode"),
        (lambda: nn.Conv2d(3, 4, 3, padding="some")(ones(1, 3, 5, 5)), "'valid', 'same'"),
        (lambda: nn.Conv2d(3, 4, 3, 2, "same")(ones(1, 3, 5, 5)), "strided"),
        (lambda: nn.Dropout(1.5), "between 0 and 1"),
        (lambda: nn.Embedding(4, 2, padding_idx=4), "padding_idx"),
        (lambda: nn.MultiheadAttention(8, 3), "divisible"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
