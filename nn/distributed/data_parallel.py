"""DistributedDataParallel: the same model on every rank, each with its part of a batch, and gradients averaged."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.hooks import hasten, observe

from ..module import Module
from .alike import compare, described, facts_of_data
from .gradient_buckets import Reduction, in_buckets
from .process_group import Group, the_group
from .shared_values import gathered

CAPACITY = 25  # MB in a bucket, as in PyTorch


class DistributedDataParallel(Module):
    """Calls `module`; `backward` leaves in each parameter the mean over the ranks of what it has on each.

        init_process_group()
        net = DistributedDataParallel(Net())

    At the start, all ranks get the parameters and buffers of rank 0. While `backward` still runs, gradients that are
    complete are already on their way, several in one message. If all ranks have batches of one size, and the loss is a
    mean, that is the gradient of the whole batch; `share_of_batch` is for batches of several sizes. The module itself
    is `self.module`.

    Args:
        module: the same on every rank.
        device_ids, output_device, dim, check_reduction, gradient_as_bucket_view, static_graph: without effect.
        broadcast_buffers: in training, begin every forward with the buffers of rank 0; False leaves that out.
        init_sync: begin with the parameters and buffers of rank 0.
        process_group: None, for all ranks.
        bucket_cap_mb: the most bytes that one message has, in MB.
        find_unused_parameters: allow that some parameters take no part in a loss; their gradient stays as it is unless
            they take part on another rank.

    Raises ValueError before `init_process_group`, RuntimeError for a module without a parameter to train,
    DistributedError if the module of another rank differs, and while waiting for a rank that does not come. A call
    raises RuntimeError if parameters took no part in the last loss, naming them.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool | None = None,
        init_sync: bool = True,
        process_group: Any = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
    ) -> None:
        group = the_group(process_group)
        trained = [p for p in module.parameters() if p.requires_grad]
        if not trained:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameters that require a "
                "gradient."
            )
        compare(group, {"model": described(module)})
        self.module, self.group = module, group
        self.broadcast_buffers, self.find_unused_parameters = broadcast_buffers is not False, find_unused_parameters
        self.require_backward_grad_sync, self.compared = True, False
        if init_sync:
            share_from_first(group, [*module.parameters(), *module.buffers()])
        capacity = CAPACITY if bucket_cap_mb is None else bucket_cap_mb
        self.buckets = in_buckets(trained, int(capacity * 2**20))
        self.passes, self.reduction = 0, None
        self._follow_backward()

    reduction: Reduction | None  # of the backward pass under way, or of the last that did not come to its end

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        if self.training and autograd.is_grad_enabled() and self.require_backward_grad_sync:
            self._check_last_pass()
            if not self.compared:
                compare(self.group, facts_of_data())
                self.compared = True
            if self.broadcast_buffers:
                share_from_first(self.group, list(self.module.buffers()))
        return self.module(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within this context, backward adds up gradients on each rank alone; the first one after it averages them."""
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    # -- what happens during backward ---------------------------------------------------------------------------------

    def _follow_backward(self) -> None:
        own = weakref.ref(self)
        for number, bucket in enumerate(self.buckets):
            for position, parameter in enumerate(bucket.parameters):
                hook = parameter.register_post_accumulate_grad_hook(partial(_tell_arrived, own, number, position))
                weakref.finalize(self, hook.remove)
        observer = SimpleNamespace(backward_started=partial(_tell_started, own))
        weakref.finalize(self, observe(observer))
        weakref.finalize(self, _no_haste, self._trained())

    def _trained(self) -> list[Tensor]:
        return [p for bucket in self.buckets for p in bucket.parameters]

    def start_pass(self, roots: Sequence[Tensor]) -> None:
        """Prepare for the gradients that a backward from `roots` will bring."""
        if self.group.size == 1:
            return
        trained = [p for p in self._trained() if p.requires_grad]  # some may have been frozen since
        found = hasten(roots, trained)  # also where nothing is sent: what the last pass set is over
        reached = {id(p) for p, each in zip(trained, found, strict=True) if each}
        if not self.require_backward_grad_sync:
            return
        used = [{i for i, p in enumerate(bucket.parameters) if id(p) in reached} for bucket in self.buckets]
        if not any(used):
            return
        if not self.find_unused_parameters:
            used = [set(range(len(bucket.parameters))) for bucket in self.buckets]
        self.reduction = Reduction(self.group, self.buckets, used, self.passes)

    def take_in(self, bucket: int, position: int) -> None:
        """Take in a gradient that is complete; with the last one, all become averages."""
        if self.reduction is None or not self.require_backward_grad_sync:
            return
        if self.reduction.arrived(bucket, position):
            self.reduction.finish(self._used_somewhere(self.reduction.used))
            self.reduction = None
            self.passes += 1

    def _used_somewhere(self, used: Sequence[set[int]]) -> Sequence[set[int]]:
        if not self.find_unused_parameters:
            return used
        flags = [i in own for own, b in zip(used, self.buckets, strict=True) for i in range(len(b.parameters))]
        anywhere = iter(gathered(self.group, np.array(flags, np.uint8), "unused parameters").any(0).tolist())
        return [{i for i in range(len(bucket.parameters)) if next(anywhere)} for bucket in self.buckets]

    def _check_last_pass(self) -> None:
        if self.reduction is None or self.reduction.announcement is None:
            return
        names = {id(p): name for name, p in self.module.named_parameters()}
        missing = ", ".join(names[id(p)] for p in self.reduction.missing())
        raise RuntimeError(
            "Expected to have finished reduction in the prior iteration before starting a new one: these parameters "
            f"took no part in the loss: {missing}. If that is meant, pass find_unused_parameters=True"
        )


def _no_haste(parameters: Sequence[Tensor]) -> None:
    """Let backward go on in its own order, once nobody waits for these gradients."""
    hasten([], [p for p in parameters if p.requires_grad])


def _tell_started(own: weakref.ref[DistributedDataParallel], roots: Sequence[Tensor]) -> None:
    if (model := own()) is not None:
        model.start_pass(roots)


def _tell_arrived(own: weakref.ref[DistributedDataParallel], bucket: int, position: int, parameter: Tensor) -> None:
    if (model := own()) is not None:
        model.take_in(bucket, position)


def share_from_first(group: Group, tensors: Sequence[Tensor]) -> None:
    """Give all ranks the values that rank 0 has, in one message."""
    if group.size == 1 or not tensors:
        return
    arrays = [np.array(tensor.numpy(force=True), order="C").reshape(-1) for tensor in tensors]
    flat = np.concatenate([array.view(np.uint8) for array in arrays])
    announcement = group.announce(f"the values of {len(tensors)} tensors of rank 0, {flat.size} bytes")
    group.wait((), announcement)
    group.wait([group.comm.Ibcast(flat, 0)], announcement)
    if group.rank == 0:
        return
    parts = np.split(flat, np.cumsum([array.nbytes for array in arrays])[:-1])
    with autograd.no_grad():
        for tensor, array, part in zip(tensors, arrays, parts, strict=True):
            values = np.frombuffer(part.tobytes(), array.dtype).reshape(tensor.shape)
            tensor.detach().copy_(autograd.tensor(values))


def share_of_batch(samples: int) -> float:
    """By what to multiply a loss that is the mean over `samples`, so that ranks with more samples count for more.

    It is samples * ranks / samples of all ranks. The average of the gradients is then that of the whole batch, however
    unevenly it is dealt. All ranks must call it. Raises ValueError before `init_process_group`.
    """
    group = the_group()
    if group.size == 1:
        return 1.0
    return samples * group.size / int(gathered(group, np.array([samples]), "sizes of the batches").sum())
