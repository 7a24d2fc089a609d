"""One training step, in several sizes."""

from tests.labs import run


def test_every_way_needs_less_than_the_plain_step_and_computes_the_same_gradient(tmp_path):
    ran = run("memory", tmp_path)
    sizes = {name.removesuffix(", MB"): value for name, value in ran.figures.items() if name.endswith(", MB")}
    errors = {name: ran.figures[f"{name}, error"] for name in sizes}
    found = next(name for name in sizes if name.startswith("found: "))
    assert len(sizes) == 6
    assert all(size < 0.8 * sizes["plain"] for name, size in sizes.items() if name != "plain"), sizes
    assert sizes[found] <= ran.figures["budget_MB"]
    assert errors["checkpoints"] == 0  # bit by bit
    assert errors["8 small batches"] < 1e-5
    assert errors[found] < 1e-5
    assert 1e-4 < errors["bfloat16"] < 0.05
    assert ran.pictures == ["bytes_and_seconds.png", "plain.png", "checkpointed.png"]
