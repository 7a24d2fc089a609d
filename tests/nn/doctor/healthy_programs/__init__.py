"""Healthy trainings as people write them for PyTorch: each makes its data, trains, and asserts that it has learned.

Where nothing can be learned, its first sentence says so, and it is named here.
"""

from pathlib import Path

PROGRAMS = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name != "__init__.py")
NOTHING_TO_LEARN = {"pure_noise"}
