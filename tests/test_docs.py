"""The code in the documentation runs, page by page, as a reader would type it."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

import autograd
import nn  # noqa: F401  its rules are there before a page adds its own
from autograd.core.ops import OPS

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
MISTAKES = [page for page in PAGES if page.parent.name == "mistakes"]  # tests/nn/doctor runs these, under the doctor
# whose lists are the contents of the site
CONTENTS = ("index.md", "tutorial/index.md", "mistakes/index.md", "reference/index.md")


def text(page):
    """What a reader sees of a page, without the programs."""
    return re.sub(r"<!-- .*? -->|```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def name(page):
    return page.relative_to(ROOT).with_suffix("").as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in MISTAKES], ids=name)
def test_the_programs_of_a_page_run_and_print_what_their_comments_say(page, capsys, tmp_path, monkeypatch):
    for library in "pandas", "onnxruntime":
        if f"import {library}" in page.read_text(encoding="utf-8"):
            pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    autograd.manual_seed(0)
    before = dict(OPS)
    scope = {}
    try:
        for kind, code in re.findall(r" *```(python|console)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            code = dedent(code)
            if kind == "console":
                type_in(code)
                continue
            exec(code, scope)
            printed = capsys.readouterr().out.splitlines()
            for promise in re.findall(r"^print\(.*#\s(.*)$", code, re.MULTILINE):
                assert promise in printed
    finally:
        autograd.print_as_torch(False)  # which PyTorch's layout turns on
        OPS.clear()
        OPS.update(before)


def type_in(session):
    """Type the commands of a session in a terminal; the lines below each are among those that it prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command, promised in re.findall(r"(?m)^\$ (.*)\n((?:(?!\$ ).*\n)*)", session):
        done = subprocess.run(command, shell=True, capture_output=True, text=True, env=os.environ | {"PATH": path})
        assert done.returncode == 0, done.stderr
        assert {*promised.splitlines()} <= {line.rstrip() for line in done.stdout.splitlines()}, done.stdout


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=name)
def test_the_links_of_a_page_lead_somewhere(page):
    for link, anchor in links(page):
        assert link.startswith("http") or (page.parent / link).exists(), link
        assert not anchor or link.startswith("http") or anchor in anchors(page.parent / link if link else page), anchor


def anchors(page):
    """What the headings of a page are called in links, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_contents_lead_to_every_page(page):
    lists = [ROOT / "docs" / each for each in CONTENTS]
    linked = {(each.parent / link).resolve() for each in lists for link, _ in links(each)}
    assert page in linked or page.name == "index.md"


def links(page):
    return re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text(page))


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.match(r"[\w-]+", requirement)[0] for each in needed for requirement in each} - {project["name"]}
    table = (ROOT / "docs" / "design.md").read_text(encoding="utf-8").split("## Dependencies")[1]
    assert set(re.findall(r"`([\w-]+)`", table)) >= names
