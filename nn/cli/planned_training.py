"""From settings, data and a model to a training."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import nn

from ..optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from ..train import Callback, History, Trainer
from .build import build_optimizer, build_schedule
from .outcome import loss_of, metrics_of
from .run_data import Data
from .settings import Settings


class Training:
    """A model with all that trains it as the settings say; `fit` does, once."""

    def __init__(
        self,
        settings: Settings,
        data: Data,
        model: nn.Sequential,
        callbacks: Iterable[Callback] = (),
        out: Path | None = None,
        resume: bool = False,
    ) -> None:
        self.settings, self.data, self.model, self.resume = settings, data, model, resume
        self.optimizer = build_optimizer(settings, model)
        steps = math.ceil(math.ceil(len(data.train) / settings.batch_size) / settings.accumulate)
        self.scheduler, self.every = build_schedule(settings, self.optimizer, steps)
        replanned = [Replanned(self.scheduler)] if resume and self.scheduler is not None else []
        self.trainer = Trainer(
            out,
            metrics=metrics_of(data.task),
            callbacks=[*callbacks, *replanned],
            accumulate=settings.accumulate,
            clip_norm=settings.clip_norm or None,
            l1=settings.l1,
            l2=settings.l2,
            augment=data.task.augment if settings.augment else None,  # type: ignore[union-attr]
            progress=not settings.quiet,
            doctor=settings.doctor,
        )

    def fit(self) -> History:
        """Train, or go on from the newest checkpoint. Raises what `Trainer.fit` does."""
        settings, data = self.settings, self.data
        return self.trainer.fit(
            self.model, data.train, data.valid, settings.epochs, self.optimizer, loss_of(data.task),
            scheduler=self.scheduler, scheduler_every=self.every, batch_size=settings.batch_size, resume=self.resume,
        )  # fmt: skip


class Replanned(Callback):
    """Lays a schedule that ends with the training over the epochs that are planned now, if they were others before."""

    def __init__(self, scheduler: LRScheduler) -> None:
        self.scheduler, self.plan = scheduler, dict(scheduler.state_dict())

    def on_fit_start(self, trainer: Trainer) -> None:
        if isinstance(self.scheduler, ReduceLROnPlateau):
            return
        now = self.scheduler.state_dict()
        place = {name: now[name] for name in ("last_epoch", "_step_count", "_last_lr")}
        self.scheduler.load_state_dict(self.plan | place)
        for group, lr in zip(trainer.optimizer.param_groups, self.scheduler.get_lr(), strict=True):
            group["lr"] = lr
