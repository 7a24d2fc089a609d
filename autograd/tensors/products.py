"""Products of vectors and matrices, and the linear algebra that PyTorch has at its top level."""

from __future__ import annotations

from functools import lru_cache
from math import nan
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.casting import as_given, in_16_bits
from ..core.errors import kind_of, no_tensor
from ..core.forward import apply
from ..core.one_dtype import one_dtype
from ..core.ops import OPS
from . import matrix_functions as linalg
from .choices import where
from .elementwise import binary, mul
from .rewriting import alone
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor

in_16_bits(np.matmul, np.einsum)
one_dtype(np.matmul, "expected m1 and m2 to have the same dtype, but got: {2} != {3}")
_LETTERS = ascii_uppercase + ascii_lowercase


def _of_dims(x: Tensor, ndim: int, name: str) -> None:
    if x.ndim != ndim:
        kind = {1: "vector", 2: "matrix"}.get(ndim, f"{ndim}D tensor")
        raise RuntimeError(f"{name}: expected a {kind} ({ndim}D tensors expected), but got shape {list(x.shape)}")


@binary(np.matmul)
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product (*, n, m) @ (*, m, p); leading dimensions broadcast, a vector is a row or a column.

    Raises RuntimeError if the inner lengths or the dtypes of two tensors differ, or for a 0-d tensor.
    """
    raise AssertionError


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, m) and (m, p). Raises RuntimeError for other shapes."""
    _of_dims(input, 2, "mm")
    _of_dims(mat2, 2, "mm")
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two batches of matrices, (b, n, m) and (b, m, p). Raises RuntimeError for other shapes."""
    _of_dims(input, 3, "bmm")
    _of_dims(mat2, 3, "bmm")
    if input.shape[0] != mat2.shape[0]:
        raise RuntimeError(f"bmm: batch sizes differ, {list(input.shape)} and {list(mat2.shape)}; matmul broadcasts")
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m). Raises RuntimeError for other shapes."""
    _of_dims(input, 2, "mv")
    _of_dims(vec, 1, "mv")
    return as_given(matmul, input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors of one length. Raises RuntimeError for other shapes."""
    _of_dims(input, 1, "dot")
    _of_dims(tensor, 1, "dot")
    return as_given(matmul, input, tensor)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors: out[i][j] = input[i] * vec2[j].

    Raises RuntimeError for anything but vectors.
    """
    _of_dims(input, 1, "outer")
    _of_dims(vec2, 1, "outer")
    return mul(input.reshape(-1, 1), vec2)


ger = outer


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sums of products by Einstein's convention: an index that is not in the output is summed over.

    `equation` is as in torch.einsum and np.einsum: "ij,jk->ik", "...ij->...ji", "ii"; without an arrow the output has
    the indices that occur once, in alphabetical order. In its place a list of numbers may follow each operand, and the
    output's come last: einsum(x, [0, 1], y, [1, 2], [0, 2]). An index of one operand
    alone is summed over first, integers and bools in int64. Of one operand that is not summed it is a view. Raises
    RuntimeError where the subscripts and the operands do not fit.
    """
    if not isinstance(equation, str):
        equation, operands = _spelled((equation, *operands))
    xs = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], list | tuple) else list(operands)
    for k, x in enumerate(xs):
        if not isinstance(x, TensorBase):
            raise no_tensor("einsum", f"operands[{k}]", k + 2, x)
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
    summed = _alone(tuple(terms), output)
    for k, gone in summed:
        xs[k] = xs[k].sum(gone)
        terms[k] = "".join(c for i, c in enumerate(terms[k]) if i not in gone)
    if len(xs) == 1:
        result = xs[0].permute([terms[0].index(c) for c in output])
        return alone(result) if summed else result
    return apply(OPS[np.einsum], xs, {"subscripts": f"{','.join(terms)}->{output}"})


def _spelled(given: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation and the operands of a call that gives the subscripts as numbers, a list after each operand."""
    pairs, output = (given[:-1], given[-1:]) if len(given) % 2 else (given, ())
    lists = (*pairs[1::2], *output)
    if not pairs or not all(isinstance(numbers, list | tuple) for numbers in lists):
        raise TypeError(
            f"einsum(): argument 'equation' (position 1) must be str, not {kind_of(given[0])}; or give a list of "
            "subscripts after each operand: einsum(x, [0, 1], y, [1, 2], [0, 2])"
        )
    if not all(i is Ellipsis or 0 <= i < len(_LETTERS) for numbers in lists for i in numbers):
        raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")
    *terms, last = ["".join("..." if i is Ellipsis else _LETTERS[i] for i in numbers) for numbers in lists]
    return ",".join(terms) + ("->" if output else "," * bool(terms)) + last, pairs[::2]


@lru_cache(256)
def _letters(equation: str, ndims: tuple[int, ...]) -> tuple[list[str], str]:
    """The subscripts of each operand and of the result, with letters in the place of `...`."""
    left, arrow, output = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise RuntimeError(f"einsum(): {equation!r} has {len(terms)} operands, but {len(ndims)} were given")
    free = [c for c in _LETTERS if c not in equation]
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


@lru_cache(256)
def _alone(terms: tuple[str, ...], output: str) -> list[tuple[int, tuple[int, ...]]]:
    """The operands with dimensions whose index is nowhere else, and these dimensions."""
    every = "".join(terms) + output
    gone = [tuple(i for i, c in enumerate(term) if every.count(c) == 1) for term in terms]
    return [(k, dims) for k, dims in enumerate(gone) if dims]


# -- torch.linalg, with the argument names of the top level ------------------------------------------------------------


def det(input: Tensor) -> Tensor:
    """The determinant of square matrices (*, n, n), `linalg.det`. Raises RuntimeError for other shapes or dtypes."""
    return linalg.det(input)


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant of square matrices (*, n, n): -inf where that is 0, NaN where it is negative.

    Raises RuntimeError for other shapes or dtypes.
    """
    sign, logabsdet = linalg.slogdet(input)
    return where(sign >= 0, logabsdet, nan)


def slogdet(input: Tensor) -> linalg.SignAndLog:
    """The pair (sign, log |det|) of square matrices (*, n, n), `linalg.slogdet`. Raises RuntimeError as `det`."""
    return linalg.slogdet(input)


def inverse(input: Tensor) -> Tensor:
    """The inverse of square matrices (*, n, n), `linalg.inv`.

    Raises LinAlgError, a RuntimeError, where one is singular.
    """
    return linalg.inv(input)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverse (*, n, m) of matrices (*, m, n), `linalg.pinv` with rtol = rcond.

    Raises RuntimeError for fewer dimensions, or integers.
    """
    return linalg.pinv(input, rtol=rcond)


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The triangular L, lower or `upper`, of input = L L^T, `linalg.cholesky`.

    Raises LinAlgError, a RuntimeError, where a matrix is not positive-definite.
    """
    return linalg.cholesky(input, upper=upper)
