"""The loop that everybody writes, written once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import autograd
from autograd import Tensor

from ..callbacks import Callback, Run
from ..data.transforms import apply_to_batch
from ..doctor.doctor_callback import DoctorCallback
from ..history import History, Row
from ..module import Module
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from ..utils import clip_grad_norm_, clip_grad_value_
from .amp import MixedPrecision
from .checkpoints import Checkpoints
from .collected import as_metric
from .compiled_steps import CompiledSteps, penalized
from .evaluation import Scores, averages, batches, count, evaluate, parted, predict
from .figures import Figures
from .history_files import HistoryFiles
from .metrics import Metric
from .not_finite import Glance, not_finite
from .progress import Progress
from .resume import nothing_left, restore, stateful_parts
from .run_display import trainer_html
from .run_place import claimed


class Trainer:
    """Trains models: `fit` is the loop, `evaluate` and `predict` use the model it trained.

        trainer = Trainer("runs/digits", metrics=[Accuracy()], callbacks=[EarlyStopping(), Checkpoints()])
        history = trainer.fit(net, train, valid, 20, optim.Adam(net.parameters()), nn.CrossEntropyLoss())

    Args:
        out: the folder of the run, in which history.csv and history.jsonl are kept; None writes nothing. If it has a
            run already, the next is in out-2, and so on: nothing is overwritten. `trainer.out` is the one in use.
        metrics: measured in training and validation, besides the loss; also functions of (outputs, targets), each of
            which becomes a `FunctionMetric`.
        callbacks: called around the loop, in this order except that `Checkpoints` come last.
        accumulate: the number of batches in an optimizer step; their gradients add up to that of one large batch.
        clip_norm: the largest norm of all gradients together, as one vector.
        clip_value: the largest absolute value of any element of a gradient.
        l1: λ in the penalty λ Σ |w|; the loss is reported without it.
        l2: λ in the penalty λ/2 Σ w²; the loss is reported without it.
        compile: compute the steps as programs, by `autograd.compile`, in less time; not with `amp`. "numpy" names the
            back end that computes the same to the bit; "numba" the faster one, with which a resumed training is the
            same but for rounding; True takes the best that is installed.
        amp: "float16" or "bfloat16" computes model and loss in mixed precision in training (`nn.train.amp`), with
            float16 behind a GradScaler: a step whose gradients overflow is left out, and counted in the history.
        augment: a transform, or a function of one sample, applied to the first input of every training batch.
        progress: show a bar on a terminal and in a notebook, and one line per epoch elsewhere.
        doctor: watch for mistakes that do not crash, and print a report at the end.

    Raises ValueError for a number out of range, and TypeError for anything that is not a Metric or a Callback.
    """

    def __init__(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        metrics: Iterable[Metric | Callable[[Any, Any], Any]] = (),
        callbacks: Iterable[Callback] = (),
        accumulate: int = 1,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        compile: bool | str = False,
        amp: str | None = None,
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
        if compile and amp:
            raise ValueError(f"Trainer: expected compile or amp, not both, given compile={compile!r} and amp={amp!r}")
        self.compile = compile
        self._steps: tuple[Run, CompiledSteps] | None = None
        self.out = self._asked = None if out is None else Path(out)
        self.amp, self.precision = amp, MixedPrecision(amp)
        self.metrics, self.accumulate = list(map(as_metric, metrics)), accumulate
        self.clip_norm, self.clip_value, self.l1, self.l2, self.augment = clip_norm, clip_value, l1, l2, augment
        given = list(callbacks)
        for members, kind, example in (self.metrics, Metric, "Accuracy()"), (given, Callback, "EarlyStopping()"):
            for member in members:
                if not isinstance(member, kind):
                    raise TypeError(f"Trainer: expected a {kind.__name__}, such as {example}, given {member!r}")
        own: list[Callback] = [HistoryFiles()] if self.out is not None else []
        own += [Progress(given)] if progress else []
        own += [DoctorCallback()] if doctor else []
        self.callbacks = sorted(given + own, key=lambda callback: isinstance(callback, Checkpoints))
        self.glance = Glance()
        self._run: Run | None = None

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
        """Train `model` for `epochs` passes through the training data.

        Args:
            train: a DataLoader, or what one is made from, with `batch_size` and shuffling: a data set, or a tuple of
                arrays (x, y). The last part of a batch is the target, the others are the inputs of the model.
            valid: the same, not shuffled; the loss and metrics on it are measured after every epoch.
            loss: called as `loss(model(*inputs), target)`; it returns a mean over the batch, or has a `reduction` that
                says "sum".
            scheduler: stepped after every "epoch" or "step", as `scheduler_every` says; ReduceLROnPlateau is given the
                validation loss or, without validation, the training loss.
            resume: continue from the newest checkpoint in `out`, if there is one. The results are then the same, bit
                for bit, as without the interruption, given the same data, libraries, machine and number of threads.
                An EarlyStopping may have a larger `patience` than before.

        Raises TypeError or ValueError for arguments that do not fit; RuntimeError if another process writes to `out`,
        naming it; FileError for checkpoints that are damaged or do not fit, and for what cannot be written, saying how
        to go on; Interrupted after Ctrl-C; FloatingPointError before a step whose loss or gradient is not finite,
        naming the first such op and its line.
        """
        _check(model, optimizer, loss, scheduler, scheduler_every, epochs)
        _check_data((train, valid), epochs)
        check_classes(train, valid)
        if resume and not any(isinstance(callback, Checkpoints) for callback in self.callbacks):
            raise ValueError(
                "fit: resume=True needs the folder of the run, and Checkpoints among the callbacks: "
                "Trainer(out, callbacks=[Checkpoints()])"
            )
        with ExitStack() as ends:
            if self._asked is not None:
                self.out, lock = claimed((resume and self.out) or self._asked, resume)
                ends.callback(lock.release)
            run = self._run = Run(
                model, optimizer, loss,  # type: ignore[arg-type]  # None is refused above
                batches(train, batch_size, shuffle=True), None if valid is None else batches(valid, batch_size),
                epochs, scheduler, out=self.out, resume=resume,
            )  # fmt: skip
            run.steps_per_epoch = self._steps_in(run.train_batches)
            scores = Scores(self.metrics, run.loss)
            self.precision, self.glance = MixedPrecision(self.amp), Glance()
            run.parts = {"amp": self.precision, **stateful_parts(run, scores, self.callbacks)}
            midway = self.restored(run)
            model.train()
            for callback in self.callbacks:
                callback.on_fit_start(run)
                ends.callback(callback.on_fit_end, run)
            if resume and (run.stopping or run.epoch >= epochs):
                print(nothing_left(run))
            while run.epoch < epochs and not run.stopping:
                if not midway:
                    scores.reset()
                    self._tell("on_epoch_start", run)
                midway = False
                self.train_epoch(run, scores, scheduler if scheduler_every == "step" else None)
                run.epoch += 1
                run.row = {
                    "epoch": run.epoch,
                    "step": run.step,
                    "lr": run.lr,
                    **self.precision.figures(),
                    **scores.compute(),
                }
                if run.valid_batches is not None:
                    run.row |= {f"valid_{name}": score for name, score in self.evaluate(run.valid_batches).items()}
                run.row["seconds"] = run.seconds
                if isinstance(scheduler, ReduceLROnPlateau):
                    scheduler.step(run.row["loss" if run.valid_batches is None else "valid_loss"])
                elif scheduler is not None and scheduler_every == "epoch":
                    scheduler.step()
                run.history.append(run.row)
                self._tell("on_epoch_end", run)
            run.finished = True
        return run.history

    def restored(self, run: Run) -> bool:
        """Put a run that is resumed back to its newest checkpoint; returns whether that is within an epoch."""
        return run.resume and restore(run)

    def train_epoch(self, run: Run, scores: Scores, scheduler: LRScheduler | None = None) -> None:
        """Train on what is left of the epoch: one optimizer step, and one of `scheduler`, per group of batches."""
        for group in in_groups(run.train_batches, self.accumulate):
            made = self.take_step(run, scores, group)
            if scheduler is not None and made:
                scheduler.step()
            run.step += 1
            self._tell("on_batch_end", run)

    def take_step(self, run: Run, scores: Scores, group: Sequence[Any]) -> bool:
        """One optimizer step, on a group of batches, each as its inputs and its target.

        Returns whether it was made: in mixed precision it is left out if a gradient overflowed. Elsewhere a loss or a
        gradient that is not finite raises FloatingPointError.
        """
        drawn = autograd.default_generator.get_state()
        self.differentiate(run, scores, group)
        self.precision.scaler.unscale_(run.optimizer)
        if not self.precision.scaler.is_enabled() and (broken := self.glance.broken(run, scores.sum)):
            autograd.default_generator.set_state(drawn)
            raise not_finite(run, broken, group, lambda: self.differentiate(run, Scores([], run.loss), group))
        if self.compile:
            self.compiled(run).update()
            return True
        if self.clip_norm is not None:
            clip_grad_norm_(run.model.parameters(), self.clip_norm)
        if self.clip_value is not None:
            clip_grad_value_(run.model.parameters(), self.clip_value)
        return self.precision.step(run.optimizer)

    def differentiate(self, run: Run, scores: Scores, group: Sequence[Any]) -> None:
        """The gradients of a step: forward and backward for each batch of a group."""
        samples = sum(count(target) for _, target in group)
        run.optimizer.zero_grad()
        for inputs, target in group:
            share = count(target) / samples
            if self.compile:
                output, loss = self.compiled(run).gradients(share, target, *self.augmented(inputs))
                scores.update(output, target, loss)
                continue
            output, loss = self.predicted(run, inputs, target)
            scores.update(output, target, loss)
            self.precision.scaler.scale(self.objective(run, loss, share)).backward()

    def compiled(self, run: Run) -> CompiledSteps:
        """The compiled steps of a run."""
        if self._steps is None or self._steps[0] is not run:
            penalties, clip = (self.l1, self.l2), (self.clip_norm, self.clip_value)
            self._steps = run, CompiledSteps(run.model, run.loss, run.optimizer, penalties, clip, self.compile)
        return self._steps[1]

    def augmented(self, inputs: Sequence[Any]) -> Sequence[Any]:
        """The inputs of a training batch, the first of them changed at random if that was asked for."""
        if self.augment is None:
            return inputs
        return [autograd.as_tensor(apply_to_batch(self.augment, inputs[0])), *inputs[1:]]

    def predicted(self, run: Run, inputs: Sequence[Any], target: Any) -> tuple[Tensor, Tensor]:
        """What the model makes of a training batch, and the loss."""
        inputs = self.augmented(inputs)
        with self.precision.forward():
            output = run.model(*inputs)
            return output, run.loss(output, target)

    def objective(self, run: Run, loss: Tensor, share: float) -> Tensor:
        """What backward starts from: this batch's `share` of the loss of a step and of the penalties on the weights."""
        return penalized(run.model, loss, share, averages(run.loss), self.l1, self.l2)

    def evaluate(self, data: Any, batch_size: int = 256) -> Figures:
        """The loss and metrics of the trained model on other data. Raises what `nn.train.evaluate` does."""
        return evaluate(self.run.model, data, self.run.loss, self.metrics, batch_size)

    def predict(self, x: Any, batch_size: int = 256) -> Tensor:
        """The outputs of the trained model for inputs of shape (N, …). Raises what `nn.train.predict` does."""
        return predict(self.run.model, x, batch_size)

    @property
    def run(self) -> Run:
        """The state of the last training run, under way or ended. Raises RuntimeError before the first."""
        if self._run is None:
            raise RuntimeError("Trainer: nothing has been trained yet: call fit first")
        return self._run

    @property
    def model(self) -> Module:
        """The model that `fit` was given. Raises RuntimeError before."""
        return self.run.model

    @property
    def history(self) -> History:
        """The figures of the last run. Raises RuntimeError before the first."""
        return self.run.history

    @property
    def row(self) -> Row:
        """The figures of the last epoch. Raises RuntimeError before the first run."""
        return self.run.row

    @property
    def epoch(self) -> int:
        """The number of epochs completed. Raises RuntimeError before the first run."""
        return self.run.epoch

    @property
    def epochs(self) -> int:
        """The number of epochs planned. Raises RuntimeError before the first run."""
        return self.run.epochs

    @property
    def step(self) -> int:
        """The number of optimizer steps taken. Raises RuntimeError before the first run."""
        return self.run.step

    def _repr_html_(self) -> str:
        return trainer_html(self, self._run)

    def _tell(self, event: str, run: Run) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(run)

    def _steps_in(self, loader: Any) -> int | None:
        try:
            return -(-len(loader) // self.accumulate)
        except TypeError:
            return None


def in_groups(loader: Iterable[Any], size: int) -> Iterator[Sequence[Any]]:
    """The batches, each split into inputs and target, in lists of `size`; the last may be shorter."""
    source = map(parted, loader)
    while group := list(islice(source, size)):
        yield group


def check_classes(train: Any, valid: Any) -> None:
    """Raise ValueError for data whose classes are numbered differently."""
    one, other = classes_of(train), classes_of(valid)
    for i, (name, known) in enumerate(zip_longest(other or (), one or ())):
        if one and other and name != known:
            raise ValueError(
                f"fit: training and validation number their classes differently: {i} is {known!r} in the training data "
                f"and {name!r} in the validation data: give both the same folders of classes, or encode them alike"
            )


def classes_of(data: Any) -> list[Any] | None:
    """The names of the classes of a data set, also behind a loader or the subset of one; None if it has none."""
    while getattr(data, "classes", None) is None:
        if (data := getattr(data, "dataset", None)) is None:
            return None
    return list(data.classes)


def _check_data(given: Iterable[Any], epochs: int) -> None:
    for data in given:
        if isinstance(data, Iterator) and epochs > 1:
            raise ValueError(
                f"fit: a {type(data).__name__} gives its batches once, not in each of {epochs} epochs: give a "
                "DataLoader, a data set or a tuple (x, y)"
            )


def check_parts(name: str, model: Any, optimizer: Any, loss: Any) -> None:
    """Raise TypeError or ValueError for what the function of this name cannot train."""
    if not isinstance(model, Module):
        raise TypeError(f"{name}: expected model to be an nn.Module, given {type(model).__name__}")
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"{name}: expected optimizer to be one of nn.optim, given {type(optimizer).__name__}: "
            "optimizer=optim.Adam(model.parameters())"
        )
    if not callable(loss):
        raise TypeError(f"{name}: expected loss to be callable, given {type(loss).__name__}: loss=nn.MSELoss()")
    if getattr(loss, "reduction", "mean") not in ("mean", "sum"):
        raise ValueError(f"{name}: expected a loss with the reduction 'mean' or 'sum', given {loss.reduction!r}")


def _check(model: Any, optimizer: Any, loss: Any, scheduler: Any, every: str, epochs: Any) -> None:
    check_parts("fit", model, optimizer, loss)
    own = {id(p) for part in (model, loss) if isinstance(part, Module) for p in part.parameters()}
    if not any(id(p) in own for group in optimizer.param_groups for p in group["params"]):
        raise ValueError(
            "fit: the optimizer has none of the model's parameters: it was made for another model, or before this one "
            "was made anew: optimizer=optim.Adam(model.parameters())"
        )
    if scheduler is not None and scheduler.optimizer is not optimizer:
        raise ValueError("fit: the scheduler belongs to another optimizer: make it with the one given to fit")
    if every not in ("epoch", "step"):
        raise ValueError(f"fit: expected scheduler_every to be 'epoch' or 'step', given {every!r}")
    if every == "step" and (scheduler is None or isinstance(scheduler, ReduceLROnPlateau)):
        raise ValueError("fit: scheduler_every='step' needs a scheduler, and not ReduceLROnPlateau")
    if not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"fit: expected epochs to be 1 or more, given {epochs!r}")
