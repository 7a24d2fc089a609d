"""The server answers with what the model computes, refuses what it cannot read, and serves its own files only."""

import shutil
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd
from nn.data import datasets
from tests.cli_runs import process

from .served import JSON, PNG, levels, png, served

FILES = ["", "style.css", "page.js", "board.js", "views.js", "row_form.js"]
FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}
DIGITS = levels(datasets.digits().tensors[0][:40].reshape(-1, 8, 8)).repeat(32, 1).repeat(32, 2)


def header(width, height):
    """The beginning of a PNG file that promises this size."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


@pytest.mark.parametrize("name", [*FILES, "icon.svg", "about"])
def test_the_page_and_its_files_are_served(digits, name):
    found = digits.ask(name)
    assert (found.status, len(found.body) > 100) == (200, True)
    assert found.headers["x-content-type-options"] == "nosniff"
    assert digits.ask(name, "HEAD").status == 200


def test_nothing_in_the_page_is_inline_or_from_elsewhere(digits):
    page = digits.ask()
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert " style=" not in page.text
    for name in FILES:
        assert "//" not in digits.ask(name).text.replace("// ", ""), name
        assert "innerHTML" not in digits.ask(name).text


def test_the_facts_are_those_of_the_run(digits, iris):
    facts = digits.ask("about").json
    assert (facts["name"], facts["layers"], facts["shape"]) == ("digits", "8 × 8 – 64 – 10", [1, 8, 8])
    assert facts["classes"] == list("0123456789")
    assert facts["score"].endswith("% correct on its held-out data")
    assert [column["name"] for column in iris.ask("about").json["columns"]] == list(FLOWER)


def test_a_picture_is_answered_with_what_the_model_computes(digits):
    found = digits.picture(png(DIGITS[3])).json
    seen = np.array(found["seen"], np.uint8).reshape(8, 8)
    (expected,) = digits.run.predict(seen)
    assert found["answer"] == expected.answer == "3"
    assert found["probabilities"] == pytest.approx(list(expected.probabilities.values()), abs=1e-6)
    x = digits.run.preprocessing.inputs(seen).requires_grad_()
    (gradient,) = autograd.grad(digits.run.model(x)[0, 3], x)
    told = np.array(found["gradient"]["levels"]) * found["gradient"]["peak"] / 127
    assert told == pytest.approx(gradient.numpy().ravel(), abs=found["gradient"]["peak"] / 254 * 1.01)
    hidden = digits.run.model[:3](x).detach().numpy()[0]
    (layer,) = found["layers"]
    assert (layer["kind"], layer["count"], layer["shape"]) == ("ReLU", 64, [64])
    assert np.array(layer["levels"]) * layer["peak"] / 127 == pytest.approx(hidden, abs=layer["peak"] / 254 * 1.01)


def test_a_row_is_answered_with_what_the_model_computes(iris, runs):
    found = iris.row(FLOWER).json
    (expected,) = iris.run.predict(FLOWER)
    assert found["answer"] == expected.answer == "setosa"
    assert found["probabilities"] == pytest.approx(list(expected.probabilities.values()), abs=1e-6)
    assert iris.row({name: str(value) for name, value in FLOWER.items()}).json == found
    with served(runs / "prices") as prices:
        found = prices.row({"rooms": "3", "town": "Ulm"}).json
        assert found["answer"] == pytest.approx(prices.run.predict({"rooms": 3, "town": "Ulm"})[0].answer)
        assert found["probabilities"] == []
        assert prices.ask("about").json["columns"][1] == {"name": "town", "choices": ["Bonn", "Ulm"], "usual": None}


@pytest.mark.parametrize(
    ("content", "words"),
    {
        b"": "not a PNG file",
        b"GIF89a" + bytes(100): "not a PNG file",
        b"<svg onload=alert(1)>": "not a PNG file",
        png(DIGITS[0])[:80]: "damaged",
        png(DIGITS[0])[:50] + bytes(200): "damaged",
        header(8, 8): "damaged",
        header(60_000, 60_000) + bytes(50): "60000 x 60000 pixels",
        header(0, 0) + bytes(50): "damaged",
        png(np.zeros((50, 50), np.uint8)): "empty",
        png(np.full((50, 50), 255, np.uint8)): "empty",
    }.items(),
)
def test_a_bad_picture_is_told(digits, content, words):
    found = digits.picture(content)
    assert found.status == 422
    assert words in found.text
    assert found.headers["content-type"].startswith("text/plain")
    assert len(found.text) < 200


@pytest.mark.parametrize(
    ("content", "words"),
    {
        b"{": "not JSON",
        b"[" * 100_000: "not JSON",
        b"\xff\xfe": "not JSON",
        b"[1, 2]": "a JSON object by column",
        b'{"sepal_length": [1]}': "a JSON object by column",
        b"{}": "sepal_length",
        b'{"sepal_length": "long", "sepal_width": 1, "petal_length": 1, "petal_width": 1}': "a number, found 'long'",
        b'{"sepal_length": "", "sepal_width": 1, "petal_length": 1, "petal_width": 1}': "sepal_length",
    }.items(),
)  # fmt: skip
def test_a_bad_row_is_told(iris, content, words):
    found = iris.row(content)
    assert (found.status, words in found.text) == (422, True), found


def test_a_body_of_another_kind_is_told(digits, iris):
    assert digits.picture(png(DIGITS[0]), {"Content-Type": "text/plain"}).status == 415
    assert iris.row(FLOWER, PNG).status == 415
    assert digits.ask("row", "POST", b"{}", JSON).status == 404
    assert iris.ask("picture", "POST", b"", PNG).status == 404
    assert digits.ask("picture").status == 405
    assert digits.ask("about", "DELETE").status == 405


def test_those_who_ask_at_the_same_time_get_their_own_answers(digits):
    alone = [digits.picture(png(image)).json for image in DIGITS]
    with ThreadPoolExecutor(16) as threads:
        together = list(threads.map(lambda image: digits.picture(png(image)).json, [*DIGITS] * 5))
    assert together == alone * 5
    assert all(parameter.grad is None for parameter in digits.run.model.parameters())


def test_a_network_that_diverged_is_told(tmp_path, runs):
    shutil.copytree(runs / "digits", tmp_path / "digits")
    with served(tmp_path / "digits") as page:
        page.run.model[3].bias.data[0] = float("nan")
        found = page.picture(png(DIGITS[0]))
    assert (found.status, "its training has failed" in found.text) == (422, True)


def test_photographs_are_seen_in_their_colours(tmp_path):
    random = np.random.default_rng(0)
    for name, channel in {"red": 0, "blue": 2}.items():
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(12):
            pixels = random.integers(0, 60, (16, 16, 3), np.uint8)
            pixels[..., channel] += 150
            (tmp_path / "photos" / name / f"{number}.png").write_bytes(png(pixels))
    flags = ["--size", 16, "--epochs", 8, "--quiet"]
    assert process("train", "photos", *flags, folder=tmp_path).code == 0
    with served(tmp_path / "runs" / "photos") as page:
        found = page.picture(png(pixels)).json
        assert np.array(found["seen"]).reshape(16, 16, 3) == pytest.approx(pixels, abs=1)
        assert found["answer"] == "blue"
        assert len(found["gradient"]["levels"]) == 3 * 16 * 16
        assert page.picture(png(np.zeros((16, 16, 3), np.uint8))).status == 200


def test_a_convolution_shows_its_channels(tmp_path):
    flags = ["--conv", 4, "--epochs", 1, "--activation", "tanh", "--batch-norm", "--quiet"]
    assert process("train", "digits", *flags, folder=tmp_path).code == 0
    with served(tmp_path / "runs" / "digits") as page:
        first, second = page.picture(png(DIGITS[3])).json["layers"]
    assert (first["kind"], first["shape"], len(first["levels"])) == ("Tanh", [4, 8, 8], 256)
    assert second["shape"] == [64]
    assert min(second["levels"]) < 0
