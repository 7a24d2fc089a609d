"""Layers and losses as functions, under PyTorch's names, with the ops that only networks need and their derivatives.

The functions stand in the files that end in `_functions` and `_losses`, and in in_place_activations. The ops that they
call stand in network_primitives, norm_primitives, recurrent_primitives and gelu_primitives, the derivatives of the ops
in network_rules, norm_rules and recurrent_rules. How products are computed stands apart: in convolution_methods and
winograd, and for recurrent layers in panels.
"""

from autograd import (
    cosine_similarity, fold, log_softmax, one_hot, pad, pairwise_distance, sigmoid, softmax, tanh, unfold,
)  # fmt: skip
from autograd.tools import tensor_arguments as _arguments

from . import network_rules, norm_rules, recurrent_rules  # the derivatives of all that follows
from .activation_functions import (
    celu, elu, gelu, glu, gumbel_softmax, hardshrink, hardsigmoid, hardswish, hardtanh, leaky_relu, logsigmoid, mish,
    prelu, relu, relu6, rrelu, selu, silu, softmin, softplus, softshrink, softsign, tanhshrink, threshold,
)  # fmt: skip
from .attention_functions import scaled_dot_product_attention
from .class_losses import cross_entropy, nll_loss
from .convolution_functions import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from .embedding_functions import embedding, embedding_bag
from .focal_losses import focal_loss, sigmoid_focal_loss
from .in_place_activations import celu_, elu_, hardtanh_, leaky_relu_, relu_, selu_, threshold_
from .layer_functions import (
    alpha_dropout, bilinear, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout, linear,
)  # fmt: skip
from .loss_functions import (
    binary_cross_entropy, binary_cross_entropy_with_logits, gaussian_nll_loss, huber_loss, kl_div, l1_loss, mse_loss,
    poisson_nll_loss, smooth_l1_loss,
)  # fmt: skip
from .margin_loss_functions import (
    cosine_embedding_loss, hinge_embedding_loss, hinge_loss, margin_ranking_loss, multi_margin_loss,
    multilabel_margin_loss, multilabel_soft_margin_loss, soft_margin_loss, triplet_margin_loss,
    triplet_margin_with_distance_loss,
)  # fmt: skip
from .normalization_functions import (
    batch_norm, group_norm, instance_norm, layer_norm, local_response_norm, normalize, rms_norm,
)  # fmt: skip
from .pooling_functions import (
    adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_max_pool1d, adaptive_max_pool2d, avg_pool1d, avg_pool2d,
    lp_pool1d, lp_pool2d, max_pool1d, max_pool2d, max_unpool1d, max_unpool2d,
)  # fmt: skip
from .resizing_functions import (
    channel_shuffle, interpolate, pixel_shuffle, pixel_unshuffle, upsample, upsample_bilinear, upsample_nearest,
)  # fmt: skip

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d", "alpha_dropout",
    "avg_pool1d", "avg_pool2d", "batch_norm", "bilinear", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "celu", "celu_", "channel_shuffle", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d",
    "cosine_embedding_loss", "cosine_similarity", "cross_entropy", "dropout", "dropout1d", "dropout2d", "dropout3d",
    "elu", "elu_", "embedding", "embedding_bag", "feature_alpha_dropout", "focal_loss", "fold", "gaussian_nll_loss",
    "gelu", "glu", "group_norm", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_",
    "hinge_embedding_loss", "hinge_loss", "huber_loss", "instance_norm", "interpolate", "kl_div", "l1_loss",
    "layer_norm", "leaky_relu", "leaky_relu_", "linear", "local_response_norm", "log_softmax", "logsigmoid",
    "lp_pool1d", "lp_pool2d", "margin_ranking_loss", "max_pool1d", "max_pool2d", "max_unpool1d", "max_unpool2d",
    "mish", "mse_loss", "multi_margin_loss", "multilabel_margin_loss", "multilabel_soft_margin_loss", "nll_loss",
    "normalize", "one_hot", "pad", "pairwise_distance", "pixel_shuffle", "pixel_unshuffle", "poisson_nll_loss",
    "prelu", "relu", "relu6", "relu_", "rms_norm", "rrelu", "scaled_dot_product_attention", "selu", "selu_",
    "sigmoid", "sigmoid_focal_loss", "silu", "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softplus",
    "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_", "triplet_margin_loss",
    "triplet_margin_with_distance_loss", "unfold", "upsample", "upsample_bilinear", "upsample_nearest",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))
