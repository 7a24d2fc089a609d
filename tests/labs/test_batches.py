"""Batch sizes: many noisy steps, or few exact ones."""

from tests.labs import run


def test_small_batches_get_further_in_an_epoch_and_their_noise_falls_with_the_root_of_their_size(tmp_path):
    found = run("batches", tmp_path)
    figures = found.figures
    assert [figures[f"steps_{name}"] for name in ("all", "8", "1")] == [20, 160, 1280]
    assert figures["late_distance_8"] < figures["late_distance_1"] < figures["late_distance_all"]
    assert -0.6 < figures["slope"] < -0.4
    assert figures["noise_1"] > 1 > figures["noise_256"]
    full = next(key for key in figures if key.startswith("accuracy_14"))
    assert figures[full] < figures["accuracy_32"] < figures["accuracy_1"]
    assert found.pictures == ["paths.png", "noise.png", "digits.png"]
