"""Activations."""

from tests.nn.layers.row import IMAGES, Row

ROWS = [
    Row("ReLU", lambda m: m.ReLU(inplace=False), ((4, 5),)),
    Row("LeakyReLU", lambda m: m.LeakyReLU(0.2), ((4, 5),)),
    Row("PReLU", lambda m: m.PReLU(), ((4, 5),)),
    Row("PReLU of channels", lambda m: m.PReLU(4, init=0.1), (IMAGES,)),
    Row("ELU", lambda m: m.ELU(1.5), ((4, 5),)),
    Row("SELU", lambda m: m.SELU(), ((4, 5),)),
    Row("GELU", lambda m: m.GELU(), ((4, 5),)),
    Row("GELU tanh", lambda m: m.GELU("tanh"), ((4, 5),)),
    Row("SiLU", lambda m: m.SiLU(), ((4, 5),)),
    Row("Sigmoid", lambda m: m.Sigmoid(), ((4, 5),)),
    Row("LogSigmoid", lambda m: m.LogSigmoid(), ((4, 5),)),
    Row("Tanh", lambda m: m.Tanh(), ((4, 5),)),
    Row("Softplus", lambda m: m.Softplus(), ((4, 5),)),
    Row("Softplus options", lambda m: m.Softplus(3.0, 2.0), ((4, 5),)),
    Row("Softmax", lambda m: m.Softmax(dim=1), ((4, 5, 2),)),
    Row("LogSoftmax", lambda m: m.LogSoftmax(dim=-1), ((4, 5),)),
    Row("Hardtanh", lambda m: m.Hardtanh(-0.5, 0.7), ((4, 5),)),
    Row("ReLU6", lambda m: m.ReLU6(), ((4, 5),)),
    Row("Hardsigmoid", lambda m: m.Hardsigmoid(), ((4, 5),), rough=1e3),  # torch takes 1 / 6 in float32
    Row("Hardswish", lambda m: m.Hardswish(), ((4, 5),)),
    Row("Hardshrink", lambda m: m.Hardshrink(0.3), ((4, 5),)),
    Row("Softshrink", lambda m: m.Softshrink(), ((4, 5),)),
    Row("Tanhshrink", lambda m: m.Tanhshrink(), ((4, 5),)),
    Row("Threshold", lambda m: m.Threshold(0.1, -20), ((4, 5),)),
    Row("Mish", lambda m: m.Mish(), ((4, 5),)),
    Row("Softsign", lambda m: m.Softsign(), ((4, 5),)),
    Row("CELU", lambda m: m.CELU(0.5), ((4, 5),)),
    Row("GLU", lambda m: m.GLU(), ((4, 6),)),
    Row("GLU of channels", lambda m: m.GLU(1), (IMAGES,)),
    Row("RReLU of one slope", lambda m: m.RReLU(0.25, 0.25), ((4, 5),)),
    Row("Softmin", lambda m: m.Softmin(dim=1), ((4, 5, 2),)),
    Row("Softmax2d", lambda m: m.Softmax2d(), (IMAGES,)),
]  # fmt: skip
