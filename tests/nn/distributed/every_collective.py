"""A program for three ranks, in PyTorch's words: every collective, and what it must give."""

import os

import torch
import torch.distributed as dist
from torch.utils.data.distributed import DistributedSampler

dist.init_process_group("nccl", init_method="env://")
rank, size = dist.get_rank(), dist.get_world_size()
assert (dist.is_available(), dist.is_initialized(), size) == (True, True, 3)
assert [os.environ["RANK"], os.environ["WORLD_SIZE"]] == [str(rank), "3"]
assert os.environ["LOCAL_RANK"] in ("0", "1", "2")  # Open MPI need not number them as the ranks


def same(found, expected):
    expected = torch.tensor(expected, dtype=found.dtype)
    assert found.tolist() == expected.tolist(), (rank, found, expected)


OPS = {"SUM": [3, 9], "AVG": [1, 3], "PRODUCT": [0, 24], "MIN": [0, 2], "MAX": [2, 4]}
for name, expected in OPS.items():
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int64, torch.uint8):
        x = torch.tensor([rank, rank + 2], dtype=dtype)
        assert dist.all_reduce(x, op=getattr(dist.ReduceOp, name)) is None
        same(x, expected)
x = torch.tensor([1 << rank])
dist.all_reduce(x, dist.ReduceOp.BOR)
same(x, [7])

x = torch.ones(2, 3).T * rank  # not in rows
work = dist.all_reduce(x, async_op=True)
assert [work.wait(), work.wait(), work.is_completed()] == [True] * 3
same(x, [[3.0, 3.0]] * 3)
x = torch.tensor(float(rank), requires_grad=True)  # a number, which is a leaf
dist.all_reduce(x)
same(x, 3.0)
base = torch.zeros(4)
dist.broadcast(base[1:3].fill_(rank), src=2)  # written through a view
same(base, [0.0, 2.0, 2.0, 0.0])
x = torch.tensor([rank == 1, True])
dist.broadcast(x, 1)
same(x, [True, True])
x = torch.tensor([float(rank + 1)])
dist.reduce(x, dst=1)
same(x, [6.0] if rank == 1 else [rank + 1.0])

found = [torch.zeros(2) for _ in range(3)]
dist.all_gather(found, torch.tensor([rank, -rank], dtype=torch.float32))
same(torch.stack(found), [[0.0, 0.0], [1.0, -1.0], [2.0, -2.0]])
found = [torch.zeros(1, dtype=torch.int64) for _ in range(3)]
dist.gather(torch.tensor([rank * 10]), found if rank == 2 else None, dst=2)
same(torch.cat(found), [0, 10, 20] if rank == 2 else [0, 0, 0])
x = torch.zeros(2)
dist.scatter(x, [torch.full((2,), i + 5.0) for i in range(3)] if rank == 0 else None, src=0)
same(x, [rank + 5.0] * 2)
dist.barrier()

data = list(range(10))
shards = [torch.zeros(4, dtype=torch.int64) for _ in range(3)]
sampler = DistributedSampler(data, seed=1)
sampler.set_epoch(2)
dist.all_gather(shards, torch.tensor(list(sampler)))
assert set(torch.cat(shards).tolist()) == set(data)

for wrong in (
    lambda: dist.all_gather([x], x), lambda: dist.all_gather([torch.zeros(3)] * 3, x),
    lambda: dist.init_process_group("gloo"), lambda: dist.barrier(group="half"),
):  # fmt: skip
    try:
        wrong()
    except ValueError:
        continue
    raise AssertionError(wrong)
dist.destroy_process_group()
assert not dist.is_initialized()
print("all is well on rank", rank)
