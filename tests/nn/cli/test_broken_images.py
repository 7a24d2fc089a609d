"""Images that cannot be read, and images that have to be scaled: what the commands say of them, and do."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nn.runs.task import Images, load_task
from tests.cli_runs import fails, here

pytestmark = pytest.mark.filterwarnings("default")
FAST = ("--epochs", 1, "--size", 8, "--conv", "none", "--hidden", 4, "--quiet")


@pytest.fixture(autouse=True)
def photos(tmp_path, monkeypatch):
    """A folder of twelve images of floats in two classes, and two files in it that cannot be read."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name, level in {"dark": 0.2, "light": 0.8}.items():
        Path("photos", name).mkdir(parents=True)
        for i in range(6):
            pixels = np.clip(rng.normal(level, 0.05, (8, 8)), 0, 1).astype(np.float32)
            Image.fromarray(pixels).save(f"photos/{name}/{i}.tiff")
        Path("photos", name, "broken.png").write_bytes(b"?")


@pytest.fixture
def run(capsys):
    assert here(capsys, "train", "photos", "--broken", "skip", *FAST).code == 0
    return "runs/photos"


def test_training_names_all_images_that_cannot_be_read(capsys):
    done = here(capsys, "train", "photos", *FAST)
    assert fails(done, 1, "dark/broken.png: not an image", "light/broken.png: not an image")


def test_training_leaves_them_out_if_asked(capsys):
    done = here(capsys, "train", "photos", "--broken", "skip", *FAST)
    assert done.code == 0
    assert "photos: 2 of 14 images cannot be read, and are left out: " in done.err
    assert "12 of 12 images of 16 bits or floats: scaled so that 0 is black and 1 is white" in done.err
    images = load_task(Path("runs/photos"))
    assert isinstance(images, Images)
    assert (images.span, images.broken) == ((0, 1), "skip")
    assert here(capsys, "evaluate", "runs/photos").code == 0


def test_a_prediction_scales_as_the_training_did(capsys, run):
    """A picture of 0.2 throughout is dark, though its own values would make it as light as any."""
    Image.fromarray(np.full((8, 8), 0.2, np.float32)).save("new.tiff")
    flat = load_task(Path(run)).read(Path("new.tiff"))[0]
    dark = load_task(Path(run)).read(Path("photos/dark/0.tiff"))[0]
    assert abs(flat.mean().item() - dark.mean().item()) < 0.3
    done = here(capsys, "predict", run, "new.tiff")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("policy", [[], ["--broken", "skip"], ["--broken", "refuse"]], ids=" ".join)
def test_prediction_keeps_the_policy_of_the_training_unless_told(policy, run, capsys):
    files = ["photos/dark/broken.png", "photos/dark/0.tiff", "photos/light/broken.png"]
    done = here(capsys, "predict", run, *files, *policy)
    named = ["dark/broken.png: not an image", "light/broken.png: not an image"]
    if "refuse" in policy:
        assert fails(done, 1, *named)
    else:
        assert done.code == 0
        assert [line.split("\t")[0] for line in done.out.splitlines()[1:]] == ["0.tiff"]
        assert all(name in done.err for name in ["note: 2 of 3 images cannot be read, and are left out", *named])
    assert fails(here(capsys, "predict", run, files[0], "--broken", "skip"), 1, named[0])
    assert fails(here(capsys, "predict", run, *files, "--broken", "some"), 2, "expected one of refuse, skip")


def test_the_policy_is_for_folders_of_images(capsys):
    assert fails(here(capsys, "train", "iris", "--broken", "skip"), 2, "broken is for folders of images, not for iris")


WRONG = {"classes": ["a"], "shape": [1, 8], "mean": ["x"], "std": [0], "dark": 1, "span": [0], "broken": "some"}


@pytest.mark.parametrize(("field", "value"), [*WRONG.items(), ("shape", [])])
def test_a_damaged_record_of_the_images_is_refused(field, value, run, capsys):
    record = Path(run, "images.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), field: value}))
    assert fails(here(capsys, "predict", run, "photos/dark/0.tiff"), 1, f"{field} cannot have such a value")
