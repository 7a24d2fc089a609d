"""The random numbers of a rank, which are the same whether a training was interrupted or not."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import numpy as np

import autograd

from .resume import RandomNumbers


class RankRandomNumbers(RandomNumbers):
    """The global generators of a rank.

    Rank 0 goes on with the one sequence that its checkpoints hold. It alone saves, and nobody else knows when; so those
    of the others begin anew with every step, from a key that all have, the step, and the rank.
    """

    def __init__(self, rank: int) -> None:
        self.rank = rank
        state = repr(autograd.default_generator.get_state())  # the same on all ranks, and nothing is drawn
        self.key = int.from_bytes(hashlib.sha256(state.encode()).digest()[:6])

    def begin(self, step: int) -> None:
        """Prepare for a step; it takes 20 µs, `python -m timeit -s "from nn.train.rank_random import RankRandomNumbers
        as R; r = R(1)" "r.begin(5)"`."""
        if self.rank:
            seeds = np.random.SeedSequence((self.key, step, self.rank)).generate_state(3).tolist()
            autograd.default_generator.manual_seed(seeds[0])
            np.random.seed(seeds[1])
            random.seed(seeds[2])

    def state_dict(self) -> dict[str, Any]:
        """Their states, and the key."""
        return super().state_dict() | {"key": self.key}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set their states; the key, if the training was begun by several ranks."""
        super().load_state_dict(state)
        self.key = state.get("key", self.key)
