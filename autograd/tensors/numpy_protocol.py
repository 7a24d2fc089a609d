"""NumPy's protocols: np.exp(t), np.sum(t, axis=0), array * t. Rules that record themselves use them, too.

A function of the table runs as the op of the same name; one without a gradient runs on the values; any other raises
TypeError, and so does an argument that has no effect here: a graph is never lost silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.engine import wrap
from ..core.forward import apply
from ..core.ops import OPS, parameters
from .numpy_functions import NUMPY, REDUCE, UFUNC
from .tensor_base import TensorBase, operands

if TYPE_CHECKING:
    from .tensor import Tensor

# Arguments of NumPy's that make no difference to the values of a result, whatever is given for them.
HARMLESS = {"subok", "optimize", "kind", "stable", "overwrite_input"}


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> Any:
    """The values, for np.asarray. Raises RuntimeError on a tensor that requires grad, as `Tensor.numpy`."""
    array = self.numpy()
    return array.astype(dtype) if dtype is not None and dtype != array.dtype else array.copy() if copy else array


def array_ufunc(self: Tensor, ufunc: Any, how: str, *inputs: Any, **options: Any) -> Any:
    """A ufunc of NumPy on tensors, np.exp(t). Raises TypeError for one without a derivative rule, and for options."""
    name = ufunc.__name__
    if options.get("out") is not None:
        raise TypeError(f"np.{name}(..., out=) cannot be recorded: assign the result instead")
    if how == "reduce" and ufunc in REDUCE:
        _refuse(f"{name}.reduce", options, ("axis", "dtype", "keepdims"))
        return REDUCE[ufunc](inputs[0], **{"axis": 0, **options})
    if how == "__call__" and ufunc in CONSTANT:
        return _constant(ufunc, inputs, options)
    if how == "__call__" and (ufunc in OPS or ufunc in UFUNC):
        _refuse(name, options)
        given = operands(*inputs)
        if ufunc not in OPS:
            return UFUNC[ufunc](*given)
        return apply(OPS[ufunc], [x if type(x) is np.ndarray else y for x, y in zip(inputs, given, strict=True)], {})
    raise _unknown(name if how == "__call__" else f"{name}.{how}")


def array_function(self: Tensor, function: Any, types: Any, args: Any, options: Any) -> Any:
    """Any other function of NumPy on tensors, np.sum(t). Raises TypeError for one without a derivative rule."""
    if function in CONSTANT:
        return _constant(function, args, options)
    if function not in NUMPY:
        raise _unknown(function.__name__)
    bound = _signature(function).bind(*args, **options)
    first: tuple[Any, ...] = ()
    given: dict[str, Any] = {}
    for k, (name, p) in enumerate(bound.signature.parameters.items()):
        value = bound.arguments.get(name, p.default)
        if p.kind is p.VAR_POSITIONAL:
            first = value
        elif p.kind is p.VAR_KEYWORD:
            given |= bound.arguments.get(name, {})
        elif not k:
            first = (value,)
        elif value is not p.default and name not in HARMLESS:
            given[name] = value
    call = NUMPY[function]
    _refuse(function.__name__, given, _honoured(call))
    return call(*first, **given)


_signature = cache(signature)
_honoured = cache(parameters)


def _refuse(name: str, given: Iterable[str], honoured: Iterable[str] = ()) -> None:
    """Raise TypeError for an argument that is not honoured."""
    for argument in given:
        if argument not in honoured:
            raise TypeError(
                f"np.{name}: the argument {argument}= is not supported on a tensor; leave it out, or call NumPy on "
                "values outside the graph: tensor.detach().numpy()"
            )


def _constant(function: Any, args: Any, options: Any) -> Any:
    def plain(x: Any) -> Any:
        return x._data if isinstance(x, TensorBase) else type(x)(map(plain, x)) if isinstance(x, list | tuple) else x

    result = function(*plain(args), **{k: plain(v) for k, v in options.items()})
    return wrap(result) if isinstance(result, np.ndarray | np.generic) else result


def _unknown(name: str) -> TypeError:
    return TypeError(
        f"np.{name} has no derivative rule for tensors: add one to autograd/calculus/rules.py (one function, "
        "one rule), or call it on values outside the graph: tensor.detach().numpy()"
    )


# Integers and truth values come out of these: there is no gradient to speak of, and nothing is recorded.
CONSTANT = {
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not, np.isfinite, np.isinf, np.isnan, np.signbit),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift),
    *(np.gcd, np.lcm, np.isposinf, np.isneginf, np.isreal),
    *(np.all, np.any, np.argmax, np.argmin, np.argsort, np.count_nonzero, np.nonzero, np.searchsorted, np.allclose),
    *(np.array_equal, np.isclose, np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.isin, np.bincount),
    *(np.zeros_like, np.ones_like, np.empty_like, np.unique, np.digitize, np.array_repr, np.array_str),
    *(np.may_share_memory, np.shares_memory, np.iscomplexobj, np.isrealobj, np.lexsort, np.argpartition, np.argwhere),
}
