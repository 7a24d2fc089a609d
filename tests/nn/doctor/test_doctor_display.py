"""What a notebook shows of the doctor's report: each finding with its evidence, cause and fix; and what is open."""

from nn.doctor import Report
from nn.doctor.report import MISTAKES, finding
from tests.displayed import HOSTILE, SHOWN, cells, displayed, notes, tables, texts


def test_each_finding_is_a_table_below_the_verdict():
    report = Report([finding("no_zero_grad", HOSTILE), finding("dead_relu", "12 of 16 units")], [], 200)
    assert notes(report) == ["2 mistakes found in 200 steps."]
    captions = texts(displayed(report), "table/caption")
    assert captions == ["Gradients are never cleared (no_zero_grad)", "Most units of a ReLU are dead (dead_relu)"]
    _, cause, fix = MISTAKES["no_zero_grad"]
    assert tables(report)[0] == [["evidence", SHOWN], ["cause", cause], ["fix", fix]]
    assert tables(report.findings[0]) == tables(report)[:1]
    assert displayed(report)[1].get("class") == "bad"


def test_without_findings_it_says_so_and_what_was_not_checked():
    report = Report([], ["data_leak: no validation data were seen; pass them: doctor(..., valid=loader)"], 1)
    assert notes(report) == [f"Healthy: checked 1 step for {len(MISTAKES) - 1} kinds of mistakes and found none."]
    assert displayed(report)[1].get("class") == "good"
    assert tables(report) == [[["data_leak", "no validation data were seen; pass them: doctor(..., valid=loader)"]]]
    assert texts(displayed(report), "table/caption") == ["Not checked"]
    assert str(report).startswith(notes(report)[0])
    assert not tables(Report())


def test_every_fix_is_code_as_it_is_to_be_typed():
    for code, (_, _, fix) in MISTAKES.items():
        assert texts(displayed(finding(code, "")), "table/tbody/tr/td/pre") == [fix]
        assert len(cells(finding(code, ""), "wrap")) == 2
