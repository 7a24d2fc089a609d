"""Layers of images and sequences: convolution, pooling, normalization of channels, other sizes."""

from torch.nn import functional as torch_functional

import autograd
from nn import functional as F
from tests.nn.layers.row import IMAGES, Row

SEQUENCES = (3, 4, 9)


def first(net, m, x):
    """Of a pair of maxima and their places the maxima; the places go through a test of their own."""
    return net(x)[0]


def unpooled(name):
    def call(net, m, x):
        functional = F if m is autograd else torch_functional
        return net(*getattr(functional, name)(x, 2, return_indices=True))

    return call


ROWS = [
    Row("BatchNorm2d", lambda m: m.BatchNorm2d(4, eps=0.01, momentum=0.3), (IMAGES,)),
    Row("BatchNorm2d not affine", lambda m: m.BatchNorm2d(4, affine=False), (IMAGES,)),
    Row("BatchNorm2d of the batch", lambda m: m.BatchNorm2d(4, track_running_stats=False), (IMAGES,)),
    Row("Conv2d", lambda m: m.Conv2d(4, 6, 3), (IMAGES,)),
    Row("Conv2d of one image", lambda m: m.Conv2d(4, 6, 3), ((4, 7, 6),)),
    Row("Conv2d of points", lambda m: m.Conv2d(4, 6, 1, stride=2), (IMAGES,)),
    Row("Conv2d options", lambda m: m.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, False), (IMAGES,)),
    Row("Conv2d depthwise", lambda m: m.Conv2d(4, 8, 3, padding="same", groups=4), (IMAGES,)),
    Row("Conv2d valid", lambda m: m.Conv2d(4, 2, 3, padding="valid", dilation=2), (IMAGES,)),
    Row("Conv2d reflect", lambda m: m.Conv2d(4, 2, 3, padding=2, padding_mode="reflect"), (IMAGES,)),
    Row("Conv2d circular", lambda m: m.Conv2d(4, 2, (1, 3), padding="same", padding_mode="circular"), (IMAGES,)),
    Row("MaxPool2d", lambda m: m.MaxPool2d(2), (IMAGES,)),
    Row("MaxPool2d options", lambda m: m.MaxPool2d((3, 2), (2, 1), 1, (1, 2), ceil_mode=True), (IMAGES,)),
    Row("MaxPool2d overlapping", lambda m: m.MaxPool2d(3, 1), ((4, 7, 6),)),
    Row("AvgPool2d", lambda m: m.AvgPool2d(2), (IMAGES,)),
    Row("AvgPool2d options", lambda m: m.AvgPool2d((3, 2), (2, 1), 1, True, False), (IMAGES,)),
    Row("AvgPool2d ceil", lambda m: m.AvgPool2d(3, 2, 1, ceil_mode=True), (IMAGES,)),
    Row("AvgPool2d divisor", lambda m: m.AvgPool2d(3, 1, divisor_override=2), ((4, 7, 6),)),
    Row("MaxPool2d ending in the padding", lambda m: m.MaxPool2d(2, 4, 1, ceil_mode=True), (IMAGES,)),
    Row("AvgPool2d ending in the padding", lambda m: m.AvgPool2d(2, 4, 1, ceil_mode=True), (IMAGES,)),
    Row("AdaptiveAvgPool2d", lambda m: m.AdaptiveAvgPool2d((3, None)), (IMAGES,)),
    Row("AdaptiveAvgPool2d global", lambda m: m.AdaptiveAvgPool2d(1), (IMAGES,)),
    Row("a small CNN", lambda m: m.Sequential(
        m.Conv2d(4, 5, 3, padding=1), m.BatchNorm2d(5), m.ReLU(), m.MaxPool2d(2), m.Conv2d(5, 3, 2), m.GELU(),
        m.AdaptiveAvgPool2d(1), m.Flatten(), m.Linear(3, 2)), (IMAGES,)),
    Row("Conv1d", lambda m: m.Conv1d(4, 6, 3), (SEQUENCES,)),
    Row("Conv1d of one sequence", lambda m: m.Conv1d(4, 6, 3), ((4, 9),)),
    Row("Conv1d options", lambda m: m.Conv1d(4, 6, 3, 2, 1, 2, 2, False), (SEQUENCES,)),
    Row("Conv1d same", lambda m: m.Conv1d(4, 8, 5, padding="same", groups=4), (SEQUENCES,)),
    Row("Conv1d replicate", lambda m: m.Conv1d(4, 2, 3, padding=2, padding_mode="replicate"), (SEQUENCES,)),
    Row("Conv1d circular", lambda m: m.Conv1d(4, 2, 4, padding="same", padding_mode="circular"), (SEQUENCES,)),
    Row("Conv2d replicate", lambda m: m.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="replicate"), (IMAGES,)),
    Row("ConvTranspose1d", lambda m: m.ConvTranspose1d(4, 6, 3), (SEQUENCES,)),
    Row("ConvTranspose1d options", lambda m: m.ConvTranspose1d(4, 6, 3, 3, 1, 2, 2, False, 2), (SEQUENCES,)),
    Row("ConvTranspose1d of one sequence", lambda m: m.ConvTranspose1d(4, 6, 3), ((4, 9),)),
    Row("ConvTranspose2d", lambda m: m.ConvTranspose2d(4, 6, 3), (IMAGES,)),
    Row("ConvTranspose2d of a generator", lambda m: m.ConvTranspose2d(4, 3, 4, 2, 1, bias=False), (IMAGES,)),
    Row("ConvTranspose2d options", lambda m: m.ConvTranspose2d(4, 6, (3, 2), (3, 2), (1, 0), (2, 1), 2, True, (1, 2)),
        (IMAGES,)),
    Row("ConvTranspose2d to a size", lambda m: m.ConvTranspose2d(4, 2, 3, stride=2), (IMAGES,),
        call=lambda net, m, x: net(x, output_size=(16, 13))),
    Row("ConvTranspose2d of one image", lambda m: m.ConvTranspose2d(4, 6, 3, output_padding=0), ((4, 7, 6),)),
    Row("MaxPool1d", lambda m: m.MaxPool1d(2), (SEQUENCES,)),
    Row("MaxPool1d options", lambda m: m.MaxPool1d(3, 2, 1, 2, ceil_mode=True), (SEQUENCES,)),
    Row("MaxPool1d with places", lambda m: m.MaxPool1d(3, 2, return_indices=True), (SEQUENCES,), call=first),
    Row("MaxPool2d with places", lambda m: m.MaxPool2d((3, 2), (2, 1), 1, (1, 2), True), (IMAGES,), call=first),
    Row("MaxUnpool1d", lambda m: m.MaxUnpool1d(2, stride=2), (SEQUENCES,), call=unpooled("max_pool1d")),
    Row("MaxUnpool2d", lambda m: m.MaxUnpool2d(2), (IMAGES,), call=unpooled("max_pool2d")),
    Row("AvgPool1d", lambda m: m.AvgPool1d(2), (SEQUENCES,)),
    Row("AvgPool1d options", lambda m: m.AvgPool1d(3, 2, 1, True, False), (SEQUENCES,)),
    Row("LPPool1d", lambda m: m.LPPool1d(2, 3), (SEQUENCES,)),
    Row("LPPool2d", lambda m: m.LPPool2d(2, (3, 2), stride=2, ceil_mode=True), (IMAGES,)),
    Row("LPPool2d of the largest", lambda m: m.LPPool2d(float("inf"), 2), (IMAGES,)),
    Row("AdaptiveAvgPool1d", lambda m: m.AdaptiveAvgPool1d(4), (SEQUENCES,)),
    Row("AdaptiveMaxPool1d", lambda m: m.AdaptiveMaxPool1d(4), (SEQUENCES,)),
    Row("AdaptiveMaxPool2d", lambda m: m.AdaptiveMaxPool2d((3, None)), (IMAGES,)),
    Row("AdaptiveMaxPool2d with places", lambda m: m.AdaptiveMaxPool2d(3, return_indices=True), ((4, 7, 6),),
        call=first),
    Row("BatchNorm3d", lambda m: m.BatchNorm3d(3), ((2, 3, 2, 2, 4),)),
    Row("GroupNorm", lambda m: m.GroupNorm(2, 4), (IMAGES,)),
    Row("GroupNorm of rows", lambda m: m.GroupNorm(2, 4, eps=0.1, bias=False), ((5, 4),)),
    Row("GroupNorm not affine", lambda m: m.GroupNorm(4, 4, affine=False), (SEQUENCES,)),
    Row("InstanceNorm1d", lambda m: m.InstanceNorm1d(4, affine=True), (SEQUENCES,)),
    Row("InstanceNorm2d", lambda m: m.InstanceNorm2d(4), (IMAGES,)),
    Row("InstanceNorm2d of one image", lambda m: m.InstanceNorm2d(4, affine=True), ((4, 7, 6),)),
    Row("InstanceNorm2d running", lambda m: m.InstanceNorm2d(4, 0.01, 0.3, True, True), (IMAGES,)),
    Row("InstanceNorm3d", lambda m: m.InstanceNorm3d(3), ((2, 3, 2, 2, 4),)),
    Row("LocalResponseNorm", lambda m: m.LocalResponseNorm(3, alpha=0.5, beta=0.6, k=2.0), (IMAGES,)),
    Row("LocalResponseNorm of sequences", lambda m: m.LocalResponseNorm(2), (SEQUENCES,)),
    Row("Upsample", lambda m: m.Upsample(scale_factor=2), (IMAGES,)),
    Row("Upsample to a size", lambda m: m.Upsample((5, 9)), (IMAGES,)),
    Row("Upsample of sequences", lambda m: m.Upsample(scale_factor=1.7, mode="linear"), (SEQUENCES,)),
    Row("Upsample bilinear", lambda m: m.Upsample(scale_factor=(2.0, 1.5), mode="bilinear"), (IMAGES,)),
    Row("Upsample of corners", lambda m: m.Upsample((9, 4), mode="bilinear", align_corners=True), (IMAGES,)),
    Row("Upsample bicubic", lambda m: m.Upsample(scale_factor=1.6, mode="bicubic"), (IMAGES,)),
    Row("Upsample of volumes", lambda m: m.Upsample(5, mode="trilinear"), ((1, 2, 3, 4, 3),)),
    Row("UpsamplingNearest2d", lambda m: m.UpsamplingNearest2d(scale_factor=2), (IMAGES,)),
    Row("UpsamplingBilinear2d", lambda m: m.UpsamplingBilinear2d(scale_factor=2), (IMAGES,)),
    Row("PixelShuffle", lambda m: m.PixelShuffle(2), (IMAGES,)),
    Row("PixelUnshuffle", lambda m: m.PixelUnshuffle(3), ((2, 2, 6, 3),)),
    Row("ChannelShuffle", lambda m: m.ChannelShuffle(2), (IMAGES,)),
    Row("Unfold", lambda m: m.Unfold((3, 2), dilation=2, padding=1, stride=(2, 1)), (IMAGES,)),
    Row("Fold", lambda m: m.Fold((4, 5), 2, padding=1), ((2, 8, 30),)),
    Row("Dropout1d of none", lambda m: m.Dropout1d(0.0), (SEQUENCES,)),
    Row("Dropout2d of none", lambda m: m.Dropout2d(0.0), (IMAGES,)),
    Row("Dropout2d of all", lambda m: m.Dropout2d(1.0), (IMAGES,)),
    Row("Dropout3d of none", lambda m: m.Dropout3d(0.0), ((2, 3, 2, 2, 4),)),
    Row("FeatureAlphaDropout of none", lambda m: m.FeatureAlphaDropout(0.0), (IMAGES,)),
    Row("ConstantPad1d", lambda m: m.ConstantPad1d((2, 1), 3.5), (SEQUENCES,)),
    Row("ConstantPad2d", lambda m: m.ConstantPad2d(1, -1), (IMAGES,)),
    Row("ConstantPad3d", lambda m: m.ConstantPad3d((1, 2, 0, 1, 1, 0), 0.5), ((1, 2, 3, 2, 3),)),
    Row("ZeroPad1d", lambda m: m.ZeroPad1d(2), (SEQUENCES,)),
    Row("ZeroPad2d", lambda m: m.ZeroPad2d((1, -1, 2, 0)), (IMAGES,)),
    Row("ZeroPad3d", lambda m: m.ZeroPad3d(1), ((1, 2, 3, 2, 3),)),
    Row("ReflectionPad1d", lambda m: m.ReflectionPad1d((3, 1)), (SEQUENCES,)),
    Row("ReflectionPad2d", lambda m: m.ReflectionPad2d(2), (IMAGES,)),
    Row("ReflectionPad3d", lambda m: m.ReflectionPad3d(1), ((1, 2, 3, 2, 3),)),
    Row("ReplicationPad1d", lambda m: m.ReplicationPad1d(2), (SEQUENCES,)),
    Row("ReplicationPad2d", lambda m: m.ReplicationPad2d((1, 2, 3, 4)), (IMAGES,)),
    Row("ReplicationPad3d", lambda m: m.ReplicationPad3d(1), ((1, 2, 3, 2, 3),)),
    Row("CircularPad1d", lambda m: m.CircularPad1d(2), (SEQUENCES,)),
    Row("CircularPad2d", lambda m: m.CircularPad2d((1, 2, 3, 4)), (IMAGES,)),
    Row("CircularPad3d", lambda m: m.CircularPad3d(1), ((1, 2, 3, 2, 3),)),
]  # fmt: skip
