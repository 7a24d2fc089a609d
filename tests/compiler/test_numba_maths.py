"""exp, expm1, tanh and log in vectors, held against the exact values."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the Numba back end needs numba")
pytest.importorskip("scipy", reason="the Numba back end needs scipy")

from numba import njit

from autograd.compiler import numba_maths as m

EDGES = [np.nan, np.inf, -np.inf, 0, -0.0, 88.7, -87.5, -103, 709.5, -745, 1e-30, 1e-40, 1, -1]


@njit
def apply(x, out):
    for i in range(len(x)):
        out[0, i] = m.exp(x[i])
        out[1, i] = m.expm1(x[i])
        out[2, i] = m.tanh(x[i])
        out[3, i] = m.log(x[i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@np.errstate(all="ignore")
def test_they_are_right_to_three_units_in_the_last_place(dtype):
    draw = np.random.default_rng(0)
    x = [draw.uniform(-5, 5, 20000), draw.uniform(-110, 110, 20000), draw.random(10000), EDGES]
    x = np.concatenate(x).astype(dtype)
    out = np.empty((4, len(x)), dtype)
    apply(x, out)
    for found, function in zip(out, (np.exp, np.expm1, np.tanh, np.log)):
        exact = function(x.astype(np.longdouble))
        nearest = exact.astype(dtype)
        finite = np.isfinite(nearest)
        np.testing.assert_array_equal(found[~finite], nearest[~finite])
        np.testing.assert_array_equal(np.signbit(found[finite]), np.signbit(nearest[finite]))
        assert (np.abs(found[finite] - exact[finite]) <= 3 * np.spacing(np.abs(nearest[finite]))).all()
