"""The code in the documentation runs, page by page, as a reader would type it."""

import re
from pathlib import Path

import pytest

import autograd
from autograd.core.ops import OPS

PAGES = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_programs_of_a_page_run_and_print_what_their_comments_say(page, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    autograd.manual_seed(0)
    before = dict(OPS)
    scope = {}
    try:
        for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            exec(code, scope)
            printed = capsys.readouterr().out.splitlines()
            for promise in re.findall(r"^print\(.*#\s(.*)$", code, re.MULTILINE):
                assert promise in printed
    finally:
        OPS.clear()
        OPS.update(before)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert link.startswith("http") or (page.parent / link).exists(), link
