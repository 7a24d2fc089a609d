"""From settings to a training run: the trainer, the optimizer, and the schedule of the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nn

from .. import optim
from ..callbacks import Callback, Run
from ..optim import lr_scheduler
from ..runs.run_data import Data
from ..runs.settings import AUTO, BY_ROWS, ConfigError, Settings
from ..runs.task import Images, Task
from ..train import Trainer, find_batch_size, find_lr
from .class_balance import training_loss
from .outcome import metrics_of

OPTIMIZERS: dict[str, type[optim.Optimizer]] = {
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "sgd": optim.SGD,
    "rmsprop": optim.RMSprop,
    "adagrad": optim.Adagrad,
}
EPOCHS, STEPS = 40, 400  # of "auto": at least so many (docs/tables.md has what follows from these)
DECAY, MOST_DECAY = 4, 0.03  # of "auto", divided by the number of rows
MOMENTUM = {"adam", "adamw", "sgd"}  # the optimizers whose momentum a one-cycle schedule can change


def build_trainer(
    settings: Settings,
    task: Task,
    callbacks: Iterable[Callback] = (),
    out: Path | None = None,
    kind: type[Trainer] = Trainer,
) -> Trainer:
    """The trainer, of a `kind`, that does what the settings say around every step; `out` is the folder, if any."""
    return kind(
        out,
        metrics=metrics_of(task),
        callbacks=callbacks,
        accumulate=settings.accumulate,
        clip_norm=settings.clip_norm or None,
        l1=settings.l1,
        l2=settings.l2,
        compile=settings.compile != "none" and settings.compile,
        amp=None if settings.amp == "none" else settings.amp,
        augment=task.augment if settings.augment and isinstance(task, Images) else None,
        progress=not settings.quiet,
        doctor=settings.doctor,
    )


def measured(
    settings: Settings, data: Data, model: nn.Sequential, tell: Callable[[str], Any] = lambda text: None
) -> Settings:
    """The settings, with numbers for what they leave to be found: weight decay, batch size, epochs, learning rate.

    `tell` is told why it is these. Raises ConfigError for an effective batch size that the batches cannot make up, and
    if no learning rate makes the loss fall; MemoryError if not even one sample fits.
    """
    settings = _planned(_sized(_decayed(settings, data), data, model, tell), data)
    if settings.lr != AUTO:
        return settings
    found = find_lr(
        model,
        data.train,
        build_optimizer(settings, model),
        training_loss(settings, data),
        batch_size=settings.batch_size,
        trainer=build_trainer(replace(settings, quiet=True, doctor=False), data.task),
    )
    if found.lr is None:
        raise ConfigError(f"lr: auto found none, for {found.reason}: give a number")
    tell(f"lr {found.lr:.2g}: {found.reason}")
    return replace(settings, lr=float(f"{found.lr:.2g}"))


def _decayed(settings: Settings, data: Data) -> Settings:
    """A penalty that stays the same while the loss is a mean over the rows: the more of them, the less it weighs."""
    if settings.weight_decay != BY_ROWS["weight_decay"]:
        return settings
    return replace(settings, weight_decay=float(f"{min(MOST_DECAY, DECAY / len(data.train)):.2g}"))


def _planned(settings: Settings, data: Data) -> Settings:
    """As many epochs as usual, or as make so many steps that a small table is learned, too."""
    if settings.epochs != BY_ROWS["epochs"]:
        return settings
    return replace(settings, epochs=max(EPOCHS, math.ceil(STEPS / _steps(settings, data))))


def _steps(settings: Settings, data: Data) -> int:
    """The steps of an epoch."""
    return math.ceil(math.ceil(len(data.train) / settings.batch_size) / settings.accumulate)


def _sized(settings: Settings, data: Data, model: nn.Sequential, tell: Callable[[str], Any]) -> Settings:
    batch, accumulate, effective = settings.batch_size, settings.accumulate, settings.effective_batch_size
    if batch == AUTO:
        found = find_batch_size(
            model,
            data.train,
            build_optimizer(settings, model),
            training_loss(settings, data),
            effective=effective or None,
            trainer=build_trainer(replace(settings, quiet=True, doctor=False), data.task),
        )
        tell(str(found))
        batch = found.batch_size
    if effective:
        if effective % batch:
            raise ConfigError(
                f"effective_batch_size: expected a multiple of the batch size, {batch}, given {effective}: choose "
                "another, or --batch-size auto"
            )
        if accumulate not in (1, effective // batch):
            raise ConfigError(
                f"effective_batch_size: {effective} is {effective // batch} batches of {batch}, but accumulate is "
                f"{accumulate}: give one of the two"
            )
        accumulate = effective // batch
    return replace(settings, batch_size=batch, accumulate=accumulate)


def fit_arguments(settings: Settings, data: Data, model: nn.Sequential) -> dict[str, Any]:
    """What `Trainer.fit` is to be given, by name."""
    optimizer = build_optimizer(settings, model)
    scheduler, every = build_schedule(settings, optimizer, _steps(settings, data))
    return {
        "model": model,
        "train": data.train,
        "valid": data.valid,
        "epochs": settings.epochs,
        "optimizer": optimizer,
        "loss": training_loss(settings, data),
        "scheduler": scheduler,
        "scheduler_every": every,
        "batch_size": settings.batch_size,
    }


def build_optimizer(settings: Settings, model: nn.Module) -> optim.Optimizer:
    """The optimizer of that name for all parameters."""
    options: dict[str, Any] = {"lr": settings.lr, "weight_decay": settings.weight_decay}
    if settings.optimizer == "sgd":
        options["momentum"] = 0.9
    return OPTIMIZERS[settings.optimizer](model.parameters(), **options)


def build_schedule(settings: Settings, optimizer: optim.Optimizer, steps_per_epoch: int) -> tuple[Any, str]:
    """The scheduler, or None, and whether it advances with every "epoch" or "step".

    linear falls to zero over all epochs, cosine likewise in half a wave; step falls to a tenth after each third of
    them; plateau to a tenth after 5 epochs without improvement; onecycle rises for a third of the steps, then falls.
    """
    epochs, schedule = settings.epochs, settings.schedule
    if schedule == "linear":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / epochs), "epoch"
    if schedule == "cosine":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: (1 + math.cos(math.pi * epoch / epochs)) / 2), "epoch"
    if schedule == "step":
        return lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.1 ** (3 * epoch // epochs)), "epoch"
    if schedule == "plateau":
        return lr_scheduler.ReduceLROnPlateau(optimizer, patience=5), "epoch"
    if schedule == "onecycle":
        total, cycle = epochs * steps_per_epoch, settings.optimizer in MOMENTUM
        return lr_scheduler.OneCycleLR(optimizer, settings.lr, total_steps=total, cycle_momentum=cycle), "step"
    return None, "epoch"


class Replanned(Callback):
    """Stretches a schedule that ends with the run over the epochs that are planned now, if it was resumed with others.

    Made before the checkpoint is loaded, it remembers the plan that the checkpoint would overwrite.
    """

    def __init__(self, scheduler: Any) -> None:
        self.plan = {} if scheduler is None else dict(scheduler.state_dict())

    def on_fit_start(self, run: Run) -> None:
        if run.scheduler is None or isinstance(run.scheduler, lr_scheduler.ReduceLROnPlateau):
            return
        now = run.scheduler.state_dict()
        place = {name: now[name] for name in ("last_epoch", "_step_count", "_last_lr")}
        run.scheduler.load_state_dict(self.plan | place)
        for group, lr in zip(run.optimizer.param_groups, run.scheduler.get_lr(), strict=True):
            group["lr"] = lr
