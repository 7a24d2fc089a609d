"""Products, factorizations and norms of matrices: torch.linalg's names, and the products of torch's top level."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ..calculus import primitives
from ..core.errors import LinAlgError
from ..core.forward import apply
from ..core.ops import OPS
from ..core.shapes import normalize_axis
from .elementwise import matmul, mul
from .reductions import amax, amin, floating, numpy_names
from .reductions import norm as _norm
from .tensor import Tensor, method, wrap

__all__ = [
    "LinAlgError", "cholesky", "det", "inv", "matrix_norm", "norm", "slogdet", "solve", "svdvals", "vector_norm",
]  # fmt: skip


def _of_dims(x: Tensor, ndim: int, name: str) -> None:
    if x.ndim != ndim:
        kind = {1: "vector", 2: "matrix"}.get(ndim, f"{ndim}D tensor")
        raise RuntimeError(f"{name}: expected a {kind} ({ndim}D tensors expected), but got shape {list(x.shape)}")


@method
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices."""
    _of_dims(input, 2, "mm")
    _of_dims(mat2, 2, "mm")
    return matmul(input, mat2)


@method
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices, (b, n, m) and (b, m, p)."""
    _of_dims(input, 3, "bmm")
    _of_dims(mat2, 3, "bmm")
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm: batch sizes differ, {list(input.shape)} and {list(mat2.shape)}; matmul broadcasts")
    return matmul(input, mat2)


@method
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector."""
    _of_dims(input, 2, "mv")
    _of_dims(vec, 1, "mv")
    return matmul(input, vec)


@method
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors."""
    _of_dims(input, 1, "dot")
    _of_dims(tensor, 1, "dot")
    return matmul(input, tensor)


@method
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors: out[i][j] = input[i] * vec2[j]."""
    _of_dims(input, 1, "outer")
    _of_dims(vec2, 1, "outer")
    return mul(input.reshape(-1, 1), vec2)


def einsum(equation: str, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention: an index not in the output is summed over.

    `equation` as in torch.einsum and np.einsum: "ij,jk->ik", "...ij->...ji", "ii"; implicit output in alphabetical
    order. Raises RuntimeError where the equation and the operands do not fit.
    """
    xs = list(operands[0]) if len(operands) == 1 and not isinstance(operands[0], Tensor) else list(operands)
    given, output = _letters(equation.replace(" ", ""), tuple([x.ndim for x in xs]))
    terms = list(given)
    for k, term in enumerate(terms):
        for c in sorted(set(term)):
            while term.count(c) > 1:  # an index twice in one operand: its diagonal
                i = term.index(c)
                j = term.index(c, i + 1)
                if xs[k].shape[i] != xs[k].shape[j]:
                    raise RuntimeError(f"einsum(): subscript {c} is repeated for operand {k} but its sizes don't match")
                xs[k] = xs[k].diagonal(0, i, j)
                term = term[:i] + term[i + 1 : j] + term[j + 1 :] + c
        terms[k] = term
    sizes: dict[str, int] = {}
    for k, (term, x) in enumerate(zip(terms, xs, strict=True)):
        for c, n in zip(term, x.shape, strict=True):
            if sizes.setdefault(c, n) != n and 1 not in (n, sizes[c]):
                raise RuntimeError(
                    f"einsum(): subscript {c} has size {n} for operand {k} which does not broadcast with previously "
                    f"seen size {sizes[c]} in {equation!r}"
                )
            sizes[c] = max(sizes[c], n)
    return apply(OPS[np.einsum], xs, {"subscripts": f"{','.join(terms)}->{output}"})


@lru_cache(256)
def _letters(equation: str, ndims: tuple[int, ...]) -> tuple[list[str], str]:
    """The subscripts of each operand and of the result, with letters in the place of `...`."""
    left, arrow, output = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise RuntimeError(f"einsum(): {equation!r} has {len(terms)} operands, but {len(ndims)} were given")
    free = [c for c in map(chr, (*range(65, 91), *range(97, 123))) if c not in equation]
    longest = 0
    for k, (term, ndim) in enumerate(zip(terms, ndims, strict=True)):
        named = len(term.replace("...", ""))
        if named > ndim or (named < ndim and "..." not in term):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) does not match the number of dimensions "
                f"({ndim}) for operand {k} in {equation!r}"
            )
        longest = max(longest, ndim - named) if "..." in term else longest
    rest = "".join(free[:longest])
    for k, (term, ndim) in enumerate(zip(terms, ndims, strict=True)):
        terms[k] = term.replace("...", rest[longest - (ndim - len(term.replace("...", ""))) :])
    if arrow:
        output = output.replace("...", rest)
    else:
        joined = "".join(terms)
        output = rest + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in rest))
    for c in output:
        if not any(c in term for term in terms):
            raise RuntimeError(f"einsum(): output subscript {c} does not appear in the equation for any input operand")
    return terms, output


@numpy_names
def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False) -> Tensor:
    """(sum |x|^ord)^(1/ord) over `dim`, by default over everything."""
    return _norm(x, ord, dim, keepdim)


@numpy_names
def matrix_norm(A: Tensor, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False) -> Tensor:
    """A norm of matrices: "fro", "nuc", 2 and -2 (singular values), 1, -1, inf and -inf (row and column sums).

    The norms of singular values have a first derivative only.
    """
    if A.ndim < 2:
        raise RuntimeError(f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions, got {A.shape}")
    rows, columns = (normalize_axis(d, A.ndim) for d in dim)
    if ord == "fro":
        return _norm(A, 2, (rows, columns), keepdim)
    moved = A.movedim((rows, columns), (-2, -1))
    if not A.numel() and ord in ("nuc", 1, 2, math.inf):
        result = moved.sum((-2, -1)) if ord in ("nuc", 2) else moved.detach().sum((-2, -1))
    elif ord in (1, -1, math.inf, -math.inf):
        sums = moved.abs().sum(-2 if abs(ord) == 1 else -1)
        result = (amax if ord > 0 else amin)(sums, -1)
    elif ord in ("nuc", 2, -2):
        s = svdvals(moved)
        result = s.sum(-1) if ord == "nuc" else (amax if ord > 0 else amin)(s, -1)
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported: 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")
    if keepdim:
        for d in sorted((rows, columns)):
            result = result.unsqueeze(d)
    return result


@numpy_names
def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The vector norm of everything (no `ord`) or over one dim; the matrix norm over two, or of a matrix with `ord`."""
    if ord is None:
        return _norm(A, 2, dim, keepdim)
    if isinstance(dim, int) or (dim is not None and len(dim) == 1) or (dim is None and A.ndim == 1):
        return vector_norm(A, ord, dim, keepdim)
    if dim is None and A.ndim != 2:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    return matrix_norm(A, ord, (-2, -1) if dim is None else tuple(dim), keepdim)


def _square(A: Tensor, name: str) -> tuple[Tensor]:
    floating(A, name)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but got shape {list(A.shape)}")
    return (A,)


def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices (*, n, n); raises LinAlgError where one is singular."""
    return apply(OPS[np.linalg.inv], _square(A, "linalg.inv"), {})


def det(A: Tensor) -> Tensor:
    """The determinant of square matrices (*, n, n)."""
    return apply(OPS[np.linalg.det], _square(A, "linalg.det"), {})


class SignAndLog(NamedTuple):
    """The sign of a determinant and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def slogdet(A: Tensor) -> SignAndLog:
    """The pair (sign, log |det|) of square matrices (*, n, n), without overflow."""
    return SignAndLog(
        wrap(np.linalg.slogdet(_square(A, "linalg.slogdet")[0]._data)[0], None),
        apply(OPS[primitives.logabsdet], (A,), {}),
    )


def solve(A: Tensor, B: Tensor) -> Tensor:
    """The X of A X = B for square A (*, n, n) and B (*, n, k) or, as vectors, (*, n); LinAlgError if A is singular."""
    _square(A, "linalg.solve")
    vector = B.ndim == 1 or (A.ndim - 1 == B.ndim and B.shape == A.shape[:-1])
    X = apply(OPS[np.linalg.solve], (A, B.unsqueeze(-1) if vector else B), {})
    return X.squeeze(-1) if vector else X


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower (or upper) triangular L of A = L L^T; LinAlgError where A is not positive-definite."""
    L = apply(OPS[np.linalg.cholesky], _square(A, "linalg.cholesky"), {})
    return L.mT if upper else L


def svdvals(A: Tensor) -> Tensor:
    """The singular values of matrices (*, m, n), largest first; they have a first derivative only."""
    return apply(OPS[primitives.svdvals], (floating(A, "linalg.svdvals"),), {})


method(det, "det")
method(lambda A: slogdet(A).logabsdet, "logdet")
method(inv, "inverse")
method(slogdet)
