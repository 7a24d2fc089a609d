"""Layers and losses as functions, under PyTorch's names, with the ops that only networks need and their derivatives."""

from autograd import fold, log_softmax, one_hot, pad, sigmoid, softmax, tanh, unfold
from autograd.tools import tensor_arguments as _arguments

from . import network_rules, recurrent_rules  # the derivatives of all that follows
from .class_losses import cross_entropy, nll_loss
from .image_functions import adaptive_avg_pool2d, avg_pool2d, conv2d, conv_transpose2d, max_pool2d
from .layer_functions import (
    batch_norm, dropout, elu, embedding, gelu, layer_norm, leaky_relu, linear, logsigmoid, prelu, relu,
    scaled_dot_product_attention, selu, silu, softplus,
)  # fmt: skip
from .loss_functions import (
    binary_cross_entropy, binary_cross_entropy_with_logits, cosine_similarity, hinge_loss, huber_loss, kl_div, l1_loss,
    mse_loss, normalize, smooth_l1_loss,
)  # fmt: skip

__all__ = [
    "adaptive_avg_pool2d", "avg_pool2d", "batch_norm", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "conv2d", "conv_transpose2d", "cosine_similarity", "cross_entropy", "dropout", "elu", "embedding", "fold", "gelu",
    "hinge_loss", "huber_loss", "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear", "log_softmax", "logsigmoid",
    "max_pool2d", "mse_loss", "nll_loss", "normalize", "one_hot", "pad", "prelu", "relu",
    "scaled_dot_product_attention", "selu", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softplus", "tanh",
    "unfold",
]  # fmt: skip

globals().update(_arguments.explaining(globals()))
