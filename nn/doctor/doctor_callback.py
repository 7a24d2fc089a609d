"""The doctor beside a Trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..callbacks import Callback
from .watched_loop import doctor

if TYPE_CHECKING:
    from ..train.trainer import Trainer


class Watch(Callback):
    """Opens the doctor around the loop, and prints its report at the end."""

    def on_fit_start(self, trainer: Trainer) -> None:
        self._watch = doctor(trainer.model, trainer.optimizer, scheduler=trainer.scheduler, valid=trainer.valid_batches)
        self.report = self._watch.__enter__()

    def on_fit_end(self, trainer: Trainer) -> None:
        self._watch.__exit__(None, None, None)
        print(self.report, flush=True)
