"""The cases of the table of ops as a compiled function takes them, and those of which there is no program, and why."""

import autograd
from tests.cases import CASES
from tests.compiler.both_ways import tensors
from tests.oracle import OURS

AS_THEY_ARE = {  # cases of which there is no program, by the reason that `why` tells
    "code that is not NumPy's reads an array": {
        "isclose", "x[i, :, list] = y", "a view written to", "views of a view", "count_nonzero", "unique_consecutive",
        "searchsorted", "isin", "linalg.matrix_rank", "linalg.lstsq", "linalg.lstsq wide", "linalg.matrix_exp",
        "x.matrix_exp squared", "adaptive_max_pool2d",
    },
    "slogdet gives SlogdetResult, not an array": {"slogdet", "slogdet batch", "slogdet named", "logdet"},
    "allclose gives bool, not an array": {"allclose"},
    "nonzero gives tuple, not an array": {"nonzero"},
    "unique gives tuple, not an array": {"unique"},
    "histogram gives tuple, not an array": {"histc"},
    "svd gives SVDResult, not an array": {"linalg.svd of constants"},
    "qr gives QRResult, not an array": {"linalg.qr of constants"},
    "Python looks at a value that was computed: int()": {"one_hot of largest"},
    "it raised TypeError": {"as_strided", "as_strided windows"},  # as the memory of a recorded array is not its own
    "": {"rnn_tanh packed", "rnn_relu packed", "lstm packed", "gru packed"},  # their lengths are values
}  # fmt: skip
WHY = {name: why for why, names in AS_THEY_ARE.items() for name in names}
COMPILED = [case for case in CASES if case.name not in WHY]


def computed(case, xs):
    """The results of a case, and gradients of their squares in xs."""
    outs = tensors(case.fn(OURS, *xs))
    live = [out for out in outs if out.requires_grad]
    if live:
        sum((out * out).sum() for out in live).backward()
    return [out.detach() * 1 for out in outs]


def leaves(case, dtype):
    return [autograd.tensor(x.astype(dtype), requires_grad=True) for x in case.arrays()]
