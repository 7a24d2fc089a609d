"""Whatever is no tensor is refused by every public function by name, with the name of the argument and the cure."""

import inspect
import pickle

import numpy as np
import pytest
import torch

import autograd
import nn
from nn import functional
from tests.oracle import outputs_of


class DataFrame:
    """What a table of pandas has of an array's attributes."""

    ndim, shape, size, T = 2, (2, 2), 4, property(lambda self: self)

    def __array__(self, dtype=None, copy=None):
        return np.ones((2, 2), np.float32)

    def astype(self, *args, **options):
        return self


DataFrame.__module__ = "pandas.core.frame"
JUNK = {
    "list": [[1.0, 2.0], [3.0, 4.0]], "pandas.DataFrame": DataFrame(), "NoneType": None, "dict": {"a": 1}, "str": "abc",
    "torch.Tensor": torch.ones(2, 2),
}  # fmt: skip
OPTIONS = {  # what else the functions cannot do without
    "repeats": 2, "size": (1, 1), "step": (1, 1), "dilation": (1, 1), "shape": (2, 2), "sizes": (2, 2), "pad": (1, 1),
    "normalized_shape": (2,), "dim": 0, "dim0": 0, "start": 0, "index": 0, "equation": "ij->i",
    "upper": True,
}  # fmt: skip
OWNERS = {"autograd": autograd, "linalg": autograd.linalg, "F": functional}
TENSORS = {"Tensor", "Sequence[Tensor]"}
NOT_ASKED = {"gradcheck", "gradgradcheck", "check_op", "is_tensor", "draw", "grad"}  # they take other things as well


def entrances():
    """Every argument of a public function that has to be a tensor."""
    for place, owner in OWNERS.items():
        for name in sorted({*owner.__all__} - NOT_ASKED):
            function = getattr(owner, name)
            if inspect.isfunction(function):
                for parameter in inspect.signature(function).parameters.values():
                    kinds = {*str(parameter.annotation).split(" | ")}
                    if kinds & TENSORS and kinds <= {*TENSORS, "None"}:
                        yield pytest.param(function, parameter, id=f"{place}.{name} {parameter.name}")


def given(function, parameter, junk):
    """Arguments for the function by position, all as they should be but one."""
    for other in inspect.signature(function).parameters.values():
        if other.kind is other.KEYWORD_ONLY:
            return
        if other.name == parameter.name:
            yield junk
        elif "Tensor" in str(other.annotation) and other.default is other.empty:
            yield (autograd.ones(2, 2),) if "Sequence" in str(other.annotation) else autograd.ones(2, 2)
        elif other.default is other.empty and other.kind is other.POSITIONAL_OR_KEYWORD:
            yield OPTIONS.get(other.name, 1)
        elif other.kind is other.POSITIONAL_OR_KEYWORD:
            yield other.default


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize(("function", "parameter"), list(entrances()))
def test_what_is_no_tensor_is_named_with_its_argument(function, parameter, kind):
    if kind == "NoneType" and "None" in str(parameter.annotation):
        return
    by_name = {parameter.name: JUNK[kind]} if parameter.kind is parameter.KEYWORD_ONLY else {}
    options = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
    by_name |= {p.name: OPTIONS[p.name] for p in options if p.default is p.empty and p is not parameter}
    said = attempt(function, *given(function, parameter, JUNK[kind]), **by_name)
    if not isinstance(said, str):  # made of methods that the other library's tensor has as well
        assert {type(part) for part in outputs_of(said)} == {type(JUNK[kind])}
        assert kind in ("torch.Tensor", "pandas.DataFrame")
    elif "Sequence" in str(parameter.annotation) or parameter.kind is parameter.VAR_POSITIONAL:
        assert f"argument '{parameter.name}'" in said
        assert "tuple of Tensors" in said or "expected Tensor as element 0" in said
    else:
        assert f"argument '{parameter.name}'{' (position ' * (not by_name)}" in said
        assert f"must be Tensor, not {kind}: " in said
        assert {"NoneType": "return", "torch.Tensor": "x.numpy()"}.get(kind, "autograd.tensor(...)") in said


def attempt(function, *args, **options):
    """What the function says when it refuses, or what it gives."""
    try:
        return function(*args, **options)
    except TypeError as error:
        if error.__context__ and not error.__suppress_context__:
            raise AssertionError("two tracebacks where one would do") from error
        return "\n".join([str(error), *getattr(error, "__notes__", ())])


@pytest.mark.parametrize("function", [autograd.cat, autograd.stack, autograd.concatenate, autograd.broadcast_tensors])
def test_of_several_tensors_the_position_of_the_wrong_one_is_named(function):
    x = autograd.ones(2)
    xs = (x, x, [1.0, 2.0])
    with pytest.raises(TypeError, match=r"expected Tensor as element 2 in argument 'tensors', but got list"):
        function(*xs) if function is autograd.broadcast_tensors else function(xs)


def test_the_position_counts_and_an_argument_by_name_has_none():
    x = autograd.ones(2, 3)
    with pytest.raises(TypeError, match=r"cross_entropy\(\): argument 'target' \(position 2\) must be Tensor"):
        functional.cross_entropy(x, [0, 1])
    with pytest.raises(TypeError, match=r"cross_entropy\(\): argument 'target' must be Tensor"):
        functional.cross_entropy(x, target=[0, 1])


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("call", [lambda x, y: x.add(y), lambda x, y: x.matmul(y), lambda x, y: x.lerp(y, 0.5),
                                  lambda x, y: x.maximum(y), lambda x, y: x.atan2(y)])  # fmt: skip
def test_a_method_names_its_argument_too(call, kind):
    with pytest.raises(TypeError, match=rf"argument '\w+' \(position 2\) must be Tensor, not {kind}"):
        call(autograd.ones(2, 2), JUNK[kind])


@pytest.mark.parametrize("operate", [lambda x, y: x + y, lambda x, y: y - x, lambda x, y: x @ y, lambda x, y: y / x])
def test_an_operator_says_that_a_tensor_of_torch_is_another(operate):
    with pytest.raises(TypeError, match=r"must be Tensor, not torch\.Tensor: .*x\.numpy\(\)"):
        operate(autograd.ones(2, 2), torch.ones(2, 2))


LAYERS = [
    nn.Linear(2, 2), nn.ReLU(), nn.GELU(), nn.ELU(), nn.Softmax(0), nn.LayerNorm(2), nn.BatchNorm1d(2), nn.Dropout(),
    nn.Conv2d(1, 1, 1), nn.MaxPool2d(2), nn.AvgPool2d(2), nn.Embedding(2, 2), nn.Flatten(), nn.MLP(2, [2]),
    nn.Sequential(nn.Linear(2, 2)),
]  # fmt: skip


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_a_layer_says_it_with_its_own_name(layer, kind):
    innermost = type(list(layer.modules())[-1]).__name__ if isinstance(layer, nn.Sequential) else type(layer).__name__
    said = attempt(layer, JUNK[kind])
    if not isinstance(said, str):
        assert type(said) is type(JUNK[kind])
    else:
        assert f"must be Tensor, not {kind}: " in said
        assert f"{innermost}(): argument 'input' (position 1)" in said
        assert f"raised in module {type(layer).__name__}" in said


def test_a_loss_names_its_target():
    with pytest.raises(TypeError, match=r"MSELoss\(\): argument 'target' \(position 2\) must be Tensor, not NoneType"):
        nn.MSELoss()(autograd.ones(2), None)


def test_another_error_is_passed_on_as_it_is():
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        autograd.reshape(autograd.ones(2, 3), (5,))
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        autograd.softmax()


def test_a_function_keeps_its_name_its_signature_and_its_aliases():
    assert str(inspect.signature(autograd.flatten)).startswith("(input: 'Tensor', start_dim: 'int' = 0")
    assert autograd.concat is autograd.concatenate is autograd.cat
    assert functional.softmax is autograd.softmax
    assert pickle.loads(pickle.dumps(autograd.softmax)) is autograd.softmax
    assert pickle.loads(pickle.dumps(functional.gelu)) is functional.gelu
