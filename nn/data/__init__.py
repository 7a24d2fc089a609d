"""Data sets, and the loader that serves them in batches."""

from .dataset import Dataset, TensorDataset
from .loader import DataLoader

__all__ = ["DataLoader", "Dataset", "TensorDataset"]
