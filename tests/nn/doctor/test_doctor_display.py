"""What a notebook shows of the doctor's report: each finding with its evidence, cause and fix; and what is open."""

from nn.doctor import Report
from nn.doctor.mistakes import MISTAKES
from nn.doctor.report import PROJECT, finding
from nn.doctor.what_was_learned import Outcome
from tests.displayed import HOSTILE, SHOWN, cells, displayed, notes, tables, texts


def test_each_finding_is_a_table_below_the_verdict():
    report = Report([finding("no_zero_grad", HOSTILE), finding("dead_relu", "12 of 16 units")], [], 200)
    assert notes(report) == ["2 mistakes found in 200 steps."]
    captions = texts(displayed(report), "table/caption")
    assert captions == ["Gradients are never cleared (no_zero_grad)", "Most units of a ReLU are dead (dead_relu)"]
    _, cause, fix = MISTAKES["no_zero_grad"]
    see = ["see", "docs/mistakes/no_zero_grad.md"]
    assert tables(report)[0] == [["evidence", SHOWN], ["cause", cause], ["fix", fix], see]
    assert tables(report.findings[0]) == tables(report)[:1]
    assert displayed(report)[1].get("class") == "bad"


def test_without_findings_it_says_so_and_what_was_not_checked():
    unchecked = ["data_leak: no validation data were seen; pass them: doctor(..., valid=loader)"]
    report = Report([], unchecked, 1, Outcome("It learned.", True))
    verdict = f"Healthy: checked 1 step for {len(MISTAKES) - 1} kinds of mistakes and found none."
    assert notes(report) == [verdict, "It learned."]
    assert displayed(report)[1].get("class") == "good"
    assert tables(report) == [[["data_leak", "no validation data were seen; pass them: doctor(..., valid=loader)"]]]
    assert texts(displayed(report), "table/caption") == ["Not checked"]
    assert str(report).startswith(notes(report)[0])
    assert not tables(Report())


def test_where_nothing_was_learned_it_lists_what_to_try_and_is_not_green():
    outcome = Outcome("Nothing was learned <b>.", False)
    report = Report([], [], 200, outcome)
    assert notes(report)[0].startswith("Nothing was learned, and no cause was found: checked 200 steps")
    assert notes(report)[1] == outcome.sentence
    assert tables(report) == [[[str(i), line] for i, line in enumerate(outcome.advice, 1)]]
    assert displayed(report)[1].get("class") == "bad"
    found = Report([finding("dead_relu", "12 of 16 units")], [], 200, outcome)
    assert texts(displayed(found), "table/caption") == ["Most units of a ReLU are dead (dead_relu)"]
    assert notes(found) == ["1 mistake found in 200 steps.", outcome.sentence]
    assert displayed(Report([], [], 3, Outcome("Too early.")))[1].get("class") != "good"


def test_every_fix_is_code_as_it_is_to_be_typed():
    for code, (_, _, fix) in MISTAKES.items():
        assert texts(displayed(finding(code, "")), "table/tbody/tr/td/pre") == [fix]
        assert len(cells(finding(code, ""), "wrap")) == 2


def test_a_finding_links_its_page_from_the_current_folder_if_the_page_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (link,) = displayed(finding("no_zero_grad", "")).iter("a")
    assert (tmp_path / link.get("href")).resolve() == PROJECT / "docs" / "mistakes" / "no_zero_grad.md"
    monkeypatch.setattr("nn.doctor.report.PROJECT", tmp_path)
    assert not list(displayed(finding("no_zero_grad", "")).iter("a"))
    assert tables(finding("no_zero_grad", ""))[0][-1] == ["see", "docs/mistakes/no_zero_grad.md"]
