"""Every way to compute a convolution, in turns, on one thread, in processor time: what the choices rest on.

    python -m tests.benchmarks.convolution_methods

One line a direction: to the result, and to the kernels. The way that is taken stands in bold.
"""

from statistics import median
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from nn.functional import convolution_methods as methods
from nn.functional import winograd

# images, channels in and out, size of the images and of the kernels, padding, groups
CASES = [
    (64, 1, 6, 28, 5, 2, 1), (64, 6, 16, 14, 5, 0, 1), (64, 16, 6, 10, 5, 4, 1), (64, 16, 32, 14, 5, 2, 1),
    (64, 32, 16, 14, 5, 2, 1), (64, 3, 16, 32, 3, 1, 1), (64, 16, 3, 32, 3, 1, 1), (32, 16, 8, 16, 3, 1, 1),
    (32, 16, 16, 16, 3, 1, 1), (32, 64, 16, 16, 3, 1, 1), (32, 32, 32, 16, 3, 1, 1), (32, 32, 32, 32, 3, 1, 1),
    (32, 64, 64, 16, 3, 1, 1), (32, 256, 256, 7, 3, 1, 1), (128, 32, 32, 4, 3, 1, 1), (32, 64, 64, 16, 3, 1, 4),
    (2, 3, 64, 112, 7, 3, 1), (32, 64, 64, 16, 3, 1, 64), (16, 64, 64, 32, 3, 1, 1), (8, 128, 128, 28, 3, 1, 1),
    (4, 64, 64, 56, 3, 1, 1), (32, 32, 32, 24, 3, 1, 1),
]  # fmt: skip
ONE = (1, 1)


def forward_ways(x, y, shape, widths, groups):
    """Every way to the result, by name."""
    back = methods.widths_back(y.shape[2:], widths, ONE)
    ways = {
        "windows": lambda: methods.by_windows(x, y, shape, ONE, widths, ONE, groups),
        "rows": lambda: methods.by_rows(x, y, shape, ONE, widths, ONE, groups),
        "places": lambda: methods.by_places(x, methods.turned(y, groups), shape, back, ONE, groups),
    }
    if (*y.shape[2:], groups) == (3, 3, 1):
        ways["winograd"] = lambda: winograd.convolved(x, y, widths, methods.few(len(x), winograd.nbytes(x, shape)))
    return ways


def correlation_ways(x, g, size, widths, groups):
    """Every way to the gradient of the kernels, by name."""
    ways = {
        "windows": lambda: methods.correlation_by_windows(x, g, size, ONE, widths, ONE, groups),
        "rows": lambda: methods.correlation_by_rows(x, g, size, ONE, widths, ONE, groups),
    }
    if (*size, groups) == (3, 3, 1):
        ways["winograd"] = lambda: winograd.correlated(x, g, widths, methods.few(len(x), winograd.nbytes(x, g.shape)))
    return ways


def chosen(x_shape, shape, size, widths, groups, forward):
    """The way that is taken."""
    if forward and methods.few_come_out(x_shape, shape, size, groups):
        return "places"
    if methods.winograd_pays(x_shape, shape, size, widths, ONE, groups):
        return "winograd"
    return "rows" if methods.rows_pay(x_shape[1], shape, size, ONE, groups) else "windows"


def times(ways, rounds):
    """The median milliseconds of each way, in turns."""
    taken = {name: [] for name in ways}
    for _ in range(rounds):
        for name, run in ways.items():
            start = process_time()
            run()
            taken[name].append(process_time() - start)
    return {name: 1e3 * median(each) for name, each in taken.items()}


def report(rounds=15):
    """Lines of Markdown."""
    names = "windows", "rows", "places", "winograd"
    yield f"convolution | to the | {' | '.join(names)}"
    yield f"--- | --- | {' | '.join(['---:'] * len(names))}"
    rng = np.random.default_rng(0)
    for n, c, o, h, k, pad, groups in CASES:
        widths, size, out = ((pad, pad), (pad, pad)), (k, k), h + 2 * pad - k + 1
        x, y, g = (
            rng.standard_normal(shape, dtype=np.float32)
            for shape in ((n, c, h, h), (o, c // groups, k, k), (n, o, out, out))
        )
        title = f"{c} to {o}, {k}x{k}, {n}x{h}x{h}" + f", {groups} groups" * (groups > 1)
        for direction, ways in (
            ("result", forward_ways(x, y, g.shape, widths, groups)),
            ("kernels", correlation_ways(x, g, size, widths, groups)),
        ):
            taken = times(ways, rounds)
            best = chosen(x.shape, g.shape, size, widths, groups, direction == "result")
            cells = {name: f"{ms:.2f}" for name, ms in taken.items()}
            cells[best] = f"**{cells[best]}**"
            yield f"{title} | {direction} | {' | '.join(cells.get(name, '') for name in names)}"


if __name__ == "__main__":
    with threadpool_limits(1):
        for line in report():
            print(line, flush=True)
