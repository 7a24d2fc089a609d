"""Lists and dicts of parameters, and what sequences of modules do as lists do, as in torch."""

import copy

import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from nn import interop

BOTH = ((autograd, nn), (torch, torch_nn))


def text(module):
    return repr(module).replace("torch.", "").replace("FloatTensor", "float32")


def state(module):
    return {key: value.tolist() for key, value in module.state_dict().items()}


def alike(make):
    """Both libraries give the same repr, the same state and the same names; returns ours."""
    ours, theirs = (make(m, library) for m, library in BOTH)
    assert text(ours) == text(theirs)
    assert state(ours) == state(theirs)
    assert [name for name, _ in ours.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    return ours


def filled(m, library):
    made = library.ParameterList([library.Parameter(m.ones(2, 3)), m.zeros(4)])
    made.append(m.ones(1))
    made += [m.ones(()), "a word"]
    made[0] = m.full((2,), 3.0)
    made[-3] = library.Parameter(m.full((1,), 5.0))
    return made


def test_a_list_of_parameters_is_that_of_torch():
    ours = alike(filled)
    assert len(ours) == 5
    assert list(ours)[4] == "a word"
    assert type(ours[1]) is nn.Parameter
    assert [p.shape for p in ours[1:3]] == [(4,), (1,)]
    assert ours[1:3][0] is ours[1]
    alike(lambda m, library: filled(m, library)[::2])
    alike(lambda m, library: library.ParameterList())
    assert state(copy.deepcopy(ours)) == state(ours)


def test_wrong_uses_of_a_list_are_refused():
    ours = nn.ParameterList([autograd.ones(2)])
    for wrong in (1, -2):
        with pytest.raises(IndexError, match=f"index {wrong} is out of range"):
            ours[wrong]
    with pytest.raises(TypeError, match="with an iterable, but got Tensor"):
        ours.extend(autograd.ones(2))
    with pytest.raises(TypeError, match="with an iterable, but got int"):
        nn.ParameterList(3)
    with pytest.raises(RuntimeError, match="ParameterList should not be called"):
        ours(autograd.ones(2))
    assert len(ours) == 1


def named(m, library):
    made = library.ParameterDict({"left": library.Parameter(m.ones(2)), "right": m.zeros(2, 3)})
    made["more"] = m.ones(3)
    made.update([("right", m.full((2, 3), 2.0)), ("word", "a")])
    assert made.pop("more").tolist() == [1, 1, 1]
    assert made.setdefault("left", None) is made["left"]
    assert made.setdefault("last", m.ones(1)) is made["last"]
    return made


def test_a_dict_of_parameters_is_that_of_torch():
    ours = alike(named)
    assert list(ours) == ["left", "right", "word", "last"]
    assert list(reversed(ours)) == list(ours)[::-1]
    assert len(ours) == 4
    assert "left" in ours
    assert "up" not in ours
    assert ours.get("up", 3) == 3
    assert ours.copy()["left"] is ours["left"]
    assert [key for key, _ in ours.items()] == ours.keys()
    assert ours.popitem()[0] == "last"
    alike(lambda m, library: named(m, library) | {"up": m.ones(1)})
    assert list({"up": 1} | named(autograd, nn)) == ["up", "left", "right", "word", "last"]
    alike(lambda m, library: library.ParameterDict().fromkeys(["a", "b"], m.ones(2)))
    ours |= {"x": autograd.ones(1)}
    del ours["x"]
    ours.clear()
    assert len(ours) == len(list(ours.parameters())) == 0


def test_wrong_uses_of_a_dict_are_refused():
    ours = nn.ParameterDict({"a": autograd.ones(2)})
    for wrong in (lambda: ours["b"], lambda: ours.pop("b"), lambda: nn.ParameterDict().popitem()):
        with pytest.raises(KeyError):
            wrong()
    with pytest.raises(KeyError, match="'training' already exists"):
        ours["training"] = autograd.ones(1)
    with pytest.raises(TypeError, match="not a string"):
        ours[1] = autograd.ones(1)
    with pytest.raises(RuntimeError, match="ParameterDict should not be called"):
        ours()
    assert list(ours) == ["a"]


@pytest.mark.parametrize("make", [filled, named])
def test_parameters_have_twins_in_torch(make):
    here = make(autograd, nn)
    assert state(interop.to_torch(here)) == state(here)
    assert state(interop.from_torch(make(torch, torch_nn))) == state(here)


def pair(library, *sizes):
    return library.Sequential(*[library.Linear(n, n) for n in sizes])


SEQUENCES = {
    "sum": lambda library: pair(library, 1, 2) + pair(library, 3),
    "product": lambda library: pair(library, 1, 2) * 2,
    "product from the left": lambda library: 3 * pair(library, 2),
    "sum of lists": lambda library: library.ModuleList(pair(library, 1, 2)) + pair(library, 3),
    "without a slice": lambda library: without(pair(library, 1, 2, 3), slice(0, 2)),
    "list without a slice": lambda library: without(library.ModuleList(pair(library, 1, 2, 3)), slice(0, 2)),
    "popped": lambda library: pair(library, 1, 2).pop(0),
    "after pop": lambda library: popped(library.ModuleList(pair(library, 1, 2, 3)), 1),
    "longer": lambda library: longer(pair(library, 1), library),
}


def without(modules, index):
    del modules[index]
    return modules


def popped(modules, index):
    modules.pop(index)
    return modules


def longer(modules, library):
    modules += pair(library, 2)
    modules *= 2
    return modules


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_of_modules_do_as_lists_do(name):
    ours, theirs = SEQUENCES[name](nn), SEQUENCES[name](torch_nn)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_wrong_sums_and_products_are_refused_as_in_torch():
    for library in (torch_nn, nn):
        with pytest.raises(ValueError, match="add operator supports only objects of Sequential class"):
            pair(library, 1) + library.ModuleList()
        with pytest.raises(TypeError, match="unsupported operand"):
            pair(library, 1) * 1.5
        with pytest.raises(ValueError, match="Non-positive multiplication factor 0"):
            pair(library, 1) * 0
        modules = library.ModuleDict({"a": library.Tanh()})
        modules.clear()
        assert len(modules) == 0
