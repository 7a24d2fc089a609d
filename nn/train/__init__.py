"""Training: a loop to read, callbacks around it, exact resume, and a doctor for the mistakes that do not crash."""

from ..callbacks import Callback, EarlyStopping, Run
from ..doctor import doctor
from ..histogram import Histogram
from ..history import History
from ..recorder import Recorder, Snapshot
from . import amp
from .batch_size import BatchSize, find_batch_size
from .bootstrap import bootstrap_interval
from .checkpoints import Checkpoints, Interrupted
from .collected import FunctionMetric
from .distributed_trainer import DistributedTrainer
from .evaluation import evaluate, predict
from .figures import Figures
from .importances import Importances
from .loggers import Logger, TensorBoardLog, WandbLog
from .lr_range_test import LRRangeTest, find_lr
from .metrics import F1, Accuracy, BalancedAccuracy, ConfusionMatrix, Metric, PrecisionRecall
from .network import Network
from .number_metrics import MAE, MAPE, R2, RMSE
from .permuted_columns import permutation_importance
from .saved_run import save_run
from .score_metrics import ROCAUC, AveragePrecision, Brier, LogLoss, TopK
from .search_reports import OptunaReport, RayReport
from .trained_run import Prediction, Predictions, TrainedRun, load_run
from .trainer import Trainer

__all__ = [
    "F1",
    "MAE",
    "MAPE",
    "R2",
    "RMSE",
    "ROCAUC",
    "Accuracy",
    "AveragePrecision",
    "BalancedAccuracy",
    "BatchSize",
    "Brier",
    "Callback",
    "Checkpoints",
    "ConfusionMatrix",
    "DistributedTrainer",
    "EarlyStopping",
    "Figures",
    "FunctionMetric",
    "Histogram",
    "History",
    "Importances",
    "Interrupted",
    "LRRangeTest",
    "LogLoss",
    "Logger",
    "Metric",
    "Network",
    "OptunaReport",
    "PrecisionRecall",
    "Prediction",
    "Predictions",
    "RayReport",
    "Recorder",
    "Run",
    "Snapshot",
    "TensorBoardLog",
    "TopK",
    "TrainedRun",
    "Trainer",
    "WandbLog",
    "amp",
    "bootstrap_interval",
    "doctor",
    "evaluate",
    "find_batch_size",
    "find_lr",
    "load_run",
    "permutation_importance",
    "predict",
    "save_run",
]
