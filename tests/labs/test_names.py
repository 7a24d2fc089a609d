"""First names, letter by letter."""

from tests.labs import run


def test_the_more_letters_a_model_sees_the_better_it_guesses_the_next(tmp_path):
    found = run("names", tmp_path)
    loss = found.figures
    assert abs(loss["learned bigram"] - loss["counted bigram"]) < 0.05
    assert loss["transformer"] < loss["MLP"] - 0.05 < loss["learned bigram"] - 0.1
    assert all(name.isalpha() for name in loss["names of the transformer"].split(", "))
    assert found.pictures == ["losses.png", "letters.png"]
