"""What `set_printoptions` changes is printed as torch prints it."""

import pytest
import torch

import autograd

OPTIONS = [
    {}, {"precision": 2}, {"precision": 7}, {"sci_mode": True}, {"sci_mode": False}, {"profile": "full"},
    {"profile": "short"}, {"threshold": 3, "edgeitems": 1}, {"linewidth": 20}, {"profile": "short", "precision": 3},
    {"threshold": 10},
]  # fmt: skip
TENSORS = {
    "floats": lambda m: m.tensor([1.23456789, 2.5, -3.0]),
    "a wide range": lambda m: m.tensor([1.23456789, 1e6]),
    "whole numbers": lambda m: m.arange(5.0),
    "integers": lambda m: m.arange(12).reshape(3, 4),
    "many": lambda m: m.arange(1200.0).reshape(30, 40) / 7,
    "a number": lambda m: m.tensor(0.123456789),
    "infinities": lambda m: m.tensor([m.inf, m.nan, 1.5]),
    "zeros below zero": lambda m: m.tensor([-0.0, 1.0, -2.0]),
    "a number and none": lambda m: m.tensor([1.0, m.nan, -0.0]),
    "none": lambda m: m.zeros(0, 3),
}


@pytest.fixture(autouse=True)
def _defaults():
    yield
    autograd.set_printoptions(profile="default")
    torch.set_printoptions(profile="default")


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", TENSORS.values(), ids=TENSORS)
def test_tensors_print_as_torchs(make, options):
    for m in (autograd, torch):
        m.set_printoptions(**options)
    assert repr(make(autograd)) == repr(make(torch))
    assert autograd.get_printoptions() == vars(torch._tensor_str.PRINT_OPTS)


def test_options_stay_until_they_are_changed():
    autograd.set_printoptions(precision=2)
    autograd.set_printoptions(edgeitems=1)
    assert autograd.get_printoptions()["precision"] == 2
    assert autograd.get_printoptions()["edgeitems"] == 1
    with pytest.raises(ValueError, match="default, short, full"):
        autograd.set_printoptions(profile="long")
