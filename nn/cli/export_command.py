"""`chalkgrad export`: the model of a run as a file for other programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import autograd

from ..interop import to_onnx
from ..runs.run_folder import RunFolder
from ..runs.task import IMAGES, TABLE
from . import show

NAME = "model.onnx"


def export(path: Path, onnx: Path | None = None) -> None:
    """Write the model of a run as an ONNX file, and say what it takes and gives.

    Beside the graph, the file holds the names of the classes as JSON under "classes" (null in a regression), and under
    "preprocessing" what turns a row or an image into an input, as the run's own file says it.

    Raises ConfigError if `path` is not the folder of a run; FileError for a model that is missing or damaged, or a file
    that cannot be replaced; ImportError without the package onnx.
    """
    folder = RunFolder.open(path)
    model, task = folder.load_model(), folder.task
    file = (onnx or folder.path / NAME).expanduser()
    preprocessing = next(each for name in (TABLE, IMAGES) if (each := folder.path / name).exists())
    metadata = {
        "classes": json.dumps(task.classes, ensure_ascii=False),
        "goal": task.goal,
        "preprocessing": preprocessing.read_text(encoding="utf-8"),
    }
    rng = np.random.default_rng(0)
    sample = autograd.tensor(rng.normal(size=(2, *task.shape)).astype(np.float32))
    output = "number" if task.classes is None else "scores"
    to_onnx(model, sample, file, input_names=["input"], output_names=[output], metadata=metadata)
    given = " × ".join(str(n) for n in ("batch", *task.shape))
    made = f"the number {task.goal}" if task.classes is None else f"the scores of {len(task.classes)} classes"
    show.console().print(f"{file}: from input ({given}) {made}", markup=False, soft_wrap=True)
