"""The bar of a training in a notebook: one display, updated now and then, which tells how training ended."""

import re
import sys
from types import ModuleType

import pytest

import nn
from nn import notebook_bar, optim
from nn.data import DataLoader, IterableDataset
from nn.train import Callback, Checkpoints, EarlyStopping, Interrupted, Trainer
from nn.train.metrics import Accuracy
from tests.displayed import HOSTILE
from tests.nn.notebooks import ZMQInteractiveShell, as_in_a_notebook
from tests.nn.train.test_trainer import X, Y, parts


@pytest.fixture(autouse=True)
def output(monkeypatch):
    return as_in_a_notebook(monkeypatch)


class At(Callback):
    """Does something after a number of steps."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_batch_end(self, run):
        if run.step == self.step:
            self.act()

    def status(self):
        return "<b>I'm watching</b>"


def interrupt(*_):
    raise KeyboardInterrupt


def fit(*callbacks, epochs=3, data=(X, Y), out=None, **options):
    net, optimizer, loss = parts()
    Trainer(out, callbacks=callbacks).fit(net, data, (X, Y), epochs, optimizer, loss, **options)


def width(html):
    return float(re.search(r'style="width: ([\d.]+)%', html)[1])


def test_training_is_one_display_and_prints_nothing(output, capsys):
    fit()
    assert len(output.displays) == 1
    first, *_, last = output.displays[0]
    assert (width(first), width(last)) == (0, 100)
    assert "epoch 3/3" in last
    assert "valid loss" in last
    assert "left" not in last.partition("</style>")[2]
    assert output.texts[0].startswith("epoch 3/3  100%  0:0")
    assert capsys.readouterr() == ("", "")


def test_it_is_updated_a_few_times_a_second_however_short_the_epochs(output, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(notebook_bar, "perf_counter", lambda: now[0])

    class Clock(Callback):
        def on_batch_end(self, run):
            now[0] += 0.01

    fit(Clock(), epochs=100, batch_size=len(X))  # one second
    assert 5 <= len(output.displays[0]) <= 8
    assert "0:01" in output.displays[0][-1]


def test_the_time_that_is_left_follows_from_the_speed_since_the_start(monkeypatch, output):
    now = [0.0]
    monkeypatch.setattr(notebook_bar, "perf_counter", lambda: now[0])
    bar = notebook_bar.NotebookBar()
    bar.show("epoch 5/10", 0.5)  # resumed: this half took no time here
    now[0] = 60.0
    bar.show("epoch 6/10", 0.6)
    assert "1:00, 4:00 left" in output.displays[0][-1]
    now[0] = 3725.0
    bar.show("epoch 10/10", 1.0, ended="good")
    assert "1:02:05</span>" in output.displays[0][-1]


def test_an_interrupt_is_told_and_a_second_training_has_its_own_bar(output, capsys):
    per_epoch = -(-len(X) // 4)
    with pytest.raises(KeyboardInterrupt):
        fit(At(per_epoch + 1, interrupt), batch_size=4)
    assert f"interrupted at epoch 2/3, after step {per_epoch + 1}" in output.displays[0][-1]
    assert width(output.displays[0][-1]) == pytest.approx(100 * (per_epoch + 1) / (3 * per_epoch), abs=0.1)
    fit(batch_size=4)
    assert len(output.displays) == 2
    assert "interrupted" not in output.displays[1][-1]
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_with_checkpoints_says_where_everything_is_saved(output, tmp_path):
    def stop():
        raise Interrupted("everything is saved in <there>")

    with pytest.raises(Interrupted):
        fit(At(1, stop), Checkpoints(), out=tmp_path)
    assert "everything is saved in &lt;there&gt;" in output.displays[0][-1]


def test_an_error_is_told_in_one_line(output):
    with pytest.raises(ZeroDivisionError):
        fit(At(1, lambda: 1 / 0))
    assert "stopped at epoch 1/3, after step 1: ZeroDivisionError: division by zero" in output.displays[0][-1]


def test_early_stopping_is_told(output):
    fit(EarlyStopping(patience=1, min_delta=1e9), epochs=9)
    assert "stopped after 2 of 9 epochs" in output.displays[0][-1]
    assert width(output.displays[0][-1]) == pytest.approx(100 * 2 / 9, abs=0.1)


def test_what_callbacks_and_figures_are_called_cannot_break_the_page(output):
    class Named(Callback):
        def on_epoch_end(self, run):
            run.row[HOSTILE] = 1.5

    fit(At(1, lambda: None), Named())
    assert "<script" not in output.displays[0][-1]
    assert "&lt;script&gt;" in output.displays[0][-1]
    assert "&lt;b&gt;I&#x27;m watching&lt;/b&gt;" in output.displays[0][-1]


def test_data_without_a_length_are_counted_in_epochs(output):
    class Endless(IterableDataset):
        def __iter__(self):
            return iter(zip(X, Y))

    fit(data=DataLoader(Endless(), batch_size=8))
    assert width(output.displays[0][-1]) == 100


def test_metrics_are_shown_as_on_a_terminal(output):
    net = nn.Linear(2, 2)
    optimizer, data = optim.SGD(net.parameters(), lr=0.1), (X[:, :2], (Y[:, 0] > 0).astype("int64"))
    Trainer(metrics=[Accuracy()]).fit(net, data, None, 1, optimizer, nn.CrossEntropyLoss())
    assert re.search(r"accuracy</span> <b>[\d.]+%</b>", output.displays[0][-1])


def test_the_report_of_the_doctor_is_displayed(output, capsys):
    net, optimizer, loss = parts()
    Trainer(doctor=True).fit(net, (X, Y), None, 1, optimizer, loss)
    assert len(output.displays) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("shell", [None, type("TerminalInteractiveShell", (), {})()])
def test_in_a_terminal_of_ipython_there_are_lines(shell, output, capsys):
    sys.modules["IPython"].get_ipython = lambda: shell
    fit()
    assert not output.displays
    assert capsys.readouterr().out.startswith("epoch 1/3")


def test_colab_counts_as_a_notebook_and_a_broken_ipython_does_not():
    sys.modules["IPython"].get_ipython = type("Shell", (ZMQInteractiveShell,), {})
    assert notebook_bar.in_notebook()
    sys.modules["IPython"] = ModuleType("IPython")
    assert not notebook_bar.in_notebook()
