"""What the functions that rules call are called in formulas: `keep(g, out > 0)` reads "g where out > 0".

By the function's name; {0}, {1}, … are its arguments. A function that is not here is written as it is called, without
the module that it is from.
"""

WORDS = {
    "angle": "{0} * {1} / ({1} ** 2 + {2} ** 2)",
    "conv2d": "convolution of {0} with {1}",
    "conv2d_dw": "correlation of {0} with {1}",
    "conv2d_dx": "transposed convolution of {0} with {1}",
    "count": "n",
    "cut": "part {1} of {0} along {3}",
    "diagonal": "diagonal of {0}",
    "embed_diagonal": "{0} on the diagonal, 0 elsewhere",
    "floor_divide": "floor({0} / {1})",
    "fold_windows": "sum of the windows in {0}, each at its place",
    "getitem": "{0}[{1}]",
    "half": "{0}, but 0 where {1}, {0} / 2 where {2}",
    "inverse_permutation": "inverse of {0}",
    "isfinite": "{0} is finite",
    "keep": "{0} where {1}",
    "mT": "{0}^T",
    "pick": "{0} at the places of the maxima",
    "polar": "U diag({1}) V^T",
    "polar_pull": "derivative of U diag({2}) V^T by {1}, times {0}",
    "polar_values": "diagonal of U^T {0} V",
    "power": "{0} ** {1}",
    "put": "{0} at [{1}], 0 elsewhere",
    "replace": "{0}, but {1} at [{2}]",
    "restore": "{0}",
    "share": "{0} / ties",
    "spread": "{0} for every element along {2}",
    "sum_pool2d": "sum of {0} over each window",
    "sums_from_the_end": "sums of {0} from the end along {1}",
    "summed": "sum({0}, {1})",
    "unpick": "{0} at the places of the maxima, 0 elsewhere",
    "unsum_pool2d": "sum of {0} over the windows that hold an element",
    "untile": "sum of the copies in {0}",
    "wide": "{0}",
    "windows": "windows of {0}",
    "xlogy": "{0} * log({1})",
    "zeros_like": "0",
}
