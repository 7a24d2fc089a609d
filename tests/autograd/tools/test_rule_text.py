"""Rules as formulas: in the words of the calculus, without a name of the code."""

import re

import pytest

import autograd
import nn.functional  # noqa: F401  whose ops are in the table, too
from autograd.core.ops import OPS
from autograd.tools.rule_text import formula_and_remark, in_words, rule_text
from autograd.tools.rule_words import WORDS

RULES = [(op, i) for op in OPS.values() for i, rule in enumerate(op.rules) if rule is not None]
CODE = re.compile(r"\b(np|math|linalg|p|n|m|sc|special)\.|_d[xywz]\b|_shape|_pull|lambda|slice|\bNone\b|~|&(?!gt)")


def text(op, i):
    return rule_text(OPS[op], i)


@pytest.mark.parametrize(("op", "i"), RULES, ids=lambda part: getattr(part, "name", part))
def test_no_rule_of_either_table_shows_a_name_of_the_code(op, i):
    formula, remark = rule_text(op, i)
    assert not CODE.search(formula)
    assert not CODE.search(remark)
    helpers = [name for name in WORDS if name not in ("pick", "share", "count", "keep", "power", "angle", "half")]
    assert not re.search(rf"\b({'|'.join(helpers)})\(", formula)


@pytest.mark.parametrize(("op", "i"), RULES, ids=lambda part: getattr(part, "name", part))
def test_every_formula_is_whole_and_begins_with_what_comes_back(op, i):
    formula, _ = rule_text(op, i)
    assert formula.strip() == formula != ""
    assert formula.count("(") == formula.count(")")
    assert formula == "0" or re.search(r"g", formula) or formula.startswith(("no ", "back", "V", "U", "L"))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("p.keep(g, ~(out <= 0))", "g where out > 0"),
        ("g * (1 - out * out)", "g * (1 - out * out)"),
        ("np.where(x > 0, g, g * y)", "g where x > 0, else g * y"),
        ("np.where(x, 0, g)", "g where not x"),
        ("np.where((x < -1) | (x > 1), g, 0)", "g where x < -1 or x > 1"),
        ("-angle(g, x, y)", "-(g * x / (x ** 2 + y ** 2))"),
        ("angle(g + 1, x, y)", "(g + 1) * x / (x ** 2 + y ** 2)"),
        ("half(g, x < y, x == y)", "g, but 0 where x < y, g / 2 where x == y"),
        ("spread(p.wide(g) / (count(x_shape, axis) or math.nan), x_shape, axis, keepdims)",
         "g / n for every element along axis"),
        ("out * (g - p.summed(p.wide(g) * out, axis, keepdims=True))", "out * (g - sum(g * out, axis))"),
        ("np.roll(g, tuple(-s for s in shift), axis)", "roll(g, -shift, axis)"),
        ("p.pad(g, [(-lo, -hi) for lo, hi in widths])", "pad(g, -widths)"),
        ("-(mT(out) @ g @ mT(out))", "-(out^T @ g @ out^T)"),
        ("mine.double(g) + 1", "mine.double(g) + 1"),
    ],
)  # fmt: skip
def test_words_stand_for_what_numpy_needs(expression, words):
    assert in_words(expression) == words


def test_a_formula_is_parted_from_the_remark_on_it():
    assert text(OPS_BY_NAME["pow"], 0) == ("g y x^(y-1)", "0 where y = 0, whatever x is")
    assert text(OPS_BY_NAME["conv2d"], 1) == ("correlation of x with g", "")
    assert text(OPS_BY_NAME["gelu"], 0)[0] == "g (P(X <= x) + x * the density of X at x)"


OPS_BY_NAME = {op.name: key for key, op in OPS.items()}


def test_a_function_without_a_docstring_is_shown_by_its_name():
    def pull(g, x):
        return g * x

    assert formula_and_remark(pull) is None
    key = autograd.primitive(lambda x: x * x / 2)
    key.__name__ = "half_square"
    op = autograd.define(key, pull)
    try:
        assert rule_text(op, 0) == ("pull(g, x)", "")
    finally:
        del OPS[op.key]
