"""`torchvision.datasets`: those of `nn.data.datasets`, called as torchvision's are."""

import typing as _typing

from nn.data.datasets import *

from ... import layout_lookup as _lookup
from ...torchvision_datasets import CIFAR10, MNIST, FashionMNIST
from ...torchvision_datasets import ImageFolder  # type: ignore[assignment]

if not _typing.TYPE_CHECKING:
    __getattr__ = _lookup.getter(__name__)
