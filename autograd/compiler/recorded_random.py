"""Random draws while a program is recorded: the next numbers of the generator, and a step that draws them each time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensors.generator import Generator
from .program import draw
from .step_recorder import Memory, Recorder


class RecordedRandom:
    """In the place of the NumPy generator of `generator`: what it draws is recorded."""

    def __init__(self, recorder: Recorder, generator: Generator) -> None:
        self._recorder, self._generator, self.real = recorder, generator, generator.rng

    @property
    def bit_generator(self) -> Any:
        """Where the sequence stands, which no program can tell, or change."""
        self._recorder.refuse("it looks at the state of a generator, or sets it")
        return self.real.bit_generator

    def __getattr__(self, name: str) -> Any:
        method, recorder = getattr(self.real, name), self._recorder
        if not callable(method):
            return method

        def call(*args: Any, **options: Any) -> Any:
            given = recorder.values(args), recorder.values(options)
            out = method(*given[0], **given[1])
            if not recorder.live:
                return out
            if not isinstance(out, np.ndarray | np.generic):
                recorder.refuse(f"the generator's {name} gives {type(out).__name__}, not an array")
                return out
            recorder.random = True
            step = recorder.step(draw, (self._generator, name, args, options), {}, recorder.slot(out))
            return recorder.array(recorder, out, Memory(step))

        return call
