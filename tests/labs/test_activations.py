"""Activation functions: their gradients are right, and only some of them let a deep network learn."""

import os

from tests.labs import run

ALL_SEVEN = ("ReLU", "LeakyReLU", "ELU", "GELU", "Swish", "sigmoid", "tanh")


def test_both_judges_find_seven_gradients_right_and_one_wrong_and_functions_matter_where_nets_are_deep(tmp_path):
    found = run("activations", tmp_path)
    figures = found.figures
    assert figures["right_by_our_check"] == figures["right_by_pytorchs_check"] == 7
    assert figures["both_agree"]
    assert found.printed.count("WRONG") == 2
    assert figures["largest_xor_loss"] < 0.05
    assert all(figures["digits_sigmoid"] < figures[f"digits_{name}"] for name in ALL_SEVEN if name != "sigmoid")
    assert figures["first_to_last_gradient_sigmoid"] < 1e-3 < 0.1 < figures["first_to_last_gradient_tanh"]
    assert figures["first_to_last_gradient_ReLU"] > 0.1
    assert figures["deep_sigmoid"] < 0.2 < 0.5 < figures["deep_tanh"]
    assert figures["off_ReLU"] > figures["off_LeakyReLU"]
    assert figures["off_ReLU"] > 0.9
    assert found.pictures == ["gallery.png", "xor.png", "digits.png", "vanishing.png", "dead.png"]


def test_without_pytorch_its_judgment_is_left_out_with_a_line(tmp_path, monkeypatch):
    (tmp_path / "torch.py").write_text('raise ImportError("No module named torch")', encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    found = run("activations", tmp_path / "out")
    assert found.figures["right_by_our_check"] == 7
    assert "right_by_pytorchs_check" not in found.figures
    assert "PyTorch is not installed, so its judgment is left out" in found.printed
