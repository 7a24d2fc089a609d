"""Multi-head attention."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Generator, Tensor

from .. import init
from ..functional.attention_functions import attention_weights
from ..functional.layer_functions import dropout, linear
from ..module import Module
from .linear import Linear
from .new_parameters import new_parameter


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear; PyTorch prints the last layer of its attention under this name."""


class MultiheadAttention(Module):
    """Several scaled dot-product attentions side by side, each on its own projection of the inputs (Vaswani 2017).

    query (L, N, embed_dim), key (S, N, kdim) and value (S, N, vdim) give (L, N, embed_dim), and the attention weights
    (N, L, S); with `batch_first` N comes first; without a batch it is left out.

    `in_proj_weight` (3 embed_dim, embed_dim) holds the projections of query, key and value, or `q_proj_weight`,
    `k_proj_weight` and `v_proj_weight` do if `kdim` or `vdim` differs from embed_dim. They start as Xavier-uniform
    draws, the biases as 0. With `add_bias_kv` one more key and value, `bias_k` and `bias_v`, are learned; with
    `add_zero_attn` a key and a value of zeros are added. Masks leave them alone.

    Raises ValueError if `num_heads` does not divide `embed_dim`; calls raise RuntimeError for shapes that do not fit.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
        *,
        generator: Generator | None = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0 and embed_dim divisible by num_heads, got "
                f"embed_dim={embed_dim} and num_heads={num_heads}"
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.kdim, self.vdim = kdim or embed_dim, vdim or embed_dim
        self.dropout, self.batch_first, self.generator = dropout, batch_first, generator
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = new_parameter(3 * embed_dim, embed_dim, **kind)
        else:
            self.q_proj_weight = new_parameter(embed_dim, embed_dim, **kind)
            self.k_proj_weight = new_parameter(embed_dim, self.kdim, **kind)
            self.v_proj_weight = new_parameter(embed_dim, self.vdim, **kind)
        self.in_proj_bias = new_parameter(3 * embed_dim, **kind) if bias else None
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias=bias, **kind)
        self.bias_k = new_parameter(1, 1, embed_dim, **kind) if add_bias_kv else None
        self.bias_v = new_parameter(1, 1, embed_dim, **kind) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projections anew."""
        with autograd.no_grad():
            for name, parameter in self.named_parameters():
                if name.endswith("bias"):
                    parameter.zero_()
                elif name.startswith("bias"):
                    init.xavier_normal_(parameter)
                elif name != "out_proj.weight":
                    init.xavier_uniform_(parameter)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """The result and, with `need_weights`, the weights: their mean over the heads, or (N, heads, L, S).

        A bool mask is True where attention is not allowed; a mask of numbers is added to the scores.
        `key_padding_mask` has shape (N, S), `attn_mask` (L, S) or (N * heads, L, S).
        """
        batched = query.ndim == 3
        self._check(query, key, value, attn_mask, is_causal)
        if batched and not self.batch_first:
            query, key, value = (x.transpose(0, 1) for x in (query, key, value))
        if not batched:
            query, key, value = (x.unsqueeze(0) for x in (query, key, value))
            key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        mask = self._mask(attn_mask, key_padding_mask, (len(query), self.num_heads, query.shape[1], key.shape[1]))
        keys, values = self._longer(self._heads(key, 1), self.bias_k), self._longer(self._heads(value, 2), self.bias_v)
        weights = attention_weights(self._heads(query, 0), keys, mask)
        dropped = dropout(weights, self.dropout, self.training, generator=self.generator)
        out = self.out_proj((dropped @ values).transpose(1, 2).flatten(2))
        shown = None if not need_weights else dropped.mean(1) if average_attn_weights else dropped
        if not batched:
            return out.squeeze(0), None if shown is None else shown.squeeze(0)
        return out if self.batch_first else out.transpose(0, 1), shown

    def _heads(self, x: Tensor, i: int) -> Tensor:
        """The projection of query (i = 0), key (1) or value (2), (N, L, E), as (N, heads, L, E / heads)."""
        rows = slice(i * self.embed_dim, (i + 1) * self.embed_dim)
        weight = getattr(self, f"{'qkv'[i]}_proj_weight", None)
        weight = self.in_proj_weight[rows] if weight is None else weight
        x = linear(x, weight, None if self.in_proj_bias is None else self.in_proj_bias[rows])
        return x.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2)

    def _longer(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """The keys or values (N, heads, S, E / heads) with those that belong to no input after them."""
        shape = (len(x), self.num_heads, 1, self.head_dim)
        learned = [] if bias is None else [bias.reshape(1, *shape[1:]).expand(shape)]
        zeros = [autograd.zeros(shape, dtype=x.dtype)] if self.add_zero_attn else []
        return autograd.cat([x, *learned, *zeros], 2) if learned or zeros else x

    def _mask(self, attn: Tensor | None, padding: Tensor | None, shape: tuple[int, ...]) -> Tensor | None:
        """Both masks as one that is added to the scores, or as bools, True where attention is allowed."""
        n, heads, length, keys = shape
        masks = []
        if attn is not None:
            if attn.shape not in ((length, keys), (n * heads, length, keys)):
                raise RuntimeError(
                    f"The shape of attn_mask is {list(attn.shape)}, but should be {[length, keys]} or "
                    f"{[n * heads, length, keys]}"
                )
            masks.append(attn if attn.ndim == 2 else attn.unflatten(0, (n, heads)))
        if padding is not None:
            if padding.shape != (n, keys):
                raise RuntimeError(f"The shape of key_padding_mask is {list(padding.shape)}, but should be {[n, keys]}")
            masks.append(padding[:, None, None, :])
        if not masks:
            return None
        more = (0, (self.bias_k is not None) + self.add_zero_attn)
        if all(mask.dtype == bool for mask in masks):
            return ~autograd.pad(masks[0] if len(masks) == 1 else masks[0] | masks[1], more)
        dtype = self.out_proj.weight.dtype
        added = [_minus_infinity(mask, dtype) if mask.dtype == bool else mask for mask in masks]
        return autograd.pad(added[0] if len(added) == 1 else added[0] + added[1], more)

    def _check(self, query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, is_causal: bool) -> None:
        shapes = f"query {list(query.shape)}, key {list(key.shape)}, value {list(value.shape)}"
        if query.ndim not in (2, 3) or not query.ndim == key.ndim == value.ndim:
            raise RuntimeError(f"MultiheadAttention: expected three tensors of 2 or of 3 dimensions, given {shapes}")
        if (query.shape[-1], key.shape[-1], value.shape[-1]) != (self.embed_dim, self.kdim, self.vdim):
            raise RuntimeError(
                f"MultiheadAttention: expected last dimensions {self.embed_dim}, {self.kdim} and {self.vdim}, given "
                f"{shapes}"
            )
        batch = 0 if self.batch_first else 1
        if key.shape[:-1] != value.shape[:-1] or (query.ndim == 3 and query.shape[batch] != key.shape[batch]):
            raise RuntimeError(
                f"MultiheadAttention: key and value must agree in batch and length, query in batch, given {shapes}"
            )
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")


def _minus_infinity(mask: Tensor, dtype: DTypeLike) -> Tensor:
    """Where the mask is True, -inf, to be added to the scores."""
    return autograd.zeros(mask.shape, dtype=dtype).masked_fill(mask, -math.inf)
