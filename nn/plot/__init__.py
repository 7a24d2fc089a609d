"""The pictures of a training: each function writes one file and returns its path.

Drawn by Matplotlib, but for graphs. The file's ending says what is written: .png, .svg or .pdf. A missing folder is
made. Nothing is shown, and neither the backend nor the settings of Matplotlib are changed.
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
