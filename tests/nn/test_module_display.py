"""What a notebook shows of modules and their summary: the tree, what each module holds, and the totals."""

import time

import autograd
import nn
from tests.displayed import HOSTILE, SHOWN, displayed, notes, tables, texts

HEAD = ["module", "class", "parameters and buffers", "numbers", "trainable"]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(autograd.ones(2))
        self.body = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.ReLU())
        self.again = self.body


def test_a_module_is_a_table_of_all_modules_below_it():
    net = Net()
    net.body[0].weight.requires_grad_(False)
    net.body[1].requires_grad_(False)
    norm = "BatchNorm1d(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)"
    held = "weight (2,)\nbias (2,)\nrunning_mean (2,), buffer\nrunning_var (2,), buffer\nnum_batches_tracked (), buffer"
    assert tables(net) == [[
        HEAD,
        ["", "Net", "gain (2,)", "2", "yes"],
        ["body", "Sequential", "", "", ""],
        ["    0", "Linear(in_features=3, out_features=2, bias=True)", "weight (2, 3)\nbias (2,)", "8", "in part"],
        ["    1", norm, held, "4", "no"],
        ["    2", "ReLU", "", "", ""],
        ["again", "Sequential, the same as body", "", "", ""],
    ]]  # fmt: skip
    assert notes(net) == ["14 parameters, 4 of them trainable: 56 bytes; buffers: 24 bytes; in training mode"]


def test_a_module_without_modules_and_parameters_is_one_row():
    assert tables(nn.Dropout(0.25).eval()) == [[HEAD, ["", "Dropout(p=0.25, inplace=False)", "", "", ""]]]
    assert notes(nn.ReLU().eval()) == ["0 parameters, 0 of them trainable: 0 bytes; in evaluation mode"]


def test_what_a_lazy_layer_does_not_know_yet_is_said():
    net = nn.Sequential(nn.Linear(2, 3), nn.LazyLinear(4))
    unknown = "weight of a shape not known yet\nbias of a shape not known yet"
    assert tables(net)[0][3][2:] == [unknown, "0 and more", "yes"]
    assert notes(net) == ["9 and more parameters, 9 and more of them trainable: 36 bytes; in training mode"]
    net(autograd.ones(1, 2))
    assert tables(net)[0][3][2:] == ["weight (4, 3)\nbias (4,)", "16", "yes"]


def test_in_a_large_tree_modules_with_modules_can_be_opened_and_closed():
    block = [nn.Sequential(*(nn.Linear(1, 1) for _ in range(3))) for _ in range(10)]
    net = nn.Sequential(*block, nn.Linear(2, 2), nn.ReLU())
    root = displayed(net)
    assert texts(root, "details/summary") == ["Sequential of 42 modules, 66 parameters"]
    folds = root.findall("details/details")
    assert texts(root, "details/details/summary") == [f"{i}: Sequential of 3 modules, 6 parameters" for i in range(10)]
    assert root.find("details").get("open") == "open"
    assert not any(fold.get("open") for fold in folds)
    assert [len(list(fold.iter("tr"))) for fold in folds] == [5] * 10
    assert [table[1][:2] for table in tables(net)[-1:]] == [["10", "Linear(in_features=2, out_features=2, bias=True)"]]


def test_an_only_child_is_open():
    net = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 1, 4), 4)
    state = [fold.get("open") for fold in displayed(net).iter("details")]
    assert state == ["open", "open", None, None, None, None]


def test_many_small_modules_are_one_fold_and_shown_at_once():
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(1000)))
    start = time.perf_counter()
    root = displayed(net)
    assert time.perf_counter() - start < 2
    assert texts(root, "details/details/summary") == ["0 to 999: 1,000 modules"]
    assert len(list(root.iter("tr"))) == 1001


def test_hostile_names_of_modules_and_settings_are_text():
    class Odd(nn.Module):
        def extra_repr(self):
            return HOSTILE

    net = nn.Sequential()
    net.add_module(HOSTILE.replace(".", ""), Odd())
    net.register_buffer(f"buffer {HOSTILE}", autograd.ones(1))
    first, second = tables(net)[0][1:]
    assert first[2] == f"buffer {SHOWN} (1,), buffer"
    assert second[0] == SHOWN
    assert second[1].startswith("Odd(<script>alert(1)</script>")


def test_to_be_shown_changes_no_module():
    net = Net()
    before, state = repr(net), {name: value.clone() for name, value in net.state_dict().items()}
    net._repr_html_()
    assert repr(net) == before
    assert net.training
    assert all(autograd.equal(value, state[name]) for name, value in net.state_dict().items())


def test_a_summary_shows_the_rows_and_totals_that_it_prints():
    summary = nn.summary(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.ReLU()), autograd.ones(4, 3))
    head, *rows = tables(summary)[0]
    printed = str(summary).splitlines()
    assert [" ".join(line).split() for line in (head, *rows)] == [line.split() for line in (printed[0], *printed[2:6])]
    assert notes(summary) == ["\n".join(printed[7:])]
