"""What happens inside a network while it learns, recorded at a bounded cost for `nn.plot` to draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor
from autograd.hooks import RemovableHandle

from .callbacks import Callback, Run, snapshot
from .histogram import Array, Histogram, histogram, length
from .module import Module


class Snapshot(NamedTuple):
    """A copy of the state of a model after an epoch, 0 for that before the first, and its training loss, if told."""

    epoch: int
    loss: float | None
    state: dict[str, Tensor]


class Recorder(Callback):
    """Records weights, gradients, activations and updates of each layer while a model is trained.

        recorder = nn.train.Recorder(snapshots=40)
        Trainer(callbacks=[recorder]).fit(model, ...)
        nn.plot.histograms(recorder)

    A loop of your own calls it itself:

        with recorder.watch(model):
            for x, y in batches:
                ...
                optimizer.step()
                recorder.end_step()  # before zero_grad

    Args:
        every: optimizer steps from one row of the record to the next.
        rows: how many rows are kept. When one more is due, every second row is dropped, and `every` is doubled.
        layers: names of modules to record; by default all that contain no other module.
        bins: the number of bins of a histogram.
        snapshots: how many copies of the model's state are kept, one an epoch; 0 keeps none. When one more is due,
            every second copy is dropped, and from then on one is made half as often.
        snapshot_bytes: the most memory that the copies may take together; fewer are kept if they are large.

    Attributes:
        steps: the optimizer step of each row.
        weights, gradients: by the parameter's name, the Histogram in each row; None for a missing gradient. Those with
            two dimensions or more are recorded, and all parameters of a layer that has none of these.
        activations: the same by the layer's name: its output, or the first tensor of it, at the last training pass
            before the step; None if it was not called.
        updates: by the parameter's name, the norm of the step's change over that of the parameter before it.
        copies: the snapshots, the first before training, the last of the end, for `nn.plot.boundary_animation` and, as
            `[copy.state for copy in recorder.copies]`, for `nn.plot.loss_landscape`.
        model: the model that was recorded; None before.

    Between two rows nothing is recorded and no hook is registered. No random number is drawn, and the model is only
    read: training gives the same numbers with and without it. A checkpoint does not hold the record; after a resume in
    another process it begins where training does. Raises ValueError for options out of range, for a name that no module
    has, and for a model of which `snapshot_bytes` holds no two copies.
    """

    steps: list[int]
    weights: dict[str, list[Histogram]]
    gradients: dict[str, list[Histogram | None]]
    activations: dict[str, list[Histogram | None]]
    updates: dict[str, list[float]]
    copies: list[Snapshot]
    model: Module | None = None
    _hooks: Sequence[RemovableHandle] = ()
    _step: int
    _epoch: int
    _loss: float | None
    _epochs_apart: int

    def __init__(
        self,
        every: int = 50,
        *,
        rows: int = 100,
        layers: Iterable[str] | None = None,
        bins: int = 40,
        snapshots: int = 0,
        snapshot_bytes: int = 64 * 2**20,
    ) -> None:
        for name, value, least in (("every", every, 1), ("rows", rows, 2), ("bins", bins, 2)):
            if not isinstance(value, int) or value < least:
                raise ValueError(f"Recorder: expected {name} to be {least} or more, given {value!r}")
        if not isinstance(snapshots, int) or snapshots < 0 or snapshots == 1:
            raise ValueError(f"Recorder: expected snapshots to be 0, or 2 or more, given {snapshots!r}")
        if isinstance(layers, str):
            raise ValueError(f"Recorder: expected a list of layers, given {layers!r}: write layers=[{layers!r}]")
        self.every, self.rows, self.bins = every, rows, bins
        self.layers = None if layers is None else list(layers)
        self.snapshots, self.snapshot_bytes = snapshots, snapshot_bytes
        self._options = every, snapshots
        self._forget()

    @contextmanager
    def watch(self, model: Module) -> Iterator[Recorder]:
        """Record `model` until the end of the `with` block; what was recorded before is forgotten."""
        self._forget()
        self._begin(model)
        try:
            yield self
        finally:
            self._end()

    def end_step(self) -> None:
        """To be called after each optimizer step, while its gradients are still there."""
        if self.model is None:
            raise RuntimeError("Recorder: no model is being watched: write `with recorder.watch(model):`")
        self._step += 1
        if self._hooks:
            self._record()
        self._disarm()
        if self._step % self.every == 0:
            self._arm()

    def end_epoch(self, loss: Any = None) -> None:
        """To be called after each epoch, with its loss, if snapshots are to be kept."""
        if self.model is None:
            raise RuntimeError("Recorder: no model is being watched: write `with recorder.watch(model):`")
        self._epoch, self._loss = self._epoch + 1, None if loss is None else float(loss)
        if self.snapshots and self._epoch % self._epochs_apart == 0:
            self._copy()

    def on_fit_start(self, run: Run) -> None:
        if run.step == 0 or self.model is not run.model:
            self._forget()
        kept = sum(step <= run.step for step in self.steps)
        for column in self._columns():
            del column[kept:]
        self.copies = [copy for copy in self.copies if copy.epoch <= run.epoch]
        self._step, self._epoch = run.step, run.epoch
        self._begin(run.model)

    def on_batch_end(self, run: Run) -> None:
        self.end_step()

    def on_epoch_end(self, run: Run) -> None:
        self.end_epoch(run.row.get("loss"))

    def on_fit_end(self, run: Run) -> None:
        self._end()

    # -- the record -----------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self.every, self._allowed = self._options
        self.steps, self.copies = [], []
        self.weights, self.gradients, self.activations, self.updates = {}, {}, {}, {}
        self._step, self._epoch, self._loss, self._epochs_apart = 0, 0, None, 1

    def _begin(self, model: Module) -> None:
        watched, size = _watched(model, self.layers), sum(t.numpy().nbytes for t in model.state_dict().values())
        if self.snapshots:
            self._allowed = min(self.snapshots, self.snapshot_bytes // max(size, 1))
            if self._allowed < 2:
                raise ValueError(
                    f"Recorder: a copy of the model takes {size:,} bytes, and snapshot_bytes={self.snapshot_bytes:,} "
                    "holds no two of them: raise it, or keep no snapshots"
                )
        self.model, self._modules = model, watched
        self._parameters = dict(_chosen(watched))
        self._passed: dict[str, Histogram] = {}
        for name in self._parameters:
            for columns in (self.weights, self.gradients, self.updates):
                columns.setdefault(name, [])
        for name in watched:
            self.activations.setdefault(name, [])
        if self.snapshots and not self.copies:
            self._copy()
        if self._step % self.every == 0:
            self._arm()

    def _end(self) -> None:
        self._disarm()
        if self.copies and self.copies[-1].epoch < self._epoch:
            self._copy()

    def _arm(self) -> None:
        """Look at the step that follows."""
        self._before = {name: _numbers(p).copy() for name, p in self._parameters.items()}
        self._hooks = [module.register_forward_hook(self._seeing(name)) for name, module in self._modules.items()]

    def _disarm(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._before, self._passed = (), {}, {}

    def _seeing(self, name: str) -> Callable[..., None]:
        def see(module: Module, args: Any, output: Any) -> None:
            tensor = _first_tensor(output)
            if module is self._modules[name] and module.training and tensor is not None:
                self._passed[name] = histogram(_numbers(tensor), self.bins)

        return see

    def _record(self) -> None:
        if len(self.steps) == self.rows:
            self.every *= 2
            for column in self._columns():
                del column[1::2]
            if (self._step - 1) % self.every:
                return
        self.steps.append(self._step)
        for name, parameter in self._parameters.items():
            now, before = _numbers(parameter), self._before[name]
            self.weights[name].append(histogram(now, self.bins))
            grad = None if parameter.grad is None else histogram(_numbers(parameter.grad), self.bins)
            self.gradients[name].append(grad)
            self.updates[name].append(_ratio(now, before))
        for name, column in self.activations.items():
            column.append(self._passed.get(name))

    def _columns(self) -> Iterator[list[Any]]:
        yield self.steps
        for columns in (self.weights, self.gradients, self.activations, self.updates):
            yield from columns.values()

    def _copy(self) -> None:
        assert self.model is not None
        if len(self.copies) >= self._allowed:
            self._epochs_apart *= 2
            self.copies = [copy for copy in self.copies if copy.epoch % self._epochs_apart == 0]
        self.copies.append(Snapshot(self._epoch, self._loss, snapshot(self.model)))


def _watched(model: Module, layers: list[str] | None) -> dict[str, Module]:
    modules = dict(model.named_modules())
    if layers is None:
        return {name: module for name, module in modules.items() if not any(module.children())}
    if unknown := [name for name in layers if name not in modules]:
        raise ValueError(f"Recorder: the model has no module {unknown[0]!r}, only {', '.join(filter(None, modules))}")
    return {name: modules[name] for name in layers}


def _chosen(modules: dict[str, Module]) -> Iterator[tuple[str, Tensor]]:
    """The weights of each module or, where it has no parameter of two dimensions or more, all of its parameters."""
    for name, module in modules.items():
        own = [(key, p) for key, p in module.named_parameters(name, recurse=False) if p.is_floating_point()]
        yield from [(key, p) for key, p in own if p.ndim > 1] or own


def _first_tensor(output: Any) -> Tensor | None:
    while isinstance(output, tuple | list) and output:
        output = output[0]
    return output if isinstance(output, Tensor) and output.is_floating_point() else None


def _numbers(tensor: Tensor) -> Array:
    array = tensor.detach().numpy()
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)


def _ratio(now: Array, before: Array) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        norm = length(before.reshape(-1))
        return length((now - before).reshape(-1)) / norm if norm else math.nan
