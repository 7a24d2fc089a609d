"""A model as an ONNX file, which other programs run without this library: `to_onnx`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import signature
from itertools import cycle
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor
from autograd.tools.extras import require

from ..files import replacing
from .onnx_comparison import compare
from .onnx_given import arrays_of, changed, dims_of, evaluated, flat, is_float, state_of, wide
from .onnx_graph import Graph
from .onnx_ops import LINES
from .onnx_record import Repeated, Run, Size, Source, Step, record, refused
from .onnx_shared import shared

Array = np.ndarray[Any, Any]
OLDEST, LARGEST = 18, 2**31  # opset; bytes of a file, by its format
RECORDED, TRIED = (3, 5), (1, 2, 4)  # sizes of the batch
POWERS = (3, 1 / 3, 1)  # so that what depends on the values has reason to differ


def to_onnx(
    model: nn.Module,
    sample: Tensor | Sequence[Tensor],
    path: str | os.PathLike[str],
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    dynamic_batch: bool = True,
    batch_dim: int | Sequence[int | None] | None = 0,
    opset: int = OLDEST,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write what `model` computes from `sample` in evaluation mode as an ONNX file.

        to_onnx(model, images[:1], "digits.onnx")

    The model runs a few times, on the sample and on others like it, and what the engine records is translated op by
    op (docs/guides/onnx.md says how, and what is refused).
    Parameters and buffers of floats are named as in the `state_dict`. The model is left as it was. The file is checked,
    run by onnxruntime if that is installed (a warning if not), and compared with the model; only then it is moved to
    `path`, where an older file is untouched until that moment.

    Args:
        model: any module whose ops are in the table of `nn/interop/onnx_ops.py`. One of 16 bits keeps its weights in
            them; inputs and outputs that are bfloat16 here are float32 in the file.
        sample: an input, or one for each argument of `forward`: of the shape and dtype that the model is for, with
            values such as it will get. Integers are what an embedding looks up.
        path: the file.
        input_names, output_names: default "input" and "output", or "input_0", "input_1", …
        dynamic_batch: whether the file takes batches of any size.
        batch_dim: along which dimension of the inputs a batch lies; for each input, if they differ, and None for an
            input that has none.
        opset: the version of ONNX's set of operators, at least 18.
        metadata: strings to put into the file beside the graph.

    Raises:
        NotImplementedError: an op that the table has not, or a value that depends on the input and is not in the
            record, with the module and the line of your code; a model that does other things for other inputs.
        TypeError: a model or a sample of another kind. ValueError: names that do not fit, an opset that is unknown.
        RuntimeError: a file that does not compute what the model does. ImportError: without the package onnx.
    """
    onnx = require("onnx", "onnx", "the ONNX format is written with the package onnx")
    if not isinstance(model, nn.Module):
        raise TypeError(f"to_onnx: expected an nn.Module, given {type(model).__name__}")
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST <= opset <= newest:
        raise ValueError(f"to_onnx: expected an opset from {OLDEST} to {newest}, given {opset}")
    arrays = arrays_of(model, sample, input_names)
    dims = dims_of(arrays, batch_dim) if dynamic_batch else dict.fromkeys(arrays)
    exported = _Exported(model, arrays, dims, output_names)
    with evaluated(model):
        run = exported.recorded()
        proto = exported.translated(run, opset, dict(metadata or {}))
        compare(proto.SerializeToString(), exported.tried())
    with replacing(path) as beside:
        beside.write_bytes(proto.SerializeToString())


class _Exported:
    """An export under way: the model, the arrays of the sample by name, and the dimension of the batch of each."""

    def __init__(
        self, model: nn.Module, arrays: dict[str, Array], dims: dict[str, int | None], names: Sequence[str] | None
    ) -> None:
        self.model, self.arrays, self.dims, self.names = model, arrays, dims, names
        self.dynamic = any(dim is not None for dim in dims.values())
        self.state = {name: x for name, x in state_of(model).items() if is_float(x.dtype)}
        self.rng, self.powers = np.random.default_rng(0), cycle(POWERS)

    def call(self, model: nn.Module, *inputs: Tensor) -> Any:
        """The model's outputs. Raises NotImplementedError for a batch of a size that it does not take."""
        try:
            return model(*inputs)
        except Exception as error:
            given, size = self.batch(self.arrays.values()), self.batch(inputs)
            if size == given:
                raise
            raise NotImplementedError(
                f"to_onnx: the model fails for a batch of {size}: {error}. Give the sample a leading dimension for the "
                "batch, or batch_dim, or export with dynamic_batch=False"
            ) from error

    def batch(self, inputs: Iterable[Any]) -> int:
        """The size of the batch in some inputs; 0 without one."""
        return max(
            (x.shape[dim] for x, dim in zip(inputs, self.dims.values(), strict=True) if dim is not None), default=0
        )

    def named(self, outputs: Any) -> dict[str, Tensor]:
        """The output tensors by name, of whatever the model returns."""
        found = list(flat(outputs, ""))
        names = ["output"] if len(found) == 1 else [name or f"output_{i}" for i, (name, _) in enumerate(found)]
        names = list(self.names or names)
        if len(names) != len(found) or len({*names, *self.arrays}) < len(found) + len(self.arrays):
            raise ValueError(
                f"to_onnx: expected {len(found)} output names, all different, none that of an input, given {names}"
            )
        return dict(zip(names, (tensor for _, tensor in found), strict=True))

    def recorded(self) -> Run:
        """What several runs share: on the sample, on other values, and on a batch of another size."""
        n, m = RECORDED if self.dynamic else (0, 0)
        runs = []
        for size, other in ((n, False), (n, True), (m, True)):
            arrays = self.like_the_sample(size, other)
            runs.append(record(self.model, self.call, arrays, self.state, self.named, size))
        return shared(*runs)

    def like_the_sample(self, size: int, other: bool) -> dict[str, Array]:
        """Inputs with a batch of this size (0: that of the sample), and the sample's values, or others like them."""
        found, power = {}, next(self.powers) if other else 1
        for name, array in self.arrays.items():
            if size and (dim := self.dims[name]) is not None:
                array = array.take(np.arange(size) % array.shape[dim], dim)
            found[name] = changed(array, self.arrays[name], self.rng, power) if other else array.copy()
        return found

    def tried(self) -> Iterator[tuple[dict[str, Array], dict[str, Array]]]:
        """Inputs, and what the model computes from them: the sample, other numbers, and batches of other sizes."""
        others = TRIED if self.dynamic else (0, 0)
        for size, other in ((0, False), *((size, True) for size in others)):
            arrays = self.like_the_sample(size, other)
            with autograd.no_grad():
                outputs = self.named(self.call(self.model, *(autograd.tensor(x) for x in arrays.values())))
            yield arrays, {name: x.detach().numpy() for name, x in outputs.items()}

    def translated(self, run: Run, opset: int, metadata: dict[str, str]) -> Any:
        """The ONNX model."""
        import onnx

        shapes = {name: self.shape(name) for name in self.arrays}
        first = next((name for name, dim in self.dims.items() if dim is not None), "")
        state = {name: x.detach().numpy() for name, x in self.state.items()}
        graph = Graph(state, shapes, (first, self.dims.get(first) or 0))
        for name, array in self.arrays.items():
            graph.input(name, array.dtype)
        for number, step in run.steps.items():
            graph.values[number] = translate(graph, step), step.dtype
        for name, source in run.outputs.items():
            graph.output(source, name)
        if sum(array.nbytes for array in graph.constants.values()) >= LARGEST:
            raise ValueError("to_onnx: the weights take 2 GiB or more, which a file in this format cannot hold")
        helper = onnx.helper
        made = helper.make_graph(
            graph.nodes,
            type(self.model).__name__,
            [graph.described(name, array.dtype, shapes[name]) for name, array in self.arrays.items()],
            [graph.described(name, source.dtype, run.shapes[name]) for name, source in run.outputs.items()],
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        )
        version = [helper.make_opsetid("", opset)]
        proto = helper.make_model(
            made, opset_imports=version, ir_version=helper.find_min_ir_version_for(version),
            producer_name="chalkgrad", producer_version=autograd.__version__,
        )  # fmt: skip
        helper.set_model_props(proto, metadata)
        try:
            onnx.checker.check_model(proto, full_check=True)
        except Exception as error:
            raise RuntimeError(f"to_onnx: the graph is not valid, which is a mistake of to_onnx: {error}") from error
        return proto

    def shape(self, name: str) -> list[int | Size]:
        """The shape of an input, with the batch in it."""
        return [Size(1, 0) if axis == self.dims[name] else n for axis, n in enumerate(self.arrays[name].shape)]


def translate(graph: Graph, step: Step) -> str:
    """The nodes for one step, by the line of the table. Raises NotImplementedError if there is none."""
    line = LINES.get(step.op.key)
    if line is None:
        raise refused(
            step,
            "it is not in the table of nn/interop/onnx_ops.py: add a line there, compose it of other ops, or leave it "
            "out of the model and apply it to the outputs",
        )
    found = computed(graph, step, line)
    return found if wide(step.dtype) == step.dtype else graph.cast(found, step.dtype)


def computed(graph: Graph, step: Step, line: Any) -> str:
    """The nodes for one step of 32 bits or more: as here, 16 bits are widened before it, and its result is rounded."""
    graph.dtype = next((x.dtype for x in step.inputs if step.dtype == bool and isinstance(x, Source)), step.dtype)
    graph.dtype, graph.module = wide(graph.dtype), step.module
    inputs = [widened(graph, x) for x in step.inputs]
    if isinstance(line, str):
        return graph(line, *inputs)
    known = {"shape": step.shape, "dtype": wide(step.dtype), **step.options}
    for letter, x, shape in zip(step.op.inputs, inputs, step.shapes, strict=False):
        known |= {letter: x, f"{letter}_shape": shape}
    known["xs"] = inputs
    known["dtypes"] = [None if (dtype := dtype_of(x)) is None else wide(dtype) for x in step.inputs]
    try:
        return line(graph, **{name: known[name] for name in signature(line).parameters if name != "g"})
    except NotImplementedError as error:
        raise refused(step, f"this has no translation: {error}") from None
    except KeyError as error:
        raise refused(step, f"the record does not have its {error}: compose it of other ops") from None


def dtype_of(x: Any) -> Any:
    """The dtype of what a step is given; None of a number."""
    return x.once.dtype if isinstance(x, Repeated) else getattr(x, "dtype", None)


def widened(graph: Graph, x: Any) -> Any:
    """The name of what a step is given, in at least 32 bits."""
    dtype = dtype_of(x)
    if dtype is None or wide(dtype) == dtype:
        return graph.value(x)
    if isinstance(x, Repeated):
        return graph.value(Repeated(x.once.astype(wide(dtype)), x.shape))
    return x.astype(wide(dtype)) if isinstance(x, np.ndarray) else graph.cast(graph.value(x), wide(dtype))
