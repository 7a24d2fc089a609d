"""DistributedTrainer: the loop of `Trainer` on every rank, each with its part of every batch."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any, SupportsIndex, overload

import autograd
from autograd import Tensor

from ..callbacks import Run
from ..data import DataLoader, TensorDataset
from ..data.loader import Epoch
from ..distributed import DistributedDataParallel, SyncBatchNorm, check_alike
from ..distributed.process_group import the_group
from ..distributed.shared_values import dealt_rows_together, told_by_first
from ..distributed.sync_batch_norm import not_synchronized
from ..history import History
from ..module import Module
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler
from ..utils import evaluating
from .evaluation import Scores, averages, parted
from .figures import Figures
from .rank_random import RankRandomNumbers
from .resume import state_of
from .trainer import Trainer


class Shard(tuple[Any, ...]):
    """A rank's part of a batch of `total` samples; or, `whole`, all of a batch that has fewer samples than ranks."""

    total: int
    whole: bool

    @classmethod
    def of(cls, parts: Iterable[Any], total: int, whole: bool) -> Shard:
        """These parts, with what is to be known of the batch."""
        shard = cls(parts)
        shard.total, shard.whole = total, whole
        return shard

    @overload
    def __getitem__(self, key: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> Shard: ...
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return Shard.of(found, self.total, self.whole) if isinstance(key, slice) else found


class ShardLoader(DataLoader):
    """The batches that one process would read, in the same order; of each, this rank fetches every size-th sample."""

    def _begin(self) -> Epoch:
        return told_by_first(the_group(), super()._begin(), "the order of an epoch")

    def _fetch(self, indices: Sequence[int]) -> Shard:
        group = the_group()
        whole = len(indices) < group.size
        own = indices if whole else indices[group.rank :: group.size]
        return Shard.of(super()._fetch(own), len(indices), whole)


class DistributedTrainer(Trainer):
    """A `Trainer` for each of the processes that `mpiexec` has started; together they train as one process would.

        dist.init_process_group()
        trainer = DistributedTrainer("runs/digits" if dist.get_rank() == 0 else None, metrics=[Accuracy()])
        trainer.fit(net, train, valid, 20, optim.Adam(net.parameters()), nn.CrossEntropyLoss(), batch_size=256)

    `batch_size` is that of all ranks together. The data are read in the order of one process, of every batch each rank
    computes its part, and gradients are averaged as in the whole batch; batch normalization is that of the whole batch.
    Losses and metrics, on training and validation data, are those of all samples, each counted once, and are the same
    on all ranks. So a run is resumed on any number of ranks; on as many as before, it ends with the same weights to
    the bit. Rank 0 alone has a folder, callbacks that write, and progress. The random numbers of dropout and of
    `augment` differ from rank to rank.

    Raises what `Trainer` raises, and DistributedError if the ranks are not alike or come apart. `fit` raises ValueError
    with `compile`, TypeError for a DataLoader, in place of a data set or a tuple, and for outputs or targets that are
    no tensors.
    """

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
        """Train as `Trainer.fit`; `resume` needs the folder and the Checkpoints of rank 0 only."""
        group = the_group()
        if self.compile:
            raise ValueError("DistributedTrainer: compiled steps tell of no gradient before their end: compile=False")
        for data in (train, valid):
            if isinstance(data, DataLoader):
                raise TypeError("DistributedTrainer: expected a data set or a tuple of arrays, given a DataLoader")
        train, valid = (dealt(data, batch_size if i == 0 else 256, i == 0) for i, data in enumerate((train, valid)))
        check_alike(model=model, rows=len(train.dataset), batch_size=batch_size,
                    generator=autograd.default_generator.get_state())  # fmt: skip
        SyncBatchNorm.convert_sync_batchnorm(model)
        self.group, self.parallel = group, DistributedDataParallel(model, broadcast_buffers=False)
        try:
            return super().fit(
                model, train, valid, epochs, optimizer, loss, scheduler=scheduler, scheduler_every=scheduler_every,
                resume=resume and group.rank == 0,  # which tells the others
            )  # fmt: skip
        finally:
            self.parallel.require_backward_grad_sync = False  # a later backward of the model is that of one rank

    def restored(self, run: Run) -> bool:
        run.parts["random"] = self.random = RankRandomNumbers(self.group.rank)
        midway = super().restored(run)
        own = (state_of(run), midway) if self.group.rank == 0 else None
        state = told_by_first(self.group, own, "the state of a run")
        if self.group.rank:
            take_over(run, *state)
        return bool(state[1])

    def train_epoch(self, run: Run, scores: Scores, scheduler: LRScheduler | None = None) -> None:
        self.random.begin(run.step)
        super().train_epoch(run, scores, scheduler)

    def take_step(self, run: Run, scores: Scores, group: Sequence[Any]) -> bool:
        made = super().take_step(run, scores, group)
        self.random.begin(run.step + 1)
        return made

    def differentiate(self, run: Run, scores: Scores, group: Sequence[Any]) -> None:
        samples = sum(shard.total for shard, _ in group)
        run.optimizer.zero_grad()
        for number, (shard, target) in enumerate(group, 1):
            self.parallel.require_backward_grad_sync = number == len(group)
            output, loss = self.predicted(run, shard, target)
            self.measure(scores, shard, output, target, run)
            share = shard.total / samples if shard.whole else len(target) * self.group.size / samples
            if not averages(run.loss):
                loss = loss * (1 if shard.whole else self.group.size)
            self.precision.scaler.scale(self.objective(run, loss, share)).backward()

    def predicted(self, run: Run, inputs: Any, target: Any) -> tuple[Tensor, Tensor]:
        with not_synchronized(inputs.whole):
            return super().predicted(run, inputs, target)

    def measure(self, scores: Scores, shard: Any, output: Any, target: Any, run: Run) -> None:
        """Count the whole batch of which this rank has a part."""
        for given in (output, target):
            if not isinstance(given, Tensor):
                raise TypeError(f"DistributedTrainer: expected outputs and targets as tensors, given {given!r}")
        with autograd.no_grad():
            if not shard.whole:
                output, target = dealt_rows_together(self.group, (output, target), shard.total)
            scores.update(output.detach(), target, run.loss(output.detach(), target))

    def evaluate(self, data: Any, batch_size: int = 256) -> Figures:
        loader, scores = dealt(data, batch_size, False), Scores(copy.deepcopy(self.metrics), self.run.loss)
        with evaluating(self.run.model):
            for inputs, target in map(parted, loader):
                self.measure(scores, inputs, self.run.model(*inputs), target, self.run)
        return scores.compute()


def dealt(data: Any, batch_size: int, shuffle: bool) -> Any:
    """A loader that deals every batch out to the ranks; None for no data."""
    if data is None or isinstance(data, ShardLoader):
        return data
    if isinstance(data, tuple):
        data = TensorDataset(*data)
    return ShardLoader(data, batch_size, shuffle, generator=None if shuffle else autograd.Generator(0))


def take_over(run: Run, state: dict[str, Any], midway: bool) -> None:
    """Bring the run of another rank to the state of rank 0."""
    for key, part in run.parts.items():
        if key in state["parts"]:
            part.load_state_dict(state["parts"][key])
    run.epoch, run.step, run.stopping = state["epoch"], state["step"], state["stopping"]
    run.history = History(state["history"])
    run.row = run.history[-1] if run.history else {}
