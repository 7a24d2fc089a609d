"""Learning rate schedulers: each is one formula for lr in epoch t, in its docstring and in `get_lr`.

A formula that starts from the last lr, rather than from base_lr (the lr that the group began with), can be combined
with other schedulers on the same optimizer: each multiplies in its own factor.

    scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=30)
    for epoch in range(90):
        train(...)           # calls optimizer.step()
        scheduler.step()
"""

from .cycle import OneCycleLR
from .formulas import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)  # fmt: skip
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler
from .sequence import ChainedScheduler, SequentialLR
from .triangles import CyclicLR
from .warm_restarts import CosineAnnealingWarmRestarts

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip
