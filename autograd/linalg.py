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

__all__ = [
    "LinAlgError", "cholesky", "det", "inv", "matrix_norm", "norm", "slogdet", "solve", "svdvals", "vector_norm",
]  # fmt: skip
