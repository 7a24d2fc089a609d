"""MLP against CNN: fewer weights, more accuracy, and less harm from a shift."""



from tests.labs import in_full, run

PICTURES = ["confusion.png", "filters.png", "feature_maps.png", "steps.png", "shift.png"]
ORDERS = "convolution after shift against shift after convolution, largest difference"


def test_a_convolution_is_shifted_with_its_input_and_a_cnn_suffers_less(tmp_path):
    found = run("fashion", tmp_path)
    assert found.pictures == PICTURES
    figures = found.figures
    assert figures["CNN parameters"] < figures["MLP parameters"]
    assert figures["CNN accuracy"] >= 0.95
    assert figures[ORDERS] < 1e-5
    assert figures["CNN accuracy, shifted by 1"] > figures["MLP accuracy, shifted by 1"] + 0.05
    assert figures["MLP accuracy, shifted by 1"] < figures["MLP accuracy"] - 0.2
    report = [line.split() for line in found.printed.splitlines() if line[:1].isdigit()]
    assert [row[0] for row in report] == list("0123456789")


def test_in_full_a_cnn_with_a_fifth_of_the_weights_tells_more_clothes_apart():
    figures = in_full("fashion")
    assert 4 * figures["CNN parameters"] < figures["MLP parameters"]
    assert figures["CNN accuracy"] > figures["MLP accuracy"] + 0.01
    assert figures["CNN accuracy"] >= 0.89
    assert figures[ORDERS] < 1e-5
    assert figures["CNN accuracy, shifted by 2"] > figures["MLP accuracy, shifted by 2"] + 0.1
