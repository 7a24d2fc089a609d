"""Short trainings that were recorded, for the tests of what is drawn of them."""

import numpy as np

import autograd
from nn.train import Recorder


def recorded(model, steps=4, every=1, features=None, change=lambda model, step: None, **options):
    """The record of a few steps down the sum of squares of a model's outputs."""
    rng, recorder = np.random.default_rng(0), Recorder(every=every, **options)
    features = features or next(model.parameters()).shape[1]
    with recorder.watch(model):
        for step in range(1, steps + 1):
            x = autograd.from_numpy(rng.normal(size=(8, features)).astype(np.float32))
            model.zero_grad()
            loss = model(x).square().mean()
            loss.backward()
            change(model, step)
            with autograd.no_grad():
                for p in model.parameters():
                    if p.grad is not None:
                        p -= 0.1 * p.grad
            recorder.end_step()
            recorder.end_epoch(loss.item())
    return recorder
