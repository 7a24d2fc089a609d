"""A program for several ranks, by DistributedTrainer: `killed_together.py FAULT FOLDER`; "none" trains, or resumes.

With "forward" and "backward" the last rank kills itself in the middle of an epoch, with "checkpoint" rank 0, when a
checkpoint is written and not yet in its place; FOLDER.killed says when. Prints a hash of the weights, and the steps.
"""

import hashlib
import os
import random
import signal
import sys
from pathlib import Path
from time import monotonic

import numpy as np

import autograd
import nn
from nn import distributed as dist
from nn import optim
from nn.data import datasets
from nn.train import Checkpoints, DistributedTrainer

fault, folder = sys.argv[1], Path(sys.argv[2])
dist.init_process_group()
rank, last = dist.get_rank(), dist.get_world_size() - 1


def kill(*anything):
    Path(f"{folder}.killed").write_text(str(monotonic()))
    os.kill(os.getpid(), signal.SIGKILL)


def shaken(x):
    """Every kind of random number has a part in it."""
    return x + 0.01 * (autograd.randn(x.shape) + np.random.rand() + random.random())


class Fault(nn.train.Callback):
    def on_batch_end(self, run):
        if run.step == 7:
            if fault == "forward":
                net[2].register_forward_hook(kill)
            if fault == "backward":
                net[0].weight.register_post_accumulate_grad_hook(kill)
            if fault == "checkpoint":
                nn.files.os.replace = kill


for seed in autograd.manual_seed, np.random.seed, random.seed:
    seed(3)
x, y = datasets.digits().tensors
net = nn.Sequential(nn.Linear(64, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 10))
guilty = rank == (0 if fault == "checkpoint" else last)
callbacks = [Checkpoints(every_steps=3)] * (rank == 0) + [Fault()] * guilty
trainer = DistributedTrainer(folder if rank == 0 else None, callbacks=callbacks, augment=shaken, progress=False)
optimizer = optim.Adam(net.parameters(), lr=0.01)
trainer.fit(net, (x[:100], y[:100]), None, 3, optimizer, nn.CrossEntropyLoss(), batch_size=20, resume=True)
if rank == 0:
    digest = hashlib.sha256(b"".join(t.numpy(force=True).tobytes() for t in net.state_dict().values()))
    print(digest.hexdigest(), trainer.step)
