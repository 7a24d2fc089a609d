"""`torch.utils.tensorboard.SummaryWriter`: through tensorboardX if it is installed, else lines of JSON."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np

from autograd import Tensor

from .noted import note


class SummaryWriter:
    """Writes figures of a training for TensorBoard into `log_dir`, by default runs/<time>_<host><comment>.

    Without tensorboardX, numbers and texts become lines of `events.jsonl` there, and the rest is left out; both are
    noted. Tensors may stand wherever numbers and arrays do.
    """

    def __init__(
        self,
        log_dir: str | Path | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str = "",
    ) -> None:
        host = f"{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
        self.log_dir = str(log_dir or Path("runs", host))
        try:
            writer = import_module("tensorboardX").SummaryWriter
        except ModuleNotFoundError:
            self._writer: Any = JsonLines(self.log_dir)
        else:
            self._writer = writer(self.log_dir, comment, purge_step, max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """One number."""
        self._writer.add_scalar(tag, _plain(scalar_value), global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Several numbers for one chart."""
        numbers = {tag: _plain(value) for tag, value in tag_scalar_dict.items()}
        self._writer.add_scalars(main_tag, numbers, global_step, walltime)

    def add_text(
        self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """A text."""
        self._writer.add_text(tag, text_string, global_step, walltime)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: str = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How values are distributed."""
        self._writer.add_histogram(tag, _plain(values), global_step, bins, walltime, max_bins)

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """An image."""
        self._writer.add_image(tag, _plain(img_tensor), global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Images."""
        self._writer.add_images(tag, _plain(img_tensor), global_step, walltime, dataformats)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of Matplotlib."""
        self._writer.add_figure(tag, figure, global_step, close, walltime)

    def add_hparams(
        self, hparam_dict: Mapping[str, Any], metric_dict: Mapping[str, Any], run_name: str | None = None
    ) -> None:
        """Settings, and what they led to."""
        settings, figures = ({k: _plain(v) for k, v in each.items()} for each in (hparam_dict, metric_dict))
        self._writer.add_hparams(settings, figures, run_name)

    def add_graph(self, model: Any, input_to_model: Any = None, **options: Any) -> None:
        """Nothing: TensorBoard draws only graphs that PyTorch has traced. `autograd.draw` draws ours."""
        note("SummaryWriter.add_graph has no effect: autograd.draw(loss) draws a graph")

    def add_embedding(self, mat: Any, **options: Any) -> None:
        """Nothing: embeddings are not written."""
        note("SummaryWriter.add_embedding has no effect")

    def flush(self) -> None:
        """Write everything to the files."""
        self._writer.flush()

    def close(self) -> None:
        """Close the files."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class JsonLines:
    """What takes the place of tensorboardX: one line of JSON for each number or text."""

    def __init__(self, folder: str) -> None:
        path = Path(folder, "events.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        note(f"SummaryWriter wrote lines of JSON to {path}: for TensorBoard, pip install tensorboardX")

    def add_scalar(self, tag: str, value: Any, step: int | None, walltime: float | None) -> None:
        """A line with a number."""
        self._write(tag, np.asarray(value).item(), step, walltime)

    def add_scalars(self, tag: str, values: Mapping[str, Any], step: int | None, walltime: float | None) -> None:
        """A line for each number."""
        for name, value in values.items():
            self.add_scalar(f"{tag}/{name}", value, step, walltime)

    def add_text(self, tag: str, text: str, step: int | None, walltime: float | None) -> None:
        """A line with a text."""
        self._write(tag, text, step, walltime)

    def add_hparams(self, settings: Mapping[str, Any], figures: Mapping[str, Any], run_name: str | None) -> None:
        """A line with settings and what they led to."""
        plain = [{name: np.asarray(v).item() for name, v in each.items()} for each in (settings, figures)]
        self._write("hparams", plain, None, None)

    def flush(self) -> None:
        """Write everything to the file."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("add_"):
            raise AttributeError(name)
        note(f"SummaryWriter.{name} has no effect without tensorboardX")
        return lambda *args: None

    def _write(self, tag: str, value: Any, step: int | None, walltime: float | None) -> None:
        row = {"tag": tag, "value": value, "step": step, "time": walltime or time.time()}
        self._file.write(json.dumps(row) + "\n")


def _plain(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, Tensor) else value
