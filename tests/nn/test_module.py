"""Module: parameters are found in the order of definition, and state travels without loss."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn as torch_nn

import autograd
import nn
from tests.twins import mlp


class Block(nn.Module):
    def __init__(self):
        self.gain = nn.Parameter(autograd.ones(2))
        self.inner = nn.Linear(3, 2)
        self.name = "not a parameter"
        self.shift = nn.Parameter(autograd.zeros(2))
        self.again = self.inner

    def forward(self, x):
        return self.gain * self.inner(x) + self.shift


class TorchBlock(torch_nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = torch_nn.Parameter(torch.ones(2))
        self.inner = torch_nn.Linear(3, 2)
        self.name = "not a parameter"
        self.shift = torch_nn.Parameter(torch.zeros(2))
        self.again = self.inner


# -- walks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("walk", ["named_parameters", "named_modules"])
@pytest.mark.parametrize("options", [{}, {"prefix": "net"}, {"remove_duplicate": False}], ids=str)
def test_walks_give_the_names_of_torch_in_the_same_order(walk, options):
    theirs = [name for name, _ in getattr(TorchBlock(), walk)(**options)]
    assert [name for name, _ in getattr(Block(), walk)(**options)] == theirs


def test_children_are_given_once():
    theirs = [name for name, _ in TorchBlock().named_children()]
    assert [name for name, _ in Block().named_children()] == theirs


def test_a_shared_parameter_is_given_to_the_optimizer_once():
    block = Block()
    assert [id(p) for p in block.parameters()] == [id(p) for p in (block.gain, block.shift, *block.inner.parameters())]


def test_parameters_of_this_module_alone():
    assert [name for name, _ in Block().named_parameters(recurse=False)] == ["gain", "shift"]


def test_a_module_that_holds_its_parent_is_walked_once():
    block = Block()
    block.inner.parent = block
    assert len(list(block.modules())) == 2


def test_a_module_needs_no_super_init():
    assert Block().training is True


def test_a_module_without_forward_says_so():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match=r'Module \[Empty\] is missing the required "forward" function'):
        Empty()(1)


# -- modes and gradients ----------------------------------------------------------------------------------------------


def test_train_and_eval_reach_every_module_and_return_it():
    net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU()))
    assert net.eval() is net
    assert [m.training for m in net.modules()] == [False] * 4
    assert net.train() is net
    assert all(m.training for m in net.modules())
    with pytest.raises(ValueError, match="expected mode to be True or False, given 3"):
        net.train(3)


def test_zero_grad_forgets_gradients_or_fills_them_with_zeros():
    layer = nn.Linear(3, 2)
    layer(autograd.ones(1, 3)).sum().backward()
    kept = layer.weight.grad
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad is kept
    assert kept.tolist() == [[0.0] * 3] * 2
    layer.zero_grad()
    assert layer.weight.grad is None


def test_parameters_are_trained_and_what_is_computed_from_them_is_a_plain_tensor():
    p = nn.Parameter(autograd.ones(2))
    assert p.requires_grad
    assert type(p * 2) is autograd.Tensor
    assert not nn.Parameter(autograd.ones(2), requires_grad=False).requires_grad


def test_a_parameter_shares_the_memory_it_is_made_from():
    data = autograd.ones(2)
    p = nn.Parameter(data)
    data[0] = 5
    assert p.tolist() == [5.0, 1.0]


def test_an_integer_parameter_is_refused():
    with pytest.raises(RuntimeError, match="floating point"):
        nn.Parameter(autograd.tensor([1, 2]))


def test_changing_the_dtype_keeps_the_parameters_themselves():
    layer = nn.Linear(3, 2)
    weight = layer.weight
    layer(autograd.ones(1, 3)).sum().backward()
    assert layer.double() is layer
    assert layer.weight is weight
    assert weight.dtype == weight.grad.dtype == autograd.float64
    layer(autograd.ones(1, 3, dtype=autograd.float64)).sum().backward()
    assert weight.grad.tolist() == [[2.0] * 3] * 2
    assert layer.float().weight.dtype == autograd.float32


@pytest.mark.parametrize("make_copy", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["copy", "pickle"])
def test_a_copy_of_a_module_is_independent(make_copy):
    layer = nn.Linear(3, 2)
    layer(autograd.ones(1, 3)).sum().backward()
    twin = make_copy(layer)
    with autograd.no_grad():
        twin.weight.zero_()
    assert type(twin.weight) is nn.Parameter
    assert twin.weight.requires_grad
    assert layer.weight.abs().sum().item() > 0
    np.testing.assert_array_equal(twin.bias.grad.numpy(), layer.bias.grad.numpy())


# -- assignment -------------------------------------------------------------------------------------------------------


def test_a_plain_tensor_cannot_silently_take_the_place_of_a_parameter():
    layer = nn.Linear(3, 2)
    with pytest.raises(TypeError, match=r"cannot assign Tensor as Parameter 'weight' of Linear: expected nn.Parameter"):
        layer.weight = layer.weight - 0.1
    assert isinstance(layer.weight, nn.Parameter)
    layer.bias = None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]


def test_a_function_cannot_silently_take_the_place_of_a_module():
    block = Block()
    with pytest.raises(TypeError, match=r"cannot assign int as Module 'inner' of Block"):
        block.inner = 3


# -- state ------------------------------------------------------------------------------------------------------------


def test_state_dict_has_the_keys_and_shapes_of_torch():
    ours, theirs = Block().state_dict(), TorchBlock().state_dict()
    assert {k: tuple(v.shape) for k, v in ours.items()} == {k: tuple(v.shape) for k, v in theirs.items()}
    assert list(ours) == list(theirs)


def test_state_dict_shares_memory_and_has_no_graph():
    layer = nn.Linear(3, 2)
    state = layer.state_dict()
    assert not state["weight"].requires_grad
    state["weight"].zero_()
    assert layer.weight.tolist() == [[0.0] * 3] * 2


def test_a_state_dict_of_torch_is_loaded_and_gives_the_same_network():
    ours, theirs = mlp()
    torch_nn.init.normal_(theirs[0].weight)
    result = ours.load_state_dict(theirs.state_dict())
    assert result == ([], [])
    x = np.ones((2, 5))
    np.testing.assert_allclose(ours(autograd.tensor(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy())


def test_loading_copies_the_values_and_keeps_the_dtype_of_the_parameter():
    layer = nn.Linear(3, 2)
    weight = np.ones((2, 3), np.float64)
    layer.load_state_dict({"weight": weight, "bias": autograd.zeros(2)})
    weight[:] = 7
    assert layer.weight.dtype == autograd.float32
    assert layer.weight.tolist() == [[1.0] * 3] * 2


def test_a_state_dict_that_does_not_fit_is_told_in_the_words_of_torch_and_changes_nothing():
    ours = nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 2))
    theirs = torch_nn.Sequential(torch_nn.Linear(3, 2), torch_nn.Tanh(), torch_nn.Linear(2, 2))
    before = {key: value.clone() for key, value in ours.state_dict().items()}
    arrays = {"0.weight": np.ones((3, 2)), "0.bias": np.ones(2), "2.bias": np.ones(2), "3.bias": np.ones(2)}
    with pytest.raises(RuntimeError) as our_error:
        ours.load_state_dict({key: autograd.tensor(value) for key, value in arrays.items()})
    with pytest.raises(RuntimeError) as their_error:
        theirs.load_state_dict({key: torch.tensor(value) for key, value in arrays.items()})
    expected = str(their_error.value).replace("torch.Size([3, 2])", "(3, 2)").replace("torch.Size([2, 3])", "(2, 3)")
    assert str(our_error.value) == expected
    for key, value in ours.state_dict().items():
        assert value.tolist() == before[key].tolist()


def test_loading_that_is_not_strict_passes_over_keys_but_not_over_shapes():
    layer = nn.Linear(3, 2)
    result = layer.load_state_dict({"bias": np.ones(2), "extra": 1}, strict=False)
    assert result.missing_keys == ["weight"]
    assert result.unexpected_keys == ["extra"]
    theirs = torch.nn.Linear(3, 2)
    assert str(result) == str(theirs.load_state_dict({"bias": torch.ones(2), "extra": 1}, strict=False))
    assert str(layer.load_state_dict(layer.state_dict())) == str(theirs.load_state_dict(theirs.state_dict()))
    assert layer.bias.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="size mismatch for bias"):
        layer.load_state_dict({"bias": np.zeros(3)}, strict=False)
    with pytest.raises(TypeError, match="dict-like"):
        layer.load_state_dict([1, 2])


# -- printing and errors ----------------------------------------------------------------------------------------------


def networks(m):
    inner = m.Sequential(m.Tanh(), m.Sequential(m.ReLU(inplace=True)))
    deep = m.Sequential(m.Linear(3, 2, bias=False), inner, m.Sigmoid())
    return [m.Linear(3, 2), m.ReLU(), m.Sequential(), deep, m.MSELoss(), m.CrossEntropyLoss()]


@pytest.mark.parametrize("i", range(6))
def test_modules_print_as_in_torch(i):
    assert repr(networks(nn)[i]) == repr(networks(torch_nn)[i])


def test_modules_of_ones_own_print_as_in_torch():
    ours = repr(Block())
    assert ours.replace("Block", "TorchBlock", 1) == repr(TorchBlock())


def test_settings_of_many_lines_print_as_in_torch():
    def wide(m):
        class Wide(m.Module):
            def extra_repr(self):
                return "first\nsecond"

        return Wide()

    assert repr(wide(nn)) == repr(wide(torch_nn))


def test_an_error_names_the_module_that_raised_it():
    net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU(), nn.Linear(5, 2)))
    with pytest.raises(RuntimeError) as error:
        net(autograd.ones(1, 3))
    assert error.value.__notes__ == [
        "raised in module Sequential.1.1: Linear(in_features=5, out_features=2, bias=True)"
    ]


def test_an_error_of_a_module_that_is_called_alone_names_it():
    with pytest.raises(RuntimeError) as error:
        nn.Linear(5, 2)(autograd.ones(1, 3))
    assert error.value.__notes__ == ["raised in module Linear: Linear(in_features=5, out_features=2, bias=True)"]


def test_a_parameter_keeps_the_dtype_of_its_data():
    for data in (np.zeros(2), autograd.zeros(2).double(), autograd.ones(2).double().requires_grad_() * 1):
        assert (nn.Parameter(data).dtype, nn.Parameter(data).is_leaf) == (np.float64, True)
