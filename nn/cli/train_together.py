"""`chalkgrad train --distributed`: one training by all processes that `mpiexec` has started; rank 0 reports."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.markup import escape

import autograd
import nn

from ..distributed import init_process_group
from ..distributed.process_group import the_group
from ..distributed.shared_values import told_by_first
from ..runs.build_model import build_model
from ..runs.folder_lock import FolderLock
from ..runs.run_data import Data, load_data
from ..runs.run_folder import RunFolder
from ..runs.settings import ConfigError, Settings, settings_from
from ..train import Callback, DistributedTrainer, EarlyStopping
from . import show
from .build_training import build_trainer, fit_arguments
from .one_run import begin, reopen, to_resume

EXCHANGE = "the exchange of the settings"
Complete = Callable[[RunFolder, Data, nn.Sequential, bool, type[DistributedTrainer]], None]


def train_together(flags: Mapping[str, Any], config: Path | None, resume: Path | None, complete: Complete) -> None:
    """Train as `train_command.train` does, on all ranks; `complete` is called on rank 0.

    Raises ConfigError for folds, --compile and --doctor, and what `train` raises; DistributedError if a rank fails.
    """
    init_process_group()
    group = the_group()
    if group.rank:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # rank 0 saves first, and its end is that of all
        follow(told_by_first(group, None, EXCHANGE))
        return
    with ExitStack() as ends:
        try:
            folder, data, model = ready(flags, config, resume)
            ends.enter_context(FolderLock(folder.path))
        except BaseException:
            told_by_first(group, None, EXCHANGE)
            raise
        told_by_first(group, folder.settings, EXCHANGE)
        complete(folder, data, model, resume is not None, DistributedTrainer)


def ready(flags: Mapping[str, Any], config: Path | None, resume: Path | None) -> tuple[RunFolder, Data, nn.Sequential]:
    """The run that rank 0 begins, or resumes."""
    if resume is None:
        settings = settings_from(flags, config)
        refuse(settings)
        folder, data, model = begin(settings)
    else:
        folder, data, model = reopen(resume, flags, config)
        refuse(folder.settings)
    if not folder.settings.quiet:
        show.console().print(f"to go on if a rank fails: {escape(to_resume(folder.path))}", soft_wrap=True)
    return folder, data, model


def refuse(settings: Settings) -> None:
    """Raise ConfigError for what several ranks do not do."""
    if settings.folds and not settings.fold:
        raise ConfigError(
            "folds: --distributed is for one training: choose one by --fold, or leave out --distributed and mpiexec: "
            "the folds are then trained one after the other"
        )
    if settings.compile != "none":
        raise ConfigError(
            "compile: gradients are sent while backward still runs, which a compiled step cannot tell of: leave out "
            "--compile, or --distributed and mpiexec"
        )
    if settings.doctor:
        raise ConfigError(
            "doctor: it watches one process: train a few epochs without --distributed and mpiexec to see its report"
        )


def follow(settings: Settings | None) -> None:
    """Another rank: train as rank 0 does, and leave nothing; without settings, which rank 0 has refused, end."""
    if settings is None:
        return
    data = load_data(settings)
    autograd.manual_seed(settings.seed)
    model = build_model(settings, data.task)
    own: list[Callback] = []
    if settings.early_stop:
        own.append(EarlyStopping("loss" if data.valid is None else "valid_loss", patience=settings.early_stop))
    settings.quiet = True
    build_trainer(settings, data.task, own, kind=DistributedTrainer).fit(**fit_arguments(settings, data, model))
