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
]  # fmt: skip
