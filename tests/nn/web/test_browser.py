"""The page in a real browser: digits are drawn stroke by stroke, by mouse, finger and keys, and recognised."""

import numpy as np
import pytest

from nn.data import datasets
from tests.chromium import chromium
from tests.cli_runs import process

from .served import Image, levels, png, served


@pytest.fixture(scope="module")
def tab():
    with chromium() as tab:
        yield tab


@pytest.fixture
def board(tab, digits):
    """The page of the run on the digits, just opened."""
    return opened(tab, digits)


def opened(tab, page, **window):
    tab.errors.clear()
    tab.open(page.address, **window)
    tab.until("document.title.includes('·')")
    return tab


def settled(tab):
    """What the page says once all that was asked has been answered."""
    tab.until("document.querySelector('#answering').ariaBusy == 'false'")
    return tab.text("#winner")


def strokes(image, box):
    """A digit as strokes: the runs of each row of pixels, in a square in the middle of the board."""
    left, top, width, height = box
    side = len(image)
    for row, line in enumerate(image > 127):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line, [0]])))
        for start, end in edges.reshape(-1, 2):
            places = np.array([start + 0.5, end - 0.5]) if end - start > 1 else np.array([start, end]) / 2 + start / 2
            y = top + height * (0.1 + 0.8 * (row + 0.5) / side)
            yield [(left + width * (0.1 + 0.8 * x / side), y) for x in places]


def drawn(tab, image):
    """Draw a digit on the board with the mouse."""
    box = tab.box("#board")
    for stroke in strokes(image, box):
        tab.stroke(stroke)


def test_digits_of_scikit_learn_are_drawn_and_recognised(board, digits):
    x, y = datasets.digits().tensors
    right = 0
    for image, digit in zip(levels(x[:30].reshape(-1, 8, 8)), y[:30].tolist()):
        drawn(board, np.asarray(Image.fromarray(image).resize((20, 20), Image.Resampling.BICUBIC)))
        right += settled(board) == str(digit)
        board.click("#clear")
        board.until("document.querySelector('#winner').textContent == '?'")
    assert right >= 26
    assert not board.errors


def test_digits_of_mnist_are_drawn_and_recognised(tab, tmp_path):
    try:
        test = datasets.MNIST(train=False)
    except FileNotFoundError:
        pytest.skip("needs MNIST: chalkgrad data fetch mnist")
    assert process("train", "mnist", "--epochs", 2, "--quiet", folder=tmp_path).code == 0
    with served(tmp_path / "runs" / "mnist") as page:
        opened(tab, page)
        right = 0
        for image, digit in zip(np.asarray(test.data)[:100], np.asarray(test.targets)[:100].tolist()):
            drawn(tab, image)
            right += settled(tab) == str(digit)
            tab.click("#clear")
            tab.until("document.querySelector('#winner').textContent == '?'")
    assert right >= 90
    assert not tab.errors


# the board


def middle(tab, *places):
    """Places on the board, from 0 to 1, in the window."""
    left, top, width, height = tab.box("#board")
    return [(left + x * width, top + y * height) for x, y in places]


def ink(tab):
    """How many pixels of the board have chalk on them."""
    script = """(() => {
        const board = document.querySelector("#board"), side = board.width;
        const data = board.getContext("2d").getImageData(0, 0, side, side).data;
        return data.filter((value, i) => i % 4 == 0 && value > 200).length / side ** 2;
    })()"""
    return tab.run(script)


def test_what_was_drawn_can_be_taken_back_and_wiped(board):
    assert (settled(board), ink(board)) == ("?", 0)
    assert board.run("document.querySelector('#undo').disabled && document.querySelector('#clear').disabled")
    board.stroke(middle(board, (0.5, 0.1), (0.5, 0.5), (0.5, 0.9)))
    assert settled(board) != "?"
    one = ink(board)
    board.stroke(middle(board, (0.2, 0.5), (0.8, 0.5)))
    two = ink(board)
    assert two > one > 0.03
    board.click("#undo")
    assert ink(board) == one
    board.click("#clear")
    assert (ink(board), settled(board)) == (0, "?")
    board.click("#undo")
    assert ink(board) == one
    assert settled(board) != "?"
    board.click("#undo")
    assert (ink(board), settled(board)) == (0, "?")
    assert not board.errors


def test_a_dot_is_ink(board):
    board.click("#board")
    assert settled(board) != "?"
    assert ink(board) > 0.002
    assert not board.errors


def test_a_finger_draws_and_does_not_scroll(tab, digits):
    opened(tab, digits, width=390, height=844, phone=True)
    tab.touch(middle(tab, (0.5, 0.1), (0.5, 0.3), (0.5, 0.6), (0.5, 0.9)))
    assert settled(tab) == "1"
    assert tab.run("scrollY") == 0
    assert tab.run("document.documentElement.scrollWidth") == 390


def test_the_keyboard_draws(board):
    board.run("document.querySelector('#board').focus()")
    for _ in range(4):
        board.key("ArrowUp", 38, modifiers=8)
    board.key(" ", 32, " ")
    for _ in range(8):
        board.key("ArrowDown", 40, modifiers=8)
    board.key(" ", 32, " ")
    assert settled(board) == "1"
    board.key("z", 90, modifiers=2)
    assert settled(board) == "?"
    board.key("Delete", 46)
    assert not board.errors


def test_the_page_shows_what_the_server_says(board, digits, tmp_path):
    picture = png(levels(datasets.digits()[4][0].reshape(8, 8)).repeat(20, 0).repeat(20, 1))
    (tmp_path / "4.png").write_bytes(picture)
    told = digits.picture(picture).json
    board.choose("#upload", tmp_path / "4.png")
    board.until("document.querySelector('#winner').textContent != '?'")
    assert board.text("#winner") == board.text("#bars .won .name") == told["answer"] == "4"
    widths = board.run("[...document.querySelectorAll('#bars .bar')].map(bar => parseFloat(bar.style.width))")
    assert widths == pytest.approx([100 * chance for chance in told["probabilities"]], abs=1e-3)
    chalk, ground = ([int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in ("#f7f5f2", "#22303c"))
    shown = np.array(board.run("""Object.values(document.querySelector("#seen").getContext("2d")
                                  .getImageData(0, 0, 8, 8).data)""")).reshape(64, 4)[:, :3]  # fmt: skip
    share = np.array(told["seen"])[:, None] / 255
    assert shown == pytest.approx(ground + (np.array(chalk) - ground) * share, abs=1)
    live = sum(level > 0 for level in told["layers"][0]["levels"])
    assert board.text("#layers h3").startswith(f"64 units, ReLU: {live} above 0")
    assert "“4”" in board.text("#gradient-note")
    assert ink(board) > 0.05


# uploads


@pytest.mark.parametrize(("content", "words"), {b"not a picture": "not a PNG file", b"": "not a PNG file",
                                                png(np.zeros((9, 9), np.uint8)): "is empty"}.items())  # fmt: skip
def test_a_bad_upload_is_told_and_nothing_is_lost(board, tmp_path, content, words):
    board.stroke(middle(board, (0.5, 0.1), (0.5, 0.5), (0.5, 0.9)))
    settled(board)
    before = ink(board)
    (tmp_path / "bad.png").write_bytes(content)
    board.choose("#upload", tmp_path / "bad.png")
    board.until("!document.querySelector('#error').hidden")
    assert words in board.text("#error")
    assert (board.text("#winner"), ink(board)) == ("1", before)
    board.stroke(middle(board, (0.5, 0.1), (0.5, 0.2)))
    settled(board)
    assert board.run("document.querySelector('#error').hidden")


def test_an_upload_can_be_drawn_on_and_taken_back(board, tmp_path):
    (tmp_path / "a.png").write_bytes(png(levels(datasets.digits()[0][0].reshape(8, 8))))
    board.choose("#upload", tmp_path / "a.png")
    board.until("document.querySelector('#winner').textContent == '0'")
    before = ink(board)
    board.stroke(middle(board, (0.2, 0.5), (0.8, 0.5)))
    settled(board)
    assert ink(board) > before
    board.click("#undo")
    assert ink(board) == before
    board.click("#undo")
    assert (settled(board), ink(board)) == ("?", 0)
    assert not board.errors


# tables


def test_a_row_is_filled_in(tab, iris, runs):
    opened(tab, iris)
    assert (tab.text("#winner"), tab.box("#drawing")[2]) == ("?", 0)
    for name, value in {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}.items():
        tab.run(f"document.querySelector('[name={name}]').focus()")
        tab.call("Input.insertText", text=str(value))
    assert settled(tab) == "setosa"
    tab.run("document.querySelector('[name=petal_width]').focus()")
    tab.call("Input.insertText", text=" wide")
    settled(tab)
    assert "expected a number, found '0.2 wide'" in tab.text("#error")
    with served(runs / "prices") as prices:
        opened(tab, prices)
        tab.until("document.querySelector('#winner').textContent != '?'")
        assert tab.text("#answer-title") == "price"
        low = float(settled(tab))
        tab.run("""(field => { field.value = "Ulm"; field.dispatchEvent(new Event("input", { bubbles: true })); })(
                document.querySelector("[name=town]"))""")
        assert float(settled(tab)) > low


# the page as a whole


def test_light_and_dark_follow_the_system(tab, digits):
    shades = []
    for dark in (False, True):
        opened(tab, digits, dark=dark)
        shades.append(tab.run("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(247, 245, 242)", "rgb(21, 28, 34)"]


def test_the_policy_of_the_page_forbids_other_scripts(board):
    board.run("""(() => { const script = document.createElement("script");
                 script.textContent = "window.broken = true"; document.head.append(script);
                 document.body.setAttribute("onclick", "window.broken = true"); document.body.click(); })()""")
    assert board.run("window.broken") is None
    assert "Content Security Policy" in board.errors[0]["text"]
    with pytest.raises(AssertionError):
        board.run("fetch('http://127.0.0.1:9/')")


def test_a_server_that_has_ended_is_told(tab, runs):
    with served(runs / "digits") as page:
        opened(tab, page)
        tab.stroke(middle(tab, (0.5, 0.1), (0.5, 0.9)))
        assert settled(tab) == "1"
    tab.stroke(middle(tab, (0.2, 0.5), (0.8, 0.5)))
    settled(tab)
    assert "is chalkgrad serve still running?" in tab.text("#error")


def test_everything_that_can_be_used_has_a_name(board):
    tree = board.call("Accessibility.getFullAXTree")["nodes"]
    for node in tree:
        role = node.get("role", {}).get("value")
        if role in ("application", "button", "image", "textbox", "img", "heading", "region"):
            assert node.get("name", {}).get("value"), node
