"""What the labs share: their options, and the figures they end with. It is no lab itself.

A lab is a program of a page or two that answers one question. All take the same options:

    python -m demos.xor                      # in full; pictures and figures go to runs/xor-lab
    python -m demos.xor --quick              # in seconds, on less data
    python -m demos.xor --seed 3 --out here
"""

import argparse
import json
import time
from pathlib import Path

from matplotlib.figure import Figure

import autograd

BLUE, RED, GREY, INK, PAPER = "#2f5d8a", "#c8553d", "#8a8f98", "#22303c", "#f7f5f2"  # the colours of nn.plot


def axes(width, height, *titles):
    """A figure of Matplotlib in the style of `nn.plot`, for a picture of one lab; and its axes, one for each title."""
    figure = Figure(figsize=(width, height), layout="constrained")
    sides = figure.subplots(1, len(titles), squeeze=False)[0]
    for ax, title in zip(sides, titles, strict=True):
        ax.set_title(title, loc="left", fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(length=0)
    return figure, sides[0] if len(titles) == 1 else sides


class Lab:
    """One run of a lab: `quick`, `seed` and `out` from the command line, and what it found.

        with Lab(__file__, __doc__) as lab:
            ...

    `manual_seed(seed)` has been called at its beginning; at its end it writes `out/figures.json`.
    """

    def __init__(self, file, about, seed=0):
        name = Path(file).stem
        parser = argparse.ArgumentParser(
            f"python -m demos.{name}", description=about, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--quick", action="store_true", help="take seconds: less data, fewer steps")
        parser.add_argument("--seed", type=int, default=seed, help=f"of all random numbers (default {seed})")
        parser.add_argument("--out", type=Path, help=f"folder the pictures go to (default runs/{name}-lab)")
        options = parser.parse_args()
        self.name, self.quick, self.seed = name, options.quick, options.seed
        self.out = options.out or Path("runs", f"{name}-lab")
        self.figures, self.pictures = {}, []
        self._start = time.perf_counter()
        autograd.manual_seed(self.seed)

    def found(self, **figures):
        """Note results by name: numbers, and texts."""
        self.figures |= figures

    def has(self, dataset):
        """Whether to use this data set: in full, if it is on this machine or can be fetched. If not, a line says so."""
        name, instead = dataset.__name__, "scikit-learn's 1,797 digits of 8 x 8 pixels stand in for it"
        if self.quick:
            print(f"{name} is for the lab in full; {instead}")
            return False
        try:
            dataset(download=True)
        except RuntimeError:
            print(f"{name} is not on this machine and cannot be fetched; {instead}. CHALKGRAD_DATA can name its folder")
            return False
        return True

    def picture(self, figure, name):
        """Save a picture of `nn.plot`, a drawing, or a figure of Matplotlib under this name, and say where it is."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(figure, Figure):
            figure.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.12)
        else:
            figure.save(path)
        self.pictures.append(name)
        print(f"picture: {path}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.found(seconds=round(time.perf_counter() - self._start, 1))
            self.out.mkdir(parents=True, exist_ok=True)
            note = {"quick": self.quick, "seed": self.seed, "pictures": self.pictures, "figures": self.figures}
            (self.out / "figures.json").write_text(json.dumps(note, indent=1), encoding="utf-8")
