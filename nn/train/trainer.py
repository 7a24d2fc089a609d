"""The loop that everybody writes, written once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import autograd
from autograd import Tensor

from ..callbacks import EVENTS, Callback
from ..data.transforms import apply_to_batch
from ..module import Module
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from ..utils import clip_grad_norm_, clip_grad_value_, l1_penalty, l2_penalty
from .checkpoints import Checkpoints
from .evaluation import Scores, batches, count, evaluate, parted, predict
from .history import History, HistoryFiles
from .metrics import Metric
from .progress import Progress
from .resume import restore


class Trainer:
    """Trains models: `fit` is the loop, `evaluate` and `predict` use what was learned.

        trainer = Trainer("runs/digits", metrics=[Accuracy()], callbacks=[EarlyStopping(), Checkpoints()])
        history = trainer.fit(net, train, valid, 20, optim.Adam(net.parameters()), nn.CrossEntropyLoss())

    Args:
        out: the folder of the run, where history.csv and history.jsonl are written; without one, nothing is.
        metrics: what is measured in training and validation, besides the loss.
        callbacks: what goes on around the loop; they are told of each event in their order, `Checkpoints` last.
        accumulate: how many batches make a step: their gradients add up to that of one big batch.
        clip_norm: the most that the gradients may measure, together as one vector.
        clip_value: the most that any element of a gradient may measure.
        l1: λ, of λ Σ |w| added to the loss; the loss that is reported is without it.
        l2: λ, of λ/2 Σ w² added to the loss; likewise.
        augment: a transform, or a function of a sample, that changes the first input of every training batch.
        progress: show a bar on a terminal, a line for each epoch elsewhere.
        doctor: watch for mistakes, and report at the end.

    Raises ValueError for numbers that are out of their range.
    """

    model: Module
    out: Any  # Path | None, and so on: the callbacks know when they are there
    optimizer: Any
    loss: Any
    scheduler: Any

    def __init__(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        metrics: Iterable[Metric] = (),
        callbacks: Iterable[Callback] = (),
        accumulate: int = 1,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        augment: Callable[[Any], Any] | None = None,
        progress: bool = True,
        doctor: bool = False,
    ) -> None:
        if not isinstance(accumulate, int) or accumulate < 1:
            raise ValueError(f"Trainer: expected accumulate, batches in a step, to be 1 or more, given {accumulate!r}")
        for name, value in {"clip_norm": clip_norm, "clip_value": clip_value}.items():
            if value is not None and not value > 0:
                raise ValueError(f"Trainer: expected {name} to be above 0, or None for no clipping, given {value!r}")
        for name, value in {"l1": l1, "l2": l2}.items():
            if not value >= 0:
                raise ValueError(f"Trainer: expected {name} to be 0 or above, given {value!r}")
        self.out = None if out is None else Path(out)
        self.metrics, self.accumulate = list(metrics), accumulate
        self.clip_norm, self.clip_value, self.l1, self.l2, self.augment = clip_norm, clip_value, l1, l2, augment
        given = list(callbacks)
        own: list[Callback] = [HistoryFiles()] if out is not None else []
        own += [Progress(given)] if progress else []
        if doctor:
            from ..doctor.doctor_callback import Watch

            own.append(Watch())
        for members, kind, example in (self.metrics, Metric, "Accuracy()"), (given, Callback, "EarlyStopping()"):
            for member in members:
                if not isinstance(member, kind):
                    raise TypeError(f"Trainer: expected a {kind.__name__}, such as {example}, given {member!r}")
        self.callbacks = sorted(given + own, key=lambda callback: isinstance(callback, Checkpoints))

    def fit(
        self,
        model: Module,
        train: Any,
        valid: Any = None,
        epochs: int = 10,
        optimizer: Optimizer | None = None,
        loss: Callable[[Any, Any], Tensor] | None = None,
        *,
        scheduler: LRScheduler | None = None,
        scheduler_every: str = "epoch",
        batch_size: int = 32,
        resume: bool = False,
    ) -> History:
        """Train `model` until it has gone `epochs` times through the training data.

        Args:
            train: a DataLoader, or what one can be made of, with `batch_size` and shuffled: a data set, or a tuple of
                arrays (x, y). Of a batch the last part is the target, the others are the inputs of the model.
            valid: the same, not shuffled; its loss and metrics are measured after every epoch.
            loss: `loss(model(*inputs), target)`; a Module that averages (`reduction="mean"`), or sums, says so.
            scheduler: is stepped after every "epoch" or "step", as `scheduler_every` says; ReduceLROnPlateau is shown
                the validation loss, if there is one.
            resume: go on from the newest checkpoint of `out`, if there is one, as if nothing had happened: the results
                are the same bit for bit, given the same data, libraries, machine and number of threads.

        Raises TypeError or ValueError for what is not of its kind; FileExistsError if `out` has a run that would be
        overwritten; FileError for checkpoints that are damaged or of another training; Interrupted after Ctrl-C.
        """
        self._check(model, optimizer, loss, scheduler, scheduler_every, epochs)
        for data in (train, valid):
            if isinstance(data, Iterator) and epochs > 1:
                raise ValueError(
                    f"fit: a {type(data).__name__} gives its batches once, not in each of {epochs} epochs: give a "
                    "DataLoader, a data set or a tuple (x, y)"
                )
        if resume and not any(isinstance(callback, Checkpoints) for callback in self.callbacks):
            raise ValueError(
                "fit: resume=True needs the folder of the run, and Checkpoints among the callbacks: "
                "Trainer(out, callbacks=[Checkpoints()])"
            )
        self.model, self.optimizer, self.loss, self.scheduler = model, optimizer, loss, scheduler
        self.scheduler_every, self.epochs = scheduler_every, epochs
        self.train_batches = batches(train, batch_size, shuffle=True)
        self.valid_batches = None if valid is None else batches(valid, batch_size)
        self.scores = Scores(self.metrics, self.loss)
        self.epoch = self.step = 0
        self.stopping = self.finished = False
        self.history, self.row, self._began = History(), {}, perf_counter()
        self.resume = resume
        under_way = resume and restore(self)
        self._hearing = {event: [getattr(c, event) for c in self.callbacks if c.hears(event)] for event in EVENTS}
        model.train()
        with ExitStack() as ends:
            for callback in self.callbacks:
                callback.on_fit_start(self)
                ends.callback(callback.on_fit_end, self)
            while self.epoch < epochs and not self.stopping:
                if not under_way:
                    self.scores.reset()
                    self.tell("on_epoch_start")
                under_way = False
                self.train_epoch()
                self.epoch += 1
                self.row = {"epoch": self.epoch, "step": self.step, "lr": self.lr, **self.scores.compute()}
                if self.valid_batches is not None:
                    self.row |= {f"valid_{name}": score for name, score in self.evaluate(self.valid_batches).items()}
                self.row["seconds"] = self.seconds
                if isinstance(scheduler, ReduceLROnPlateau):
                    scheduler.step(self.row.get("valid_loss", self.row["loss"]))
                elif scheduler is not None and scheduler_every == "epoch":
                    scheduler.step()
                self.history.append(self.row)
                self.tell("on_epoch_end")
            self.finished = True
        return self.history

    def train_epoch(self) -> None:
        """Go through what is left of the epoch: for every batch, or group of batches, one step of the optimizer."""
        for group in in_groups(self.train_batches, self.accumulate):
            samples = sum(count(target) for _, target in group)
            self.optimizer.zero_grad()
            for inputs, target in group:
                if self.augment is not None:
                    inputs = [autograd.as_tensor(apply_to_batch(self.augment, inputs[0])), *inputs[1:]]
                output = self.model(*inputs)
                loss = self.loss(output, target)
                self.scores.update(output, target, loss)
                self.penalized(loss, count(target) / samples).backward()
            if self.clip_norm is not None:
                clip_grad_norm_(self.model.parameters(), self.clip_norm)
            if self.clip_value is not None:
                clip_grad_value_(self.model.parameters(), self.clip_value)
            self.optimizer.step()
            if self.scheduler_every == "step":
                self.scheduler.step()
            self.step += 1
            self.tell("on_batch_end")

    def penalized(self, loss: Tensor, share: float) -> Tensor:
        """What backward starts from: the batch's share in the step, and of the penalties on large weights."""
        if share != 1 and self.scores.averaged:
            loss = loss * share
        if self.l1:
            loss = loss + self.l1 * share * l1_penalty(self.model.parameters())
        if self.l2:
            loss = loss + self.l2 / 2 * share * l2_penalty(self.model.parameters())
        return loss

    def evaluate(self, data: Any, batch_size: int = 256) -> dict[str, Any]:
        """The loss and the metrics of the model that was fitted, on other data: `nn.train.evaluate`."""
        return evaluate(self.model, data, self.loss, self.metrics, batch_size)

    def predict(self, x: Any, batch_size: int = 256) -> Tensor:
        """The outputs of the model that was fitted: `nn.train.predict`."""
        return predict(self.model, x, batch_size)

    def tell(self, event: str) -> None:
        """Call that method of every callback that has it."""
        for hear in self._hearing[event]:
            hear(self)

    @property
    def lr(self) -> float:
        """The learning rate of the first group of parameters."""
        return float(self.optimizer.param_groups[0]["lr"])

    @property
    def seconds(self) -> float:
        """Since the training began, without the time between an end and taking it up again."""
        return perf_counter() - self._began

    @property
    def steps_per_epoch(self) -> int | None:
        """The steps of an epoch, if the loader knows its length."""
        try:
            return -(-len(self.train_batches) // self.accumulate)
        except TypeError:
            return None

    @staticmethod
    def _check(model: Any, optimizer: Any, loss: Any, scheduler: Any, every: str, epochs: Any) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"fit: expected model to be an nn.Module, given {type(model).__name__}")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"fit: expected optimizer to be one of nn.optim, given {type(optimizer).__name__}: "
                "optimizer=optim.Adam(model.parameters())"
            )
        if not callable(loss):
            raise TypeError(f"fit: expected loss to be callable, given {type(loss).__name__}: loss=nn.MSELoss()")
        if getattr(loss, "reduction", "mean") not in ("mean", "sum"):
            raise ValueError(f"fit: expected a loss with the reduction 'mean' or 'sum', given {loss.reduction!r}")
        if scheduler is not None and scheduler.optimizer is not optimizer:
            raise ValueError("fit: the scheduler belongs to another optimizer: make it of the one given to fit")
        if every not in ("epoch", "step"):
            raise ValueError(f"fit: expected scheduler_every to be 'epoch' or 'step', given {every!r}")
        if every == "step" and (scheduler is None or isinstance(scheduler, ReduceLROnPlateau)):
            raise ValueError("fit: scheduler_every='step' needs a scheduler, and not ReduceLROnPlateau")
        if not isinstance(epochs, int) or epochs < 1:
            raise ValueError(f"fit: expected epochs to be 1 or more, given {epochs!r}")


def in_groups(loader: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    """The batches, each as inputs and target, in lists of `size`; the last may be shorter."""
    source = map(parted, loader)
    while group := list(islice(source, size)):
        yield group
