"""`out`: the result is written to a tensor that was given, as torch writes it, or nothing is."""

import warnings

import pytest
import torch

import autograd

CALLS = {
    "add": lambda m, x, n, **o: m.add(x, x, **o),
    "add, alpha": lambda m, x, n, **o: m.add(x, x, alpha=2, **o),
    "mul": lambda m, x, n, **o: m.mul(x, x, **o),
    "div": lambda m, x, n, **o: m.div(x, x, **o),
    "pow": lambda m, x, n, **o: m.pow(x, 2, **o),
    "exp": lambda m, x, n, **o: m.exp(x, **o),
    "sqrt": lambda m, x, n, **o: m.sqrt(input=x, **o),
    "maximum": lambda m, x, n, **o: m.maximum(x, other=x, **o),
    "sum": lambda m, x, n, **o: m.sum(x, 0, **o),
    "mean": lambda m, x, n, **o: m.mean(x, dim=1, keepdim=True, **o),
    "cumsum": lambda m, x, n, **o: m.cumsum(x, 0, **o),
    "matmul": lambda m, x, n, **o: m.matmul(x, x, **o),
    "mm": lambda m, x, n, **o: m.mm(x, x, **o),
    "mv": lambda m, x, n, **o: m.mv(x, x[0], **o),
    "cat": lambda m, x, n, **o: m.cat([x, x], dim=1, **o),
    "stack": lambda m, x, n, **o: m.stack([x, x], **o),
    "gt": lambda m, x, n, **o: m.gt(x, 2, **o),
    "clamp": lambda m, x, n, **o: m.clamp(x, 2, 3, **o),
    "gather": lambda m, x, n, **o: m.gather(x, 0, n, **o),
    "index_select": lambda m, x, n, **o: m.index_select(x, 0, n[0], **o),
    "tril": lambda m, x, n, **o: m.tril(x, **o),
    "zeros": lambda m, x, n, **o: m.zeros(2, 3, **o),
    "ones": lambda m, x, n, **o: m.ones(2, 2, **o),
    "full": lambda m, x, n, **o: m.full((2, 2), 7.0, **o),
    "arange": lambda m, x, n, **o: m.arange(4.0, **o),
    "linspace": lambda m, x, n, **o: m.linspace(0, 1, 3, **o),
    "eye": lambda m, x, n, **o: m.eye(2, **o),
    "nothing": lambda m, x, n, **o: m.add(x, x, out=None),
}
OUTS = {
    "empty": lambda m: m.empty(0),
    "of the shape": lambda m: m.zeros(2, 2),
    "of another shape": lambda m: m.zeros(5),
    "of float64": lambda m: m.zeros(2, 2, dtype=m.float64),
    "of integers": lambda m: m.zeros(2, 2, dtype=m.int64),
    "a view": lambda m: m.zeros(4, 4)[::2, ::2],
    "of repeated memory": lambda m: m.zeros(1).expand(2, 2),
    "that requires grad": lambda m: m.zeros(2, 2, requires_grad=True),
    "a list": lambda m: [1, 2],
}
DIFFERENCES = {  # ours: torch's
    "stricter, where torch writes some values over others": [
        ("tril", "of repeated memory"), ("ones", "of repeated memory"), ("full", "of repeated memory"),
        ("eye", "of repeated memory"),
    ],
    "stricter, where torch computes in the dtype of `out`": [("sum", "of integers"), ("cumsum", "of integers")],
    "stricter, where torch lets a tensor that requires grad be written to": [("gt", "that requires grad")],
    "more lenient, where torch wants the very dtype of the result": [
        (name, "of float64") for name in ("clamp", "tril", "mm", "matmul", "mv", "index_select", "gather")
    ],
    "torch keeps the shape of a tensor with as many elements": [
        ("arange", "of the shape"), ("arange", "of float64"), ("arange", "of integers"), ("arange", "a view"),
        ("arange", "of repeated memory"), ("arange", "of another shape"),
    ],
}  # fmt: skip
DIFFERENT = {pair for pairs in DIFFERENCES.values() for pair in pairs}


def operands(m):
    return m.tensor([[1.0, 2.0], [3.0, 4.0]]), m.tensor([[0, 1], [1, 0]])


def result(m, call, make):
    """What a call gave, whether that is `out`, and what it warned of; or the class of the error."""
    out = make(m)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            given = call(m, *operands(m), out=out)
    except Exception as error:
        return type(error)
    warned = [str(w.message)[:50] for w in caught if "resized" in str(w.message)]
    return given.float().round(decimals=3).tolist(), str(given.dtype).removeprefix("torch."), given is out, warned


@pytest.mark.parametrize("out", OUTS)
@pytest.mark.parametrize("name", CALLS)
def test_a_result_is_written_to_a_tensor_as_torch_writes_it(name, out):
    ours, theirs = (result(m, CALLS[name], OUTS[out]) for m in (autograd, torch))
    if isinstance(ours, type) and isinstance(theirs, type):
        assert {ours, theirs} <= {RuntimeError, TypeError}
    else:
        assert (ours == theirs) is ((name, out) not in DIFFERENT)


def test_several_results_are_written_to_several_tensors():
    x = operands(autograd)[0]
    values, indices = autograd.empty(0), autograd.empty(0, dtype=autograd.int64)
    assert autograd.max(x, 1, out=(values, indices)) == (values, indices)
    assert (values.tolist(), indices.tolist()) == ([2, 4], [1, 1])
    with pytest.raises(TypeError, match="expected a tuple of 2 tensors"):
        autograd.max(x, 1, out=values)


def test_a_part_of_a_tensor_is_written_to():
    x, whole = operands(autograd)[0], autograd.zeros(4, 2)
    autograd.mul(x, 10, out=whole[1:3])
    assert whole.tolist() == [[0, 0], [10, 20], [30, 40], [0, 0]]


def test_an_input_may_be_written_to():
    x = operands(autograd)[0]
    assert autograd.matmul(x, x, out=x) is x
    assert x.tolist() == [[7, 10], [15, 22]]


def test_what_requires_grad_is_refused_unless_nothing_is_recorded():
    for m in (autograd, torch):
        x, out = m.ones(2, requires_grad=True), m.zeros(2)
        for use in (m.add, m.mul):
            with pytest.raises(RuntimeError, match=r"functions with out=\.\.\. arguments don't support automatic"):
                use(x, x, out=out)
        with pytest.raises(RuntimeError, match="out="):
            m.cat([x, x], out=m.zeros(4))
        assert out.tolist() == [0, 0]
        with m.no_grad():
            m.add(x, x, out=out)
        assert out.tolist() == [2, 2]


def test_an_error_of_the_function_leaves_out_as_it_was():
    x, out = operands(autograd)[0], autograd.zeros(2, 2)
    for use in (
        lambda: autograd.add(x, autograd.ones(3), out=out), lambda: autograd.add(1, 2, out=out),
        lambda: autograd.sum(x, 5, out=out), lambda: autograd.add(x, out=out), lambda: autograd.add(x, x, oot=out),
    ):  # fmt: skip
        with pytest.raises((RuntimeError, TypeError, IndexError)):
            use()
    assert out.tolist() == [[0, 0], [0, 0]]
