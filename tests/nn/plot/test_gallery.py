"""The gallery has an example of every picture, and the page on pictures shows them all."""

import re
from pathlib import Path

import gallery
import pytest
from PIL import Image

from nn import plot

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "pictures.md").read_text(encoding="utf-8")
NAMES = sorted(set(plot.__all__) - {"Figure"})
SHOWN = dict(re.findall(r"!\[[^\]]+\]\(images/gallery/((\w+)\.(?:png|gif))\)", PAGE))


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_has_an_example_a_file_and_a_line_of_code_on_the_page(name):
    assert name in gallery.PICTURES
    (file,) = [file for file, shown in SHOWN.items() if shown == name]
    with Image.open(DOCS / "images" / "gallery" / file) as image:
        assert max(image.size) < 2500
    assert (DOCS / "images" / "gallery" / file).stat().st_size < (60_000 if file.endswith(".png") else 500_000)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    assert f"plot.{name}(" in code


def test_the_gallery_shows_nothing_else():
    assert set(SHOWN.values()) == set(NAMES) == set(gallery.PICTURES)
    assert {path.name for path in (DOCS / "images" / "gallery").iterdir()} == set(SHOWN)


def test_the_gallery_draws_what_it_is_asked_for_and_refuses_other_names(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(gallery, "FOLDER", tmp_path / "docs" / "images" / "gallery")
    assert gallery.main(["activations", "predictions"]) == 0
    assert sorted(path.name for path in gallery.FOLDER.iterdir()) == ["activations.png", "predictions.png"]
    assert re.fullmatch(r"docs/images/gallery/activations\.png  \d+ kB", capsys.readouterr().out.splitlines()[0])
    assert gallery.main(["activation"]) == 2
    assert "there is no picture activation, only activations, boundary_animation" in capsys.readouterr().err
