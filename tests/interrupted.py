"""A training run to be interrupted, with everything that draws random numbers or keeps a state. Run as a program.

    python -m tests.interrupted FOLDER [--resume] [--full-disk-after STEP] [--slow]

Prints "step N" after every step and "saving" before a checkpoint is written; at the end it writes the final weights
to FOLDER/final.safetensors.
"""

import argparse
import random
import resource
import signal
import time
from pathlib import Path

import numpy as np

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import Accuracy, Callback, Checkpoints, EarlyStopping, Interrupted, Trainer, checkpoints

EPOCHS, SAMPLES, BATCH = 8, 90, 8
STEPS = EPOCHS * -(-SAMPLES // BATCH)


class Tell(Callback):
    def on_batch_end(self, run):
        print(f"step {run.step}", flush=True)


class Noise:
    """Augmentation that draws from every global generator."""

    def __call__(self, x):
        return x + 0.1 * autograd.randn(*x.shape) + 0.01 * float(np.random.rand()) + 0.01 * random.random()


def training(folder, resume, *more):
    """The Trainer, and the arguments of its `fit`."""
    autograd.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    points = np.random.randn(SAMPLES + 40, 6).astype(np.float32)
    classes = (points[:, 0] * points[:, 1] > 0).astype(np.int64)
    net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 2))
    optimizer = optim.Adam(net.parameters(), lr=0.02)
    train = DataLoader(TensorDataset(points[:SAMPLES], classes[:SAMPLES]), BATCH, shuffle=True, prefetch=2)
    trainer = Trainer(
        folder, augment=Noise(), clip_norm=1.0, metrics=[Accuracy()], progress=False,
        callbacks=[EarlyStopping(patience=EPOCHS), Checkpoints(every_steps=1), *more],
    )  # fmt: skip
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=STEPS)
    return trainer, {
        "model": net, "train": train, "valid": (points[SAMPLES:], classes[SAMPLES:]), "epochs": EPOCHS,
        "optimizer": optimizer, "loss": nn.CrossEntropyLoss(), "scheduler": scheduler,
        "scheduler_every": "step", "resume": resume,
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--full-disk-after", type=int)
    parser.add_argument("--slow", action="store_true")
    args = parser.parse_args()

    class Slow(Callback):
        def on_batch_end(self, run):
            if run.step == args.full_disk_after:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
            if args.slow:
                time.sleep(60)

    save = checkpoints.save

    def telling(state, path):
        print("saving", flush=True)
        save(state, path)

    checkpoints.save = telling
    trainer, given = training(args.folder, args.resume, Tell(), Slow())
    try:
        trainer.fit(**given)
    except Interrupted as error:
        raise SystemExit(f"Interrupted: {error}") from None
    except nn.FileError as error:
        raise SystemExit(f"FileError: {error}") from None
    nn.save(given["model"].state_dict(), args.folder / "final.safetensors")


if __name__ == "__main__":
    main()
