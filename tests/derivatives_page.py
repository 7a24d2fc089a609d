"""docs/derivatives.md: its beginning is written by hand, the tables come from the rules and from the table of cases.

`python -m tests.derivatives_page` brings the tables up to date.
"""

import inspect
from pathlib import Path

import nn  # noqa: F401  its rules belong to the table, too
from autograd.calculus.refusals import refused
from autograd.calculus.rules import no_rule
from autograd.core.ops import OPS
from autograd.tools.rule_text import rule_text
from tests.cases import CASES
from tests.oracle import OURS, TORCH, first_order

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "derivatives.md"
MARK = "<!-- what follows is written by `python -m tests.derivatives_page` -->\n"
INPUTS = "xyzw"
TITLES = {
    "autograd.calculus.rules": "The table",
    "autograd.calculus.rarer_rules": "Rarer functions",
    "nn.functional.network_rules": "Networks",
    "nn.functional.norm_rules": "Normalization",
    "nn.functional.recurrent_rules": "Recurrent networks",
}


def page():
    """The whole page, as it should be."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return by_hand + MARK + "\n" + "\n".join(chapter(place, ops) for place, ops in chapters().items())


def chapters():
    """The ops with derivatives, by the module that holds their first rule."""
    found = {}
    for op in OPS.values():
        rule = next((rule for rule in op.rules if rule), None)
        if rule and not {no_rule, refused} & {*op.rules}:
            found.setdefault(inspect.getmodule(inspect.unwrap(rule)), []).append(op)
    return found


def chapter(module, ops):
    place = Path(inspect.getfile(module)).relative_to(ROOT).as_posix()
    title = TITLES.get(module.__name__, module.__name__)
    head = ["| op | gradients | cases | off by |", "| --- | --- | ---: | ---: |"]
    return "\n".join([f"## {title}", "", f"[{place}](../{place})", "", *head, *map(row, ops), ""])


def row(op):
    cases = [case for case in CASES if op.key in case.keys]
    return f"| `{op.name}` | {gradients(op)} | {len(cases)} | {max(map(distance, cases)):.0e} |".replace("0e+00", "0")


def gradients(op):
    """A line for each input: what its gradient is, and a remark in brackets. One line, if they are all the same."""
    if op.variadic:
        return line("x<sub>i</sub>", rule_text(op, 0))
    texts = {name: rule_text(op, i) for i, (name, rule) in enumerate(zip(INPUTS, op.rules, strict=False)) if rule}
    if len(texts) > 1 and len({*texts.values()}) == 1:
        return line(", ".join(texts), texts["x"])
    return "<br>".join(line(name, text) for name, text in texts.items())


def line(name, text):
    formula, remark = (part.replace("|", "\\|") for part in text)
    return f"{name}: `{formula}`" + (f" ({remark})" if remark else "").replace("*", "\\*").replace("_", "\\_")


def distance(case):
    """The largest difference from torch's gradients in float64, in parts of the largest number in one of them, or 1."""
    ours, theirs = (first_order(m, case.fn, case.arrays()).grads for m in (OURS, TORCH))
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None and b.size]
    return max((abs(a - b).max() / max(abs(b).max(), 1) for a, b in pairs), default=0.0)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
