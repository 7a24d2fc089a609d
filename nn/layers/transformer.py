"""Transformers (Vaswani 2017): layers of attention and of two linear layers, each with a shortcut and a normalization.

Sequences are (L, N, d_model), with `batch_first` (N, L, d_model), without a batch (L, d_model). A bool mask is True
where attention is not allowed; a mask of numbers is added to the scores. Masks of positions are (L, S) or
(N * heads, L, S); those of keys that are padding, (N, S).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

import autograd
from autograd import DeviceLike, Tensor

from .. import functional as F
from .. import init
from ..module import Module
from .attention import MultiheadAttention
from .container import ModuleList
from .dropout import Dropout
from .linear import Linear
from .normalization import LayerNorm

Activation = str | Callable[[Tensor], Tensor]


class _Layer(Module):
    """What the layers of encoders and decoders have in common."""

    self_attn: MultiheadAttention

    def _attention(
        self, attention: MultiheadAttention, x: Tensor, memory: Tensor, mask: Tensor | None, padding: Tensor | None,
        is_causal: bool, dropout: Dropout,
    ) -> Tensor:  # fmt: skip
        out = attention(x, memory, memory, key_padding_mask=padding, need_weights=False, attn_mask=mask,
                        is_causal=is_causal)[0]  # fmt: skip
        return dropout(out)

    def _feedforward(self, x: Tensor, dropout: Dropout) -> Tensor:
        layer: Any = self
        return dropout(layer.linear2(layer.dropout(layer.activation(layer.linear1(x)))))


class TransformerEncoderLayer(_Layer):
    """Attention of a sequence to itself, then two linear layers with `dim_feedforward` numbers in between.

    Each is followed by dropout, is added to its input, and the sum is normalized; with `norm_first` the input is
    normalized instead. `activation` is "relu", "gelu", or a function of a tensor. Raises RuntimeError for another name;
    calls raise what `MultiheadAttention` does.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        kind: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.linear1 = Linear(d_model, dim_feedforward, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **kind)
        self.norm_first = norm_first
        self.norm1, self.norm2 = (LayerNorm(d_model, layer_norm_eps, **kind) for _ in range(2))
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = _function(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The sequence, changed; `is_causal` says that `src_mask` is causal, and needs it."""
        mask = (src_mask, src_key_padding_mask, is_causal, self.dropout1)
        if self.norm_first:
            x = self.norm1(src)
            x = src + self._attention(self.self_attn, x, x, *mask)
            return x + self._feedforward(self.norm2(x), self.dropout2)
        x = self.norm1(src + self._attention(self.self_attn, src, src, *mask))
        return self.norm2(x + self._feedforward(x, self.dropout2))


class TransformerDecoderLayer(_Layer):
    """Attention of a sequence to itself, then to the encoder's result (`memory`), then two linear layers.

    The settings are those of `TransformerEncoderLayer`.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        kind: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **kind)
        self.linear1 = Linear(d_model, dim_feedforward, **kind)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **kind)
        self.norm_first = norm_first
        self.norm1, self.norm2, self.norm3 = (LayerNorm(d_model, layer_norm_eps, **kind) for _ in range(3))
        self.dropout1, self.dropout2, self.dropout3 = (Dropout(dropout) for _ in range(3))
        self.activation = _function(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence `tgt`, changed; the masks `tgt_…` are of its own positions, `memory_…` of the memory's."""
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal, self.dropout1)
        other = (memory_mask, memory_key_padding_mask, memory_is_causal, self.dropout2)
        if self.norm_first:
            x = self.norm1(tgt)
            x = tgt + self._attention(self.self_attn, x, x, *own)
            x = x + self._attention(self.multihead_attn, self.norm2(x), memory, *other)
            return x + self._feedforward(self.norm3(x), self.dropout3)
        x = self.norm1(tgt + self._attention(self.self_attn, tgt, tgt, *own))
        x = self.norm2(x + self._attention(self.multihead_attn, x, memory, *other))
        return self.norm3(x + self._feedforward(x, self.dropout3))


class TransformerEncoder(Module):
    """`num_layers` copies of `encoder_layer`, one after the other, and `norm`, if given, after the last.

    `enable_nested_tensor` and `mask_check` have no effect: they are about how PyTorch computes.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        self.layers = ModuleList(deepcopy(encoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm
        self.enable_nested_tensor, self.mask_check = enable_nested_tensor, mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The sequence, changed by every layer; `is_causal` says that `mask` is causal, None leaves that open."""
        for layer in self.layers:
            src = layer(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """`num_layers` copies of `decoder_layer`, one after the other, and `norm`, if given, after the last."""

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        self.layers = ModuleList(deepcopy(decoder_layer) for _ in range(num_layers))
        self.num_layers, self.norm = num_layers, norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence `tgt`, changed by every layer; the arguments are those of `TransformerDecoderLayer`."""
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder of `src` and a decoder of `tgt`, which attends to what the encoder made of `src`.

    `custom_encoder` and `custom_decoder` take the place of the stacks of layers with the given settings, which are
    those of `TransformerEncoderLayer`. Matrices start as Xavier-uniform draws. Calls raise RuntimeError for sequences
    of other batches, or of vectors of another length than `d_model`.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: DeviceLike = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        kind: dict[str, Any] = {"device": device, "dtype": dtype}
        norm: dict[str, Any] = {"eps": layer_norm_eps, "bias": bias, **kind}
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings, **kind), num_encoder_layers, LayerNorm(d_model, **norm)
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings, **kind), num_decoder_layers, LayerNorm(d_model, **norm)
        )
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The sequence `tgt`, changed; `…_is_causal` say that a mask is causal, None leaves that open."""
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise RuntimeError(
                f"the batch number of src and tgt must be equal, given {list(src.shape)} and {list(tgt.shape)}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"the feature number of src and tgt must be equal to d_model, {self.d_model}, given {list(src.shape)} "
                f"and {list(tgt.shape)}"
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        result: Tensor = self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )
        return result

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: DeviceLike = None, dtype: DTypeLike | None = None) -> Tensor:
        """The causal mask (sz, sz) to be added to scores: 0 at and below the diagonal, -inf above."""
        above = np.triu(np.full((sz, sz), -np.inf), 1)
        return autograd.tensor(above, device=device, dtype=dtype or autograd.get_default_dtype())


def _function(activation: Activation) -> Callable[[Tensor], Tensor]:
    """An activation that may be given by name."""
    known: dict[Any, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
    if isinstance(activation, str) and activation not in known:
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return known[activation] if isinstance(activation, str) else activation
