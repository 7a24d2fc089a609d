"""A model as an ONNX file, which other programs run without this library: `to_onnx`."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from inspect import signature
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor
from autograd.tools.extras import require

from ..files import replacing
from .onnx_graph import Graph
from .onnx_ops import LINES
from .onnx_record import Run, Size, Source, Step, record, refused, shared

Array = np.ndarray[Any, Any]
OLDEST, LARGEST = 18, 2**31  # opset; bytes of a file, by its format
RECORDED, TRIED = (3, 5), (1, 4)  # sizes of the batch
CLOSE = 1e-5


def to_onnx(
    model: nn.Module,
    sample: Tensor | Sequence[Tensor],
    path: str | os.PathLike[str],
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    dynamic_batch: bool = True,
    batch_dim: int | None | Sequence[int | None] = 0,
    opset: int = OLDEST,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write what `model` computes from `sample` in evaluation mode as an ONNX file.

        to_onnx(model, images[:1], "digits.onnx")

    The model runs a few times, on the sample and on others like it, and what the engine records is translated op by op.
    Parameters and buffers of floats are named as in the `state_dict`. The model is left as it was. The file is checked,
    run by onnxruntime if that is installed (a warning if not), and compared with the model; only then it is moved to
    `path`, where an older file is untouched until that moment.

    Args:
        model: any module whose ops are in the table of `nn/interop/onnx_ops.py`, float32 or float64.
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
        NotImplementedError: an op that the table has not, or a value that depends on the input and is not in the record,
            with the module and the line of your code; a model that does other things for other inputs.
        TypeError: a model or a sample of another kind. ValueError: names that do not fit, an opset that is unknown.
        RuntimeError: a file that does not compute what the model does. ImportError: without the package onnx.
    """
    onnx = require("onnx", "onnx", "the ONNX format is written with the package onnx")
    if not isinstance(model, nn.Module):
        raise TypeError(f"to_onnx: expected an nn.Module, given {type(model).__name__}")
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST <= opset <= newest:
        raise ValueError(f"to_onnx: expected an opset from {OLDEST} to {newest}, given {opset}")
    arrays = _arrays(model, sample, input_names)
    dims = _dims(arrays, batch_dim) if dynamic_batch else dict.fromkeys(arrays)
    exported = _Exported(model, arrays, dims, output_names)
    with _evaluated(model):
        run = exported.recorded()
        proto = exported.translated(run, opset, {**(metadata or {})})
        onnx.checker.check_model(proto, full_check=True)
        exported.compare(proto.SerializeToString())
    with replacing(path) as beside:
        beside.write_bytes(proto.SerializeToString())


class _Exported:
    """An export under way: the model, the arrays of the sample by name, and the dimension of the batch of each."""

    def __init__(
        self, model: nn.Module, arrays: dict[str, Array], dims: dict[str, int | None], names: Sequence[str] | None
    ) -> None:
        self.model, self.arrays, self.dims, self.names = model, arrays, dims, names
        self.dynamic = any(dim is not None for dim in dims.values())
        self.state = {name: x for name, x in _state(model).items() if x.dtype.kind == "f"}
        self.rng = np.random.default_rng(0)

    def call(self, model: nn.Module, *inputs: Tensor) -> Any:
        """The model's outputs. Raises NotImplementedError for a batch of a size that it does not take."""
        try:
            return model(*inputs)
        except Exception as error:
            sizes = {x.shape[dim] for x, dim in zip(inputs, self.dims.values(), strict=True) if dim is not None}
            given = {x.shape[dim] for x, dim in zip(self.arrays.values(), self.dims.values(), strict=True) if dim is not None}
            if sizes <= given:
                raise
            raise NotImplementedError(
                f"to_onnx: the model fails for a batch of {sizes.pop()}: {error}. Give the sample a leading dimension for "
                "the batch, or batch_dim, or export with dynamic_batch=False"
            ) from error

    def named(self, outputs: Any) -> dict[str, Tensor]:
        """The output tensors by name, of whatever the model returns."""
        flat = list(_flat(outputs, ""))
        names = self.names or ["output" if len(flat) == 1 else name or f"output_{i}" for i, (name, _) in enumerate(flat)]
        if len(names) != len(flat) or len({*names, *self.arrays}) < len(flat) + len(self.arrays):
            raise ValueError(
                f"to_onnx: expected {len(flat)} output names, all different and no name of an input, given {list(names)}"
            )
        return dict(zip(names, (tensor for _, tensor in flat), strict=True))

    def recorded(self) -> Run:
        """What several runs share: on the sample, on other values, and on a batch of another size."""
        n, m = RECORDED if self.dynamic else (0, 0)
        runs = []
        for size, changed in ((n, False), (n, True), (m, True)) if self.dynamic else ((n, False), (n, True), (n, True)):
            arrays = self.like_the_sample(size, changed)
            runs.append(record(self.model, self.call, arrays, self.state, self.named, size))
        return shared(*runs)

    def like_the_sample(self, size: int, changed: bool) -> dict[str, Array]:
        """Inputs with a batch of this size (0: that of the sample), with the values of the sample, or others like them."""
        found = {}
        for name, array in self.arrays.items():
            if size and (dim := self.dims[name]) is not None:
                array = array.take(np.arange(size) % array.shape[dim], dim)
            found[name] = _changed(array, self.arrays[name], self.rng) if changed else array.copy()
        return found

    def translated(self, run: Run, opset: int, metadata: dict[str, str]) -> Any:
        """The ONNX model."""
        import onnx

        arrays = {name: x.detach().numpy() for name, x in self.state.items()}
        first = next((name for name, dim in self.dims.items() if dim is not None), "")
        graph = Graph(arrays, (first, self.dims.get(first) or 0))
        graph.values |= {name: (name, array.dtype) for name, array in self.arrays.items()}
        for number, step in run.steps.items():
            graph.values[number] = translate(graph, step), step.dtype
        for name, source in run.outputs.items():
            graph.rename(graph.value(source), name)
        if sum(array.nbytes for array in graph.constants.values()) >= LARGEST:
            raise ValueError("to_onnx: the weights take 2 GiB or more, which an ONNX file cannot hold: use .half() weights")
        helper = onnx.helper
        info = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(dtype), [_dimension(n) for n in shape])
            for name, dtype, shape in [*self.described_inputs(), *((k, s.dtype, run.shapes[k]) for k, s in run.outputs.items())]
        ]
        made = helper.make_graph(
            graph.nodes,
            type(self.model).__name__,
            info[: len(self.arrays)],
            info[len(self.arrays) :],
            [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        )
        version = [helper.make_opsetid("", opset)]
        proto = helper.make_model(
            made, opset_imports=version, ir_version=helper.find_min_ir_version_for(version),
            producer_name="chalkgrad", producer_version=autograd.__version__,
        )  # fmt: skip
        helper.set_model_props(proto, metadata)
        return proto

    def described_inputs(self) -> Iterator[tuple[str, Any, list[Any]]]:
        """Name, dtype and shape of each input."""
        for name, array in self.arrays.items():
            dim = self.dims[name]
            yield name, array.dtype, [Size(1, 0) if axis == dim else n for axis, n in enumerate(array.shape)]

    def compare(self, content: bytes) -> None:
        """Raises RuntimeError if onnxruntime computes something else than the model, on the sample or on other batches."""
        if find_spec("onnxruntime") is None:
            message = "to_onnx: the file was not compared with the model: run pip install onnxruntime for that"
            return warnings.warn(message, stacklevel=3)
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            advice = "" if all(x.dtype == np.float32 for x in self.state.values()) else ": export model.float()"
            raise RuntimeError(f"to_onnx: onnxruntime does not take the file{advice}: {error}") from None
        for size in (0, *(TRIED if self.dynamic else ())):
            arrays = self.like_the_sample(size, changed=bool(size))
            with autograd.no_grad():
                expected = self.named(self.call(self.model, *(autograd.tensor(x) for x in arrays.values())))
            try:
                found = session.run(list(expected), {name: arrays[name] for name in _names(session.get_inputs())})
            except Exception as error:
                raise RuntimeError(f"to_onnx: onnxruntime fails on {_about(arrays)}: {error}") from None
            for (name, tensor), array in zip(expected.items(), found, strict=True):
                self.check(name, tensor.numpy(), array, arrays)

    @staticmethod
    def check(name: str, expected: Array, found: Array, arrays: dict[str, Array]) -> None:
        """Raises RuntimeError if two outputs differ by more than rounding."""
        scale = float(np.abs(expected, where=np.isfinite(expected), out=np.zeros(expected.shape)).max(initial=0))
        if expected.shape != found.shape or not np.allclose(found, expected, CLOSE, CLOSE * scale, equal_nan=True):
            what = f"shape {list(found.shape)} for {list(expected.shape)}"
            if expected.shape == found.shape:
                what = f"a difference of {np.nanmax(np.abs(found - expected)):.2g} in numbers up to {scale:.2g}"
            raise RuntimeError(
                f"to_onnx: the output {name!r} of the file is not that of the model ({what}, on {_about(arrays)}): nothing "
                "was written; a value that the record does not have may depend on the input"
            )


def translate(graph: Graph, step: Step) -> str:
    """The nodes for one step, by the line of the table. Raises NotImplementedError if there is none."""
    line = LINES.get(step.op.key)
    if line is None:
        raise refused(
            step,
            "this op is not in the table of nn/interop/onnx_ops.py: add a line there, compose it of other ops, or leave it "
            "out of the model and apply it to the outputs",
        )
    graph.dtype = step.dtype
    inputs = [graph.value(x) for x in step.inputs]
    if isinstance(line, str):
        return graph(line, *inputs)
    known = {"shape": step.shape, "dtype": step.dtype, **step.options}
    for letter, x, shape in zip(step.op.inputs, inputs, step.shapes, strict=False):
        known |= {letter: x, f"{letter}_shape": shape}
    known["xs"] = inputs
    try:
        return line(graph, **{name: known[name] for name in signature(line).parameters if name != "g"})
    except NotImplementedError as error:
        raise refused(step, f"this has no translation: {error}") from None
    except KeyError as error:
        raise refused(step, f"the record does not have its {error}: compose it of other ops") from None


# -- what is given ----------------------------------------------------------------------------------------------------


def _arrays(model: nn.Module, sample: Any, names: Sequence[str] | None) -> dict[str, Array]:
    """The arrays of the sample by name."""
    samples = list(sample) if isinstance(sample, tuple | list) else [sample]
    for x in samples:
        if not isinstance(x, Tensor) or not x.numel():
            raise TypeError(f"to_onnx: expected tensors with elements as the sample, given {x!r:.80}")
    names = names or ["input"] if len(samples) == 1 else names or [f"input_{i}" for i in range(len(samples))]
    if isinstance(names, str) or len(names) != len(samples) or len({*names}) < len(names):
        raise ValueError(f"to_onnx: expected {len(samples)} different input names, given {names!r}")
    state = _state(model)
    for name in names:
        if name in state:
            raise ValueError(f"to_onnx: the input {name!r} has the name of a tensor of the model: choose another")
    for name, x in [*state.items(), *zip(names, samples, strict=True)]:
        if x.dtype.itemsize == 2 or x.dtype.kind == "c":
            raise TypeError(f"to_onnx: {name} is {x.dtype}, expected float32 or float64: export model.float()")
    return {name: x.detach().numpy().copy() for name, x in zip(names, samples, strict=True)}


def _dims(arrays: dict[str, Array], batch_dim: Any) -> dict[str, int | None]:
    """The dimension of the batch of each input."""
    dims = [batch_dim] * len(arrays) if batch_dim is None or isinstance(batch_dim, int) else list(batch_dim)
    if len(dims) != len(arrays):
        raise ValueError(f"to_onnx: expected a batch_dim for each of {len(arrays)} inputs, given {batch_dim!r}")
    for (name, array), dim in zip(arrays.items(), dims, strict=True):
        if dim is not None and not -array.ndim <= dim < array.ndim:
            raise ValueError(
                f"to_onnx: {name} of shape {list(array.shape)} has no dimension {dim} for the batch: give batch_dim, or "
                "dynamic_batch=False"
            )
    found = {name: None if dim is None else dim % x.ndim for (name, x), dim in zip(arrays.items(), dims, strict=True)}
    sizes = {name: arrays[name].shape[dim] for name, dim in found.items() if dim is not None}
    if len({*sizes.values()}) > 1:
        raise ValueError(f"to_onnx: the inputs have batches of different sizes, {sizes}: give batch_dim for each of them")
    return found


def _state(model: nn.Module) -> dict[str, Tensor]:
    """Every parameter and buffer once, by its first name in the state_dict; then those that are not in it."""
    named = [*model.named_parameters(), *model.named_buffers()]
    order = {name: i for i, name in enumerate(model.state_dict())}
    return dict(sorted(named, key=lambda item: order.get(item[0], math.inf)))


def _changed(array: Array, sample: Array, rng: np.random.Generator) -> Array:
    """Other values in the range of the sample's."""
    low, high = sample.min(), sample.max()
    if array.dtype == bool:
        return rng.integers(2, size=array.shape).astype(bool)
    if array.dtype.kind in "iu":
        low, high = (low, high) if low < high else (min(low, 0), max(high, 0))
        if low == high:
            raise ValueError("to_onnx: all integers of the sample are 0: give others, which show what depends on them")
        return rng.integers(low, high, endpoint=True, size=array.shape).astype(array.dtype)
    if low == high:
        return (array + rng.uniform(-0.5, 0.5, array.shape) * (abs(low) or 1)).astype(array.dtype)
    share = rng.uniform(size=array.shape)
    return (share * rng.permuted(array) + (1 - share) * rng.permuted(array)).astype(array.dtype)


def _flat(outputs: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors in what a model returns, with names for those in a dict. Raises TypeError for anything else."""
    if isinstance(outputs, Tensor):
        yield name, outputs
    elif isinstance(outputs, Mapping):
        for key, value in outputs.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    elif isinstance(outputs, tuple | list):
        for value in outputs:
            yield from _flat(value, name)
    elif outputs is not None:
        raise TypeError(f"to_onnx: expected the model to return tensors, and it returned a {type(outputs).__name__}")


@contextmanager
def _evaluated(model: nn.Module) -> Iterator[None]:
    """The model in evaluation mode, all its floats with gradients; afterwards all is as it was.

    Raises NotImplementedError if it has changed its own state.
    """
    modes = {module: module.training for module in model.modules()}
    state = _state(model)
    before = {name: (x.detach().numpy().copy(), x.requires_grad) for name, x in state.items()}
    changed = []
    try:
        with autograd.enable_grad():
            for x in state.values():
                if x.dtype.kind == "f":
                    x.requires_grad_(True)
            model.eval()
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for name, x in state.items():
            values, wanted = before[name]
            x.requires_grad_(wanted)
            if not np.array_equal(x.detach().numpy(), values, equal_nan=values.dtype.kind == "f"):
                x.data.copy_(autograd.tensor(values))
                changed.append(name)
    if changed:
        raise NotImplementedError(
            f"to_onnx: the model writes to {', '.join(changed)} when it runs in evaluation mode, which a graph cannot: its "
            "values are as they were"
        )


def _names(infos: Any) -> list[str]:
    return [info.name for info in infos]


def _about(arrays: dict[str, Array]) -> str:
    return ", ".join(f"{name} of shape {list(array.shape)}" for name, array in arrays.items())


def _dimension(n: int | Size) -> int | str:
    return str(n) if isinstance(n, Size) else n
