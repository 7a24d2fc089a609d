"""What PyTorch's programs ask of a tensor, or do to it, because it might be complex, sparse, or on another device.

Here it is none of these: the answers are constants, and the conjugate is the tensor itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .shaping import transpose
from .tensor_base import TensorBase

if TYPE_CHECKING:
    from .tensor import Tensor


class layout:
    """How values lie in memory: `strided`, the only layout here, so that new ones cannot be made."""

    __slots__ = ("_name",)
    _name: str

    def __init__(self) -> None:
        raise TypeError("cannot create 'torch.layout' instances: there is autograd.strided")

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class memory_format:
    """An order of dimensions in memory, by its name. It is accepted wherever PyTorch takes one, and has no effect."""

    __slots__ = ("_name",)
    _name: str

    def __init__(self) -> None:
        raise TypeError("cannot create 'torch.memory_format' instances: there is autograd.contiguous_format")

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> str:
        return self._name


def _constant(kind: type[Any], name: str) -> Any:
    made = object.__new__(kind)
    made._name = name
    return made


strided: layout = _constant(layout, "strided")
contiguous_format: memory_format = _constant(memory_format, "contiguous_format")
preserve_format: memory_format = _constant(memory_format, "preserve_format")
channels_last: memory_format = _constant(memory_format, "channels_last")
channels_last_3d: memory_format = _constant(memory_format, "channels_last_3d")


def _itself(x: Tensor) -> Tensor:
    """x. Raises TypeError for what is no tensor; `tensor_arguments` adds which argument that was."""
    if not isinstance(x, TensorBase):
        raise TypeError(f"expected a Tensor, got {type(x).__name__}")
    return x


def _never(x: Tensor) -> bool:
    """False, of whatever tensor."""
    return _itself(x) is None


def is_complex(input: Tensor) -> bool:
    """False: there are no complex tensors."""
    return _never(input)


def is_conj(input: Tensor) -> bool:
    """False: there are no complex tensors."""
    return _never(input)


def is_neg(input: Tensor) -> bool:
    """False: a view never stands for the negative of its memory."""
    return _never(input)


def is_inference(input: Tensor) -> bool:
    """False: what is made under `inference_mode` is an ordinary tensor."""
    return _never(input)


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers: it is neither uint8 nor bool."""
    return input._data.dtype.kind not in "ub"


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape."""
    return input._data.shape == other._data.shape


def real(input: Tensor) -> Tensor:
    """The tensor itself, which has no imaginary part."""
    return _itself(input)


def conj(input: Tensor) -> Tensor:
    """The tensor itself: there are no complex tensors."""
    return _itself(input)


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: there are no complex tensors."""
    return _itself(input)


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself: a view never stands for the negative of its memory."""
    return _itself(input)


def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions exchanged; a view. Raises RuntimeError for fewer than two dimensions."""
    if input.ndim < 2:
        raise RuntimeError(
            f"tensor.adjoint() is only supported on matrices or batches of matrices. Got {input.ndim}-D tensor."
        )
    return transpose(input, -2, -1)


def _no(what: str) -> Any:
    return property(lambda self: False, doc=f"False: {what}.")


class TypeQuestions(TensorBase):
    """The answers that are the same for every tensor."""

    __slots__ = ()

    is_complex = is_complex
    is_conj = is_conj
    is_neg = is_neg
    is_inference = is_inference
    is_signed = is_signed
    is_same_size = is_same_size
    conj = conj
    resolve_conj = resolve_conj
    resolve_neg = resolve_neg
    adjoint = adjoint

    is_meta = is_mps = is_xpu = is_xla = is_ipu = is_mtia = is_maia = is_vulkan = _no("the tensor is on the CPU")
    is_sparse = is_sparse_csr = is_nested = is_mkldnn = _no("the tensor has a place in memory for every element")
    is_quantized = _no("the numbers are those that the dtype says")

    @property
    def is_cpu(self) -> bool:
        """True."""
        return True

    @property
    def layout(self) -> layout:
        """`strided`: every element has a place in memory, and a step leads from one to the next."""
        return strided

    @property
    def name(self) -> None:
        """None: tensors have a `label` for drawings instead."""
        return

    @property
    def real(self) -> Tensor:
        """The tensor itself, which has no imaginary part."""
        return self  # type: ignore[return-value]

    @property
    def H(self) -> Tensor:
        """A matrix transposed; a number as it is. Raises RuntimeError for any other number of dimensions."""
        if self.ndim not in (0, 2):
            raise RuntimeError(
                f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor. For batches of "
                "matrices, consider using tensor.mH"
            )
        return adjoint(self) if self.ndim else self  # type: ignore[arg-type, return-value]

    @property
    def mH(self) -> Tensor:
        """The last two dimensions exchanged; a number as it is. Raises RuntimeError for a vector."""
        return adjoint(self) if self.ndim else self  # type: ignore[arg-type, return-value]
