"""The HTML that notebooks show: no text can break out of it, and it is legible on dark and light pages."""

import pytest

from autograd.display import Cell, Html, display, fold, html, marked, note, preformatted, table
from tests.chromium import chromium
from tests.displayed import HOSTILE, SHOWN, cells, displayed, notes, tables, texts


class Shown:
    """Something with these parts for a display."""

    def __init__(self, *parts):
        self.parts = parts

    def _repr_html_(self):
        return display(*self.parts)


def hostile():
    cell = Cell(HOSTILE, HOSTILE, 0.5, HOSTILE)
    shown = table([HOSTILE, cell], [[HOSTILE, cell]], caption=HOSTILE, headings=True)
    return Shown(HOSTILE, shown, note(HOSTILE, HOSTILE), preformatted(HOSTILE), fold(HOSTILE, HOSTILE))


def test_every_text_is_escaped_wherever_it_stands():
    root = displayed(hostile())
    for path in ("table/caption", "table/thead/tr/th", "table/tbody/tr/th", "table/tbody/tr/td", "p", "pre",
                 "details/summary"):  # fmt: skip
        assert set(texts(root, path)) == {SHOWN}
    assert "".join(root.itertext()).count("<script>") == 10


def test_only_what_is_html_is_taken_as_html():
    assert html("<b>") == "&lt;b&gt;"
    assert html(Html("<b>")) == "<b>"
    assert html(3) == "3"
    assert isinstance(html("a"), Html)


def test_line_ends_and_tabs_stay_and_what_no_page_may_hold_is_spelt_out():
    assert html("a\tb\nc\r\nd\x1b[0m\x7f") == "a\tb\nc\nd\\x1b[0m\\x7f"


@pytest.mark.parametrize(
    ("given", "text"),
    [(1234567, "1,234,567"), (0.123456, "0.1235"), (float("nan"), "nan"), (True, "True"), ("7", "7"), (None, "None")],
)
def test_numbers_stand_to_the_right_and_have_four_digits(given, text):
    shown = Shown(table(["n"], [[given]]))
    assert tables(shown) == [[["n"], [text]]]
    right = ["n", text] if isinstance(given, int | float) and not isinstance(given, bool) else []
    assert cells(shown, "number") == right


def test_a_head_stands_to_the_right_where_all_below_it_are_numbers():
    shown = Shown(table(["a", "b", "c"], [[1, "x", ""], [2, 3, 4.5]]))
    assert cells(shown, "number") == ["a", "c", "1", "2", "3", "4.5"]


def test_a_marked_row_keeps_what_its_cells_were():
    shown = Shown(table(["a", "b"], [marked([1, Cell("x", "wrap")], "bad")]))
    assert (cells(shown, "bad"), cells(shown, "number"), cells(shown, "wrap")) == (["1", "x"], ["a", "1"], ["x"])


def test_a_table_without_head_or_rows_is_one_all_the_same():
    assert tables(Shown(table([], []))) == [[]]
    assert tables(Shown(table(["a"], []))) == [[["a"]]]
    assert notes(Shown(note(""))) == [""]


def test_a_shade_stays_within_its_bounds():
    root = displayed(Shown(table([], [[Cell(0, shade=s) for s in (-1, 0, 0.5, 7)]])))
    assert [cell.get("style", "")[-6:] for cell in root.iter("td")] == ["", "", " 0.30)", " 0.60)"]


@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_reads_the_same_and_shows_it_in_the_colours_of_its_page(dark, tmp_path):
    page, ink = ("#111", "rgb(224, 224, 224)") if dark else ("#fff", "rgb(17, 17, 17)")
    body = f'<body style="background: {page}; color: {ink}"><table id="other"><td>other</td></table>'
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><meta charset=utf-8>{body}{hostile()._repr_html_()}")
    with chromium() as tab:
        tab.open((tmp_path / "page.html").as_uri(), dark=dark)
        assert tab.texts(".chalkgrad :is(caption, th, td, p, pre, summary)") == [SHOWN] * 8
        assert tab.run("document.scripts.length") == 0
        seen = tab.run("[...document.querySelectorAll('.chalkgrad *')].map(e => getComputedStyle(e).color)")
        assert set(seen) == {ink}
        assert tab.run("getComputedStyle(document.querySelector('#other td')).padding") == "1px"
        assert tab.run("getComputedStyle(document.querySelector('.chalkgrad td')).backgroundColor").startswith("rgba")
        assert not tab.errors
