"""What the written functions need beside numbers: arrays over memory that is there, and folds of free order.

NumPy's ways to them (a slice, `view`, `reshape`) are right for any array and any number, which takes Numba a tenth of a
second each to compile. Here all sizes are known, and nothing is to be checked.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array


@intrinsic
def array(context: Any, a: Any, at: Any, dtype: Any, shape: Any) -> Any:
    """An array of `shape`, row after row, over the memory of a, from its element `at` on."""
    result = types.Array(dtype.dtype, len(shape), "C")

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        given = make_array(signature.args[0])(target, builder, args[0])
        start = builder.gep(given.data, [args[1]], inbounds=True)
        item = target.get_data_type(dtype.dtype)
        size = target.get_abi_sizeof(item)
        sizes = cgutils.unpack_tuple(builder, args[3])
        strides: list[Any] = []
        step = target.get_constant(types.intp, size)
        for n in reversed(sizes):
            strides.insert(0, step)
            step = builder.mul(step, n)
        out = make_array(result)(target, builder)
        populate_array(
            out,
            data=builder.bitcast(start, item.as_pointer()),
            shape=cgutils.pack_array(builder, sizes),
            strides=cgutils.pack_array(builder, strides),
            itemsize=target.get_constant(types.intp, size),
            meminfo=None,
        )
        return out._getvalue()

    return result(a, at, dtype, shape), generate


@intrinsic
def fits(context: Any, a: Any, shape: Any) -> Any:
    """Whether an array has this shape, of so many axes as it has."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        sizes = cgutils.unpack_tuple(builder, make_array(signature.args[0])(target, builder, args[0]).shape)
        fit = cgutils.true_bit
        for found, wanted in zip(sizes, cgutils.unpack_tuple(builder, args[1]), strict=True):
            fit = builder.and_(fit, builder.icmp_signed("==", found, wanted))
        return fit

    return types.boolean(a, shape), generate


@intrinsic
def at(context: Any, i: Any) -> Any:
    """An index that is known not to be negative: a loop that looks at the sign of one does not run in vectors."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return args[0]

    return types.uint64(types.int64), generate


@intrinsic
def choose(context: Any, condition: Any, x: Any, y: Any) -> Any:
    """x if condition else y, both of which are there: no branch, so that a loop can run in vectors."""

    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return x(condition, x, x), generate


@njit(fastmath={"reassoc"}, forceinline=True)
def plus(total: Any, x: Any) -> Any:
    """total + x, in a sum whose order is free: only so can several be added at once. Nothing else is fast maths."""
    return total + x


@intrinsic
def larger(context: Any, x: Any, y: Any) -> Any:
    """The larger number, or NaN."""
    return _extremum("maximum", x)


@intrinsic
def smaller(context: Any, x: Any, y: Any) -> Any:
    """The smaller number, or NaN."""
    return _extremum("minimum", x)


def _extremum(name: str, x: Any) -> Any:
    def generate(target: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = args[0].type
        function = builder.module.declare_intrinsic(f"llvm.{name}", [kind], ir.FunctionType(kind, [kind, kind]))
        return builder.call(function, args)

    return x(x, x), generate


@njit(forceinline=True)
def chosen(i: Any, size: int) -> Any:
    """An index from the front: negative ones count from the end."""
    return i + size if i < 0 else i
