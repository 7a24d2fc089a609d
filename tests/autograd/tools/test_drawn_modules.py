"""Networks as pictures: modules as boxes in boxes, what repeats itself folded, and graphs of any size."""

import re
import time

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, draw
from autograd.tools.blocks import repetitions
from autograd.tools.drawing import FULL, HUGE


def headings(drawing):
    """The titles of the boxes around ops, with what is said beside them."""
    found = re.findall(r'fillcolor="#f3f2ed" label=<(.*?)> labeljust', drawing.source)
    return [re.sub(r"<[^>]*>", "", heading).replace("&nbsp;", " ").strip() for heading in found]


def titles(drawing):
    return [re.sub(r"  .*", "", heading) for heading in headings(drawing)]


def ops(drawing, op):
    return len(re.findall(rf"<b>{op}</b>", drawing.source))


def encoder(layers):
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return nn.TransformerEncoder(layer, layers), autograd.randn(2, 3, 8)


# Modules.


def test_a_module_is_a_box_around_its_ops():
    net = nn.MLP(2, [3, 3, 1])
    drawing = draw(net(autograd.ones(4, 2)).sum(), net=net)
    (heading,) = headings(drawing)
    assert heading.startswith("MLP")
    assert "25 parameters" in heading
    assert "<i>net.2</i>" in drawing.source  # a layer of one op has no box, but its name beside the op


def test_modules_are_nested_as_their_calls_were():
    net, x = encoder(1)
    drawing = draw(net(x).sum(), net=net)
    assert titles(drawing)[:3] == ["TransformerEncoder", "TransformerEncoderLayer", "MultiheadAttention"]
    depth, deepest = 0, {}
    for line in drawing.source.splitlines():
        depth += line.rstrip().endswith("{") - (line.strip() == "}")
        for name in ("softmax", "standardize"):
            if f"<b>{name}</b>" in line:
                deepest[name] = depth
    assert deepest["softmax"] >= 4  # digraph, encoder, layer, attention


def test_without_a_module_there_are_no_boxes():
    net = nn.MLP(2, [3, 1])
    assert not headings(draw(net(autograd.ones(4, 2)).sum()))


def test_a_module_called_twice_has_two_boxes():
    cell = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    drawing = draw(cell(cell(autograd.ones(1, 2)).exp()).sum(), cell=cell)
    assert titles(drawing) == ["Sequential", "Sequential"]
    ends = [line for line in drawing.source.splitlines() if "<b>exp</b>" in line]
    assert len(ends) == 1


def test_a_penalty_on_the_weights_is_no_call_of_their_module():
    net = nn.MLP(2, [3, 1])
    loss = net(autograd.ones(4, 2)).sum() + sum((p * p).sum() for p in net.parameters())
    assert titles(draw(loss, net=net)) == ["MLP"]


def test_a_watched_forward_tells_what_modules_without_parameters_did():
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.Softplus(), nn.Tanh()), nn.Linear(3, 1))
    x = autograd.ones(1, 2)
    assert titles(draw(net(x).sum(), net=net)) == ["Sequential"]
    watched = draw(lambda: net(x).sum(), net=net)
    assert titles(watched) == ["Sequential", "Sequential"]
    assert "<i>net.1.0</i>" in watched.source
    assert not net._forward_hooks
    assert not net[1]._forward_pre_hooks


def test_hooks_are_taken_away_from_a_watched_forward_that_fails():
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1))
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        draw(lambda: net(autograd.ones(1, 2)), net=net)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


def test_a_forward_pass_that_nobody_draws_leaves_no_trace():
    net = nn.MLP(2, [3, 1])
    before = {name: dict(vars(module)) for name, module in net.named_modules()}
    net(autograd.ones(1, 2))
    assert {name: dict(vars(module)) for name, module in net.named_modules()} == before


def test_depth_says_how_far_modules_are_opened():
    net, x = encoder(1)
    loss = net(x).sum()
    closed = draw(loss, net=net, depth=0)
    assert not headings(closed)
    assert "<b>TransformerEncoder</b>" in closed.source
    assert f"{sum(p.numel() for p in net.parameters()):,} parameters" in closed.source
    assert titles(draw(loss, net=net, depth=1)) == ["TransformerEncoder"]
    half = draw(loss, net=net, depth=2)
    assert titles(half) == ["TransformerEncoder", "TransformerEncoderLayer"]
    assert "<b>MultiheadAttention</b>" in half.source


def test_a_closed_module_is_joined_to_what_goes_in_and_out():
    net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    x = autograd.ones(1, 2, requires_grad=True)
    source = draw(net(x.exp()).cos(), net=net, depth=0, values=False).source
    edges = re.findall(r"(\w+) -> (\w+)", source)
    name = {op: re.search(rf"(\w+) \[label=<.*<b>{op}</b>", source)[1] for op in ("exp", "Sequential", "cos")}
    assert edges == [(name["exp"], name["Sequential"]), (name["Sequential"], name["cos"])]


def test_a_named_input_without_gradient_is_joined_to_what_reads_it_once():
    net = nn.Linear(2, 3)
    x = autograd.ones(1, 2)
    both = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    loss = net(x).sum() + both(x).sum()
    source = draw(loss, net=net, both=both, x=x, depth=0, values=False).source
    assert source.count("<b>x</b>") == 1
    assert len(re.findall(r"data_\d+ -> ", source)) == 2


def test_parameters_and_saved_bytes_are_told():
    net = nn.Linear(3, 4)
    x = autograd.ones(10, 3)
    source = draw(net(x).relu().sum(), net=net, values=False).source
    assert "[4, 3] 12" in source
    assert "saves 120 B" in source  # x, for the gradient of the weight; the weight is there anyway
    assert "saves 160 B" in source  # relu's result


def test_a_gradient_in_a_compact_picture_is_a_number_or_not_yet():
    net = nn.Linear(3, 1)
    out = net(autograd.ones(1, 3)).sum()
    assert draw(out, net=net, values=False).source.count("not yet") == 2
    out.backward()
    source = draw(out, net=net, values=False).source
    assert "not yet" not in source
    assert "norm 1.73" in source


# Folding.


def test_layers_that_are_alike_are_folded():
    net = nn.MLP(8, [8] * 12, activation=nn.ReLU)
    drawing = draw(net(autograd.ones(1, 8)).sum(), net=net)
    assert "Linear + relu × 11" in " ".join(headings(drawing))
    assert ops(drawing, "linear") == 2
    assert "folded into" in drawing.source
    assert "Linear + ReLU × 11" in draw(lambda: net(autograd.ones(1, 8)).sum(), net=net).source


def test_a_fold_begins_where_a_layer_does():
    net = nn.MLP(3, [*[8] * 12, 2], activation=nn.ReLU)
    assert "Linear + relu × 11" in " ".join(headings(draw(net(autograd.ones(1, 3)).sum(), net=net)))


def test_modules_that_are_alike_are_folded_whole():
    net, x = encoder(6)
    drawing = draw(net(x).sum(), net=net)
    assert titles(drawing)[:3] == ["TransformerEncoder", "TransformerEncoderLayer × 6", "MultiheadAttention"]
    assert "net.layers.0 … net.layers.5" in drawing.source


def test_nothing_is_folded_if_that_is_not_wanted_or_not_needed():
    net = nn.MLP(8, [8] * 12, activation=nn.ReLU)
    out = net(autograd.ones(1, 8)).sum()
    assert ops(draw(out, net=net, fold=False), "linear") == 12
    few = nn.MLP(8, [8] * 5, activation=nn.ReLU)
    drawing = draw(few(autograd.ones(1, 8)).sum(), net=few)
    assert ops(drawing, "linear") == 5
    assert "folded" not in drawing.source


@pytest.mark.parametrize(
    ("sequence", "cut"),
    [
        ("", ""),
        ("abc", "a b c"),
        ("aab", "a a b"),
        ("aaab", "3a b"),
        ("xababab", "x 3ab"),
        ("abababa", "3ab a"),
        ("abcabcabcabd", "3abc a b d"),
        ("aaabaaabaaab", "3aaab"),
    ],
)
def test_what_is_repeated_three_times_or_more_is_found(sequence, cut):
    found = repetitions(np.array([ord(c) for c in sequence]), [False] * len(sequence))
    words = [f"{times if times > 1 else ''}{sequence[start : start + period]}" for start, period, times in found]
    assert " ".join(words) == cut
    assert sum(period * times for _, period, times in found) == len(sequence)


def test_above_2000_nodes_a_graph_is_folded_in_any_case():
    y = x = Value(0.5)
    for _ in range(1500):
        y = (y * x).sin()
    drawing = draw(y, fold=False)
    assert "sin + mul × 1,499" in " ".join(titles(drawing))
    assert "3,000 ops and 1 leaf, folded into" in drawing.source


def test_a_network_that_is_long_is_opened_as_far_as_it_stays_legible():
    blocks = [nn.Sequential(nn.Linear(4 + i, 5 + i), nn.Tanh(), nn.Linear(5 + i, 5 + i)) for i in range(40)]
    net = nn.Sequential(*blocks)
    drawing = draw(net(autograd.ones(1, 4)).sum(), net=net)
    assert ops(drawing, "linear") == 0
    assert ops(drawing, "Sequential") == 41


def test_a_million_nodes_are_summed_up_within_seconds():
    y = x = Value(0.5)
    for _ in range(500_000):
        y = (y * x).sin()
    start = time.perf_counter()
    drawing = draw(y)
    assert time.perf_counter() - start < 20  # 1.5 s on an idle machine
    assert repr(drawing) == "<drawing of 1,000,000 ops and 1 leaf>"
    assert f"more than {HUGE:,}" in drawing.source
    assert len(drawing.source) < 5000


def test_up_to_16_ops_every_value_has_a_box():
    y = autograd.ones(2, requires_grad=True)
    for _ in range(FULL):
        y = y.tanh()
    assert "v1_op" in draw(y).source
    assert "v1_op" not in draw(y.tanh()).source
    assert "v1_op" in draw(y.tanh(), values=True).source
    assert "v1_op" not in draw(y, values=False).source
