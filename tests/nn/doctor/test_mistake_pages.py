"""Every mistake that the doctor knows has its page, with two programs that it tells apart, and its picture."""

import re
import warnings
from contextvars import copy_context
from xml.etree import ElementTree

import mistake_pages as pages
import mistake_pictures
import pytest

from nn.doctor.mistakes import MISTAKES
from nn.doctor.trainings import Trainings

pytestmark = pytest.mark.long

DOCS = pages.DOCS
CODES = pages.codes()
LEAST, MOST = 30, 62  # lines of a page


def diagnosis(program, code):
    """The codes that the doctor names in a program which does not know of it."""
    with warnings.catch_warnings(), Trainings(steps=5000, minutes=5) as trainings:
        warnings.simplefilter("ignore")  # the library warns of some mistakes at once
        copy_context().run(pages.run, program, name=f"{code}.py")
    return sorted({found for seen in trainings.seen for found in seen.report.codes}), trainings.seen


def known(code):
    if code not in MISTAKES:
        pytest.skip(f"the doctor does not know {code} yet: it is not among nn.doctor.mistakes.MISTAKES")


def test_every_mistake_has_its_page_and_picture():
    assert set(MISTAKES) <= set(CODES)
    assert {path.stem for path in mistake_pictures.FOLDER.glob("*.svg")} == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_the_doctor_names_the_mistake_of_a_page_and_no_other(code):
    known(code)
    found, seen = diagnosis(pages.mistaken(code), code)
    assert found == [code], "\n".join(str(each.report) for each in seen)


@pytest.mark.parametrize("code", CODES)
def test_the_doctor_finds_nothing_in_the_mended_program(code):
    found, seen = diagnosis(pages.mended(code), code)
    assert found == [], "\n".join(str(each.report) for each in seen)


@pytest.mark.parametrize("code", CODES)
def test_a_page_has_its_parts_in_their_order(code):
    text = pages.text(code)
    assert text.startswith("# ")
    headings = re.findall(r"(?m)^## (.*)$", text)
    assert headings == ["The mistake", "Why it happens", "Mended", "How to see it yourself", "Related"]
    assert LEAST <= text.count("\n") <= MOST
    assert f"](../images/mistakes/{code}.svg)" in text
    assert f"The doctor calls this one `{code}`." in " ".join(text.split())
    assert "# mistake" in pages.mistaken(code)
    assert "# mistake" not in pages.mended(code)
    assert re.search(r"\d", text.split("![")[0]), "what one sees has numbers"


@pytest.mark.parametrize("code", CODES)
def test_a_picture_is_small_and_well_formed_and_has_a_title(code):
    path = mistake_pictures.FOLDER / f"{code}.svg"
    assert path.stat().st_size < 30_000
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root[0].text == pages.text(code).splitlines()[0].removeprefix("# ")
    assert "prefers-color-scheme:dark" in root[1].text


@pytest.mark.parametrize("code", ["softmax_of_one", "dead_relu", "loss_broadcast", "graph_kept_alive"])
def test_a_picture_is_that_of_the_programs_on_the_page(code):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = mistake_pictures.drawn(code)
    assert words(drawn) == words((mistake_pictures.FOLDER / f"{code}.svg").read_text(encoding="utf-8"))


def words(svg):
    """What is written in a picture, without its numbers."""
    return [re.sub(r"[\d.]+", "", text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg)]


def test_the_list_leads_to_every_page_once():
    text = (pages.FOLDER / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"(?m)^- \[.*?\]\((\w+)\.md\)", text)) == CODES


def test_the_table_of_the_doctor_leads_to_the_pages():
    text = (DOCS / "doctor.md").read_text(encoding="utf-8")
    table = text.split("| code | the mistake |")[1].split("\n\n")[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    named = [code for cell in cells for code in re.findall(r"`(\w+)`", cell)]
    linked = [code for cell in cells for code in re.findall(r"\[`(\w+)`\]\(mistakes/\1\.md\)", cell)]
    assert named == linked
    assert sorted(named) == sorted(MISTAKES)


def test_the_mended_lines_take_the_place_of_the_marked_ones_and_of_what_both_show():
    program = "a = 1\nfor i in a:\n    b = 2\n    c = 3  # mistake\n    d = 4\ne = 5\n"
    assert pages.mend(program, "b = 2\nc = 7\nd = 4\n") == program.replace("3  # mistake", "7")
    assert pages.mend(program, "c = 7\nf = 8\n") == program.replace("3  # mistake", "7\n    f = 8")
