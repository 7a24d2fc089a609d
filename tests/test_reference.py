"""The pages that are written from the code: the API reference, and the table of derivatives."""

import re
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="the reference is made for Sphinx: pip install -e '.[docs]'")

import inspect
from importlib import import_module

import reference_pages

import autograd
from tests import derivatives_page

PAGES = Path(__file__).parent.parent / "docs" / "reference"


@pytest.fixture(autouse=True)
def names_of_numpy():
    yield
    autograd.print_as_torch(False)  # which PyTorch's layout, one of the modules, turns on


@pytest.mark.parametrize("module", reference_pages.MODULES)
def test_every_public_name_is_on_the_page_of_its_module(module):
    names = set(reference_pages.public(module))
    inner = {name for name in names if inspect.ismodule(getattr(import_module(module), name))}
    entries = re.findall(r"(?m)^:+\{py:(?:function|class|exception|data)\} (\w+)", reference_pages.page(module))
    assert len(entries) == len(set(entries)) or not hasattr(import_module(module), "__all__")
    assert names - inner <= set(entries)


def test_every_public_module_has_a_page():
    pages = {page.stem for page in PAGES.glob("*.md")} - {"index"}
    assert pages == {*reference_pages.MODULES, *reference_pages.ALONE}


def test_a_docstring_becomes_markdown():
    text = "x ** 2, `a*b`, w_:\n\n    y = x * x\n\n>>> 1 + 1\n2\n\nArgs:\n    x: any\n        number.\n    y: another."
    assert reference_pages.markdown(text) == "\n\n".join([
        r"x \*\* 2, `a*b`, w\_:", "```text\ny = x * x\n```", "```pycon\n>>> 1 + 1\n2\n```",
        "**Args**\n\n- `x`: any number.\n- `y`: another.",
    ])  # fmt: skip


def test_a_class_shows_what_it_has_and_what_a_base_without_an_entry_of_its_own_gives_it():
    page = reference_pages.page("nn.optim")
    assert "{py:method} step(" in page.split("{py:class} Optimizer(")[1].split("{py:class}")[0]
    assert "{py:method} step(" not in page.split("{py:class} Adam(")[1].split("{py:class}")[0]


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch.cross without dim, variance of one number
def test_the_table_of_derivatives_is_up_to_date():
    def lines(text):
        return [line.rpartition(" | ")[0] or line for line in text.splitlines()]  # without the last digits of a number

    assert lines(derivatives_page.PAGE.read_text(encoding="utf-8")) == lines(derivatives_page.page())
