"""MNIST: both networks read digits, and leave a folder that `chalkgrad serve` opens."""



from nn.data import datasets
from nn.train import load_run
from tests.labs import in_full, run

PICTURES = ["curves.png", "weights.png", "misclassified.png"]


def test_without_mnist_small_digits_stand_in_and_are_read_by_a_run_that_can_be_served(tmp_path):
    found = run("mnist", tmp_path)
    assert "MNIST is for the lab in full; scikit-learn's 1,797 digits of 8 x 8 pixels stand in" in found.printed
    assert found.pictures == PICTURES
    assert found.figures["64-128-10 parameters"] == 64 * 128 + 128 + 128 * 10 + 10
    assert found.figures["64-128-10 accuracy"] >= 0.97
    assert found.figures["64-128-64-10 accuracy"] >= 0.97
    folder = tmp_path / "64-128-64-10"
    assert {"history.csv", "loss_curve.png", "neuron.svg", "neuron.png"} <= {path.name for path in folder.iterdir()}
    assert f"draw a digit: chalkgrad serve {folder}" in found.printed
    images, classes = datasets.digits().tensors
    answers = load_run(folder).predict((images[:200] * 255).byte().reshape(-1, 8, 8).numpy())
    right = sum(prediction.answer == str(digit) for prediction, digit in zip(answers, classes.tolist(), strict=False))
    assert right >= 190


def test_in_full_both_networks_read_at_least_97_and_a_half_percent_of_mnist():
    figures = in_full("mnist")
    assert figures["784-128-10 parameters"] == 101_770
    assert figures["784-128-10 accuracy"] >= 0.975
    assert figures["784-128-64-10 accuracy"] >= 0.975
