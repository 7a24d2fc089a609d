"""What a notebook shows of a Trainer, of a run on the disk, and of a prediction."""

from __future__ import annotations

from typing import Any

from autograd.display import Cell, Html, display, note, table

from ..callbacks import Run
from .progress import figures

MOST_CLASSES = 10  # of a prediction that are listed


def trainer_html(trainer: Any, run: Run | None) -> str:
    """What it was told, and how far its last training came."""
    rows: list[list[Any]] = [
        ["folder", "none: nothing is written" if trainer.out is None else str(trainer.out)],
        ["metrics", _types(trainer.metrics)],
        ["callbacks", _types(trainer.callbacks)],
    ]
    if trainer.accumulate > 1:
        rows.append(["batches in a step", f"{trainer.accumulate:,}"])
    for name in ("clip_norm", "clip_value", "l1", "l2", "augment"):
        if value := getattr(trainer, name):
            rows.append([name, value if isinstance(value, int | float) else repr(value)[:200]])
    if run is None:
        return display(table((), rows, caption="Trainer", headings=True), note("Nothing has been trained yet."))
    rows += [["model", type(run.model).__name__], ["trained", _how_far(run)]]
    last = figures(run.row)
    found = table([name for name, _ in last], [[Cell(text, "number") for _, text in last]]) if last else Html()
    return display(table((), rows, caption="Trainer", headings=True), found)


def _types(things: list[Any]) -> str:
    return ", ".join(type(each).__name__ for each in things) or "none"


def _how_far(run: Run) -> str:
    ending = "" if run.epoch == run.epochs else ", stopped early" if run.finished else ", not finished"
    return f"{run.epoch:,} of {run.epochs:,} epochs, {run.step:,} steps{ending}"


def trained_run_html(run: Any) -> str:
    """Where it is, what it was trained on, and what its model takes and gives."""
    task, settings = run.preprocessing, run.settings
    rows = [
        ["folder", str(run.path)],
        ["data", settings.dataset],
        ["input", f"{type(task).__name__.lower()} of shape {tuple(task.shape)}"],
        ["answer", f"{task.goal}: a number" if run.classes is None else _classes(run.classes)],
        ["parameters", f"{sum(parameter.numel() for parameter in run.model.parameters()):,}"],
    ]
    names = [line.strip() for line in repr(run.model).splitlines()[1:-1]]
    return display(
        table((), [[head, Cell(text, "wrap")] for head, text in rows], caption="TrainedRun", headings=True),
        table((), [line.partition(": ")[::2] for line in names], headings=True) if names else Html(),
    )


def _classes(classes: tuple[str, ...]) -> str:
    some = ", ".join(classes[:20])
    return f"one of {len(classes):,} classes: {some}" + (", …" if len(classes) > 20 else "")


def prediction_html(prediction: Any) -> str:
    """The answer, and the probabilities of the likeliest classes as bars of colour."""
    head = f"{prediction.input}: {prediction.answer}"
    likely = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    if not likely:
        return display(note(head))
    rows = [[name, Cell(f"{chance:.1%}", "number", shade=chance)] for name, chance in likely[:MOST_CLASSES]]
    rest = len(likely) - MOST_CLASSES
    return display(
        note(head),
        table(["class", "probability"], rows),
        note(f"and {rest:,} less likely classes") if rest > 0 else Html(),
    )
