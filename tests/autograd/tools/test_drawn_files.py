"""Pictures of a graph as files, and in notebooks: SVG that every viewer shows, PNG, PDF, a page."""

import os
import re
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

import autograd
import autograd.tools.render
from autograd import Value, draw

HOSTILE = """<script>alert(1)</script> & "double" 'single' {x|y} ]]> --> \\N 重み"""


def neuron():
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    return (x * w + b).tanh(), {"x": x, "w": w, "b": b}


def long():
    y = autograd.ones(3, requires_grad=True)
    for i in range(40):
        y = (y * i).sin() + y
    return y


def root_of(svg):
    return ElementTree.fromstring(svg)


def shown(svg):
    """The text in a picture, without its spaces."""
    return re.sub(r"\s", "", "".join(root_of(svg).itertext()))


def test_svg_is_well_formed_whatever_the_names():
    out, _ = neuron()
    out.label = 'a < b & "c" \x00\\N {x|y} é 重み'
    text = draw(out).svg()
    shown = "".join(ElementTree.fromstring(text).itertext())
    assert 'a < b & "c"  \\N {x|y} é 重み'.replace(" ", "") in shown.replace(" ", "").replace("\xa0", "")


def test_png_is_a_png_and_grows_with_dpi():
    out, _ = neuron()
    small, large = (draw(out).png(dpi=dpi) for dpi in (72, 144))
    assert small[:8] == large[:8] == b"\x89PNG\r\n\x1a\n"
    widths = [int.from_bytes(png[16:20], "big") for png in (small, large)]
    assert widths[1] == pytest.approx(2 * widths[0], abs=4)


def test_save_goes_by_the_ending(tmp_path):
    out, _ = neuron()
    drawing = draw(out)
    starts = {"a.svg": b"<?xml", "b.PNG": b"\x89PNG", "c.dot": b"digraph", "d.gv": b"digraph"}
    for name, start in {**starts, "f.pdf": b"%PDF", "g.html": b"<!doctype html>"}.items():
        drawing.save(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(ValueError, match=r"e\.bmp.*\.svg, \.png, \.pdf, \.html, \.dot, \.gv"):
        drawing.save(str(tmp_path / "e.bmp"))


def test_a_notebook_is_given_svg():
    out, _ = neuron()
    drawing = draw(out)
    bundle = drawing._repr_mimebundle_()
    assert bundle["image/svg+xml"] == drawing._repr_svg_()
    assert bundle["text/plain"] == "<drawing of 3 ops and 3 leaves>"
    assert "max-width:100%" in bundle["text/html"]  # it shrinks to its cell
    assert ElementTree.fromstring(bundle["text/html"].replace("&nbsp;", " ")).tag == "div"


def test_without_graphviz_the_error_says_what_to_install_and_the_text_is_there(monkeypatch):
    monkeypatch.setattr(autograd.tools.render, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    out, _ = neuron()
    drawing = draw(out)
    with pytest.raises(RuntimeError, match="pip install pygraphviz"):
        drawing.svg()
    assert "pip install pygraphviz" in drawing._repr_mimebundle_()["text/plain"]
    assert drawing.source.startswith("digraph")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for dot is a shell script")
def test_without_pygraphviz_a_dot_on_the_path_does(monkeypatch, tmp_path):
    dot = tmp_path / "dot"
    dot.write_text("#!/bin/sh\necho made by dot $1\n")
    dot.chmod(0o755)
    monkeypatch.setattr(autograd.tools.render, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert autograd.tools.render.render("digraph {}", "svg") == b"made by dot -Tsvg\n"


def test_what_graphviz_complains_of_is_passed_on():
    with pytest.raises(RuntimeError, match=r"Graphviz failed: .*syntax error"):
        autograd.tools.render.render("digraph {", "svg")


def test_a_layout_that_takes_too_long_is_stopped(monkeypatch):
    monkeypatch.setattr(autograd.tools.render, "SECONDS", 0.001)
    out, _ = neuron()
    with pytest.raises(RuntimeError, match=r"no layout after 0\.001 s"):
        draw(out).svg()


def test_nothing_of_this_is_imported_before_it_is_needed():
    names = {"graphviz", "pygraphviz", "subprocess", "autograd.tools.render"}
    code = f"import sys, autograd; print({names} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


# What every viewer can show.


@pytest.mark.parametrize("root", [lambda: neuron()[0], long])
def test_an_svg_has_a_size_in_pixels_that_fits_its_view_box(root):
    svg = root_of(draw(root()).svg())
    width, height = (float(svg.get(name)) for name in ("width", "height"))
    box = [float(length) for length in svg.get("viewBox").split()]
    assert width / height == pytest.approx(box[2] / box[3], rel=0.01)
    assert width <= 1600
    assert svg.get("style") is None  # `height: auto` is no size to an image viewer


def test_a_wide_graph_is_made_to_fit_1600_pixels():
    svg = root_of(draw(long(), direction="LR", fold=False).svg())
    assert svg.get("width") == "1600"
    assert float(svg.get("viewBox").split()[2]) > 1600


def test_the_colours_follow_the_reader_or_are_as_wanted():
    out, _ = neuron()
    auto, light, dark = (draw(out, theme=theme).svg() for theme in ("auto", "light", "dark"))
    assert "prefers-color-scheme: dark" in auto
    assert "prefers-color-scheme" not in light + dark
    paper, ink = autograd.tools.dot_labels.PAPER, autograd.tools.dot_labels.INK
    assert paper in light
    assert paper not in dark
    assert ink not in dark
    assert draw(out, theme="dark").png() != draw(out, theme="light").png() == draw(out).png()


def test_every_colour_of_a_light_picture_has_a_dark_one():
    out, _ = neuron()
    svg = draw(out, theme="light").svg() + draw(long(), theme="light").svg()
    assert set(re.findall("#[0-9a-f]{6}", svg)) <= set(autograd.tools.dot_labels.DARK)


def test_the_style_of_a_picture_is_for_this_picture_only():
    style = root_of(draw(neuron()[0]).svg()).find("{http://www.w3.org/2000/svg}style").text
    assert style.count("[") == style.count(".autograd-drawing [")


def test_a_screen_reader_is_told_what_it_is():
    svg = draw(neuron()[0]).svg()
    assert root_of(svg)[0].text == "drawing of 3 ops and 3 leaves"
    assert svg.count("<title>") == 1


@pytest.mark.parametrize("way", ["label", "name"])
def test_a_hostile_label_is_shown_as_text(way, tmp_path):
    x = autograd.ones(2, requires_grad=True)
    if way == "label":
        x.label = HOSTILE
    names = {HOSTILE: x} if way == "name" else {}
    drawing = draw((x * 2).sum(), **names)
    assert re.sub(r"\s", "", HOSTILE) in shown(drawing.svg())
    drawing.save(tmp_path / "page.html")
    assert "<script" not in drawing.svg() + (tmp_path / "page.html").read_text(encoding="utf-8")
    assert drawing.png()


@pytest.mark.skipif(not shutil.which("rsvg-convert"), reason="rsvg-convert, an image viewer's renderer, is not here")
def test_an_image_viewer_shows_it(tmp_path):
    draw(neuron()[0]).save(tmp_path / "a.svg")
    png = subprocess.run(["rsvg-convert", tmp_path / "a.svg"], capture_output=True, check=True).stdout
    width = int(root_of((tmp_path / "a.svg").read_text(encoding="utf-8")).get("width"))
    assert int.from_bytes(png[16:20], "big") == width


def test_cairosvg_shows_it():
    cairosvg = pytest.importorskip("cairosvg")
    svg = draw(neuron()[0]).svg()
    png = cairosvg.svg2png(bytestring=svg.encode())
    assert int.from_bytes(png[16:20], "big") == int(root_of(svg).get("width"))


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not here")
def test_a_browser_shows_it_light_and_dark(tmp_path):
    draw(neuron()[0]).save(tmp_path / "a.html")
    screens = []
    for scheme in ("1", "0"):  # light, dark
        flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / scheme}"]
        flags += [f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={tmp_path / scheme}.png"]
        env = {**os.environ, "HOME": str(tmp_path)}
        address = (tmp_path / "a.html").as_uri()
        subprocess.run(["chromium", *flags, address], capture_output=True, timeout=120, check=True, env=env)
        screens.append((tmp_path / f"{scheme}.png").read_bytes())
    assert screens[0] != screens[1]
