"""A program for several ranks in which one goes wrong: `faulty.py FAULT FOLDER`; without a fault, it resumes and ends.

Prints the weights at the end.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from time import sleep

import autograd
import nn
from nn import distributed as dist
from nn import optim
from nn.data import DataLoader, DistributedSampler, TensorDataset

fault, folder = sys.argv[1], Path(sys.argv[2])
EPOCHS = 4


def kill(*anything):
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    dist.init_process_group(timeout=timedelta(seconds=3))
    rank = dist.get_rank()
    guilty = rank == dist.get_world_size() - 1
    seed = 5 if fault == "seed" and guilty else 0
    autograd.manual_seed(seed)
    rows, hidden = 20 if fault == "fewer rows" and guilty else 24, 4 if fault == "model" and guilty else 3
    x = autograd.linspace(0, 1, 48, dtype=autograd.float64).reshape(24, 2)[:rows]
    data = TensorDataset(x, x.sum(1, keepdim=True))
    net = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1)).double()
    optimizer = optim.Adam(net.parameters())
    start, checkpoint = 0, folder / "checkpoint.safetensors"
    if checkpoint.exists():
        state = nn.load(checkpoint)
        start = state["epoch"]
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
    model = dist.DistributedDataParallel(net)
    if fault == "hash of seed":
        dist.check_alike(seed=1 + guilty, rows=len(data))
    sampler = DistributedSampler(data, seed=seed)
    loader = DataLoader(data, 4, sampler=sampler)
    for epoch in range(start, EPOCHS):
        bad = guilty and epoch == 2
        sampler.set_epoch(epoch)
        for i, (inputs, target) in enumerate(loader):
            if bad and i == 1:
                if fault == "raise":
                    raise FileNotFoundError("no such sample\nas number 17")
                if fault == "exit":
                    sys.exit(0)
                if fault == "fewer batches":
                    break
                if fault == "kill in forward":
                    net[1].register_forward_hook(kill)
                if fault == "kill in backward":
                    net[2].weight.register_post_accumulate_grad_hook(kill)
                if fault == "stall":
                    sleep(100)
            optimizer.zero_grad()
            nn.functional.mse_loss(model(inputs), target).backward()
            optimizer.step()
        total = autograd.ones(1)
        dist.all_reduce(total)
        if rank == 0:
            state = {"epoch": epoch + 1, "net": net.state_dict(), "optimizer": optimizer.state_dict()}
            if fault == "kill in checkpoint" and epoch == 2:
                nn.files.os.replace = kill  # everything is written, and not yet in its place
            nn.save(state, checkpoint)
        dist.barrier()
    if rank == 0:
        print(*(p.tolist() for p in net.parameters()))


main()
