"""The doctor finds each mistake that does not crash, and names it, and nothing else; the report can be acted upon."""

import os
import re
import warnings

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.data import TensorDataset, datasets
from nn.train import Trainer, doctor
from tests.doctored import classify, endless, fit, line, moons
from tests.nn.doctor import pitfalls

CODES = [
    "no_zero_grad", "no_grad", "softmax_before_loss", "loss_broadcast", "train_mode_in_eval", "eval_mode_in_training",
    "no_gradient", "not_moved", "foreign_parameters", "unregistered", "lr_too_high", "lr_too_low", "dead_relu",
    "vanishing_gradients", "exploding_gradients", "saturated", "symmetric_init", "zero_init", "inputs_not_normalised",
    "constant_labels", "shuffled_labels", "scheduler_first", "graph_kept_alive", "data_leak", "bad_optimizer_order",
    "softmax_of_one", "softmax_over_batch", "not_log_probabilities", "relu_before_loss", "targets_out_of_range",
    "several_labels",
    "validation_scale", "class_order",
    "batches_of_one_class", "targets_too_large", "linear_into_linear", "dropout_too_high",
    "wrong_sign", "zero_gradients", "schedule_too_fast", "clip_after_step", "weight_decay_too_high", "optimizer_remade",
    "dropout_in_eval", "samples_mixed",
    "padding_counted", "last_step_is_padding",
    "batch_norm_momentum", "dropout_after_last_layer",
]  # fmt: skip

SEEDS = [int(seed) for seed in os.environ.get("DOCTOR_SEEDS", "0").split()]  # more take minutes: make doctor
WRONG, RIGHT = pitfalls.programs()

# What the finding of a program has to name, as regular expressions: the layer, the count, the line.
NAMED = {
    "no_zero_grad": [r"\b(199|200)\b"],
    "softmax_before_loss": [r"softmax|sigmoid"],
    "softmax_before_loss__binary": [r"sigmoid"],
    "loss_broadcast": [r"20, 1\b", r"20, 20\b"],
    "loss_broadcast__column": [r"20, 1\b", r"20, 20\b"],
    "train_mode_in_eval": [r"Dropout"],
    "train_mode_in_eval, form 2": [r"BatchNorm"],
    "eval_mode_in_training": [r"Dropout"],
    "no_gradient": [r"body\.weight"],
    "no_gradient__unused": [r"second\.weight"],
    "not_moved": [r"\b0\.weight"],
    "foreign_parameters": [r"\b4\b"],
    "unregistered": [r"layers"],
    "unregistered__dict": [r"layers"],
    "unregistered__parameters": [r"weights"],
    "softmax_of_one": [r"softmax at \S+:24", r"\(20, 1\)"],
    "softmax_over_batch": [r"log_softmax at \S+:18", r"sum to 1 over the batch, and to 0\.\d+ over the classes"],
    "not_log_probabilities": [r"nll_loss at \S+:19", r"between -\d"],
    "relu_before_loss": [r"cross_entropy at \S+:22", r"relu at \S+:22"],
    "targets_out_of_range": [r"between -\d\S+ and \d", r"\d\d% of them", r"sigmoid"],
    "targets_out_of_range__logits": [r"between -1 and 1, \d\d% of them"],
    "several_labels": [r"\d\d% of the samples have several labels \(targets \(20, 4\)\)"],
    "validation_scale": [r"between 0 and 1 in training, and between 0 and 255 in validation, at \S+:29"],
    "validation_scale, form 2": [r"between 0 and 1 in training, and between -1 and 1 in validation"],
    "validation_scale__table": [r"[34] of 4 columns .* column \d is \S+ ± \S+ in training, and \S+ ± \S+ in valid"],
    "class_order": [r"of 50 validation samples \d+% are right", r"if the classes are numbered anew: 0 as 2, 2 as 0"],
    "class_order__from_one": [r"0 as 1, 1 as 2, 2 as 3"],
    "data_leak__training_loader": [r"140 of 140 samples .*:36 are training samples"],
    "batches_of_one_class": [r"1\d of the 1\d batches", r"\d\d% of the samples"],
    "targets_too_large": [r"the targets are \S+e\+05 ± \S+e\+05", r"standardise"],
    "targets_too_large__absolute": [r"the targets are [34]\S+e\+04 ± "],
    "linear_into_linear": [r"first\.weight \(2 to 16\) goes straight into second\.weight", r"2 of the 2 hidden"],
    "linear_into_linear__curve": [r"0\.weight \(1 to 32\) goes straight into 1\.weight", r"the only hidden layer"],
    "dropout_too_high": [r"Dropout 2 has p=0\.9", r"\d\d% of that of a constant answer"],
    "dropout_too_high__function": [r"dropout at \S+:21 leaves out 85%"],
    "vanishing_gradients__few_sigmoids": [r"3 layers of sigmoid"],
    "dropout_in_eval": [r"differ by up to \d\S+, for outputs up to", r"dropout at \S+:17"],
    "samples_mixed": [r"a batch of 20", r"an LSTM at \S+:18"],
    "samples_mixed__view": [r"view or reshape at \S+:15"],
    "samples_mixed__softmax": [r": softmax at \S+:15"],
    "padding_counted": [r"4\d% of the targets at \S+:33 are 0", r"in 11 looks"],
    "last_step_is_padding": [r"layer at \S+:17 only step 30 is used", r"half of the sequences end by step [56]"],
    "batch_norm_momentum": [r"BatchNorm1d 1 has momentum=0\.99", r"of 20 samples"],
    "dropout_after_last_layer": [r"from the dropout at \S+:17, in 1\d looks: 50%"],
    "lr_too_high": [r"\b100\b"],
    "lr_too_high__log_of_zero": [r"\blog\b", r"lr_too_high__log_of_zero\.py:21"],
    "lr_too_high__root_of_zero": [r"\bsqrt\b", r"lr_too_high__root_of_zero\.py:18"],
    "lr_too_high__killed": [r"lr=0\.01, momentum=0\.9\)  # instead of lr=5; with momentum", r"rose from 2\.\d+ to \d"],
    "lr_too_high__killed, form 2": [r"lr=0\.1\)  # instead of lr=2$"],
    "lr_too_low": [r"1e-0?9"],
    "lr_too_low__slow": [r"lr=0\.1\)  # instead of lr=0\.001", r"570 steps of about 0\.0001 times"],
    "dead_relu": [r"16 of 16"],
    "dead_relu__most": [r"12 of 16"],
    "dead_relu__killed": [r"64 of 64 units \(9 at the start\)"],
    "vanishing_gradients": [r"\b0\b"],
    "saturated": [r"Tanh|tanh", r"%"],
    "saturated__by_training": [r"Sigmoid 3: 100% .*\(0% at the start\)"],
    "saturated, form 2": [r"Sigmoid|sigmoid", r"%"],
    "symmetric_init": [r"\b0\b"],
    "inputs_not_normalised": [r"\b255\b"],
    "constant_labels": [r"\b0\b"],
    "shuffled_labels": [r"0\.69"],
    "wrong_sign": [r"minus sign", r"from -0\.\d+ to -\d"],
    "wrong_sign__score": [r"grows with the product of output and target", r"from 0\.\d+ to 0\.\d+", r"of -0\.\d+\)"],
    "wrong_sign__maximize": [r"maximize=True"],
    "wrong_sign__difference": [r"no lowest value"],
    "zero_gradients": [r"11 of 11 looks", r"round at \S+:20"],
    "schedule_too_fast": [r"StepLR", r"by step 16 of 200", r"from 0\.1 to"],
    "schedule_too_fast, form 4": [r"rose again 5 times"],
    "clip_after_step": [r"after 199 of 200 steps"],
    "weight_decay_too_high": [r"weight_decay=3\b"],
    "optimizer_remade": [r"20 optimizers \(Adam\)", r"for 10 steps"],
    "data_leak": [r"\b40\b"],
    "data_leak__seen": [r"\b\d+ of (the )?60\b"],
}


def diagnosis(path, source):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of some mistakes at once
        return pitfalls.run(path, source)["report"]


def ids(programs):
    return [name for name, _, _ in programs]


def test_every_code_has_its_pitfall():
    assert {pitfalls.code(path) for path in pitfalls.FILES} == set(CODES)
    assert set(NAMED) <= {name for name, _, _ in WRONG}


@pytest.mark.parametrize(("name", "path", "source"), WRONG, ids=ids(WRONG))
def test_a_mended_program_differs_from_the_wrong_one_by_the_fix_only(name, path, source):
    right = pitfalls.mended(source)
    assert "# mistake" not in right
    assert "# fix" not in right
    changed = [line for line, other in zip(source.splitlines(), right.splitlines(), strict=True) if line != other]
    assert 1 <= len(changed) <= 4


@pytest.mark.parametrize(("name", "path", "source"), WRONG, ids=ids(WRONG))
def test_a_mistake_gets_its_own_diagnosis_and_no_other(name, path, source):
    report = diagnosis(path, source)
    assert report.codes == [pitfalls.code(path)], str(report)
    assert not report.healthy
    (finding,) = report.findings
    assert finding.code == pitfalls.code(path)
    assert re.search(r"\d", finding.evidence), "evidence has numbers"
    assert all(isinstance(text, str) and text.strip() for text in finding_texts(finding))
    assert finding.fix.count("\n") == 0, "the fix is a line"
    told = "\n".join(finding_texts(finding))
    for pattern in NAMED.get(name, []):
        assert re.search(pattern, told), f"{pattern!r} is not in\n{told}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("name", "path", "source"), RIGHT, ids=ids(RIGHT))
def test_the_mended_program_is_healthy(name, path, source, seed):
    report = pitfalls.run(path, source.replace("manual_seed(0)", f"manual_seed({seed})"))["report"]
    assert report.codes == [], str(report)
    assert report.healthy
    assert report.findings == []


@pytest.mark.parametrize("stem", ["loss_broadcast", "dead_relu__most", "lr_too_high", "data_leak__seen"])
def test_the_same_program_gets_the_same_report(stem):
    name, path, source = next(program for program in WRONG if program[0] == stem)
    assert str(diagnosis(path, source)) == str(diagnosis(path, source))


def finding_texts(finding):
    return finding.title, finding.evidence, finding.cause, finding.fix


# Several mistakes at once.


def test_two_mistakes_get_two_findings():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        total = 0
        for _, (x, y) in zip(range(100), moons()):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss
    assert sorted(report.codes) == ["graph_kept_alive", "softmax_before_loss"], str(report)
    assert [finding.code for finding in report.findings] == report.codes


def test_what_stops_all_learning_comes_first():
    """A second softmax hurts less than an optimizer that moves another model."""
    autograd.manual_seed(0)
    net, other = nn.MLP(2, [16, 2]), nn.MLP(2, [16, 2])
    optimizer = optim.SGD(other.parameters(), lr=0.1)
    with doctor(net, optimizer) as report:
        for _, (x, y) in zip(range(100), moons()):
            net.zero_grad()
            F.cross_entropy(net(x).softmax(1), y).backward()
            optimizer.step()
    assert report.codes == ["foreign_parameters", "softmax_before_loss"], str(report)


# What could not be checked is said.


def unchecked(report, code):
    return [line for line in report.unchecked if line.startswith(code)]


def test_a_loop_that_never_ran_is_told_to_be_unchecked():
    net = nn.MLP(2, [16, 2])
    with doctor(net, optim.SGD(net.parameters(), lr=0.1)) as report:
        pass
    assert report.codes == []
    assert unchecked(report, "loss_broadcast")
    assert unchecked(report, "data_leak")
    assert str(report)


def test_without_validation_there_is_no_word_on_leaks():
    autograd.manual_seed(0)
    report = classify(nn.MLP(2, [16, 2]))
    assert unchecked(report, "data_leak")
    assert not unchecked(report, "loss_broadcast")
    assert not unchecked(report, "softmax_before_loss")


def test_a_short_training_leaves_the_slow_mistakes_open():
    autograd.manual_seed(0)
    report = classify(nn.MLP(2, [16, 2]), steps=2)
    assert unchecked(report, "shuffled_labels")
    assert report.healthy


def test_what_is_unchecked_is_said_in_one_line_with_a_reason():
    autograd.manual_seed(0)
    for line_ in classify(nn.MLP(2, [16, 2]), steps=2).unchecked:
        code, _, reason = line_.partition(": ")
        assert code in CODES
        assert reason
        assert "\n" not in line_


# The report.


def mistaken():
    autograd.manual_seed(0)
    net = nn.MLP(2, [16, 2])
    return fit(net, lambda x, y: F.cross_entropy(net(x).softmax(1), y), moons())


def flat(text):
    """Text without its line breaks, which may stand anywhere."""
    return " ".join(str(text).split())


def test_the_report_prints_every_part_of_a_finding():
    report = mistaken()
    (finding,) = report.findings
    for text in finding_texts(finding):
        assert flat(text) in flat(report)
    assert "healthy" not in flat(report).lower()


def test_the_report_of_a_healthy_training_says_so_and_what_was_not_checked():
    autograd.manual_seed(0)
    report = classify(nn.MLP(2, [16, 2]))
    assert "healthy" in flat(report).lower()
    for line_ in report.unchecked:
        assert flat(line_) in flat(report)


def test_the_report_keeps_to_the_width_of_a_terminal_but_for_code():
    for report in mistaken(), classify(nn.MLP(2, [16, 2])):
        for row in str(report).splitlines():
            assert len(row) <= 120
            assert row == row.rstrip()


def test_it_prints_only_when_asked_to(capsys):
    autograd.manual_seed(0)
    report = classify(nn.MLP(2, [16, 2]))
    assert capsys.readouterr().out == ""
    report = classify(nn.MLP(2, [16, 2]), verbose=True)
    assert capsys.readouterr().out.strip() == str(report).strip()


# Beside a Trainer.


def trained(model, train, valid=None, loss=None, epochs=5, **options):
    autograd.manual_seed(0)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Trainer(doctor=True, progress=False).fit(
        model, train, valid, epochs, optimizer, loss or nn.CrossEntropyLoss(), **options
    )


def test_a_trainer_prints_the_report_at_the_end(capsys):
    trained(nn.MLP(2, [16, 2]), datasets.moons(200, noise=0.1))
    assert "healthy" in capsys.readouterr().out.lower()


@pytest.mark.parametrize("accumulate", [1, 4])
@pytest.mark.parametrize("options", [{}, {"clip_norm": 1.0}, {"l1": 1e-4, "l2": 1e-3}], ids=str)
def test_a_trainer_with_its_options_is_healthy(capsys, accumulate, options):
    autograd.manual_seed(0)
    x, y = line()
    net = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.Tanh(), nn.Dropout(0.1), nn.Linear(16, 1))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    trainer = Trainer(doctor=True, progress=False, accumulate=accumulate, **options)
    trainer.fit(net, (x[:150], y[:150]), (x[150:], y[150:]), 10, optimizer, nn.MSELoss(), batch_size=16)
    out = capsys.readouterr().out
    assert "healthy" in out.lower(), out


def test_a_trainer_tells_of_a_mistake(capsys):
    trained(nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1)), datasets.moons(200, noise=0.1))
    assert flat(mistaken().findings[0].title) in flat(capsys.readouterr().out)


def test_a_trainer_lets_the_doctor_see_the_validation_data(capsys):
    data = datasets.moons(200, noise=0.1)
    trained(nn.MLP(2, [16, 2]), data, TensorDataset(*data[:40]))
    assert "40 of 40" in flat(capsys.readouterr().out)


def test_a_trainer_reports_when_the_training_breaks(capsys):
    class Broken(nn.Module):
        def __init__(self):
            self.net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            if self.calls == 30:
                raise ZeroDivisionError
            return self.net(x)

    with pytest.raises(ZeroDivisionError):
        trained(Broken(), datasets.moons(200, noise=0.1), epochs=50)
    assert "softmax" in capsys.readouterr().out.lower()


# Any shape of batch.


@pytest.mark.parametrize("batch_size", [1, 2, 7, 200])
def test_a_softmax_is_found_in_batches_of_any_size(batch_size):
    autograd.manual_seed(0)
    net = nn.Sequential(nn.MLP(2, [16, 2]), nn.Softmax(dim=1))
    batches = endless(*datasets.moons(200, noise=0.1).tensors, batch_size=batch_size)
    assert classify(net, batches=batches).codes == ["softmax_before_loss"]
