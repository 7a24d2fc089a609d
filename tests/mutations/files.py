"""The kinds of file that are read: good ones of each kind, and what reads them."""

import gzip
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

import autograd
import nn
from nn.cli import formula
from nn.cli.train_command import begin
from nn.data import datasets
from nn.data.datasets.binary_formats import read_cifar_binary, read_idx
from nn.data.datasets.cifar_pickle import read_cifar_python
from nn.runs.data_record import DataRecord
from nn.runs.python_run import MADE
from nn.runs.run_data import load_data
from nn.runs.run_folder import MODEL, RunFolder
from nn.runs.settings import settings_from
from nn.train import History, load_run, save_run
from tests.data_files import idx, python_batch, records

MIB = 1 << 20


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        good: the contents of files that are read without complaint.
        name: that of the file; in a run, its place in the folder.
        read: what reads it, given its path.
        constant: the bytes that reading may take beside four times the size of the file.
    """

    good: list[bytes]
    name: str
    read: Callable[[Path], object]
    constant: int = 64 * MIB


def kinds(folder: Path) -> dict[str, Kind]:
    """All kinds, by name. The run whose files are damaged is in `folder`."""
    planes, labels, batch = records(3)
    digits = idx(np.arange(3 * 28 * 28).astype(np.uint8).reshape(3, 28, 28))
    table, pictures = finished(folder / "table", "iris"), finished(folder / "pictures", "digits")
    made = save_run(nn.MLP(2, [3, 2]), folder / "made", ["a", "b"], classes=["no", "yes"])
    return {
        "csv": Kind([text.encode() for text in TABLES], "table.csv", datasets.CSV),
        "csv, blanks": Kind([BLANKS.encode()], "table.csv", datasets.CSV),
        "rows to predict": Kind([FLOWERS], "flowers.csv", load_run(table).predict),
        "idx": Kind([digits], "digits-idx3-ubyte", lambda path: read_idx(path, 3)),
        "idx, packed": Kind([gzip.compress(digits, mtime=0)], "digits-idx3-ubyte.gz", lambda path: read_idx(path, 3)),
        "cifar, binary": Kind([batch], "data_batch_1.bin", read_cifar_binary),
        "cifar, python": Kind(
            [python_batch(planes, labels, protocol) for protocol in (3, 4)], "data_batch_1", read_cifar_python
        ),
        **{f"image, {end}": Kind(images(end), f"a.{end}", datasets.read_image, 256 * MIB) for end in ENDS},
        "safetensors": Kind(weights(folder), "w.safetensors", nn.load),
        "history.jsonl": Kind([(table / "history.jsonl").read_bytes()], "history.jsonl", History.load),
        **{name: of_run(run, name) for run in (table, pictures) for name in FILES if (run / name).exists()},
        MADE: of_run(made, MADE),
        "formula": Kind([text.encode() for text in FORMULAS], "formula", read_formula),
    }


TABLES = (
    "length,width,colour,kind\n" + "1.5,2,red,perch\n2.5,3,grey,carp\n0.5,1,red,perch\n4,4.5,grey,carp\n" * 3,
    '"a ""b""";c;d\n' + "1,5;x;2024-01-31\n2,25;y;2024-02-28\n3,0;x;2023-12-01\n" * 3,
    "x\ty\n" + "1\t2\n2\t4\n3\t6\n" * 3,
)
BLANKS = "'a' 'b'  'kind'\n" + "1  2.5 perch\n2   3.5 carp \n 0.5 1\tperch\n4 4.5 carp\n" * 3
FLOWERS = b"sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n6.2,2.9,4.3,1.3\n"
FORMULAS = ("x**2 + 3*sin(y)", "-log(x)/(y - 1.5e-3)", "relu(x*y) + sigmoid(-x)**2", "((x + y)*pi)**0.5 - e")
ENDS = ("png", "jpg", "gif", "bmp", "tiff", "webp", "ppm", "pgm")
FILES = ("config.toml", "encoding.json", "images.json", "data.json", "results.json", "split.safetensors", MODEL)


def images(end: str) -> list[bytes]:
    """Small images in a format: in colours, grey and, where it has them, with palettes, transparency and 16 bits."""
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    colours = Image.fromarray(pixels)
    made = [colours, colours.convert("L")]
    if end in ("png", "tiff"):
        made += [colours.convert("P"), Image.fromarray(pixels[..., 0].astype(np.uint16) * 16)]
        made += [colours.convert("RGBA")]
    if end == "tiff":
        made += [Image.fromarray(pixels[..., 0].astype(np.float32) / 255)]
    return [written(image, "jpeg" if end == "jpg" else "ppm" if end == "pgm" else end) for image in made]


def written(image: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(file, kind, **({"exif": exif} if kind in ("jpeg", "png", "webp") else {}))
    return file.getvalue()


def weights(folder: Path) -> list[bytes]:
    """States as `nn.save` writes them, and a file of the library alone."""
    from safetensors.numpy import save

    path = folder / "good.safetensors"
    nn.save({"model": nn.Linear(3, 2).state_dict(), "epoch": 3, "lr": [0.1, float("inf")]}, path)
    return [path.read_bytes(), save({"w": np.arange(6.0), "b": np.zeros(2, np.float32)})]


def finished(folder: Path, dataset: str) -> Path:
    """The folder of a run on a data set, as training leaves it, but for the training."""
    autograd.manual_seed(0)
    settings = settings_from({"dataset": dataset, "hidden": [4], "out": str(folder), "quiet": True})
    run, _, model = begin(settings)
    nn.save(model.state_dict(), run.path / MODEL)
    (run.path / "results.json").write_text(json.dumps({"measured_on": "valid", "accuracy": 0.5, "loss": None}))
    (run.path / "history.jsonl").write_text('{"epoch": 1, "loss": 0.5}\n{"epoch": 2, "loss": null, "lr": 0.1}\n')
    return run.path


def of_run(run: Path, name: str) -> Kind:
    """A file in the folder of a run. It is read in its place, as by whoever uses the run, and put back as it was."""
    good = (run / name).read_bytes()

    def read(path: Path) -> None:
        os.replace(path, run / name)
        try:
            if name in ("data.json", "split.safetensors"):
                DataRecord.load(run)
            elif name == "config.toml":
                load_data(RunFolder.open(run).settings)
                load_run(run)
            else:
                load_run(run).results  # noqa: B018
        finally:
            (run / name).write_bytes(good)

    return Kind([good], name, read)


def read_formula(path: Path) -> None:
    """What `chalkgrad draw` does with a formula, but for the drawing."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    formula.evaluate(text, {"x": 0.7, "y": 1.3})[0].backward()
