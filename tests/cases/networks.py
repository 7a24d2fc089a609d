"""Layers: linear, convolution, pooling, normalization, activations, attention."""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as torch_functional

import autograd
from autograd.calculus import primitives
from nn import functional
from nn.functional import gelu_primitives as G
from nn.functional import network_primitives as P
from nn.functional import norm_primitives as N
from nn.functional import recurrent_primitives as R
from nn.functional.recurrent_functions import recurrence
from tests.cases.case import chapter, distinct, positive
from tests.oracle import OURS

CASES, case = chapter("array")


def F(m):
    """The functions of either library."""
    return functional if m in (autograd, OURS) else torch_functional


def slope(m, out, x):
    """The gradient of the sum of squares, recorded: the ops of the rules stand in its graph."""
    return m.grad(out.square().sum(), x, create_graph=True)[0]


SUMS = {
    "incoming": "a product with 0 spreads NaN, and where torch skips it differs by algorithm",
    "edges": "a product with 0 spreads NaN, and where torch skips it differs by algorithm",
}
ROWS = {"empty": "a normalization needs numbers", "scalar": "a normalization needs dimensions"}
IMAGE = {"empty": "an image has pixels", "scalar": "an image has dimensions"}
RULE = {"modes": "it differentiates, so it must record", **IMAGE}

case("linear", P.linear, lambda m, x, w, b: m.linear(x, w, b), (5, 4), (3, 4), (3,), **SUMS)
case("linear without bias", P.linear, lambda m, x, w: m.linear(x, w), (5, 4), (3, 4), **SUMS)
case("linear of a vector", P.linear, lambda m, x, w, b: m.linear(x, w, b), (4,), (3, 4), (3,), **SUMS)
case("linear of a batch", P.linear, lambda m, x, w, b: m.linear(x, w, bias=b), (2, 5, 4), (3, 4), (3,), **SUMS)
case("linear to one number", np.matmul, lambda m, x, w: m.linear(x, w), (5, 4), (4,), **SUMS)
case("two layers", P.linear, lambda m, x, w, b, v: m.linear(m.tanh(m.linear(x, w, b)), v),
     (5, 4), (3, 4), (3,), (2, 3), **SUMS)

case("conv2d", P.conv2d, lambda m, x, y, z: F(m).conv2d(x, y, z), (2, 3, 5, 6), (4, 3, 3, 2), (4,), **SUMS, **IMAGE)
case("conv2d options", P.conv2d, lambda m, x, y: F(m).conv2d(
    x, y, None, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2), (2, 4, 5, 6), (6, 2, 3, 2), **SUMS, **IMAGE)
case("conv2d of one image", P.conv2d, lambda m, x, y: F(m).conv2d(x, y, padding="same"), (2, 5, 6), (1, 2, 3, 3),
     **SUMS, **IMAGE)
case("conv2d by x", P.conv2d_dx, lambda m, x, y: slope(m, F(m).conv2d(x, y, stride=2, padding=1), x),
     (2, 1, 5, 6), (2, 1, 3, 3), **SUMS, **RULE)
case("conv2d by weight", P.conv2d_dw, lambda m, x, y: slope(m, F(m).conv2d(x, y, groups=2), y),
     (2, 2, 4, 4), (4, 1, 3, 2), **SUMS, **RULE)
case("conv_transpose2d", P.conv2d_dx, lambda m, x, y, z: F(m).conv_transpose2d(x, y, z),
     (2, 3, 4, 5), (3, 4, 3, 2), (4,), **SUMS, **IMAGE)
case("conv_transpose2d options", P.conv2d_dx, lambda m, x, y: F(m).conv_transpose2d(
    x, y, stride=(3, 2), padding=(1, 2), output_padding=(2, 1), groups=2, dilation=(1, 2)), (2, 4, 4, 5), (4, 2, 3, 2),
    **SUMS, **IMAGE)

case("conv1d", P.conv2d, lambda m, x, y, z: F(m).conv1d(x, y, z, 2, 1, 2), (2, 3, 9), (4, 3, 3), (4,), **SUMS, **IMAGE)
case("conv_transpose1d", P.conv2d_dx, lambda m, x, y, z: F(m).conv_transpose1d(x, y, z, 3, 1, 2, 1, 2),
     (2, 3, 5), (3, 4, 3), (4,), **SUMS, **IMAGE)
case("bilinear", None, lambda m, x, y, z, b: F(m).bilinear(x, y, z, b), (5, 4), (5, 3), (2, 4, 3), (2,), **SUMS,
     **ROWS)

case("relu out of place", None, lambda m, x: F(m).relu(x, False) + F(m).relu(input=x, inplace=False), distinct(3, 4))

case("max_pool2d", P.max_pool2d, lambda m, x: F(m).max_pool2d(x, 2), distinct(2, 3, 4, 5), **IMAGE)
case("max_pool2d options", P.max_pool2d, lambda m, x: F(m).max_pool2d(
    x, (3, 2), stride=(2, 1), padding=1, dilation=(1, 2), ceil_mode=True), distinct(2, 3, 6, 5), **IMAGE)
case("max_pool2d by x", P.unpick, lambda m, x: slope(m, F(m).max_pool2d(x, 3, 2), x), distinct(1, 2, 5, 5), **RULE)
case("max_pool2d by x by x", P.pick, lambda m, x: slope(m, slope(m, F(m).max_pool2d(x, 3, 2, 1), x), x),
     distinct(1, 2, 5, 5), **RULE)
case("avg_pool2d", P.sum_pool2d, lambda m, x: F(m).avg_pool2d(x, 2), (2, 3, 4, 5), **IMAGE)
case("avg_pool2d options", P.sum_pool2d, lambda m, x: F(m).avg_pool2d(
    x, (3, 2), stride=2, padding=1, ceil_mode=True, count_include_pad=False), (2, 3, 6, 5), **IMAGE)
case("avg_pool2d by x", P.unsum_pool2d, lambda m, x: slope(m, F(m).avg_pool2d(x, 3, 2), x), (1, 2, 5, 5), **RULE)
case("adaptive_avg_pool2d", None, lambda m, x: F(m).adaptive_avg_pool2d(x, (3, 2)), (2, 3, 5, 6), **SUMS, **IMAGE)

case("max_pool1d", P.max_pool2d, lambda m, x: F(m).max_pool1d(x, 3, 2, 1), distinct(2, 3, 9), **IMAGE)
case("max_pool2d with places", P.max_pool2d, lambda m, x: F(m).max_pool2d(x, 3, 2, 1, return_indices=True)[0],
     distinct(2, 3, 6, 5), **IMAGE)
case("avg_pool1d", P.sum_pool2d, lambda m, x: F(m).avg_pool1d(x, 3, 2, 1), (2, 3, 9), **IMAGE)
case("lp_pool2d", P.sum_pool2d, lambda m, x: F(m).lp_pool2d(x, 2, 2), positive(2, 3, 4, 5), **IMAGE,
     edges="the root of a large number's square")
case("adaptive_max_pool2d", None, lambda m, x: F(m).adaptive_max_pool2d(x, (3, 2)), distinct(2, 3, 5, 6), **IMAGE)
MIXED = {"incoming": SUMS["incoming"]}
case("interpolate nearest", None, lambda m, x: F(m).interpolate(x, (5, 3)), (2, 3, 4, 5), **MIXED, **IMAGE)
case("interpolate whole", None, lambda m, x: F(m).interpolate(x, scale_factor=2), (2, 3, 4, 5), **MIXED, **IMAGE)
case("interpolate exact", None, lambda m, x: F(m).interpolate(x, 7, mode="nearest-exact"), (2, 3, 4), **MIXED, **IMAGE)
case("interpolate bilinear", None, lambda m, x: F(m).interpolate(x, scale_factor=1.7, mode="bilinear"), (2, 3, 4, 5),
     **MIXED, **IMAGE)
case("interpolate antialias", None, lambda m, x: F(m).interpolate(x, (2, 3), mode="bilinear", antialias=True),
     (2, 3, 7, 5), **SUMS, **IMAGE)
case("interpolate bicubic antialias", None, lambda m, x: F(m).interpolate(x, (3, 8), mode="bicubic", antialias=True),
     (2, 3, 7, 5), **SUMS, **IMAGE)
case("interpolate area", None, lambda m, x: F(m).interpolate(x, (3, 2), mode="area"), (2, 3, 5, 6), **SUMS, **IMAGE)
case("pixel_shuffle", None, lambda m, x: F(m).pixel_shuffle(x, 2), (2, 4, 3, 2), **IMAGE)
case("pixel_unshuffle", None, lambda m, x: F(m).pixel_unshuffle(x, 2), (2, 1, 4, 2), **IMAGE)

case("layer_norm", N.layer_norm, lambda m, x: F(m).layer_norm(x, (4,)), (2, 3, 4), **ROWS, edges="0 / 0 by rounding")
case("layer_norm affine", N.layer_norm, lambda m, x, y, z: F(m).layer_norm(x, (3, 4), y, z, eps=0.1),
     (2, 3, 4), (3, 4), (3, 4), **ROWS, edges="0 / 0 by rounding")
case("batch_norm", N.standardize, lambda m, x, y, z: F(m).batch_norm(x, None, None, y, z, training=True),
     (4, 3, 2), (3,), (3,), **ROWS, edges="0 / 0 by rounding")

case("group_norm", N.standardize, lambda m, x, y, z: F(m).group_norm(x, 2, y, z, eps=0.1), (2, 4, 3), (4,), (4,),
     **ROWS, edges="0 / 0 by rounding")
case("instance_norm", N.standardize, lambda m, x, y, z: F(m).instance_norm(x, None, None, y, z, eps=0.1),
     (2, 3, 5), (3,), (3,), **ROWS, edges="0 / 0 by rounding")
case("rms_norm", N.rms_norm, lambda m, x, y: F(m).rms_norm(x, (4,), y, 0.1), (2, 3, 4), (4,), **ROWS,
     edges="infinity / infinity by rounding")
case("local_response_norm", None, lambda m, x: F(m).local_response_norm(x, 3, 0.5), (2, 4, 3), **ROWS, **SUMS)

case("leaky_relu", P.leaky_relu, lambda m, x: F(m).leaky_relu(x), (3, 4))
case("leaky_relu slope", P.leaky_relu, lambda m, x: F(m).leaky_relu(x, 0.3) ** 2, (3, 4))
case("prelu", P.leaky_relu, lambda m, x, y: F(m).prelu(x, y), (2, 3, 4), (3,), **ROWS)
case("elu", P.elu, lambda m, x: F(m).elu(x, 1.3), (3, 4))
case("selu", P.elu, lambda m, x: F(m).selu(x), (3, 4))
for form in ("none", "tanh"):
    case(f"gelu {form}", G.gelu, lambda m, x, form=form: F(m).gelu(x, approximate=form), (3, 4))
    case(f"gelu {form} by x", G.gelu_dx, lambda m, x, form=form: slope(m, F(m).gelu(x, approximate=form), x), (3, 4),
         modes="it differentiates, so it must record", incoming=SUMS["incoming"])
case("silu", P.silu, lambda m, x: F(m).silu(x), (3, 4))
case("softplus", P.softplus, lambda m, x: F(m).softplus(x), (3, 4))
case("softplus options", P.softplus, lambda m, x: F(m).softplus(x, beta=2, threshold=1.5), (3, 4))
case("logsigmoid", P.log_sigmoid, lambda m, x: F(m).logsigmoid(x), (3, 4))
NAN = {"infinite": "of NaN, the gradient depends on where it stands in memory in torch"}
case("hardtanh", P.hardtanh, lambda m, x: F(m).hardtanh(x, -0.7, 0.4), (3, 4), **NAN)
case("relu6", P.hardtanh, lambda m, x: F(m).relu6(x), (3, 4), **NAN)
case("hardswish", P.hardswish, lambda m, x: F(m).hardswish(x), (3, 4))
case("hardshrink", P.hardshrink, lambda m, x: F(m).hardshrink(x), (3, 4), **NAN)
case("softshrink", P.softshrink, lambda m, x: F(m).softshrink(x), (3, 4), **NAN)
case("tanhshrink", None, lambda m, x: F(m).tanhshrink(x), (3, 4))
case("threshold", None, lambda m, x: F(m).threshold(x, 0.3, -2), (3, 4))
case("mish", P.mish, lambda m, x: F(m).mish(x), (3, 4))
case("softsign", None, lambda m, x: F(m).softsign(x), (3, 4))
case("celu", P.elu, lambda m, x: F(m).celu(x, 0.5), (3, 4))
case("glu", None, lambda m, x: F(m).glu(x, 1), (3, 4), scalar="a number has no halves")
case("softmin", primitives.softmax, lambda m, x: F(m).softmin(x, 1), (3, 4), scalar="a number has no second dimension")
case("embedding", P.scale_gradient, lambda m, x: F(m).embedding(m.tensor([0, 2, 2]), x, None, None, 2.0, True), (3, 4),
     empty="an embedding has rows", scalar="an embedding has rows", gradcheck="its gradient is scaled on purpose",
     second="torch scales the first derivative only")
case("embedding_bag", None, lambda m, x: F(m).embedding_bag(m.tensor([0, 2, 2]), x, m.tensor([0, 1])), (3, 4),
     empty="an embedding has rows", scalar="an embedding has rows", second="torch has none")
case("scaled_dot_product_attention", None, lambda m, x, y, z: F(m).scaled_dot_product_attention(x, y, z),
     (2, 3, 4), (2, 5, 4), (2, 5, 6), **SUMS, **ROWS)
case("scaled_dot_product_attention causal", None, lambda m, x, y, z: F(m).scaled_dot_product_attention(
    x, y, z, is_causal=True, scale=0.3), (2, 5, 4), (2, 5, 4), (2, 5, 6), **SUMS, **ROWS)

RECURRENT = {**SUMS, "scalar": "a sequence has dimensions"}


def recurrent(m, x, h, *weights, mode, sizes=None, flip=False):
    """The outputs and the last states of one layer, in a row; backward if `flip`, packed if there are `sizes`."""
    if m in (autograd, OURS):
        batch_sizes = sizes or (x.shape[1],) * len(x)
        out, last = recurrence(mode, x if sizes else x.flatten(0, 1), h, weights, batch_sizes, flip)
        return m.cat([out, last.flatten(0, 1)])
    states = (h[:1], h[1:]) if mode == "LSTM" else h
    x = x.flip(0) if flip else x
    given = (x, torch.tensor(sizes), states) if sizes else (x, states)
    options = (len(weights) > 2, 1, 0.0, False, False) + (() if sizes else (False,))
    out, *last = getattr(torch, mode.lower())(*given, list(weights), *options)
    out = out.flip(0) if flip else out
    return m.cat([out if sizes else out.flatten(0, 1), *(state.flatten(0, 1) for state in last)])


for name, key, states, gates in (("rnn_tanh", R.rnn, 1, 1), ("rnn_relu", R.rnn, 1, 1), ("lstm", R.lstm, 2, 4),
                                 ("gru", R.gru, 1, 3)):  # fmt: skip
    run = partial(recurrent, mode=name.upper())
    weights, biases = [(gates * 5, 3), (gates * 5, 5)], [(gates * 5,), (gates * 5,)]
    case(name, key, run, (4, 2, 3), (states, 2, 5), *weights, *biases, **RECURRENT)
    case(f"{name} without bias", key, run, (4, 2, 3), (states, 2, 5), *weights, **RECURRENT)
    case(f"{name} from the end", key, partial(run, flip=True), (4, 2, 3), (states, 2, 5), *weights, *biases,
         **RECURRENT)
    case(f"{name} packed", key, partial(run, sizes=(3, 2, 2, 1)), (8, 3), (states, 3, 5), *weights, *biases,
         **RECURRENT, empty="the batch sizes are fixed")
