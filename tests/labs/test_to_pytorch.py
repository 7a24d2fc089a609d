"""A training handed over to PyTorch and back."""

from tests.labs import run


def test_the_training_goes_on_as_if_it_had_stayed(tmp_path):
    found = run("to_pytorch", tmp_path)
    assert found.figures["side_by_side"] == "they agree"
    assert "agree over 10 steps" in found.printed
    assert 0 < found.figures["largest_difference_of_losses"] < 1e-12
    assert found.figures["same_accuracy"]
    assert found.figures["accuracy"] >= 0.9
    assert found.pictures == ["relay.png"]


def test_without_pytorch_a_line_says_what_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    found = run("to_pytorch", tmp_path / "out")
    assert "PyTorch is not installed" in found.printed
    assert found.figures["accuracy"] >= 0.9
    assert found.pictures == []
