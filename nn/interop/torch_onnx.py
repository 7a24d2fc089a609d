"""`torch.onnx` in PyTorch's layout: `export`, with PyTorch's arguments, is a call of `to_onnx`."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from enum import IntEnum
from typing import Any

import nn
from autograd import Tensor

from .noted import note

OLDEST = 18  # of the versions that to_onnx writes
_exporting: ContextVar[bool] = ContextVar("exporting", default=False)


class TrainingMode(IntEnum):
    """In which mode a model is exported."""

    EVAL = 0
    PRESERVE = 1
    TRAINING = 2


class OperatorExportTypes(IntEnum):
    """What becomes of operators that ONNX does not have."""

    ONNX = 0
    ONNX_ATEN = 1
    ONNX_ATEN_FALLBACK = 2
    ONNX_FALLTHROUGH = 3


def is_in_onnx_export() -> bool:
    """Whether `export` is running the model."""
    return _exporting.get()


def export(
    model: nn.Module,
    args: tuple[Any, ...] | Tensor = (),
    f: str | os.PathLike[str] | None = None,
    *,
    kwargs: dict[str, Any] | None = None,
    verbose: bool | None = None,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    opset_version: int | None = None,
    dynamo: bool = True,
    external_data: bool = True,
    dynamic_shapes: dict[str, Any] | tuple[Any, ...] | list[Any] | None = None,
    custom_translation_table: dict[Callable[..., Any], Callable[..., Any]] | None = None,
    report: bool = False,
    optimize: bool = True,
    verify: bool = False,
    profile: bool = False,
    dump_exported_program: bool = False,
    artifacts_dir: str | os.PathLike[str] = ".",
    export_params: bool = True,
    keep_initializers_as_inputs: bool = False,
    dynamic_axes: Mapping[str, Mapping[int, str]] | Mapping[str, Sequence[int]] | None = None,
    training: TrainingMode = TrainingMode.EVAL,
    operator_export_type: OperatorExportTypes = OperatorExportTypes.ONNX,
    do_constant_folding: bool = True,
    custom_opsets: Mapping[str, int] | None = None,
    export_modules_as_functions: bool | Collection[type[nn.Module]] = False,
    autograd_inlining: bool = True,
) -> None:
    """Write what `model` computes from `args` in evaluation mode to the file `f`, in ONNX: `nn.interop.to_onnx`.

    As there, the file is verified, and `verify` need not ask for it. One dimension of each input may vary, that of the
    batch, by `dynamic_axes` or `dynamic_shapes`; without them all have the sizes of the sample. What has no effect,
    such as `report`, is noted at the end of the program; there is one exporter, whatever `dynamo` says.

    Raises NotImplementedError for what would change the file and is not to be had, such as a model in training mode;
    TypeError without `f`; ValueError for shapes of what is no input; and what `to_onnx` does.
    """
    from .onnx_export import to_onnx

    if f is None:
        raise TypeError("torch.onnx.export: expected f, the path of a file: no ONNXProgram is returned here")
    _refuse(
        custom_translation_table=custom_translation_table, export_params=not export_params, training=training,
        keep_initializers_as_inputs=keep_initializers_as_inputs, operator_export_type=operator_export_type,
        custom_opsets=custom_opsets, export_modules_as_functions=export_modules_as_functions,
    )  # fmt: skip
    _note_without_effect(
        verbose=verbose, external_data=not external_data, report=report, optimize=not optimize, profile=profile,
        dump_exported_program=dump_exported_program, artifacts_dir=artifacts_dir != ".",
        do_constant_folding=not do_constant_folding, autograd_inlining=not autograd_inlining,
    )  # fmt: skip
    if opset_version is not None and opset_version < OLDEST:
        note(f"torch.onnx.export: opset_version={opset_version}: the file is written in {OLDEST}, the oldest here")
        opset_version = OLDEST
    given = _arguments(model, args, kwargs)
    dims = _dims(list(given), input_names, dynamic_axes, dynamic_shapes)
    token = _exporting.set(True)
    try:
        to_onnx(
            model, list(given.values()), f, input_names=input_names, output_names=output_names,
            dynamic_batch=any(dim is not None for dim in dims), batch_dim=dims, opset=opset_version or OLDEST,
        )  # fmt: skip
    finally:
        _exporting.reset(token)


def _refuse(**given: Any) -> None:
    for name, value in given.items():
        if value:
            raise NotImplementedError(f"torch.onnx.export: {name} is not supported by chalkgrad: leave it out")


def _note_without_effect(**given: Any) -> None:
    for name, value in given.items():
        if value:
            note(f"torch.onnx.export: {name} has no effect")


def _arguments(model: nn.Module, args: Any, kwargs: Mapping[str, Any] | None) -> dict[str, Tensor]:
    """The tensors that `forward` is given, by the name of its argument. Raises NotImplementedError for other values."""
    args = (args,) if isinstance(args, Tensor) else tuple(args)
    bound = inspect.signature(model.forward).bind(*args, **(kwargs or {}))
    found: dict[str, Tensor] = {}
    for name, value in bound.arguments.items():
        kind = bound.signature.parameters[name].kind
        several = value if kind is inspect.Parameter.VAR_POSITIONAL else (value,)
        for i, each in enumerate(several):
            if not isinstance(each, Tensor) or kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD):
                raise NotImplementedError(
                    f"torch.onnx.export: {name}: expected tensors that can be given by position, given {each!r:.80}: "
                    "wrap the model in one that sets the rest"
                )
            found[name if len(several) == 1 else f"{name}_{i}"] = each
    return found


def _dims(
    arguments: list[str], names: Sequence[str] | None, axes: Mapping[str, Any] | None, shapes: Any
) -> list[int | None]:
    """The dimension of each input that varies, or None."""
    if isinstance(shapes, tuple | list):
        shapes = dict(zip(arguments, shapes, strict=False))
    known = dict.fromkeys(arguments, ())
    found: dict[str, Any] = {**known, **{name: given or () for name, given in (shapes or {}).items()}}
    if found.keys() != known.keys():
        raise ValueError(f"torch.onnx.export: dynamic_shapes: expected the inputs {arguments}, given {list(shapes)}")
    if shapes is None and axes:
        by_name = dict(zip(names or [], arguments, strict=False))
        found |= {by_name[name]: given for name, given in axes.items() if name in by_name}
    return [_one(name, given) for name, given in found.items()]


def _one(name: str, given: Any) -> int | None:
    if isinstance(given, Mapping):
        given = [axis for axis, size in given.items() if not _fixed(size)]
    elif any(not isinstance(each, int) or isinstance(each, bool) for each in given):  # a size for each dimension
        given = [axis for axis, size in enumerate(given) if not _fixed(size)]
    if len(given) > 1:
        raise NotImplementedError(
            f"torch.onnx.export: {name}: one dimension of an input may vary, that of the batch, given {list(given)}"
        )
    return int(given[0]) if given else None


def _fixed(size: Any) -> bool:
    """Whether a dimension keeps its size, which a number may say as well as None."""
    return size is None or type(size) is int
