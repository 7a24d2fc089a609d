"""torch.linalg's names."""

from .tensors.decompositions import (
    cond,
    cross,
    diagonal,
    eigh,
    eigvalsh,
    lstsq,
    matrix_power,
    matrix_rank,
    multi_dot,
    qr,
    solve_triangular,
    svd,
    vander,
    vecdot,
)
from .tensors.matrix_functions import (
    LinAlgError,
    cholesky,
    det,
    inv,
    matrix_norm,
    norm,
    pinv,
    slogdet,
    solve,
    svdvals,
    vector_norm,
)
from .tensors.products import matmul
from .tensors.rarer_matrix_functions import cholesky_ex, inv_ex, matrix_exp, tensorinv, tensorsolve
from .tools import tensor_arguments as _arguments

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "inv", "inv_ex",
    "lstsq", "matmul", "matrix_exp", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr",
    "slogdet", "solve", "solve_triangular", "svd", "svdvals", "tensorinv", "tensorsolve", "vander", "vecdot",
    "vector_norm",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))
