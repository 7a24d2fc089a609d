"""Networks as scikit-learn estimators: for its pipelines, searches and cross-validation."""

from autograd.tools.extras import require

require("sklearn", "sklearn", "the estimators stand on scikit-learn")

from .estimators import ChalkClassifier, ChalkRegressor  # noqa: E402  after the check that it is there

__all__ = ["ChalkClassifier", "ChalkRegressor"]
