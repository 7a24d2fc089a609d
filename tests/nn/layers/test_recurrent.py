"""Recurrent layers agree with torch.nn over the product of their options, in every output and gradient."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import nn as torch_nn
from torch.nn.utils import rnn as torch_rnn

import autograd
import nn
from nn import interop, optim
from nn.data import DataLoader, TensorDataset
from nn.train import Trainer
from nn.utils import rnn
from tests.twins import same, same_parameters

LAYERS = {
    "RNN": ("RNN", {}), "RNN relu": ("RNN", {"nonlinearity": "relu"}), "LSTM": ("LSTM", {}), "GRU": ("GRU", {}),
}  # fmt: skip
PACKAGES = {"sorted": [5, 3, 3, 1], "unsorted": [2, 5, 1, 3]}
every_layer = pytest.mark.parametrize("layer", LAYERS)


def twins(layer, hidden=4, **options):
    """A layer and its twin in torch, of 3 inputs, in float64."""
    name, more = LAYERS[layer]
    theirs = getattr(torch_nn, name)(3, hidden, **more, **options).double()
    ours = getattr(nn, name)(3, hidden, **more, **options, dtype=autograd.float64)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def leaf(*shape, seed=0):
    """The same random numbers as a leaf of each library."""
    x = np.random.default_rng(seed).standard_normal(shape)
    return autograd.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)


def initial(layer, *shape):
    """The initial states of either library, as a layer takes them, and as two lists."""
    pairs = [leaf(*shape, seed=i) for i in range(1, 3 if layer == "LSTM" else 2)]
    ours, theirs = (tuple(side) for side in zip(*pairs, strict=True))
    return (ours, theirs, pairs) if layer == "LSTM" else (ours[0], theirs[0], pairs)


def flat(outputs):
    """The tensors that a layer returned, those of a packed sequence without its indices."""
    if hasattr(outputs, "batch_sizes"):
        return [outputs.data]
    return [t for part in outputs for t in flat(part)] if isinstance(outputs, tuple) else [outputs]


def compare(ours, theirs, outputs, their_outputs, leaves):
    """Outputs, the gradients of a sum over all of them with unequal weights, and the second derivatives."""
    outputs, their_outputs = flat(outputs), flat(their_outputs)
    assert len(outputs) == len(their_outputs)
    for a, b in zip(outputs, their_outputs, strict=True):
        same(a, b)
    (loss, their_loss) = (sum(o.pow(3).sum() * (i + 1) for i, o in enumerate(os)) for os in (outputs, their_outputs))
    loss.backward()
    their_loss.backward()
    for a, b in leaves:
        same(a.grad, b.grad)
    same_parameters(ours, theirs)


# -- values and gradients ---------------------------------------------------------------------------------------------

OPTIONS = list(product([1, 2], [True, False], [True, False], [True, False], [True, False]))


@every_layer
@pytest.mark.parametrize(("num_layers", "bias", "batch_first", "bidirectional", "given"), OPTIONS)
def test_outputs_states_and_gradients_are_those_of_torch(layer, num_layers, bias, batch_first, bidirectional, given):
    ours, theirs = twins(layer, num_layers=num_layers, bias=bias, batch_first=batch_first, bidirectional=bidirectional)
    x, their_x = leaf(2, 5, 3) if batch_first else leaf(5, 2, 3)
    h, their_h, pairs = initial(layer, num_layers * (1 + bidirectional), 2, 4) if given else (None, None, [])
    compare(ours, theirs, ours(x, h), theirs(their_x, their_h), [(x, their_x), *pairs])


@every_layer
@pytest.mark.parametrize(("order", "bidirectional", "given"), list(product(PACKAGES, [True, False], [True, False])))
def test_packed_sequences_come_back_packed_as_those_of_torch(layer, order, bidirectional, given):
    ours, theirs = twins(layer, num_layers=2, bidirectional=bidirectional)
    x, their_x = leaf(5, 4, 3)
    h, their_h, pairs = initial(layer, 2 * (1 + bidirectional), 4, 4) if given else (None, None, [])
    packed = rnn.pack_padded_sequence(x, PACKAGES[order], enforce_sorted=order == "sorted")
    theirs_packed = torch_rnn.pack_padded_sequence(their_x, PACKAGES[order], enforce_sorted=order == "sorted")
    outputs, their_outputs = ours(packed, h), theirs(theirs_packed, their_h)
    assert type(outputs[0]) is rnn.PackedSequence
    for a, b in zip(rnn.pad_packed_sequence(outputs[0]), torch_rnn.pad_packed_sequence(their_outputs[0]), strict=True):
        same(a, b)
    compare(ours, theirs, outputs, their_outputs, [(x, their_x), *pairs])


@every_layer
@pytest.mark.parametrize(("hidden", "lengths"), [(128, [3] * 32), (97, [3] * 33), (64, [4, 4, 3, 1]), (200, [2] * 130)])
def test_layers_of_many_units_whose_products_are_cut_into_panels(layer, hidden, lengths):
    ours, theirs = twins(layer, hidden, bidirectional=True)
    x, their_x = leaf(max(lengths), len(lengths), 3)
    packed, theirs_packed = rnn.pack_padded_sequence(x, lengths), torch_rnn.pack_padded_sequence(their_x, lengths)
    compare(ours, theirs, ours(packed), theirs(theirs_packed), [(x, their_x)])


@every_layer
@pytest.mark.parametrize(("batch_first", "bidirectional", "given"), list(product([True, False], repeat=3)))
def test_a_sequence_without_batch(layer, batch_first, bidirectional, given):
    ours, theirs = twins(layer, batch_first=batch_first, bidirectional=bidirectional)
    x, their_x = leaf(5, 3)
    h, their_h, pairs = initial(layer, 1 + bidirectional, 4) if given else (None, None, [])
    compare(ours, theirs, ours(x, h), theirs(their_x, their_h), [(x, their_x), *pairs])


@every_layer
def test_a_batch_without_sequences_gives_outputs_without_sequences(layer):
    ours, theirs = twins(layer, bidirectional=True)
    compare(ours, theirs, ours(autograd.zeros(5, 0, 3).double()), theirs(torch.zeros(5, 0, 3).double()), [])


@every_layer
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_other_precisions(layer, dtype):
    name, more = LAYERS[layer]
    ours = getattr(nn, name)(3, 4, **more).to(getattr(autograd, dtype))
    x = autograd.randn(5, 2, 3).to(getattr(autograd, dtype))
    output = flat(ours(x))
    output[0].sum().backward()
    assert {t.dtype.name for t in output} == {dtype}
    assert {p.grad.dtype.name for p in ours.parameters()} == {dtype}
    exact = flat(ours.double()(x.double()))
    for a, b in zip(output, exact, strict=True):
        tolerance = {"float32": 1e-6, "float16": 1e-2, "bfloat16": 5e-2}[dtype]
        np.testing.assert_allclose(a.double().tolist(), b.tolist(), rtol=tolerance, atol=tolerance)


@every_layer
@pytest.mark.parametrize("packed", [True, False])
def test_derivatives_of_first_and_second_order_are_limits_of_differences(layer, packed):
    ours, _ = twins(layer, bidirectional=True)
    x, _ = leaf(3, 2, 3)
    h, _, pairs = initial(layer, 2, 2, 4)

    def run(x, *states):
        given = rnn.pack_padded_sequence(x, [3, 2]) if packed else x
        return tuple(flat(ours(given, states if layer == "LSTM" else states[0])))

    inputs = [x, *(mine for mine, _ in pairs)]
    assert autograd.gradcheck(run, inputs)
    assert autograd.gradgradcheck(run, inputs)


@every_layer
def test_the_gradient_of_a_gradient_reaches_the_weights_as_in_torch(layer):
    ours, theirs = twins(layer, num_layers=2)
    x, their_x = leaf(4, 2, 3)
    for module, m, net in ((autograd, x, ours), (torch, their_x, theirs)):
        (slope,) = (module.grad if module is autograd else torch.autograd.grad)(
            net(m)[0].square().sum(), [m], create_graph=True
        )
        slope.square().sum().backward()
    same(x.grad, their_x.grad)
    same_parameters(ours, theirs)


@every_layer
def test_only_what_wants_a_gradient_gets_one(layer):
    ours, _ = twins(layer)
    ours.weight_hh_l0.requires_grad_(False)
    ours(leaf(4, 2, 3)[0].detach())[0].sum().backward()
    assert ours.weight_hh_l0.grad is None
    assert ours.weight_ih_l0.grad is not None
    ours.requires_grad_(False)
    assert not ours(leaf(4, 2, 3)[0].detach())[0].requires_grad


# -- dropout ----------------------------------------------------------------------------------------------------------


@every_layer
def test_dropout_acts_between_layers_in_training_alone(layer):
    ours, theirs = twins(layer, num_layers=3, dropout=0.5)
    x, their_x = leaf(5, 2, 3)
    ours.eval()
    theirs.eval()
    compare(ours, theirs, ours(x), theirs(their_x), [(x, their_x)])
    ours.train()
    autograd.manual_seed(0)
    first, second = (flat(ours(x)) for _ in range(2))
    assert not np.allclose(first[0].detach().numpy(), second[0].detach().numpy())
    assert np.allclose(first[1][0].detach().numpy(), second[1][0].detach().numpy())


def test_all_dropped_the_second_layer_sees_zeros():
    ours, theirs = twins("LSTM", num_layers=2, dropout=1.0)
    x, their_x = leaf(5, 2, 3)
    compare(ours, theirs, ours(x), theirs(their_x), [])


def test_dropout_of_a_single_layer_warns_as_in_torch():
    with pytest.warns(UserWarning, match="non-zero dropout expects num_layers greater than 1") as caught:
        nn.GRU(3, 4, dropout=0.5)
    assert caught[0].filename == __file__


# -- parameters -------------------------------------------------------------------------------------------------------


@every_layer
def test_parameters_are_named_shaped_and_drawn_as_in_torch(layer):
    ours, theirs = twins(layer, num_layers=2, bidirectional=True)
    assert [(n, tuple(p.shape)) for n, p in ours.named_parameters()] == [
        (n, tuple(p.shape)) for n, p in theirs.named_parameters()
    ]
    theirs.load_state_dict({name: torch.from_numpy(p.numpy()) for name, p in ours.state_dict().items()})
    mine, other = ([[tuple(p.shape) for p in row] for row in m.all_weights] for m in (ours, theirs))
    assert mine == other
    assert ours.flatten_parameters() is None
    name, more = LAYERS[layer]
    autograd.manual_seed(0)
    for parameter in getattr(nn, name)(300, 400, **more).parameters():
        quantiles = np.quantile(parameter.detach().numpy(), [0, 0.5, 1])
        np.testing.assert_allclose(quantiles, [-0.05, 0, 0.05], atol=0.01)
        assert abs(quantiles).max() <= 0.05


@pytest.mark.parametrize(
    "make",
    [
        lambda m: m.LSTM(3, 4), lambda m: m.RNN(3, 4, nonlinearity="relu"), lambda m: m.RNNCell(3, 4),
        lambda m: m.GRU(3, 4, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True),
        lambda m: m.RNNCell(3, 4, False, "relu"), lambda m: m.LSTMCell(3, 4), lambda m: m.GRUCell(3, 4, bias=False),
    ],
)  # fmt: skip
def test_layers_print_as_in_torch(make):
    assert repr(make(nn)) == repr(make(torch_nn))


# -- cells ------------------------------------------------------------------------------------------------------------

CELLS = {"RNNCell": {}, "RNNCell relu": {"nonlinearity": "relu"}, "LSTMCell": {}, "GRUCell": {}}


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("bias", "batch", "given"), list(product([True, False], [(2,), ()], [True, False])))
def test_cells_agree_with_torch(cell, bias, batch, given):
    name = cell.split()[0]
    theirs = getattr(torch_nn, name)(3, 4, bias=bias, **CELLS[cell]).double()
    ours = getattr(nn, name)(3, 4, bias=bias, dtype=autograd.float64, **CELLS[cell])
    ours.load_state_dict(theirs.state_dict())
    x, their_x = leaf(*batch, 3)
    h, their_h, pairs = initial(name.removesuffix("Cell"), *batch, 4) if given else (None, None, [])
    out, their_out = ours(x, h), theirs(their_x, their_h)
    compare(ours, theirs, out, their_out, [(x, their_x), *pairs])


def test_a_loop_over_a_cell_is_the_layer():
    cell, layer = nn.LSTMCell(3, 4), nn.LSTM(3, 4)
    layer.load_state_dict({f"{name}_l0": p for name, p in cell.state_dict().items()})
    x, state = autograd.randn(6, 2, 3), None
    for step in x:
        state = cell(step, state)
    for mine, whole in zip(state, layer(x)[1], strict=True):
        assert autograd.allclose(mine, whole[0], atol=1e-6)


# -- wrong uses -------------------------------------------------------------------------------------------------------

WRONG_SETTINGS = [
    lambda m: m.RNN(3, 4, nonlinearity="sigmoid"), lambda m: m.LSTM(3, 4, dropout=2), lambda m: m.GRU(0, 4),
    lambda m: m.LSTM(3, 4, dropout=True), lambda m: m.GRU(3, 0), lambda m: m.GRU(3, 4, 0), lambda m: m.LSTM(3.0, 4),
    lambda m: m.LSTM(3, "4"), lambda m: m.LSTM(3, 4, bias=1), lambda m: m.LSTM(3, 4, batch_first=1),
]  # fmt: skip
WRONG_CALLS = [
    ("LSTM", (3,), None), ("GRU", (1, 2, 2, 3), None), ("RNN", (3,), None), ("LSTM", (5, 2, 4), None),
    ("LSTM", (0, 2, 3), None), ("LSTM", (5, 2, 3), [(1, 2, 5), (1, 2, 4)]), ("LSTM", (5, 2, 3), [(1, 2, 4), (1, 3, 4)]),
    ("GRU", (5, 2, 3), [(2, 2, 4)]), ("GRU", (5, 2, 3), [(2, 4)]), ("GRU", (5, 3), [(1, 1, 4)]),
    ("LSTM", (5, 3), [(1, 1, 4), (1, 1, 4)]), ("RNNCell", (2, 4), None), ("RNNCell", (2, 2, 3), None),
    ("LSTMCell", (2, 3), [(2, 5), (2, 5)]), ("LSTMCell", (2, 3), [(2, 4), (3, 4)]), ("GRUCell", (2, 3), [(3, 4)]),
    ("GRUCell", (2, 3), [(1, 2, 4)]),
]  # fmt: skip


def refusal(call):
    """The exception that a call ends in."""
    try:
        call()
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("make", WRONG_SETTINGS)
def test_settings_that_torch_refuses_are_refused_alike(make):
    ours, theirs = refusal(lambda: make(nn)), refusal(lambda: make(torch_nn))
    assert type(ours) is type(theirs)
    assert str(ours).startswith(str(theirs)[:40].rstrip("."))


@pytest.mark.parametrize(("name", "shape", "states"), WRONG_CALLS)
def test_calls_that_torch_refuses_are_refused_alike(name, shape, states):
    def call(m, net):
        h = None if states is None else tuple(m.zeros(*s) for s in states)
        return getattr(net, name)(3, 4)(m.zeros(*shape), h if h is None or len(h) > 1 else h[0])

    ours, theirs = refusal(lambda: call(autograd, nn)), refusal(lambda: call(torch, torch_nn))
    assert type(ours) is type(theirs)
    assert str(ours).startswith(str(theirs)[:40])


def test_another_dtype_than_that_of_the_weights_is_refused():
    with pytest.raises(ValueError, match=r"RNN input dtype \(float64\) does not match weight dtype \(float32\)"):
        nn.LSTM(3, 4)(autograd.zeros(5, 2, 3).double())
    with pytest.raises(RuntimeError, match="must have the same dtype, but got float32 and float64"):
        nn.GRU(3, 4)(autograd.zeros(5, 2, 3), autograd.zeros(1, 2, 4).double())
    with pytest.raises(RuntimeError, match="must have the same dtype, but got float64 and float32"):
        nn.GRUCell(3, 4)(autograd.zeros(2, 3).double())


@pytest.mark.parametrize("sizes", [[3, 1], [2, 3], [3, 3]])
def test_a_packed_sequence_whose_sizes_make_no_sense_is_refused(sizes):
    with pytest.raises(RuntimeError, match=r"expected batch_sizes that do not grow and add up to 5, .* given"):
        nn.GRU(3, 4)(rnn.PackedSequence(autograd.zeros(5, 3), autograd.tensor(sizes)))


def test_states_of_another_kind_are_refused():
    with pytest.raises(TypeError, match=r"LSTM: expected hx to be a pair of tensors \(h_0, c_0\), given a Tensor"):
        nn.LSTM(3, 4)(autograd.zeros(5, 2, 3), autograd.zeros(1, 2, 4))
    with pytest.raises(TypeError, match=r"GRU\(\): argument 'hx' \(position 2\) must be Tensor, not tuple"):
        nn.GRU(3, 4)(autograd.zeros(5, 2, 3), (autograd.zeros(1, 2, 4),) * 2)
    with pytest.raises(TypeError, match="LSTMCell: expected hx to be a pair of tensors"):
        nn.LSTMCell(3, 4)(autograd.zeros(2, 3), autograd.zeros(2, 4))
    with pytest.raises(RuntimeError, match="Unknown nonlinearity: sigmoid"):
        nn.RNNCell(3, 4, nonlinearity="sigmoid")(autograd.zeros(2, 3))


def test_projections_are_refused_with_what_to_do_instead():
    with pytest.raises(NotImplementedError, match=r"proj_size=2 is not supported: .* put a Linear after the LSTM"):
        nn.LSTM(3, 4, proj_size=2)


# -- among other layers -----------------------------------------------------------------------------------------------


class Reader(nn.Module):
    """Letters to a class, by the last state of an LSTM."""

    def __init__(self):
        self.embedding, self.lstm, self.head = nn.Embedding(27, 8), nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 2)

    def forward(self, letters):
        _, (h, _) = self.lstm(self.embedding(letters))
        return self.head(h[-1])


def test_a_summary_lists_a_recurrent_layer():
    rows = {row.path: row for row in nn.summary(Reader(), autograd.zeros(3, 7, dtype=autograd.int64)).rows}
    assert rows["lstm"].output == [(3, 7, 16), [(1, 3, 16), (1, 3, 16)]]
    assert rows["lstm"].parameters == sum(p.numel() for p in torch_nn.LSTM(8, 16).parameters())


def test_a_trainer_teaches_an_lstm_to_tell_names_apart():
    names = {0: ["anna", "maria", "elena", "sofia", "laura", "clara", "julia", "emma"],
             1: ["john", "peter", "robert", "david", "martin", "oscar", "victor", "henry"]}  # fmt: skip
    rows = [[ord(c) - 96 for c in name.rjust(7, "`")] for group in names.values() for name in group]
    y = autograd.tensor([label for label, group in names.items() for _ in group])
    autograd.manual_seed(0)
    net = Reader()
    batches = DataLoader(TensorDataset(autograd.tensor(rows), y), 8, shuffle=True)
    trainer = Trainer(progress=False, clip_norm=1.0)
    trainer.fit(net, batches, None, 25, optim.Adam(net.parameters(), lr=0.02), nn.CrossEntropyLoss())
    assert (net(autograd.tensor(rows)).argmax(1) == y).all()


def test_a_recurrent_network_goes_to_torch_and_back():
    net = Reader()
    theirs = interop.to_torch(nn.ModuleList([net.embedding, net.lstm]))
    letters = np.arange(12).reshape(2, 6)
    same(net.lstm(net.embedding(autograd.tensor(letters)))[0], theirs[1](theirs[0](torch.tensor(letters)))[0], 1e-6)
    back = interop.from_torch(theirs)
    assert list(back.state_dict()) == list(theirs.state_dict())
    assert repr(back[1]) == repr(net.lstm) == repr(theirs[1])
