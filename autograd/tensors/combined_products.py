"""Products over several axes, chains of products, and products added to something: all made of `matmul` and `mul`.

Most are methods of Tensor too. Shapes that do not fit raise RuntimeError.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import dtypes
from ..core.casting import narrowed
from ..core.engine import wrap
from ..core.errors import no_tensor
from ..core.shapes import normalize_axis
from . import matrix_functions as linalg
from .choices import masked_fill
from .elementwise import mul, sub
from .indexing import index_select
from .products import _of_dims, bmm, dot, matmul, mm, mv, outer
from .shaping import permute, reshape
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


# -- added to something -----------------------------------------------------------------------------------------------


def _combined(name: str, input: Tensor, product: Tensor, beta: float, alpha: float) -> Tensor:
    """beta * input + alpha * product; for beta = 0 the input does not count, not even its NaN."""
    if input.dtype != product.dtype:
        raise RuntimeError(f"{name}: self and the product must have the same dtype, got {input.dtype}, {product.dtype}")
    for factor, what in ((beta, "beta"), (alpha, "alpha")):
        dtypes.of_multiple(factor, what, product)
    try:
        input = input.expand(product.shape)
    except RuntimeError:
        raise RuntimeError(
            f"{name}: The expanded size of the tensor must match: input {list(input.shape)} does not broadcast to the "
            f"product, {list(product.shape)}"
        ) from None
    if beta == 0:
        input = masked_fill(input, wrap(np.ones(product.shape, bool)), 0)
    return (input if beta in (0, 1) else input * beta) + (product if alpha == 1 else product * alpha)


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2), for matrices (n, m) and (m, p) and an input that broadcasts to (n, p)."""
    input, mat1, mat2 = narrowed(input, mat1, mat2)
    return _combined("addmm", input, mm(mat1, mat2), beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec), for (n, m) and (m,) and an input that broadcasts to (n,)."""
    return _combined("addmv", input, mv(mat, vec), beta, alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2), for vectors (n,) and (m,) and an input that broadcasts to (n, m)."""
    return _combined("addr", input, outer(vec1, vec2), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2), for an input that broadcasts to (b, n, p)."""
    input, batch1, batch2 = narrowed(input, batch1, batch2)
    return _combined("baddbmm", input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * the sum over the batch of bmm(batch1, batch2), for an input that broadcasts to (n, p)."""
    input, batch1, batch2 = narrowed(input, batch1, batch2)
    return _combined("addbmm", input, bmm(batch1, batch2).sum(0), beta, alpha)


# -- over several axes ------------------------------------------------------------------------------------------------


def contracted(a: Tensor, b: Tensor, first: Sequence[int], second: Sequence[int]) -> Tensor:
    """The sums of products over the axes `first` of a and `second` of b, counted from the front; the others stay."""
    lengths = [a.shape[d] for d in first]
    left, right = ([d for d in range(x.ndim) if d not in gone] for x, gone in ((a, first), (b, second)))
    rows = reshape(permute(a, [*left, *first]), (prod(a.shape[d] for d in left), prod(lengths)))
    columns = reshape(permute(b, [*second, *right]), (prod(lengths), prod(b.shape[d] for d in right)))
    return reshape(rows @ columns, [a.shape[d] for d in left] + [b.shape[d] for d in right])


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over dimensions of both: over the last `dims` of a and the first of b, or over two lists.

    Raises RuntimeError for lengths that differ, IndexError for a dim that is not there.
    """
    if isinstance(dims, TensorBase):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot: there are no {dims} dims in the shapes {list(a.shape)}, {list(b.shape)}")
        dims = range(a.ndim - dims, a.ndim), range(dims)
    first, second = (
        [normalize_axis(d, x.ndim) for d in ((given,) if isinstance(given, int) else given)]
        for given, x in zip(dims, (a, b), strict=True)
    )
    if len(first) != len(second):
        raise RuntimeError(f"both dimension lists should have same length, got {first} and {second}")
    for i, j in zip(first, second, strict=True):
        if a.shape[i] != b.shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[i]} in dim {i} and second has size "
                f"{b.shape[j]} in dim {j}"
            )
    return contracted(a, b, first, second)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Sums of products over the last dimensions of both; with a 0-d tensor the product."""
    if not input.ndim or not other.ndim:
        return mul(input, other)
    if input.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(input.shape)} and "
            f"{list(other.shape)}"
        )
    return contracted(input, other, [input.ndim - 1], [other.ndim - 1])


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The inner product of two vectors of one length: `dot`, which says what it raises."""
    return dot(input, other)


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of `input` times the whole of `other`, in its place."""
    n = max(input.ndim, other.ndim)
    rows, columns = ((1,) * (n - x.ndim) + tuple(x.shape) for x in (input, other))
    spread = reshape(input, [m for length in rows for m in (length, 1)])
    tiles = reshape(other, [m for length in columns for m in (1, length)])
    return reshape(spread * tiles, [i * j for i, j in zip(rows, columns, strict=True)])


def crossed(a: Tensor, b: Tensor, dim: int) -> Tensor:
    """The cross products of vectors of three components along `dim`."""
    one, two = wrap(np.array([1, 2, 0])), wrap(np.array([2, 0, 1]))
    left = index_select(a, dim, one) * index_select(b, dim, two)
    return sub(left, index_select(a, dim, two) * index_select(b, dim, one))


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross products of vectors of three components along `dim`, by default the first dimension of length 3.

    `linalg.cross` takes the last dimension. Raises RuntimeError for other lengths, or different numbers of dimensions.
    """
    if dim is None:
        if 3 not in input.shape:
            raise RuntimeError(f"no dimension of size 3 in input, of shape {list(input.shape)}")
        dim = tuple(input.shape).index(3)
    if input.ndim != other.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, got {input.ndim} and {other.ndim}"
        )
    dim = normalize_axis(dim, input.ndim)
    if not input.ndim or input.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {list(input.shape)} and {list(other.shape)}"
        )
    return crossed(input, other, dim)


# -- chains -----------------------------------------------------------------------------------------------------------


def chain_matmul(*matrices: Tensor) -> Tensor:
    """The product of matrices, in the order that takes the fewest multiplications. Raises RuntimeError for no matrix.

    `linalg.multi_dot` also takes vectors at the ends.
    """
    for i, x in enumerate(matrices):
        if not isinstance(x, TensorBase):
            raise no_tensor("chain_matmul", "matrices", i + 1, x)
        _of_dims(x, 2, "chain_matmul")
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    return multiplied(matrices)


def multiplied(matrices: Sequence[Tensor]) -> Tensor:
    """The product of matrices, two or more dimensions each, in the best order."""
    lengths = [x.shape[-2] for x in matrices] + [matrices[-1].shape[-1]]
    return _part(matrices, _splits(lengths), 0, len(matrices) - 1)


def _part(matrices: Sequence[Tensor], best: dict[tuple[int, int], int], i: int, j: int) -> Tensor:
    """The product from the i-th to the j-th."""
    if i == j:
        return matrices[i]
    return matmul(_part(matrices, best, i, best[i, j]), _part(matrices, best, best[i, j] + 1, j))


def _splits(lengths: list[int]) -> dict[tuple[int, int], int]:
    """Behind which matrix the chain from i to j is split best (Cormen et al., Introduction to Algorithms)."""
    n = len(lengths) - 1
    cost, best = {(i, i): 0 for i in range(n)}, {}
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            ends = lengths[i] * lengths[j + 1]
            ways = [(cost[i, k] + cost[k + 1, j] + ends * lengths[k + 1], k) for k in range(i, j)]
            cost[i, j], best[i, j] = min(ways)
    return best


def matrix_power(input: Tensor, n: int) -> Tensor:
    """The n-th power of square matrices (*, k, k), for n < 0 of their inverses: `linalg.matrix_power`.

    Raises LinAlgError where one is singular and n < 0.
    """
    linalg.square(input, "linalg.matrix_power")
    if n < 0:
        return matrix_power(linalg.inv(input), -n)
    if n == 0:
        return input * 0 + wrap(np.eye(input.shape[-1], dtype=input.dtype))
    if n == 1:
        return input.clone()
    half = matrix_power(input, n // 2)
    even = matmul(half, half)
    return matmul(even, input) if n % 2 else even
