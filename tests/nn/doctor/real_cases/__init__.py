"""Mistakes that people made and asked about in public, each as one program for PyTorch, faulty and mended.

The form of the programs is that of the pitfalls; what is known of a case stands below the first line of its docstring.
"""

import ast
import math
import re
from pathlib import Path

from nn.doctor.mistakes import MISTAKES
from tests.nn.doctor.pitfalls import mended

KINDS = ("output", "loss", "loop", "optimizer", "learning rate", "data", "model", "initialisation", "mode")
NO_CODE = "other: "  # before the name of a mistake for which the doctor has no code


class Case:
    """One case: its file, and what the docstring says of it."""

    def __init__(self, path):
        self.path, self.name, self.faulty = path, path.stem, path.read_text(encoding="utf-8")
        told = ast.get_docstring(ast.parse(self.faulty)) or ""
        found = dict(re.findall(r"^(kind|codes|from|score): (.+)$", told, re.MULTILINE))
        self.kind, self.origin, self.score = found["kind"], found["from"], found["score"]
        self.codes = found["codes"].split(", ")

    @property
    def mended(self):
        """The program without its mistake."""
        return mended(self.faulty)

    @property
    def named(self):
        """Whether the doctor has a code for it."""
        return any(code in MISTAKES for code in self.codes)

    def diagnosed(self, codes):
        """Whether one of these codes is right."""
        return bool({*codes} & {*self.codes})

    def better(self, one, other):
        """Whether one score is better than another; NaN is worse than all."""
        if math.isnan(other):
            return True
        return one < other if "lower is better" in self.score else one > other


CASES = [Case(path) for path in sorted(Path(__file__).parent.glob("*.py")) if path.stem not in ("__init__", "known")]
