"""Newton's method, with and without a Hessian, and a network that obeys a differential equation."""

from tests.labs import run


def test_second_derivatives_find_what_first_ones_do_not(tmp_path):
    found = run("second_order", tmp_path).figures
    assert found["valley_newton"] < 1e-20
    assert found["valley_descent"] > 0.1
    assert found["gradient_newton"] < 1e-12 < found["gradient_descent"]
    assert found["passes"] < 640  # fewer than the rows of the Hessian
    assert found["distance_from_sine"] < 0.05
    assert found["residual"] < 0.5
