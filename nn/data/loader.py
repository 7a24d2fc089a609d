"""The loader: batches from a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import autograd
from autograd import Generator

from .collate import default_collate, default_convert, fetch
from .data_display import loader_html
from .iterable_dataset import IterableDataset
from .prefetch import prefetched
from .samplers import BatchSampler, RandomSampler, SequentialSampler
from .streams import stream


@dataclass
class Epoch:
    """One pass through the data: its seed, the number of batches served, and the sampler's generator before it."""

    seed: int
    position: int
    sampler: dict[str, Any] | None


class DataLoader:
    """Iterate over `dataset` in batches of `batch_size` samples: in order or, with `shuffle`, in a new order each time.

    A data set with `__getitems__` serves a batch at once. The samples of any other, and all samples if there is a
    `collate_fn`, are fetched one by one and collated. Those of an IterableDataset come in its own order.

    Args:
        batch_size: None serves single samples, with tensors in place of arrays.
        shuffle: a new random order in each epoch. Each epoch draws its seed from `generator`, or from the generator
            that `autograd.manual_seed` seeds; the order and the random transforms follow from that seed.
        sampler: the indices to read, instead of `shuffle`.
        batch_sampler: lists of indices, instead of `batch_size`, `shuffle`, `sampler` and `drop_last`.
        num_workers: for scripts written for PyTorch; each one counts as `prefetch_factor` batches of `prefetch`, by
            default 2. There is only one thread, because NumPy, which makes the batches, runs in parallel to Python.
        collate_fn: makes a batch of a list of samples.
        drop_last: leave out a last batch that is smaller.
        prefetch: how many batches a background thread fetches ahead. They are the same as without it.
        pin_memory, timeout, worker_init_fn, multiprocessing_context, persistent_workers, pin_memory_device, in_order:
            without effect, because there are no other processes and no other memory.

    `state_dict()` says where the loader is. Another loader with the same arguments continues from there after
    `load_state_dict(state)`, in the middle of an epoch too. If a transform or sampler draws random numbers from a
    source other than `generator` and the loader, the caller must save the state of that source.

    Raises ValueError for options that exclude each other, and for a loader that would not serve a single batch.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = False,
        sampler: Iterable[int] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
        prefetch: int | None = None,
    ) -> None:
        self.dataset, self.collate_fn, self.generator = dataset, collate_fn, generator
        ahead = 2 if prefetch_factor is None else prefetch_factor
        self.prefetch = ahead * num_workers if prefetch is None else prefetch
        self.num_workers, self.pin_memory = num_workers, pin_memory
        if num_workers < 0 or self.prefetch < 0:
            raise ValueError(f"num_workers and prefetch must not be negative, given {num_workers} and {prefetch}")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        self.iterates = isinstance(dataset, IterableDataset)
        if self.iterates and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "DataLoader with IterableDataset: expected unspecified shuffle, sampler and batch_sampler options, "
                "because the data set decides the order"
            )
        if batch_sampler is None:
            if sampler is None and not self.iterates:
                if not len(dataset):
                    raise ValueError("DataLoader: the data set is empty")
                sampler = RandomSampler(dataset) if shuffle else SequentialSampler(dataset)
            source: Any = dataset if self.iterates else sampler
            batch_sampler = source if batch_size is None else BatchSampler(source, batch_size, drop_last)
        self.batch_sampler: Any = batch_sampler
        self.batch_size: int | None = getattr(batch_sampler, "batch_size", None)
        self.single = batch_size is None
        self.shuffle, self.drop_last = bool(shuffle), drop_last
        self.sampler: Any = sampler if sampler is not None else getattr(batch_sampler, "sampler", None)
        if self._length() == 0:
            why = (
                f"a batch of {batch_size} is never full, and drop_last drops it"
                if drop_last
                else "the sampler is empty"
            )
            raise ValueError(f"DataLoader: there is not a single batch: {why}")
        self._epoch: Epoch | None = None
        self._resumed: Epoch | None = None

    def __iter__(self) -> Iterator[Any]:
        epoch, self._resumed = self._resumed or self._begin(), None
        self._epoch = epoch
        batches = self._batches(epoch.seed, epoch.position)
        source: Any = prefetched(batches, self.prefetch) if self.prefetch else batches
        with closing(source):
            for batch in source:
                epoch.position += 1
                yield batch
                del batch  # it is not held while the next one is made
        if self._epoch is epoch:
            self._epoch = None

    def __len__(self) -> int:
        """The number of batches."""
        return len(self.batch_sampler)

    def _repr_html_(self) -> str:
        return loader_html(self)

    def state_dict(self) -> dict[str, Any]:
        """Where the loader is, in numbers and strings that JSON can hold.

        During an epoch, also one left by `break`, that is the epoch and the number of batches it has served.
        """
        epoch = self._resumed or self._epoch
        return {
            "epoch": epoch and {"seed": epoch.seed, "position": epoch.position, "sampler": epoch.sampler},
            "generator": self.generator and self.generator.get_state(),
            "length": self._length(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was called: the next iteration serves the remaining batches.

        Raises ValueError, and changes nothing, for the state of a loader with another length or other generators.
        """
        missing = {"epoch", "generator", "length"} - set(state)
        if missing:
            raise ValueError(f"DataLoader: expected what state_dict() gives, the state lacks {sorted(missing)}")
        if state["length"] != self._length():
            raise ValueError(f"DataLoader: the state is of {state['length']} batches, this loader has {self._length()}")
        if (state["generator"] is None) != (self.generator is None):
            has = "no generator" if state["generator"] is None else "a generator"
            raise ValueError(f"DataLoader: the state is of a loader with {has}, unlike this one: give both alike")
        epoch = Epoch(**state["epoch"]) if state["epoch"] else None
        if self.generator is not None:
            self.generator.set_state(state["generator"])
        self._epoch, self._resumed = None, epoch
        if epoch and epoch.sampler and (own := self._sampler_generator()):
            own.set_state(epoch.sampler)

    def _begin(self) -> Epoch:
        seed = int((self.generator or autograd.default_generator).rng.integers(2**63))
        own = self._sampler_generator()
        return Epoch(seed, 0, own.get_state() if own else None)

    def _batches(self, seed: int, position: int) -> Iterator[Any]:
        """The batches of an epoch from number `position` on, each with its own stream of random numbers."""
        orders, number = iter(self.batch_sampler), 0
        while True:
            with stream(seed, number):
                indices = next(orders, None)
                if indices is None:
                    return
                if number >= position:
                    batch = self._fetch(indices)
            if number >= position:
                yield batch
                del batch
            number += 1

    def _fetch(self, indices: Any) -> Any:
        """The batch of the samples at `indices`; an IterableDataset gives the samples themselves."""
        if self.single:
            return (self.collate_fn or default_convert)(indices if self.iterates else self.dataset[indices])
        if self.iterates:
            return (self.collate_fn or default_collate)(indices)
        if self.collate_fn is not None:
            return self.collate_fn([self.dataset[int(i)] for i in indices])
        return fetch(self.dataset, indices)

    def _length(self) -> int | None:
        try:
            return len(self)
        except TypeError:  # a sampler that does not know its length
            return None

    def _sampler_generator(self) -> Generator | None:
        own = getattr(self.batch_sampler, "generator", None) or getattr(self.sampler, "generator", None)
        return own if isinstance(own, Generator) else None
