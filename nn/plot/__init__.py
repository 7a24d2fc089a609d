"""Pictures of a training run and its network: each function returns a `Figure`, which a notebook shows.

Given a path, it is written there, too; the ending decides the format: .png, .svg or .pdf, or .gif for a film.
Matplotlib draws them, all but the graph of a neuron; without it they raise ImportError. Matplotlib's backend and
settings are left alone.
"""

from .activation_gallery import activations
from .boundaries import boundary_animation, decision_boundary
from .convolutions import feature_maps, filters
from .curves import learning_rate, loss_curve, metric_curve, predictions
from .figure import Figure
from .first_layer import weights
from .image_grids import confusion_matrix, misclassified
from .image_sheet import images
from .importance_bars import importance
from .initial_spread import initialization
from .judged_scores import precision_recall, roc
from .loss_surface import loss_landscape
from .lr_curve import lr_finder
from .memory_bands import memory_timeline
from .neuron_graph import neuron
from .optimizer_paths import paths
from .pixel_gradients import saliency
from .planes import heat_map
from .recorded import gradient_flow, histograms
from .reliability import calibration
from .run_comparison import compare_runs
from .searched_settings import parallel_coordinates, settings_importance

__all__ = [
    "Figure",
    "activations",
    "boundary_animation",
    "calibration",
    "compare_runs",
    "confusion_matrix",
    "decision_boundary",
    "feature_maps",
    "filters",
    "gradient_flow",
    "heat_map",
    "histograms",
    "images",
    "importance",
    "initialization",
    "learning_rate",
    "loss_curve",
    "loss_landscape",
    "lr_finder",
    "memory_timeline",
    "metric_curve",
    "misclassified",
    "neuron",
    "parallel_coordinates",
    "paths",
    "precision_recall",
    "predictions",
    "roc",
    "saliency",
    "settings_importance",
    "weights",
]
