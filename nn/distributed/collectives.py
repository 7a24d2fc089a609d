"""Collectives: what all ranks do together with tensors, under PyTorch's names. MPI reads and writes the arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

import autograd
from autograd import Tensor

from .process_group import Group, the_group
from .rank_watch import Announcement

Array = np.ndarray[Any, Any]


class ReduceOp(Enum):
    """How `all_reduce` and `reduce` make one value of many."""

    SUM = "SUM"
    AVG = "AVG"
    PRODUCT = "PROD"
    MIN = "MIN"
    MAX = "MAX"
    BAND = "BAND"
    BOR = "BOR"
    BXOR = "BXOR"


class Work:
    """A collective under way, from `async_op=True`."""

    def __init__(self, group: Group, request: Any, announcement: Announcement, finish: Callable[[], None]) -> None:
        self.group, self.request, self.announcement, self.finish = group, request, announcement, finish
        self.done = False

    def is_completed(self) -> bool:
        """Whether the result is there; it is written into the tensors by `wait`."""
        return bool(self.announcement.settled() and self.request.Test())

    def wait(self, timeout: Any = None) -> bool:
        """Wait until the result is in the tensors. Raises DistributedError if a rank does not come. Returns True."""
        if not self.done:
            self.group.wait([self.request], self.announcement)
            self.finish()
            self.done = True
        return True


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """The sum of all ranks' tensors, or what else `op` says, in each of them. Raises as `barrier`, and TypeError for
    bools and for an `op` that the dtype does not have."""
    ranks = the_group(group)
    buffer = _reducible(tensor, op)

    def finish() -> None:
        _write(tensor, buffer / ranks.size if op is ReduceOp.AVG else buffer)

    start = ranks.comm.Iallreduce
    what = f"all_reduce {op.name} {_told(tensor)}"
    return _begun(ranks, what, async_op, finish, start, ranks.mpi.IN_PLACE, buffer, _mpi_op(ranks, op))


def reduce(
    tensor: Tensor,
    dst: int | None = None,
    op: ReduceOp = ReduceOp.SUM,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """As `all_reduce`, with the result in the tensor of rank `dst` only."""
    ranks, root = the_group(group), _root(dst, group_dst)
    given = _reducible(tensor, op)
    result = np.empty_like(given)

    def finish() -> None:
        if ranks.rank == root:
            _write(tensor, result / ranks.size if op is ReduceOp.AVG else result)

    what = f"reduce {op.name} to rank {root} {_told(tensor)}"
    return _begun(ranks, what, async_op, finish, ranks.comm.Ireduce, given, result, _mpi_op(ranks, op), root)


def broadcast(
    tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False, group_src: int | None = None
) -> Work | None:
    """The tensor of rank `src`, in the tensors of all. Raises as `barrier`."""
    ranks, root = the_group(group), _root(src, group_src)
    buffer = _contiguous(tensor)
    what = f"broadcast from rank {root} {_told(tensor)}"
    return _begun(ranks, what, async_op, lambda: _write(tensor, buffer), ranks.comm.Ibcast, _bytes(buffer), root)


def all_gather(tensor_list: Sequence[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """The tensors of all ranks, of one shape and dtype, in the list of each, by rank.

    Raises ValueError for a list of another length, and as `barrier`.
    """
    ranks = the_group(group)
    given = _contiguous(tensor)
    found = _rows(ranks, tensor_list, given, "tensor_list")
    what = f"all_gather {_told(tensor)}"
    start, finish = ranks.comm.Iallgather, lambda: _write_rows(tensor_list, found)
    return _begun(ranks, what, async_op, finish, start, _bytes(given), _bytes(found))


def gather(
    tensor: Tensor,
    gather_list: Sequence[Tensor] | None = None,
    dst: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Work | None:
    """As `all_gather`, into the list of rank `dst` only; the others give no list."""
    ranks, root = the_group(group), _root(dst, group_dst)
    given, own = _contiguous(tensor), gather_list if ranks.rank == root else ()
    found = _rows(ranks, own, given, "gather_list") if ranks.rank == root else given[None][:0]
    what = f"gather to rank {root} {_told(tensor)}"
    target = _bytes(found) if ranks.rank == root else None
    start, finish = ranks.comm.Igather, lambda: _write_rows(own or (), found)
    return _begun(ranks, what, async_op, finish, start, _bytes(given), target, root)


def scatter(
    tensor: Tensor,
    scatter_list: Sequence[Tensor] | None = None,
    src: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:
    """One tensor of the list of rank `src` for each rank, into its tensor; the others give no list."""
    ranks, root = the_group(group), _root(src, group_src)
    buffer, source = _contiguous(tensor), None
    if ranks.rank == root:
        rows = _rows(ranks, scatter_list, buffer, "scatter_list")
        for row, each in zip(rows, scatter_list or (), strict=True):
            row[...] = _contiguous(each)
        source = _bytes(rows)
    what = f"scatter from rank {root} {_told(tensor)}"
    start, finish = ranks.comm.Iscatter, lambda: _write(tensor, buffer)
    return _begun(ranks, what, async_op, finish, start, source, _bytes(buffer), root)


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None, timeout: Any = None) -> Work | None:
    """Wait until all ranks are here; `device_ids` and `timeout` are without effect.

    Raises ValueError before `init_process_group` and for a part of the ranks, DistributedError if a rank is
    elsewhere or does not come.
    """
    ranks = the_group(group)
    return _begun(ranks, "barrier", async_op, lambda: None, ranks.comm.Ibarrier)


# -- shared -----------------------------------------------------------------------------------------------------------


def _begun(
    ranks: Group, what: str, async_op: bool, finish: Callable[[], None], start: Callable[..., Any], *given: Any
) -> Work | None:
    """Announce and start an operation; wait for it here unless it is asynchronous."""
    work = Work(ranks, None, ranks.announce(what), finish)
    if not async_op:
        ranks.wait((), work.announcement)  # MPI is not called where ranks differ
    work.request = start(*given)
    if async_op:
        return work
    work.wait()
    return None


def _told(tensor: Tensor) -> str:
    return f"of {tuple(tensor.shape)} {tensor.dtype.name}"


def _root(rank: int | None, group_rank: int | None) -> int:
    return next((each for each in (rank, group_rank) if each is not None), 0)


def _mpi_op(ranks: Group, op: ReduceOp) -> Any:
    return getattr(ranks.mpi, "SUM" if op is ReduceOp.AVG else op.value)


def _contiguous(tensor: Tensor) -> Array:
    """The values in rows, in memory of their own."""
    return np.array(tensor.numpy(force=True), order="C")


def _reducible(tensor: Tensor, op: ReduceOp) -> Array:
    """The same, in a dtype that MPI can add up: 16-bit floats as float32."""
    array = _contiguous(tensor)
    floating = tensor.is_floating_point()
    if array.dtype == bool or (floating and op.name.startswith("B")) or not isinstance(op, ReduceOp):
        raise TypeError(f"cannot reduce {array.dtype} by {op}: convert the tensor, such as by to(torch.uint8)")
    return array.astype(np.float32) if floating and array.dtype.itemsize == 2 else array


def _bytes(array: Array) -> Array:
    """The memory of an array in rows, byte by byte."""
    return array.reshape(-1).view(np.uint8)


def _rows(ranks: Group, tensors: Sequence[Tensor] | None, like: Array, name: str) -> Array:
    """Room for a tensor of each rank. Raises ValueError for a list of another length, or with other tensors."""
    if tensors is None or len(tensors) != ranks.size:
        raise ValueError(
            f"expected {name} to be a list of {ranks.size} tensors, one for each rank, given "
            f"{'none' if tensors is None else len(tensors)}"
        )
    for each in tensors:
        if each.shape != like.shape or each.dtype != like.dtype:
            raise ValueError(
                f"expected {name} to hold tensors of shape {like.shape}, {like.dtype}, as the tensor itself, given "
                f"{tuple(each.shape)}, {each.dtype.name}"
            )
    return np.empty((ranks.size, *like.shape), like.dtype)


def _write(tensor: Tensor, array: Array) -> None:
    with autograd.no_grad():
        tensor.detach().copy_(autograd.tensor(array.reshape(tensor.shape)))


def _write_rows(tensors: Sequence[Tensor], rows: Array) -> None:
    for tensor, row in zip(tensors, rows, strict=False):
        _write(tensor, row)
