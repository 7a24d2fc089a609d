"""A model that is exported to ONNX computes in onnxruntime what it computes here, for batches of any size."""

import re
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import autograd
import nn
from nn import functional as F
from nn.interop import onnx_comparison, to_onnx
from tests.nn.layers.table import ROWS

rng = np.random.default_rng(0)
CLOSE = 1e-5


def floats(*shape):
    return autograd.tensor(rng.normal(size=shape).astype(np.float32))


def words(*shape):
    return autograd.tensor(rng.integers(9, size=shape))


class Written(nn.Module):
    """A model whose `forward` is a function of the model and its inputs, with modules a, b, c."""

    def __init__(self, forward, *modules):
        super().__init__()
        self.function = forward
        for name, module in zip("abc", modules):
            setattr(self, name, module)

    def forward(self, *inputs):
        return self.function(self, *inputs)


def batch_of(x, dim, size):
    """Another input of this kind, with a batch of this size."""
    array = x.numpy()
    shape = [size if axis == dim else n for axis, n in enumerate(x.shape)]
    if array.dtype.kind == "i":
        return rng.integers(array.min(), array.max(), endpoint=True, size=shape)
    return rng.normal(size=shape).astype(array.dtype)


def flat(outputs):
    if isinstance(outputs, dict):
        outputs = outputs.values()
    if isinstance(outputs, autograd.Tensor) or outputs is None:
        return [] if outputs is None else [outputs.detach().numpy()]
    return [each for part in outputs for each in flat(part)]


def exported(path, model, sample, dim, **options):
    """The file, after its results were found to be those of the model, for this batch and for two others."""
    path = path / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_onnx(model, sample, path, dynamic_batch=dim is not None, batch_dim=dim, **options)
    file = onnx.load(path)
    onnx.checker.check_model(file, full_check=True)
    samples = sample if isinstance(sample, tuple) else (sample,)
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    model.eval()
    for size in (None,) if dim is None else (None, 1, 6):
        arrays = [x.numpy() if size is None else batch_of(x, dim, size) for x in samples]
        found = session.run(None, {x.name: array for x, array in zip(session.get_inputs(), arrays, strict=True)})
        expected = flat(model(*map(autograd.tensor, arrays)))
        for ours, theirs in zip(expected, found, strict=True):
            assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
            np.testing.assert_allclose(theirs, ours, CLOSE, CLOSE * abs(ours[np.isfinite(ours)]).max(initial=0))
    return file


# -- every layer ------------------------------------------------------------------------------------------------------

# Where the batch is not the first dimension of a row's inputs: it is the second, or there is none.
SECOND = re.compile(r"MultiheadAttention( without bias| of others| longer)?|TransformerDecoder.*|Transformer")
NO_BATCH = re.compile(
    r".* of one (image|sequence)|MultiheadAttention( batch first| masks| added mask| without batch| longer.+)|"
    r"TransformerEncoderLayer masks|EmbeddingBag weighted"
)
REFUSED = {
    "Embedding of short vectors": "writes to net.weight when it runs in evaluation mode",
    "Embedding by frequency": "writes to net.weight",
    "EmbeddingBag max": "values that depend on the input",
    "EmbeddingBag of lengths": "fails for a batch of 3: offsets",
    "EmbeddingBag max of lengths": "fails for a batch of 3: offsets",
    "MaxUnpool1d": "values that depend on the input",
    "MaxUnpool2d": "values that depend on the input",
    "AdaptiveMaxPool1d": "values that depend on the input",
    "AdaptiveMaxPool2d": "values that depend on the input",
    "AdaptiveMaxPool2d with places": "values that depend on the input",
}


def made(row):
    autograd.manual_seed(0)
    model = Written(lambda model, *xs: row.call(model.net, autograd, *xs))
    model.net = row.make(nn)
    return model, tuple(autograd.tensor(array) for array in row.arrays("float32"))


@pytest.mark.parametrize("row", [row for row in ROWS if row.name not in REFUSED], ids=str)
def test_every_layer_computes_the_same_in_onnxruntime(row, tmp_path):
    dim = 1 if SECOND.fullmatch(row.name) else None if NO_BATCH.fullmatch(row.name) else 0
    exported(tmp_path, *made(row), dim)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name in REFUSED], ids=str)
def test_a_layer_that_reads_values_outside_of_the_record_is_refused(row, tmp_path):
    with pytest.raises(NotImplementedError, match=re.escape(REFUSED[row.name])):
        exported(tmp_path, *made(row), 0)
    assert not list(tmp_path.iterdir())


# -- models -----------------------------------------------------------------------------------------------------------


def gpt(model, x):
    """A transformer that reads from left to right."""
    n = x.shape[1]
    mask = nn.Transformer.generate_square_subsequent_mask(n)
    return model.c(model.a(x) + model.b(autograd.arange(n)), src_mask=mask)


def written_to(model, x):
    y = x * 1
    y[:, 0] = 0
    y[:, 1:3] = y[:, 1:3] * 2
    return y


def residual(model, x):
    return F.relu(x + model.a(x))


BLOCK = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(inplace=True))
ENCODER = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
SEQUENCES = floats(2, 5, 4)
MODELS = {
    "MLP": (nn.MLP(4, [8, 3]), floats(2, 4), 0),
    "in place on the input": (nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 2)), floats(2, 4), 0),
    "float64": (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)).double(), floats(2, 3).double(), 0),
    "a residual block": (Written(residual, BLOCK), floats(2, 3, 8, 8), 0),
    "a LeNet": (nn.Sequential(nn.Conv2d(1, 4, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(), nn.Dropout(0.5),
                nn.Linear(4 * 36, 10), nn.LogSoftmax(1)), floats(2, 1, 12, 12), 0),
    "LSTM": (nn.LSTM(4, 6), floats(5, 2, 4), 1),
    "LSTM, both ways, twice": (nn.LSTM(4, 6, 2, batch_first=True, bidirectional=True), SEQUENCES, 0),
    "GRU, both ways": (nn.GRU(4, 6, batch_first=True, bidirectional=True), SEQUENCES, 0),
    "GRU without bias": (nn.GRU(4, 6, bias=False, batch_first=True), SEQUENCES, 0),
    "RNN": (nn.RNN(4, 6, nonlinearity="relu", batch_first=True), SEQUENCES, 0),
    "LSTMCell": (Written(lambda model, x: model.a(x), nn.LSTMCell(4, 6)), floats(2, 4), 0),
    "GRUCell": (nn.GRUCell(4, 6), (floats(2, 4), floats(2, 6)), 0),
    "words, the last state": (Written(lambda model, x: model.c(model.b(model.a(x))[0][:, -1]), nn.Embedding(9, 4),
                              nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 2)), words(2, 5), 0),
    "GPT": (Written(gpt, nn.Embedding(9, 8), nn.Embedding(5, 8), ENCODER), words(2, 5), 0),
    "tied weights": (Written(lambda model, x: model.a(x) @ model.a.weight.T, nn.Embedding(9, 4)), words(2, 5), 0),
    "one column of words": (Written(lambda model, x: model.a(x[:, 1]), nn.Embedding(9, 4)), words(2, 5), 0),
    "words, transposed": (Written(lambda model, x: model.a(x.T[1:]).mean(0), nn.Embedding(9, 4)), words(2, 5), 0),
    "integers as floats": (Written(lambda model, x: model.a(x.float()), nn.Linear(5, 4)), words(2, 5), 0),
    "reshaped by len": (Written(lambda model, x: x.reshape(len(x) * 3, 4).reshape(len(x), -1)), floats(2, 3, 4), 0),
    "a batch twice": (Written(lambda model, x: autograd.cat([x, x * 2])), floats(2, 3), 0),
    "less the mean of the batch": (Written(lambda model, x: x - x.sum(0) / len(x)), floats(2, 3), 0),
    "written to": (Written(written_to), floats(2, 4), 0),
    "chunks": (Written(lambda model, x: tuple(autograd.chunk(x, 2, 1))), floats(2, 6), 0),
    "indices": (Written(lambda model, x: x.flip(1)[:, [0, 2]][..., None].roll(1, 1).tile(2, 1)), floats(2, 4), 0),
    "two arrays": (Written(lambda model, x: x[:, [0, 1], [1, 2]] + x[..., 0, :2]), floats(2, 3, 4), 0),
    "arrays apart": (Written(lambda model, x: x[:, [0, 1], :, [1, 2]].sum(0)), floats(2, 3, 4, 5), 0),
    "a triangle": (Written(lambda model, x: x.tril().triu(-1).diagonal(1, 1, 2)), floats(2, 3, 4), 0),
    "statistics": (Written(lambda model, x: (x.std(1), x.var((1, 2)), x.norm(dim=1), x.norm(3, dim=1), x.cumsum(1),
                   x.logsumexp(1), x.prod(1), x.amax(1), x.amin((1, 2)), x.norm(1))), floats(2, 3, 4), 0),
    "arithmetic": (Written(lambda model, x, y: (x % y, x.fmod(y), x.floor(), x.round(), x // y, x.lerp(y, 0.3),
                   autograd.hypot(x, y), autograd.logaddexp(x, y), x.maximum(y), abs(y) ** x, x.clamp(min=0),
                   autograd.addcmul(x, x, y, value=2))), (floats(2, 3), floats(2, 3)), 0),
    "functions": (Written(lambda model, x: (x.exp2(), x.expm1(), x.erf(), x.erfc(), x.sin(), x.atan(), x.asinh(),
                  x.sign(), x.trunc(), x.sigmoid().logit())), floats(2, 3), 0),
    "functions of positive numbers": (Written(lambda model, x: (x.abs().log2(), x.abs().log10(), x.abs().log1p(),
                                      x.abs().rsqrt(), x.abs().sqrt(), x.abs().reciprocal())), floats(2, 3), 0),
    "the largest": (Written(lambda model, x: (x.max(1)[0], x.min(-1, keepdim=True)[0], x.max(2)[0].min(1)[0])),
                    floats(2, 3, 4), 0),
    "the largest of each channel": (nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()), floats(2, 3, 4, 5), 0),
    "a padding mask": (Written(lambda model, x, mask: model.a(x, src_key_padding_mask=mask), ENCODER),
                       (floats(2, 5, 8), autograd.tensor([[False] * 4 + [True], [False] * 3 + [True] * 2])), (0, 0)),
    "detached": (Written(lambda model, x: model.b(model.a(x).detach()) + x[:, :2], nn.Linear(5, 3), nn.Linear(3, 2)),
                 floats(2, 5), 0),
    "parameters among the outputs": (Written(lambda model, x: (model.a(x), model.a.weight), nn.Linear(5, 3)),
                                     floats(2, 5), 0),
    "padding": (Written(lambda model, x: (F.pad(x, (2, 1), mode="reflect"), F.pad(x, (2, 1), value=3.0),
                F.pad(x, (-1, 1)))), floats(2, 3, 5), 0),
    "folds": (Written(lambda model, x: F.fold(F.unfold(x, 2, stride=2), (6, 4), 2, stride=2)), floats(2, 3, 6, 4), 0),
    "one vector": (nn.Linear(3, 2), floats(3), None),
    "einsum": (Written(lambda model, x: autograd.einsum("bij,bkj->bik", x, x)), floats(2, 3, 4), 0),
    "an input unused": (Written(lambda model, x, y: x * 2), (floats(2, 3), floats(2, 3)), 0),
    "an input without a batch": (Written(lambda model, x, w: x @ w), (floats(2, 3), floats(3, 4)), (0, None)),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_any_composition_of_known_ops_is_exported(name, tmp_path):
    model, sample, dim = MODELS[name]
    if isinstance(dim, tuple):
        to_onnx(model, sample, tmp_path / "model.onnx", batch_dim=dim)
    else:
        exported(tmp_path, model, sample, dim)


@pytest.mark.parametrize("opset", range(18, 23))
def test_the_version_of_the_operators_can_be_chosen(opset, tmp_path):
    file = exported(tmp_path, *MODELS["a residual block"], opset=opset)
    assert [each.version for each in file.opset_import] == [opset]


# -- the file ---------------------------------------------------------------------------------------------------------


def dims(value):
    return [each.dim_param or each.dim_value for each in value.type.tensor_type.shape.dim]


def test_the_file_has_the_names_of_the_state_dict_and_of_what_is_given(tmp_path):
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4 * 36, 2))
    names = {"input_names": ["pixels"], "output_names": ["scores"], "metadata": {"classes": '["no", "yes"]'}}
    file = exported(tmp_path, model, floats(2, 3, 8, 8), 0, **names)
    state = {name: x.numpy() for name, x in model.state_dict().items() if x.is_floating_point()}
    found = {each.name: onnx.numpy_helper.to_array(each) for each in file.graph.initializer}
    assert found.keys() >= state.keys()
    assert all(np.array_equal(found[name], array) for name, array in state.items())
    assert [(each.name, dims(each)) for each in file.graph.input] == [("pixels", ["batch", 3, 8, 8])]
    assert [(each.name, dims(each)) for each in file.graph.output] == [("scores", ["batch", 2])]
    assert {each.key: each.value for each in file.metadata_props} == {"classes": '["no", "yes"]'}
    assert file.producer_name == "chalkgrad"
    assert {node.name.rpartition("/")[0] for node in file.graph.node} >= {"0", "1", "3"}


def test_an_index_that_is_constant_stays_one_where_it_picks_the_largest(tmp_path):
    model = Written(lambda model, x: x.exp().cumsum(1).gather(1, autograd.tensor([[2], [2]])))
    file = exported(tmp_path, model, floats(2, 3), None)
    assert "ReduceMax" not in {node.op_type for node in file.graph.node}


def test_outputs_in_a_dict_keep_their_names(tmp_path):
    model = Written(lambda model, x: {"mean": x.mean(1), "rest": (x - x.mean(1, keepdim=True), None)})
    file = exported(tmp_path, model, floats(2, 3), 0)
    assert [each.name for each in file.graph.output] == ["mean", "rest"]


def test_the_model_is_left_as_it_was(tmp_path):
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)).train()
    model[0].weight.requires_grad_(False)
    model[1].eval()
    state = {name: x.numpy().copy() for name, x in model.state_dict().items()}
    drawn = autograd.get_rng_state()
    to_onnx(model, floats(2, 3), tmp_path / "model.onnx")
    assert [module.training for module in model] == [True, False, True]
    assert [p.requires_grad for p in model.parameters()] == [False, True, True, True]
    assert not any(buffer.requires_grad for buffer in model.buffers())
    assert all(p.grad is None for p in model.parameters())
    assert all(np.array_equal(x.numpy(), state[name]) for name, x in model.state_dict().items())
    assert autograd.equal(drawn, autograd.get_rng_state())
    assert not model[0]._forward_hooks


def test_a_fixed_batch_is_that_of_the_sample(tmp_path):
    model = Written(lambda model, x: x.reshape(2, 12) * 2)
    file = exported(tmp_path, model, floats(2, 3, 4), None)
    assert dims(file.graph.input[0]) == [2, 3, 4]
    with pytest.raises(NotImplementedError, match=r"fails for a batch of 3.*dynamic_batch=False"):
        to_onnx(model, floats(2, 3, 4), tmp_path / "other.onnx")


# -- what is refused --------------------------------------------------------------------------------------------------

LINE = rf"{re.escape(Path(__file__).name)}:\d+\): "
REFUSALS = {
    "an unknown op": (lambda model, x: x.erfinv(), rf"erfinv \(in the model \(Written\), .*{LINE}it is not in the"),
    "a comparison by NumPy": (lambda model, x: autograd.where(autograd.tensor(x.detach().numpy() > 0), x, x * 2),
                              rf"where .*{LINE}it reads values that depend"),
    "a number": (lambda model, x: x * x.max().item(), rf"mul .*{LINE}the number .* depends on the input"),
    "random numbers": (lambda model, x: x + autograd.randn(4), rf"add .*{LINE}it reads values .*random numbers"),
    "another op": (lambda model, x: x.exp() if x.sum() > 0 else x.sin(), r"exp|sin .*given other numbers, the model"),
    "a loop": (lambda model, x: sum(row.sum() for row in x), rf"{LINE}given a batch of another size, the model"),
    "integers": (lambda model, x: x.argmax(1) + 1, "the output 'output' has no gradient"),
    "what NumPy computes": (lambda model, x: autograd.tensor(np.sort(x.detach().numpy())) * x, "what NumPy computes"),
    "a part of the batch": (lambda model, x: x[autograd.arange(len(x)), 0], "an array that is another for a batch of"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_a_graph_cannot_follow_is_refused_with_its_line(what, tmp_path):
    forward, message = REFUSALS[what]
    with pytest.raises((NotImplementedError, RuntimeError), match=message):
        to_onnx(Written(forward), floats(3, 4), tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"model": 1}, TypeError, "expected an nn.Module, given int"),
        ({"sample": np.ones((2, 3))}, TypeError, "expected tensors with elements"),
        ({"sample": autograd.zeros(0, 3)}, TypeError, "expected tensors with elements"),
        ({"sample": autograd.ones(2, 3).to(autograd.int16)}, TypeError, "input is int16, expected floats"),
        ({"opset": 17}, ValueError, "expected an opset from 18"),
        ({"input_names": ["a", "b"]}, ValueError, "expected 1 different input names"),
        ({"input_names": ["weight"]}, ValueError, "has the name of a tensor of the model"),
        ({"output_names": ["input"]}, ValueError, "none that of an input"),
        ({"batch_dim": 2}, ValueError, "has no dimension 2"),
        ({"sample": (autograd.ones(2, 3), autograd.ones(4, 3))}, ValueError, "batches of different sizes"),
    ],
)
def test_what_does_not_fit_is_refused(given, error, message, tmp_path):
    arguments = {"model": nn.Linear(3, 2), "sample": autograd.ones(2, 3), "path": tmp_path / "model.onnx", **given}
    with pytest.raises(error, match=message):
        to_onnx(**arguments)


def test_a_failed_export_leaves_the_older_file(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("older")
    with pytest.raises(NotImplementedError):
        to_onnx(Written(lambda model, x: x.erfinv()), floats(2, 3), path)
    assert path.read_text() == "older"
    with pytest.raises(FileNotFoundError, match="does not exist"):
        to_onnx(nn.Linear(3, 2), floats(2, 3), tmp_path / "nowhere" / "model.onnx")


def test_without_onnxruntime_it_is_said_that_nothing_was_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_comparison, "find_spec", lambda name: None)
    with pytest.warns(UserWarning, match="not compared with the model"):
        to_onnx(nn.Linear(3, 2), floats(2, 3), tmp_path / "model.onnx")
    assert onnx.load(tmp_path / "model.onnx").graph.node


def test_an_error_of_the_model_is_its_own(tmp_path):
    with pytest.raises(RuntimeError, match="linear"):
        to_onnx(nn.Linear(3, 2), floats(2, 4), tmp_path / "model.onnx", dynamic_batch=False)
