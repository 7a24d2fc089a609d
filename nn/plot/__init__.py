"""Pictures of a training run and its network: each function writes one file and returns its path.

Matplotlib draws them, all but the graph of a neuron; without it they raise ImportError. The extension of the path
decides the format: .png, .svg or .pdf. A missing folder is created. Nothing is shown on the screen, and Matplotlib's
backend and settings are left alone.
"""

from .curves import learning_rate, loss_curve, metric_curve, predictions
from .image_grids import confusion_matrix, misclassified, weights
from .neuron_graph import neuron
from .planes import decision_boundary, heat_map

__all__ = [
    "confusion_matrix",
    "decision_boundary",
    "heat_map",
    "learning_rate",
    "loss_curve",
    "metric_curve",
    "misclassified",
    "neuron",
    "predictions",
    "weights",
]
