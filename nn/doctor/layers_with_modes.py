"""Layers that behave differently in training and in evaluation: dropout and batch norm."""

from __future__ import annotations

from ..layers.dropout import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from ..layers.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from ..module import Module

BATCH_NORMS = BatchNorm1d, BatchNorm2d, BatchNorm3d
DROPOUTS = Dropout, Dropout1d, Dropout2d, Dropout3d, AlphaDropout, FeatureAlphaDropout


def has_modes(layer: Module) -> bool:
    """Whether a layer is one of these; dropout of nothing is none."""
    return isinstance(layer, BATCH_NORMS) or (isinstance(layer, DROPOUTS) and layer.p > 0)
