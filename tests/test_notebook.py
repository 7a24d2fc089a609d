"""docs/displays.ipynb, with every display: run in a kernel of Jupyter, exported, and opened in a browser."""

import json
import re

import pytest

from tests.chromium import chromium
from tests.notebook_page import NOTEBOOK, last_line, page, run

LEGIBLE = 4.5  # the contrast of text to its background that WCAG asks for


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("nbconvert")
    pytest.importorskip("ipykernel")
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def cells(folder):
    """The cells of code after a run."""
    return [cell for cell in run(folder)["cells"] if cell["cell_type"] == "code"]


def tagged(cell, tag):
    return tag in cell["metadata"].get("tags", ())


def test_every_cell_that_ends_in_a_value_shows_it_and_nothing_is_printed(cells):
    for cell in cells[1:]:
        kinds = [output["output_type"] for output in cell["outputs"]]
        expected = ["display_data"] if tagged(cell, "progress") else ["execute_result"]
        assert kinds == expected + ["error"] * tagged(cell, "raises-exception"), last_line(cell)
        data = cell["outputs"][0]["data"]
        assert {"text/html", "image/svg+xml", "image/png"} & data.keys(), last_line(cell)
        assert "<script" not in "".join(data.get("text/html", ""))


def test_every_object_of_the_library_that_has_a_display_is_in_it(cells):
    shown = " ".join("".join(output["data"]["text/html"]) for cell in cells for output in cell["outputs"]
                     if "text/html" in output.get("data", ()))  # fmt: skip
    for words in ("requires grad", "computed by sum", "in a batch", "data:image/png", "trainable", "bytes",
                  "valid_loss", "progressbar", "Trainer", "true \\ predicted", "precision", "mistakes found",
                  "Healthy", "check_op", "agree"):  # fmt: skip
        assert words in shown, words


def test_the_bar_tells_of_the_interrupt_and_the_next_training_has_its_own(cells):
    first, interrupted, again = ["".join(cell["outputs"][0]["data"]["text/plain"])
                                 for cell in cells if tagged(cell, "progress")]  # fmt: skip
    assert first.startswith("epoch 10/10  100%")
    assert re.search(r"interrupted at epoch \d+/300, after step \d+", interrupted)
    assert again.startswith("epoch 2/2  100%")


def test_the_notebook_is_kept_without_outputs():
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


CONTRASTS = """(() => {
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = colour => {
        const [r, g, b] = colour.slice(0, 3).map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const over = (top, below) => top.slice(0, 3).map((c, i) => c * (top[3] ?? 1) + below[i] * (1 - (top[3] ?? 1)));
    const style = element => getComputedStyle(element);
    const poor = [];
    for (const element of document.querySelectorAll('div.chalkgrad :is(td, th, p, b, span, pre, summary)')) {
        if (!element.innerText.trim()) continue;
        let chain = [], opacity = 1;
        for (let at = element; at; at = at.parentElement) {
            chain.push(numbers(style(at).backgroundColor));
            opacity *= style(at).opacity;
        }
        const below = chain.reverse().reduce((page, colour) => over(colour, page), [255, 255, 255]);
        const ink = over([...numbers(style(element).color).slice(0, 3), opacity], below);
        const [a, b] = [light(ink), light(below)].sort((x, y) => y - x);
        if ((a + .05) / (b + .05) < %s) poor.push(element.outerHTML.slice(0, 200) + ' ' + ink + ' on ' + below);
    }
    return poor;
})()""" % LEGIBLE  # noqa: UP031


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_of_it_is_legible_in_a_browser(theme, folder, cells):
    with chromium() as tab:
        tab.open(page(folder, theme).as_uri(), dark=theme == "dark")
        tab.until("document.readyState == 'complete'")
        shown = ["".join(output.get("data", {}).get("text/html", "")) for cell in cells for output in cell["outputs"]]
        count = sum('class="chalkgrad"' in each for each in shown)
        assert tab.run("document.querySelectorAll('div.chalkgrad').length") == count
        assert tab.run("document.documentElement.scrollWidth <= innerWidth")
        assert tab.run("[...document.querySelectorAll('div.chalkgrad')].every(each => each.offsetHeight > 20)")
        assert tab.run("[...document.querySelectorAll('div.chalkgrad img')].every(each => each.naturalWidth > 0)")
        assert tab.run(CONTRASTS) == []
