"""What the README shows is true: its code runs and prints what it says, its pictures and pages exist."""

import re
from pathlib import Path

import pytest

import autograd

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS = [code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "import" in code]


@pytest.mark.parametrize("code", PROGRAMS, ids=range(len(PROGRAMS)))
def test_a_program_prints_what_its_comments_say(code, capsys):
    autograd.manual_seed(0)
    exec(code, {})
    printed = capsys.readouterr().out.splitlines()
    promised = re.findall(r"^print\(.*#\s(.*)$", code, re.MULTILINE)
    for line, promise in zip(printed, promised):
        assert promise.startswith(line)


def test_the_comparison_with_torch_is_as_printed(capsys):
    (code,) = [code for code in PROGRAMS if "compare_with_torch" in code]
    exec(code, {})
    table = README.split("prints\n\n```\n")[1].split("```")[0]
    assert without_rounding(capsys.readouterr().out) == without_rounding(table)


def without_rounding(text):
    """The text without its last columns, in which machines may differ."""
    return [re.sub(r"\s+(equal|\d\.\de-\d+\s+\d\.\de-\d+)$", "", line.rstrip()) for line in text.splitlines()]


@pytest.mark.parametrize("rule", re.findall(r"^define\(.*\)$", README, re.MULTILINE))
def test_a_rule_that_is_quoted_stands_in_the_table(rule):
    assert rule in (ROOT / "autograd" / "calculus" / "rules.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_a_link_leads_somewhere(link):
    assert link.startswith("https://") or (ROOT / link).is_file()
