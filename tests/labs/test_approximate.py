"""Universal approximation: more units draw a curve more closely, on the interval they were fitted to."""

from tests.labs import run


def test_errors_fall_with_the_number_of_units_except_near_a_jump_and_outside(tmp_path):
    found = run("approximate", tmp_path)
    figures = found.figures
    for curve in ("wave", "corner", "jump"):
        few, some, many = (figures[f"{curve}_{units}_units"] for units in (2, 10, 50))
        assert many < some < few
    assert figures["wave_50_units"] < 0.2 < 0.5 < figures["wave_2_units"]
    assert figures["corner_50_units"] < 0.03
    assert figures["largest_error_at_jump"] > 0.3
    assert figures["error_far_outside"] > 0.5
    assert found.pictures == ["fits.png", "errors.png", "beyond.png"]
