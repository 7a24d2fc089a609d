"""One program, 25 mistakes."""

from tests.labs import run


def test_the_doctor_names_every_mistake_and_finds_none_in_the_mended_programs(tmp_path):
    ran = run("pitfalls", tmp_path)
    figures = ran.figures
    assert figures["mistakes"] == figures["named_by_the_doctor"] == 25
    assert figures["false_alarms"] == 0
    assert "graph_kept_alive" in figures["alike"]
    assert "no_zero_grad" not in figures["alike"]
    assert figures["loss_with_data_leak"] < figures["loss_without"]
    assert ran.pictures == ["curves.png"]


def test_it_prints_the_mistake_its_mending_and_what_the_doctor_says(tmp_path):
    printed = run("pitfalls", tmp_path).printed
    told = printed[printed.index("\nloss_broadcast\n") : printed.index("\nno_grad\n")].splitlines()
    assert told[2:4] == [
        "  mistake: return self.head(self.dropout(x))",
        "  mended:  return self.head(self.dropout(x)).squeeze(1)",
    ]
    assert told[4].startswith("  doctor:  The loss compares every prediction with every target: ")
    assert "(20, 1) and (20,) to (20, 20)" in told[4]
