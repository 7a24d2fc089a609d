"""One expression in both libraries: the table shows where they differ, and an error says which side failed."""

import re

import numpy as np
import pytest

import autograd
from autograd import Comparison, compare_with_torch
from tests.displayed import HOSTILE, SHOWN, cells, notes, tables

X = np.random.default_rng(0).standard_normal((2, 3))


def differing(m, x):
    """A sine whose gradient is wrong in one library."""
    return (m.sin(x) + (x - x.detach()) * (m is autograd)).sum()


# -- the table --------------------------------------------------------------------------------------------------------


def test_compare_with_torch_prints_value_and_gradients_side_by_side(capsys):
    result = compare_with_torch(lambda x, w: (x @ w).tanh().sum(), X, X.T)
    assert result
    table = capsys.readouterr().out.rstrip("\n")
    assert table == str(result)
    assert re.search(r"^d/dw ", table, re.MULTILINE)
    assert table.endswith("chalkgrad and torch agree (tolerance 1e-10, relative)")
    assert re.fullmatch(r"<Comparison: agree, largest difference \d\.\de[-+]\d\d>", repr(result))


def test_compare_with_torch_gives_the_library_to_a_function_that_asks_for_it(capsys):
    assert compare_with_torch(lambda m, x: m.exp(x).sum(), 1.5, show=False)
    assert capsys.readouterr().out == ""


def test_an_argument_with_a_default_is_not_taken_for_the_library():
    assert compare_with_torch(lambda x, n=2: x**n, 1.5, show=False)


def test_compare_with_torch_marks_what_differs(capsys):
    result = compare_with_torch(differing, X)
    assert not result
    value, gradient = (row.relative for row in result.rows)
    assert value < 1e-10 < gradient
    assert result.first.what == "d/dx"
    table = capsys.readouterr().out
    assert table.count("<-- differs") == 1
    assert "chalkgrad and torch do NOT agree (tolerance 1e-10, relative)\nfirst difference: d/dx, 1.0e+00 (" in table
    assert repr(result).startswith("<Comparison: do NOT agree, largest difference")


@pytest.mark.parametrize(
    ("fn", "x", "what"),
    [
        (lambda m, x: x.double() if m is autograd else x, np.float32(1.5), "value, float64 and float32"),
        (lambda m, x: x.reshape(1) if m is autograd else x, 1.5, r"value, shapes \(1,\) and \(\)"),
        (lambda m, x: (x.detach() if m is autograd else x) * x, 1.5, r"d/dx, 1.5e\+00"),
        (lambda m, x: x.detach() if m is autograd else x * 1, 1.5, "d/dx, chalkgrad has none"),
        (lambda m, x: x * 1 if m is autograd else x.detach(), 1.5, "d/dx, torch has none"),
    ],
    ids=["dtypes", "shapes", "a part of the gradient", "no gradient", "no gradient of torch"],
)
def test_compare_with_torch_tells_dtypes_shapes_and_missing_gradients_apart(fn, x, what):
    result = compare_with_torch(fn, x, show=False)
    assert not result
    assert re.search(f"first difference: {what}", str(result))


def test_an_argument_that_is_not_used_has_no_gradient_on_either_side():
    result = compare_with_torch(lambda x, y: x * 2, 1.5, 2.5, show=False)
    assert result
    assert re.search(r"^d/dy +no gradient +no gradient +equal$", str(result), re.MULTILINE)


def test_a_notebook_shows_the_same_cells():
    result = compare_with_torch(differing, X[0], show=False)
    html = result._repr_html_()
    assert html.count("<tr>") == 3
    assert ">&lt;-- differs</td>" in html
    assert all(f">{cell}</th>" in html for cell in ("chalkgrad", "torch", "difference", "relative", "value", "d/dx"))
    assert sorted(cells(result, "bad")) == sorted(tables(result)[0][2])
    assert "\n".join(notes(result)) == "\n".join(str(result).splitlines()[-2:])


def test_names_of_what_is_compared_are_text_in_a_notebook():
    result = Comparison(1e-6)
    result.add("gradient", np.array([1.0]), np.array([np.nan]), name=HOSTILE)
    result.add("gradient", None, np.array([1.0]), name="b")
    assert [row[0] for row in tables(result)[0]] == ["", f"gradient of {SHOWN}", "gradient of b"]
    assert len(cells(result, "bad")) == 12
    assert "do NOT agree" in notes(result)[0]
    assert tables(Comparison(1e-6)) == [[["", "difference", "relative", ""]]]


# -- which side failed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fn", "message"),
    [
        (np.sin, r"torch failed: RuntimeError: Can't call numpy\(\) on Tensor that requires grad"),
        (autograd.exp, "torch failed: TypeError: exp"),
        (lambda m, x: m.atleast_4d(x) if m is autograd else x, "chalkgrad failed: AttributeError: module"),
        (lambda x: 3, "chalkgrad failed: TypeError: expected an expression that gives a tensor, got int"),
    ],
    ids=["a function of NumPy", "an op of ours", "a name", "a number"],
)
def test_the_side_that_fails_is_named_with_the_reason(fn, message):
    with pytest.raises(RuntimeError, match=message) as caught:
        compare_with_torch(fn, X)
    assert caught.value.__suppress_context__
