"""Data sets, and the loader that serves them in batches."""

from . import datasets, transforms
from .collate import default_collate, default_convert
from .dataset import ConcatDataset, Dataset, StackDataset, Subset, TensorDataset, random_split, stratified_split
from .distributed_sampler import DistributedSampler
from .iterable_dataset import ChainDataset, IterableDataset, get_worker_info
from .loader import DataLoader
from .samplers import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .tiled_images import make_grid, save_image

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "DistributedSampler",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "datasets",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "make_grid",
    "random_split",
    "save_image",
    "stratified_split",
    "transforms",
]
