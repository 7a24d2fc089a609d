"""Pictures of a training run and its network: each function returns a `Figure`, which a notebook shows.

Given a path, it is written there, too; the ending decides the format: .png, .svg or .pdf. Matplotlib draws them, all
but the graph of a neuron; without it they raise ImportError. Matplotlib's backend and settings are left alone.
"""

from .boundaries import boundary_animation, decision_boundary
from .convolutions import feature_maps, filters
from .curves import learning_rate, loss_curve, metric_curve, predictions
from .figure import Figure
from .first_layer import weights
from .image_grids import confusion_matrix, misclassified
from .image_sheet import images
from .neuron_graph import neuron
from .planes import heat_map
from .recorded import gradient_flow, histograms

__all__ = [
    "Figure",
    "boundary_animation",
    "confusion_matrix",
    "decision_boundary",
    "feature_maps",
    "filters",
    "gradient_flow",
    "heat_map",
    "histograms",
    "images",
    "learning_rate",
    "loss_curve",
    "metric_curve",
    "misclassified",
    "neuron",
    "predictions",
    "weights",
]
