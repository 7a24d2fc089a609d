"""A run that was made in Python: what of its model is known without the program that made it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nn
from autograd import Tensor

from ..files import FileError, replacing
from .layer_description import built, described

MADE = "python.json"
SMALL = 256  # numbers up to which a layer may have, such as the size of a window, whatever its weights


@dataclass(frozen=True)
class PythonRun:
    """What stands in the place of settings.

    Attributes:
        model: the class of the model, by the path that it is imported from.
        layers: the model as `described` says it; None if only its class can make it.
        threshold: the probability from which the second of two classes is decided for.
    """

    model: str
    layers: dict[str, Any] | None
    threshold: float = 0.5

    @classmethod
    def of(cls, model: nn.Module, threshold: float) -> PythonRun:
        """What there is to say of a model. Its layers are said if they make a model with the same weights."""
        kind, layers, shapes = type(model), described(model), _shapes(model.state_dict())
        try:
            same = layers is not None and _shapes(cls._built(layers, model.state_dict()).state_dict()) == shapes
        except ValueError:
            same = False
        return cls(f"{kind.__module__}.{kind.__qualname__}", layers if same else None, threshold)

    def save(self, folder: Path) -> None:
        """Write it into the folder of a run, which it is from then on."""
        with replacing(folder / MADE) as beside:
            beside.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> PythonRun:
        """What `save` wrote. Raises FileError if it is damaged."""
        try:
            found = cls(**json.loads((folder / MADE).read_text(encoding="utf-8")))
            if not isinstance(found.model, str) or not 0 < found.threshold < 1:
                raise ValueError(f"model {found.model!r:.60}, threshold {found.threshold!r:.60}")
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise FileError(f"{folder / MADE}: not what nn.train.save_run writes: {error}") from None
        return found

    def build(self, weights: Any, path: Path) -> nn.Module:
        """A model for these weights. Raises ValueError if only its class can make it, FileError for damaged layers."""
        if self.layers is None:
            raise ValueError(
                f"{path} was made in Python, and its folder cannot build a {self.model}: make one, as the program did, "
                "and give it to load_run(path, model=…)"
            )
        try:
            return self._built(self.layers, weights)
        except (ValueError, RecursionError) as error:
            raise FileError(f"{path / MADE}: its layers cannot be built: {error}") from None

    @staticmethod
    def _built(layers: Any, weights: Any) -> nn.Module:
        tensors = [x for x in weights.values() if isinstance(x, Tensor)] if isinstance(weights, dict) else []
        return built(layers, max([SMALL, *(size for x in tensors for size in x.shape)]))


def _shapes(state: Any) -> dict[str, Any]:
    return {name: x.shape for name, x in state.items()}
