"""Attention, and the transformers made of it."""

import numpy as np

from tests.nn.layers.row import Row


def causal(net, m, q, k, v):
    length, keys = q.shape[-2 if net.batch_first else 0], k.shape[-2 if net.batch_first else 0]
    mask = m.tensor(np.triu(np.ones((length, keys), bool), 1))
    padding = m.tensor(np.arange(keys) >= keys - np.arange(2)[:, None])
    return net(q, k, v, key_padding_mask=padding, attn_mask=mask, average_attn_weights=False)


def numbers(net, m, q, k, v):
    mask = m.tensor(np.linspace(-1, 1, 2 * 2 * 3 * 5).reshape(4, 3, 5).astype(q.detach().numpy().dtype))
    return net(q, k, v, attn_mask=mask)


def alone(net, m, q, k, v):
    out, weights = net(q, k, v, need_weights=False)
    assert weights is None
    return out


def masked(net, m, src):
    """With a causal mask, and the last place of the second sequence left out."""
    length = len(src)
    padding = m.tensor(np.arange(length) >= length - np.arange(src.shape[1])[:, None])
    mask = m.tensor(np.triu(np.ones((length, length), bool), 1))
    return net(src, src_mask=mask, src_key_padding_mask=padding, is_causal=True)


def decoded(net, m, tgt, memory):
    mask = np.where(np.triu(np.ones((len(tgt), len(tgt)), bool), 1), -np.inf, 0.0)
    return net(tgt, memory, tgt_mask=m.tensor(mask.astype(tgt.detach().numpy().dtype)), tgt_is_causal=True)


def translated(net, m, src, tgt):
    mask = net.generate_square_subsequent_mask(len(tgt), dtype=tgt.dtype)
    return net(src, tgt, tgt_mask=mask)


SOURCE, TARGET = (5, 2, 8), (3, 2, 8)
QKV = ((3, 2, 8), (5, 2, 8), (5, 2, 8))
ROWS = [
    Row("MultiheadAttention", lambda m: m.MultiheadAttention(8, 2), QKV),
    Row("MultiheadAttention without bias", lambda m: m.MultiheadAttention(8, 4, bias=False), QKV, call=alone),
    Row("MultiheadAttention batch first", lambda m: m.MultiheadAttention(8, 2, batch_first=True),
        ((2, 5, 8),) * 3, call=causal),
    Row("MultiheadAttention masks", lambda m: m.MultiheadAttention(8, 2), ((5, 2, 8),) * 3, call=causal),
    Row("MultiheadAttention added mask", lambda m: m.MultiheadAttention(8, 2), QKV, call=numbers),
    Row("MultiheadAttention of others", lambda m: m.MultiheadAttention(8, 2, kdim=3, vdim=5),
        ((3, 2, 8), (5, 2, 3), (5, 2, 5))),
    Row("MultiheadAttention without batch", lambda m: m.MultiheadAttention(8, 2), ((3, 8), (5, 8), (5, 8))),
    Row("MultiheadAttention longer", lambda m: m.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True), QKV),
    Row("MultiheadAttention longer masks", lambda m: m.MultiheadAttention(8, 2, add_bias_kv=True, batch_first=True),
        ((2, 5, 8),) * 3, call=causal),
    Row("MultiheadAttention longer by zeros", lambda m: m.MultiheadAttention(8, 2, add_zero_attn=True), QKV,
        call=numbers),
    Row("TransformerEncoderLayer", lambda m: m.TransformerEncoderLayer(8, 2, 6, 0.0), (SOURCE,)),
    Row("TransformerEncoderLayer norm first", lambda m: m.TransformerEncoderLayer(
        8, 4, 6, 0.0, "gelu", 0.1, batch_first=True, norm_first=True, bias=False), (SOURCE,)),
    Row("TransformerEncoderLayer masks", lambda m: m.TransformerEncoderLayer(8, 2, 6, 0.0), (SOURCE,), call=masked),
    Row("TransformerEncoderLayer of a module", lambda m: m.TransformerEncoderLayer(8, 2, 6, 0.0, m.Tanh()), (SOURCE,)),
    Row("TransformerDecoderLayer", lambda m: m.TransformerDecoderLayer(8, 2, 6, 0.0), (TARGET, SOURCE)),
    Row("TransformerDecoderLayer norm first", lambda m: m.TransformerDecoderLayer(
        8, 2, 6, 0.0, "gelu", norm_first=True), (TARGET, SOURCE), call=decoded),
    Row("TransformerEncoder", lambda m: m.TransformerEncoder(
        m.TransformerEncoderLayer(8, 2, 6, 0.0), 2, m.LayerNorm(8), enable_nested_tensor=False), (SOURCE,)),
    Row("TransformerDecoder", lambda m: m.TransformerDecoder(m.TransformerDecoderLayer(8, 2, 6, 0.0), 2),
        (TARGET, SOURCE), call=decoded),
    Row("Transformer", lambda m: m.Transformer(8, 2, 1, 2, 6, 0.0, norm_first=True), (SOURCE, TARGET), call=translated),
]  # fmt: skip
