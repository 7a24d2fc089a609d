"""Every training of a program, found as its optimizers are made: the doctor for programs that do not call it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Self
from weakref import WeakSet

from autograd.hooks import user_line

from ..module import Module
from ..optim import Optimizer
from ..optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from ..optim.lr_scheduler.sequence import Several
from .bounded_watch import Bounds
from .new_optimizers import trained_by
from .one_training import Seen, Training
from .program_frames import program_frame
from .untrained import with_gradients

MOST = 32  # trainings that are watched; of the rest only the number is known
MAKERS = Optimizer, LRScheduler, ReduceLROnPlateau, Several  # classes whose __init__ all others call


class Trainings:
    """Watch every training that begins in this block, each for `steps` of its steps, and all for so many minutes.

        with Trainings(steps=1000, minutes=10) as trainings:
            ...                      # any program
        trainings.seen

    An error that ends the block ends the watches, and is raised as usual.
    """

    def __init__(self, steps: int, minutes: float) -> None:
        self._steps, self._minutes = steps, minutes
        self._before: WeakSet[Module] = WeakSet()  # modules with gradients before the program began
        self._ever: set[int] = set()  # the ids of all parameters that any optimizer was given
        self.unwatched = 0  # trainings beyond the first `MOST`
        self._trainings: list[Training] = []
        self._known: dict[int, tuple[Any, Training]] = {}  # by the id of the optimizer
        self._undo: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        self._bounds = Bounds.of(self._steps, self._minutes)
        self._before = with_gradients()
        for kind in MAKERS:
            self._follow(kind)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        while self._undo:
            self._undo.pop()()
        for training in self._trainings:
            training.leave(error)
        self._known.clear()

    @property
    def seen(self) -> list[Seen]:
        """What is told of each training whose watch has ended, in the order of their beginnings."""
        return [training.seen for training in self._trainings if training.seen is not None]

    def _follow(self, kind: Any) -> None:
        init = kind.__init__

        @wraps(init)
        def followed(made: Any, *args: Any, **kwargs: Any) -> None:
            init(made, *args, **kwargs)
            if isinstance(made, Optimizer):
                self._optimizer(made)
            elif known := self._known.get(id(made.optimizer)):
                known[1].scheduled_by(made, user_line())

        kind.__init__ = followed
        self._undo.append(lambda: setattr(kind, "__init__", init))

    def _optimizer(self, optimizer: Optimizer) -> None:
        line = user_line()
        self._ever |= trained_by(optimizer)
        for training in self._trainings:
            if training.steps and training.lines["optimizer"] == line:
                if training.follow(optimizer):
                    self._known[id(optimizer)] = optimizer, training
                    return
                training.leave(None)  # its place has been taken
        self._known = {key: pair for key, pair in self._known.items() if pair[1].seen is None}
        if len(self._trainings) >= MOST:
            self.unwatched += 1
            return
        given = self._bounds, self._trained, self._ever_trained, self._before
        training = Training(optimizer, line, program_frame(), *given)
        self._trainings.append(training)
        self._known[id(optimizer)] = optimizer, training

    def _trained(self) -> set[int]:
        return {id(p) for training in self._trainings for p in training.parameters}

    def _ever_trained(self) -> set[int]:
        return self._ever.union(*(trained_by(optimizer) for optimizer, _ in self._known.values()))
