"""torch.linalg's names."""

from .tensors.matrix_functions import (
    LinAlgError,
    cholesky,
    det,
    inv,
    matrix_norm,
    norm,
    slogdet,
    solve,
    svdvals,
    vector_norm,
)
from .tools import tensor_arguments as _arguments

__all__ = [
    "LinAlgError", "cholesky", "det", "inv", "matrix_norm", "norm", "slogdet", "solve", "svdvals", "vector_norm",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))
