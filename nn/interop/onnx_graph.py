"""An ONNX graph as it grows: nodes, constants, and numbers that go with the size of the batch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from autograd.tools.extras import require

from .onnx_given import outside
from .onnx_record import Picked, Repeated, Size, Source

Array = np.ndarray[Any, Any]
Numbers = Sequence[int | Size]


class Graph:
    """The nodes so far. Called with the name of an ONNX op and its inputs, it adds a node and gives its result's name.

        g("Add", x, g("Mul", y, 2.0))

    An input is the name of a value, or an array, or a number, which takes the dtype of the step; None stands for one
    that is left out.
    """

    def __init__(self, state: dict[str, Array], shapes: Mapping[str, Numbers], size_of: tuple[str, int]) -> None:
        self.helper = require("onnx.helper", "onnx", "the ONNX format is written with the package onnx")
        self.state, self.shapes, self.size_of = state, shapes, size_of  # shapes: of the inputs
        self.nodes: list[Any] = []
        self.constants: dict[str, Array] = {}
        self.known: dict[Any, str] = {}
        self.values: dict[int | str, tuple[str, Any]] = {}  # by the name of their source, with their dtype
        self.dtype: Any = None  # that of the step under way
        self.module = ""  # its place in the model
        self.numbers = count()

    def __call__(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        return self.several(kind, 1, *inputs, **attributes)[0]

    def several(self, kind: str, outputs: int, *inputs: Any, **attributes: Any) -> list[str]:
        """A node with several results."""
        given = ["" if x is None else x if isinstance(x, str) else self.constant(x) for x in inputs]
        names = [self.new(kind) for _ in range(outputs)]
        self.nodes.append(self.helper.make_node(kind, given, names, name=names[0], **attributes))
        return names

    def new(self, kind: str) -> str:
        """A name that nothing else has: names of tensors and inputs have no slash."""
        return f"{self.module}/{kind}_{next(self.numbers)}"

    def described(self, name: str, dtype: Any, shape: Numbers) -> Any:
        """An input or output as ONNX declares it; a size that goes with the batch is a word."""
        kind = self.helper.np_dtype_to_tensor_dtype(outside(np.dtype(dtype)))
        return self.helper.make_tensor_value_info(name, kind, [str(n) if isinstance(n, Size) else n for n in shape])

    def input(self, name: str, dtype: Any) -> None:
        """Take an input in, in the dtype that the model gets it in."""
        self.values[name] = name if outside(dtype) == dtype else self.cast(name, dtype), dtype

    def output(self, source: Source, name: str) -> None:
        """Give a value the name of an output."""
        value = self.value(source)
        value = value if outside(source.dtype) == source.dtype else self.cast(value, outside(source.dtype))
        self.nodes.append(self.helper.make_node("Identity", [value], [name], name=f"{name}_identity"))

    def constant(self, value: Any) -> str:
        """The name of an array, or of a number in the dtype of the step."""
        array = np.ascontiguousarray(value if isinstance(value, np.ndarray) else np.asarray(value, self.dtype))
        array = array.reshape(np.shape(value))
        key = array.dtype.str, array.shape, array.tobytes()
        if key not in self.known:
            self.known[key] = name = f"/constant_{len(self.constants)}"
            self.constants[name] = array
        return self.known[key]

    def integers(self, numbers: Numbers) -> str:
        """The name of a vector of whole numbers, some of which may go with the size of the batch."""
        if not any(isinstance(n, Size) for n in numbers):
            return self.constant(np.array(numbers, np.int64))
        return self("Concat", *[self.size(n) for n in numbers], axis=0)

    def size(self, n: int | Size) -> str:
        """The name of one whole number, as a vector of length 1."""
        if not isinstance(n, Size):
            return self.constant(np.array([n], np.int64))
        if n not in self.known:
            name, dim = self.size_of
            found = self("Shape", name, start=dim, end=dim + 1) if n == (1, 0) else self.size(Size(1, 0))
            if n.factor != 1:
                found = self("Mul", found, np.array([n.factor]))
            self.known[n] = self("Add", found, np.array([n.rest])) if n.rest else found
        return self.known[n]

    def reshape(self, x: str, shape: Numbers) -> str:
        """x in another shape. Where one number goes with the batch, ONNX works it out."""
        sizes = [n for n in shape if isinstance(n, Size)]
        if len(sizes) == 1 and 0 not in shape:
            shape = [-1 if isinstance(n, Size) else n for n in shape]
        return self("Reshape", x, self.integers(shape), allowzero=int(0 in shape))

    def cast(self, x: str, dtype: Any) -> str:
        """x in another dtype."""
        return self("Cast", x, to=self.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def value(self, given: Any) -> Any:
        """The name of what a step is given; None, numbers and constant arrays stay what they are."""
        if isinstance(given, Picked):
            found = self.pick(given)
            found = found if given.dtype == given.source.dtype else self.cast(found, given.dtype)
            return self("Not", found) if given.inverted else found
        if isinstance(given, Repeated):
            return self("Expand", given.once, self.integers(given.shape))
        if isinstance(given, Size):
            number = self("Squeeze", self.size(given), np.array([0]))
            return self.cast(number, self.dtype)
        if not isinstance(given, Source):
            return given
        if given.name not in self.values:
            name = str(given.name)
            self.constants[name] = self.state[name]
            self.values[name] = name, self.state[name].dtype
        name, dtype = self.values[given.name]
        return name if dtype == given.dtype else self.cast(name, given.dtype)

    def pick(self, given: Picked) -> str:
        """The values of an input in another order: of every sample, those at the given places."""
        x = self.value(given.source)
        if given.at is None:
            return self.reshape(x, given.shape)
        shape = self.shapes[str(given.source.name)]
        rest = [axis for axis in range(len(shape)) if axis != given.batch]
        x = self("Transpose", x, perm=[given.batch, *rest]) if given.batch else x
        flat = self.reshape(x, [shape[given.batch], math.prod(shape[axis] for axis in rest)])
        sizes = [n for axis, n in enumerate(given.shape) if axis != given.to]
        found = self.reshape(self("Gather", flat, given.at, axis=1), [given.shape[given.to], *sizes])
        order = list(range(1, len(given.shape)))
        order.insert(given.to, 0)
        return self("Transpose", found, perm=order) if given.to else found
