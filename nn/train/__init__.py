"""To train: a loop to read, what goes on around it, exact resume, and a doctor for the mistakes that do not crash."""

from ..callbacks import Callback, EarlyStopping
from ..doctor import doctor
from .checkpoints import Checkpoints, Interrupted
from .evaluation import evaluate, predict
from .history import History
from .loggers import Logger, TensorBoardLog, WandbLog
from .metrics import MAE, R2, Accuracy, ConfusionMatrix, Metric, PrecisionRecall
from .network import Network
from .trainer import Trainer

__all__ = [
    "MAE",
    "R2",
    "Accuracy",
    "Callback",
    "Checkpoints",
    "ConfusionMatrix",
    "EarlyStopping",
    "History",
    "Interrupted",
    "Logger",
    "Metric",
    "Network",
    "PrecisionRecall",
    "TensorBoardLog",
    "Trainer",
    "WandbLog",
    "doctor",
    "evaluate",
    "predict",
]
