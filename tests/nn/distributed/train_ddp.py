"""A program as people write it for PyTorch's DDP; `chalkgrad run` runs it unchanged, on one process or several."""

import os

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP  # noqa: N817
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def main():
    dist.init_process_group("gloo")
    rank, local_rank, world_size = dist.get_rank(), int(os.environ["LOCAL_RANK"]), int(os.environ["WORLD_SIZE"])
    device = torch.device(f"cuda:{local_rank}" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 64 * 5).reshape(64, 5).sin()
    data = TensorDataset(x, (x.sum(1, keepdim=True) * 3).cos())
    sampler = DistributedSampler(data, shuffle=False)
    loader = DataLoader(data, batch_size=16 // world_size, sampler=sampler)
    model = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1)).to(device)
    model = DDP(nn.SyncBatchNorm.convert_sync_batchnorm(model))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    loss_fn = nn.MSELoss()
    for epoch in range(5):
        sampler.set_epoch(epoch)
        total = torch.zeros(1)
        for i, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            with model.no_sync() if i == 99 else torch.enable_grad():
                loss = loss_fn(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            total += loss.detach()
        dist.all_reduce(total, op=dist.ReduceOp.SUM)
        if rank == 0:
            print(f"epoch {epoch} loss {total.item() / len(loader) / world_size:.5f}")
    if rank == 0:
        torch.save(model.module.state_dict(), "model.pt")
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
