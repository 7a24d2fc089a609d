"""What a notebook shows of a training: its history, its metrics, and what `evaluate` gives."""

import json
import math
import time

import numpy as np
import pytest

import nn
from autograd import tensor
from nn.train import R2, Accuracy, ConfusionMatrix, History, Metric, PrecisionRecall, evaluate
from tests.displayed import HOSTILE, SHOWN, cells, displayed, notes, tables, texts

NAN = float("nan")


def counted(metric, truth=(0, 0, 0, 1), read=(0, 0, 1, 1)):
    metric.update(tensor(np.eye(2)[list(read)]), tensor(list(truth)))
    return metric


# -- history ----------------------------------------------------------------------------------------------------------


def run(losses, valid=()):
    rows = [{"epoch": i, "loss": loss, "recall[0]": 1.0} for i, loss in enumerate(losses, 1)]
    for row, figure in zip(rows, valid, strict=False):
        row["valid_loss"] = figure
    return History(rows)


def test_a_history_shows_its_last_rows_and_marks_the_best():
    history = run(range(30, 0, -1), [7, 3, *range(5, 33)])
    head, *rows = tables(history)[0]
    assert head == ["epoch", "loss", "valid_loss"]
    assert rows == [["2", "29", "3"], *([str(i), str(31 - i), str(i + 2)] for i in range(21, 31))]
    assert cells(history, "good") == ["2", "29", "3"]
    assert notes(history) == ["11 of 30 rows; the lowest valid_loss, 3, is in the marked row"]


def test_a_short_history_shows_all_rows_and_prints_the_same():
    history = run([3.0, 1.0, 2.0])
    assert tables(history)[0] == [line.split() for line in str(history).splitlines()]
    assert notes(history) == ["the lowest loss, 1, is in the marked row"]


@pytest.mark.parametrize("rows", [[], [{}], [{"x": 1}], [{"loss": None}], [{"loss": NAN}, {"loss": math.inf}]], ids=str)
def test_a_history_without_a_loss_has_no_curve_and_no_best_row(rows):
    history = History(rows)
    root = displayed(history)
    assert root.find("svg") is None
    assert not cells(history, "good")
    assert notes(history) == ([] if rows else ["a history without a row yet"])


def test_nan_and_infinite_losses_are_marked_and_gaps_in_the_curve():
    history = run([4.0, 3.0, NAN, 1.0, math.inf, None, 2.0, 1.5, 1e300])
    assert cells(history, "bad") == ["nan", "inf"]
    lines = [len(line.get("points").split()) for line in displayed(history).iter("polyline")]
    assert lines == [2, 2]
    assert len(list(displayed(history).iter("circle"))) == 1


def test_the_curve_goes_from_the_largest_value_to_the_smallest_and_is_told_in_words():
    root = displayed(run([100.0, 10.0, 1.0]))
    (x0, y0), (x1, y1), (x2, y2) = [map(float, p.split(",")) for p in root.find("svg/polyline").get("points").split()]
    assert x1 - x0 == x2 - x1 > 0
    assert y1 - y0 == pytest.approx(y2 - y1, abs=0.2)
    assert root.find("svg").get("aria-label") == "loss: between 1 and 100, logarithmic"
    assert texts(root, "svg/text") == ["loss", "100", "1", "epoch 1", "epoch 3"]
    level = displayed(run([1.0, 1.0], [-1.0, 2.0])).findall("svg/polyline")
    assert [line.get("stroke-dasharray") for line in level] == ["none", "6 3"]


def test_a_long_history_is_a_short_page():
    history = run([math.exp(-i / 1e4) for i in range(100_000)])
    start = time.perf_counter()
    page = history._repr_html_()
    assert time.perf_counter() - start < 5
    assert len(page) < 20_000


def test_names_and_epochs_of_a_history_are_text():
    history = History([{HOSTILE: 1, "loss": 2.0, "epoch": HOSTILE}] * 2)
    assert SHOWN in tables(history)[0][0]
    assert f"epoch {SHOWN}" in texts(displayed(history), "svg/text")


# -- metrics ----------------------------------------------------------------------------------------------------------


def test_a_confusion_matrix_is_tinted_by_the_shares_of_its_rows():
    metric = counted(ConfusionMatrix(["cat", HOSTILE]))
    assert tables(metric) == [[
        ["true \\ predicted", "cat", SHOWN, "right"], ["cat", "2", "1", "66.7%"], [SHOWN, "0", "1", "100.0%"],
    ]]  # fmt: skip
    found = [(cell.get("style"), cell.get("title")) for cell in displayed(metric).iter("td") if cell.get("title")]
    name = SHOWN.replace("\n", " ")  # as XML reads attributes
    assert found == [
        ("background: rgba(66, 133, 244, 0.40)", "66.7% of cat, taken for cat"),
        ("background: rgba(66, 133, 244, 0.20)", f"33.3% of cat, taken for {name}"),
        (None, f"0.0% of {name}, taken for cat"),
        ("background: rgba(66, 133, 244, 0.60)", f"100.0% of {name}, taken for {name}"),
    ]


def test_a_class_without_samples_has_no_share():
    assert tables(ConfusionMatrix(["a"])) == [[["true \\ predicted", "a", "right"], ["a", "0", ""]]]
    assert notes(History([])) == ["a history without a row yet"]


def test_of_many_classes_the_most_frequent_mistakes_are_shown():
    metric = ConfusionMatrix()
    metric.matrix = np.eye(1000, dtype=np.int64) * 5
    metric.matrix[3, 7], metric.matrix[8, 2] = 2, 40
    assert tables(metric) == [[["true", "predicted", "times"], ["8", "2", "40"], ["3", "7", "2"]]]
    caption = "confusion: 1,000 classes; the 2 most frequent of 2 kinds of mistakes"
    assert texts(displayed(metric), "table/caption") == [caption]


def test_precision_and_recall_are_a_report_by_class():
    metric = counted(PrecisionRecall(["cat", HOSTILE]))
    means, report = tables(metric)
    assert means == [["precision", "recall"], ["0.7500", "0.8333"]]
    assert report == [["class", "precision", "recall"], ["cat", "1.0000", "0.6667"], [SHOWN, "0.5000", "1.0000"]]
    never = counted(PrecisionRecall(["a", "b", "c"]))
    assert cells(never, "bad") == ["nan", "nan"]


def test_a_metric_before_the_first_batch_shows_nan():
    for metric in Accuracy(), R2():
        assert cells(metric, "bad") == ["nan"]


def test_a_metric_that_cannot_compute_yet_says_so():
    class Ratio(Metric):
        def reset(self):
            self.total = 0

        def compute(self):
            return {"ratio": 1 / self.total}

    assert notes(Ratio()) == ["Ratio has no figures: ZeroDivisionError: division by zero"]
    assert notes(type("None_", (Ratio,), {"compute": lambda self: {}})()) == ["no figure"]


def test_evaluate_gives_a_dict_that_a_notebook_shows_as_tables():
    data = (tensor(np.eye(2)).float(), tensor([0, 1]))
    metrics = [Accuracy(), PrecisionRecall(), ConfusionMatrix()]
    figures = evaluate(nn.Identity(), data, nn.CrossEntropyLoss(), metrics)
    assert isinstance(figures, dict)
    assert repr(figures) == repr(dict(figures)) == repr({**figures})
    assert json.loads(json.dumps(figures)) == figures
    single, report, confusion = tables(figures)
    assert single[0] == ["loss", "accuracy", "precision", "recall"]
    assert [row[0] for row in report] == ["class", "0", "1"]
    assert [len(row) for row in confusion] == [4] * 3


def test_other_figures_stand_as_they_are():
    class Odd(Metric):
        def reset(self):
            pass

        def compute(self):
            return {"words": HOSTILE, "list": [1, 2], "rows": [[1, 2]], "a[b": 2, "none": None, "x[0]": "text"}

    assert tables(Odd()) == [[
        ["words", "list", "rows", "a[b", "none", "x[0]"], [SHOWN, "[1, 2]", "[[1, 2]]", "2", "None", "text"],
    ]]  # fmt: skip
