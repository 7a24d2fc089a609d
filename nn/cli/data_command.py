"""`chalkgrad data`: which data sets there are, where their files are, and how to get them."""

from __future__ import annotations

import warnings
from pathlib import Path

from rich.markup import escape

from ..data import datasets
from ..data.datasets import cifar
from ..data.datasets.places import data_root, find
from ..runs.run_data import FILES
from ..runs.settings import ConfigError, nearest
from . import show

BUILT_IN = {
    "digits": ("1,797 images of 8 x 8, 10 classes", "scikit-learn"),
    "iris": ("150 rows of 4, 3 classes", "scikit-learn"),
    "moons": ("500 points, 2 classes", "generated"),
    "circles": ("500 points, 2 classes", "generated"),
    "spirals": ("500 points, 3 classes", "generated"),
    "blobs": ("500 points, 3 classes", "generated"),
    "xor": ("4 points, 2 classes", "generated"),
}
ON_DISK = {
    "mnist": "70,000 images of 28 x 28, 10 classes",
    "fashion-mnist": "70,000 images of 28 x 28, 10 classes",
    "cifar10": "60,000 photos of 32 x 32, 10 classes",
}


def list_all() -> None:
    """Print a table of all data sets, and of where their files are."""
    table = show.grid("name", "samples", "from", left=True)
    for name, (samples, source) in BUILT_IN.items():
        table.add_row(name, samples, source)
    for name, samples in ON_DISK.items():
        table.add_row(name, samples, escape(state(name)))
    table.add_row("FILE.csv", "rows below a header", "your own file")
    table.add_row("FOLDER", "a folder of images for each class", "your own folder")
    show.console().print(table)
    print("What is missing can be downloaded: chalkgrad data fetch NAME")
    print(f"Files are looked for in {data_root()}, which the environment variable CHALKGRAD_DATA can change")


def show_table(file: str, target: str | None = None) -> None:
    """Print what becomes of each column of a table, and the notes on it. Raises what `datasets.CSV` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", datasets.DataNote)  # they are printed below
        data = datasets.CSV(Path(file).expanduser(), target)
    table = show.grid("column", "read as", "inputs", left=True)
    for column in data.encoding.columns:
        table.add_row(escape(column.name), f"{column.kind}s", str(column.width))
    goal = f"{len(data.classes)} classes" if data.classes else "a quantity to predict"
    table.add_row(escape(data.encoding.target.name), goal, "target")
    console = show.console()
    console.print(table)
    console.print(f"{len(data):,} rows, {len(data.features):,} inputs")
    for note in data.notes:
        console.print(f"[bold]note[/]  {escape(note)}", soft_wrap=True)


def state(name: str) -> str:
    """Where the files of a data set are, or that some are missing."""
    wanted, folders = files_of(name)
    found = [find(data_root(), folders, file) for file in wanted]
    if all(found):
        return str(found[0].parent)  # type: ignore[union-attr]
    if name == "cifar10" and (tiny := find(data_root(), [cifar.TINY], "data_batch_1.bin")):
        return f"{tiny.parent}, only 12,000 of them"
    missing = ", ".join(file for file, path in zip(wanted, found, strict=True) if not path)
    return f"incomplete, missing {missing}" if any(found) else "missing"


def files_of(name: str) -> tuple[list[str], list[str]]:
    """The names of the files of a data set, and the folders that may hold them."""
    if name == "cifar10":
        return [f"{part}.bin" for part in (*cifar.TRAIN, "test_batch")], [cifar.BINARY]
    kind = FILES[name]
    return list(kind.md5), list(kind.folders)  # type: ignore[attr-defined]


def fetch(name: str) -> None:
    """Download a data set, unless it is there.

    Raises ConfigError for a name that cannot be downloaded; OSError or ValueError if the download fails.
    """
    if name in BUILT_IN:
        print(f"{name} needs no files: chalkgrad train {name}")
        return
    if name not in FILES:
        known = ", ".join(FILES)
        raise ConfigError(f"there is no data set {name!r} to fetch{nearest(name, FILES)}: choose one of {known}")
    data_root().mkdir(parents=True, exist_ok=True)
    data = FILES[name](download=True)
    print(f"{name} is in {Path(data.root)}")
