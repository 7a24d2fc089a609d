"""The doctor as a callback of the Trainer."""

from __future__ import annotations

from ..callbacks import Callback, Run
from .watched_loop import doctor


class DoctorCallback(Callback):
    """Watches the training loop, and prints the doctor's report at the end."""

    def on_fit_start(self, run: Run) -> None:
        self._watch = doctor(run.model, run.optimizer, scheduler=run.scheduler, valid=run.valid_batches, verbose=True)
        self._watch.__enter__()

    def on_fit_end(self, run: Run) -> None:
        self._watch.__exit__(None, None, None)
