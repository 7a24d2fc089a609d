"""Losses agree with torch in value, gradient and second derivative, also where a network is very sure."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn as torch_nn

import autograd
import nn
from nn import functional as F
from tests.oracle import OURS, agree, first_order, second_order, values_of
from tests.twins import same

CLASSES = 4
EXTREME = np.array([-1e4, -1e3, -50.0, -1.0, 0.0, 0.5, 50.0, 1e3, 1e4])


def functional(m):
    """The functions of networks that belong to the library `m`."""
    return F if m in (autograd, OURS) else torch_nn.functional


def hinge(m, x, y, reduction="mean"):
    """What hinge_loss is, in torch."""
    if m in (autograd, OURS):
        return F.hinge_loss(x, y, reduction)
    losses = torch.relu(1 - y * x)
    return losses if reduction == "none" else getattr(losses, reduction)()


def loss(name, **options):
    """A loss of two tensors as an expression of a library; arrays among the options become its tensors."""

    def expression(m, x, y, **more):
        given = {k: m.tensor(v, dtype=x.dtype) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        return getattr(functional(m), name)(x, y, **given, **more)

    return expression


def real(rng, shape):
    return rng.standard_normal(shape) * 2


def unit(rng, shape):
    return rng.uniform(0.2, 0.8, shape)  # torch's second derivative of binary cross-entropy adds 1e-12 to x (1 - x)


def signs(rng, shape):
    return rng.choice([-1.0, 1.0], shape)


def shares(rng, shape):
    """Probabilities that add up to 1 over the second axis, a few of them 0."""
    e = rng.exponential(size=shape) * (rng.random(shape) > 0.2)
    return e / (e.sum(min(1, len(shape) - 1), keepdims=True) + 1e-9) if shape else e


WEIGHT = np.array([0.5, 2.0, 0.0, 1.5])

COMPARING = {
    "mse": (loss("mse_loss"), real, real),
    "l1": (loss("l1_loss"), real, real),
    "smooth l1": (loss("smooth_l1_loss"), real, real),
    "smooth l1, beta 0.3": (loss("smooth_l1_loss", beta=0.3), real, real),
    "smooth l1, beta 0": (loss("smooth_l1_loss", beta=0.0), real, real),
    "huber": (loss("huber_loss"), real, real),
    "huber, delta 2.5": (loss("huber_loss", delta=2.5), real, real),
    "binary cross-entropy": (loss("binary_cross_entropy"), unit, unit),
    "binary cross-entropy of logits": (loss("binary_cross_entropy_with_logits"), real, unit),
    "Kullback-Leibler": (loss("kl_div"), real, shares),
    "Kullback-Leibler of logarithms": (loss("kl_div", log_target=True), real, real),
    "hinge": (hinge, real, signs),
}
WEIGHTED = {
    "binary cross-entropy": (loss("binary_cross_entropy", weight=WEIGHT), unit, unit),
    "of logits": (loss("binary_cross_entropy_with_logits", weight=WEIGHT), real, unit),
    "of logits, ones": (loss("binary_cross_entropy_with_logits", pos_weight=WEIGHT), real, unit),
    "of logits, both": (loss("binary_cross_entropy_with_logits", weight=WEIGHT, pos_weight=WEIGHT + 1), real, unit),
}
CHOOSING = {
    "cross-entropy": loss("cross_entropy"),
    "cross-entropy, weighted": loss("cross_entropy", weight=WEIGHT),
    "cross-entropy, ignoring": loss("cross_entropy", ignore_index=1),
    "cross-entropy, smoothed": loss("cross_entropy", label_smoothing=0.2),
    "cross-entropy, all": loss("cross_entropy", weight=WEIGHT, ignore_index=1, label_smoothing=0.2),
    "nll": loss("nll_loss"),
    "nll, weighted": loss("nll_loss", weight=WEIGHT),
    "nll, ignoring": loss("nll_loss", ignore_index=1),
    "nll, weighted and ignoring": loss("nll_loss", weight=WEIGHT, ignore_index=1),
}
REDUCTIONS = ["mean", "sum", "none"]


def both_orders(expression, arrays, dtype):
    agree(first_order, expression, arrays, dtype)
    if dtype == "float64":
        agree(second_order, expression, arrays, dtype)


# -- parity -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", COMPARING)
def test_losses_of_numbers_agree_with_torch(name, reduction, dtype):
    expression, draw, target = COMPARING[name]
    rng = np.random.default_rng(0)
    for shape in [(5, CLASSES), (7,), (), (2, 3, 1, 2)]:
        arrays = [draw(rng, shape), target(rng, shape)]
        both_orders(lambda m, x, y: expression(m, x, y, reduction=reduction), arrays, dtype)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_of_elements_agree_with_torch(name, reduction):
    expression, draw, target = WEIGHTED[name]
    rng = np.random.default_rng(0)
    for shape in [(5, CLASSES), (CLASSES,), (2, 3, CLASSES)]:
        arrays = [draw(rng, shape), target(rng, shape)]
        both_orders(lambda m, x, y: expression(m, x, y, reduction=reduction), arrays, "float64")


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss"])
def test_losses_of_numbers_take_a_weight_for_each_element(name, reduction):
    def weighted(m, x, y, weight):
        return getattr(functional(m), name)(x, y, reduction=reduction, weight=weight)

    rng = np.random.default_rng(0)
    both_orders(weighted, [real(rng, (3, 4)), real(rng, (3, 4)), unit(rng, (3, 4))], "float64")
    with pytest.raises(ValueError, match=r"input and weight of the same shape, given \(3, 4\) and \(4,\)"):
        weighted(autograd, autograd.ones(3, 4), autograd.ones(3, 4), autograd.ones(4))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", CHOOSING)
def test_losses_of_classes_agree_with_torch(name, reduction, dtype):
    rng = np.random.default_rng(0)
    for shape in [(6, CLASSES), (CLASSES,), (2, CLASSES, 3), (2, CLASSES, 3, 2)]:
        labels = rng.integers(CLASSES, size=shape[:-1] if len(shape) < 2 else shape[:1] + shape[2:])
        labels = np.where(labels == 2, 0, labels)  # a batch of none but classes of weight 0 has no mean
        both_orders(
            lambda m, x, y=labels: CHOOSING[name](m, x, m.tensor(y), reduction=reduction), [real(rng, shape)], dtype
        )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.3}, {"weight": WEIGHT}], ids=str)
def test_cross_entropy_takes_probabilities_for_targets(options, reduction):
    rng = np.random.default_rng(0)
    arrays = [real(rng, (5, CLASSES)), shares(rng, (5, CLASSES))]
    both_orders(lambda m, x, y: loss("cross_entropy", **options)(m, x, y, reduction=reduction), arrays, "float64")


@pytest.mark.parametrize("log_target", [True, False])
def test_the_divergence_is_the_mean_over_the_batch(log_target):
    rng = np.random.default_rng(0)
    arrays = [real(rng, (5, 3)), (real if log_target else shares)(rng, (5, 3))]
    both_orders(loss("kl_div", reduction="batchmean", log_target=log_target), arrays, "float64")


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_directions_agree_with_torch(dim):
    rng = np.random.default_rng(0)
    x, y = real(rng, (4, 5, 3)), real(rng, (4, 1, 3))
    x[0] = 0
    for expression, arrays in {
        loss("cosine_similarity", dim=dim): [x, y],
        (lambda m, x: functional(m).normalize(x, dim=dim)): [x],
        (lambda m, x: functional(m).normalize(x, p=1.0, dim=dim, eps=0.5)): [x],
    }.items():
        agree(first_order, expression, arrays)
        agree(first_order, expression, arrays, "float32")
    agree(second_order, loss("cosine_similarity", dim=dim), [x + 1, y])


# -- very sure networks -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in COMPARING if COMPARING[name][1] is real])
def test_losses_are_finite_and_those_of_torch_at_extreme_inputs(name, dtype):
    expression, _, target = COMPARING[name]
    targets = {signs: [-1.0, 1.0], unit: [0.0, 0.3, 1.0], shares: [0.0, 0.5, 1.0], real: [-1e4, 0.0, 0.5]}[target]
    if name.endswith("logarithms"):
        targets = [-1e4, -1.0, 0.0]
    arrays = [a.ravel() for a in np.meshgrid(EXTREME, targets)]
    unreduced = lambda m, x, y: expression(m, x, y, reduction="none")
    both_orders(unreduced, arrays, dtype)
    assert np.isfinite(values_of(autograd, unreduced, arrays, dtype)).all()


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss"])
def test_losses_of_numbers_at_infinity(name):
    inputs = np.array([np.inf, -np.inf, np.inf, 1.0, np.nan, 0.5])
    arrays = [inputs, np.array([0.0, 1.0, np.inf, -np.inf, 0.0, 0.0])]
    agree(first_order, loss(name, reduction="none"), arrays)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [name for name in CHOOSING if name.startswith("cross")])
def test_cross_entropy_is_finite_and_that_of_torch_at_extreme_logits(name, dtype):
    logits = np.array([[1e4, -1e4, 0, 1], [-1e4, -1e4, -1e4, 1e4], [1e4, 1e4, 1e4, 1e4], [0, 1e4, -1e4, -1e4]])
    for labels in [[0, 1, 2, 3], [1, 3, 0, 0]]:
        expression = lambda m, x, y=labels: CHOOSING[name](m, x, m.tensor(y))
        both_orders(expression, [logits], dtype)
        assert np.isfinite(values_of(autograd, expression, [logits], dtype)).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_cross_entropy_is_finite_where_a_probability_was_rounded_to_0_or_1(dtype):
    arrays = [np.array([0.0, 0.0, 1.0, 1.0, 0.5, 1e-30]), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 1.0])]
    expression = loss("binary_cross_entropy", reduction="none")
    assert max(values_of(autograd, expression, arrays, dtype)[0]) == 100
    grads = []
    for m in (autograd, torch):
        x, y = (m.tensor(a.astype(dtype), requires_grad=i == 0) for i, a in enumerate(arrays))
        expression(m, x, y).sum().backward()
        grads.append(x.grad)
    same(*grads, tolerance=1e-7)


# -- whatever the shape -----------------------------------------------------------------------------------------------

shapes = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(COMPARING)), shapes, st.sampled_from(REDUCTIONS), st.integers(0, 2**32 - 1))
def test_losses_of_numbers_agree_with_torch_for_any_shape(name, shape, reduction, seed):
    expression, draw, target = COMPARING[name]
    rng = np.random.default_rng(seed)
    arrays = [draw(rng, shape), target(rng, shape)]
    agree(first_order, lambda m, x, y: expression(m, x, y, reduction=reduction), arrays)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["cross_entropy", "nll_loss"]), st.sampled_from(REDUCTIONS))
def test_losses_of_classes_agree_with_torch_for_any_options(data, name, reduction):
    n, classes, *rest = data.draw(st.tuples(st.integers(1, 5), st.integers(1, 5), *[st.integers(1, 3)] * 2))
    shape = (n, classes, *rest[: data.draw(st.integers(0, 2))])
    ignored = data.draw(st.sampled_from([-100, -1, 0, classes - 1]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    labels = rng.integers(classes, size=shape[:1] + shape[2:])
    labels = np.where(rng.random(labels.shape) < 0.2, ignored, labels)
    options = {"ignore_index": ignored}
    if data.draw(st.booleans()):
        options["weight"] = rng.uniform(0.1, 2, classes)
    if name == "cross_entropy":
        options["label_smoothing"] = data.draw(st.sampled_from([0.0, 0.1, 1.0]))
    expression = loss(name, **options)
    agree(first_order, lambda m, x: expression(m, x, m.tensor(labels), reduction=reduction), [real(rng, shape)])


# -- modules ----------------------------------------------------------------------------------------------------------

MODULES = {
    "MSELoss": ({}, real, real),
    "L1Loss": ({}, real, real),
    "SmoothL1Loss": ({"beta": 0.5}, real, real),
    "HuberLoss": ({"delta": 0.5}, real, real),
    "BCELoss": ({"weight": WEIGHT}, unit, unit),
    "BCEWithLogitsLoss": ({"weight": WEIGHT, "pos_weight": WEIGHT + 1}, real, unit),
    "KLDivLoss": ({"log_target": True}, real, real),
    "CrossEntropyLoss": ({"weight": WEIGHT, "ignore_index": 1, "label_smoothing": 0.1}, real, None),
    "NLLLoss": ({"weight": WEIGHT, "ignore_index": 1}, real, None),
}


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", MODULES)
def test_loss_modules_agree_with_torch(name, reduction):
    options, draw, target = MODULES[name]
    rng = np.random.default_rng(0)
    x = draw(rng, (6, CLASSES))
    y = rng.integers(CLASSES, size=6) if target is None else target(rng, x.shape)
    results, states = [], []
    for m, library in ((autograd, nn), (torch, torch_nn)):
        given = {k: m.tensor(v) if isinstance(v, np.ndarray) else v for k, v in options.items()}
        module = getattr(library, name)(reduction=reduction, **given)
        results.append(module(m.tensor(x), m.tensor(y)))
        states.append(list(module.state_dict()))
    same(*results)
    assert states[0] == states[1]


def test_the_hinge_loss_is_that_of_micrograd():
    scores, y = autograd.tensor([0.5, -2.0, 3.0]), autograd.tensor([1, -1, -1])
    assert nn.HingeLoss()(scores, y).item() == pytest.approx((0.5 + 0 + 4) / 3)
    assert nn.HingeLoss(reduction="none")(scores, y).tolist() == [0.5, 0.0, 4.0]


def test_functional_has_what_else_losses_are_made_of():
    labels, other = autograd.tensor([0, 2, 1]), torch.tensor([0, 2, 1])
    same(F.one_hot(labels, 4), torch_nn.functional.one_hot(other, 4))
    image = np.arange(32.0).reshape(1, 2, 4, 4)
    ours, theirs = autograd.tensor(image), torch.tensor(image)
    same(F.pad(ours, (1, 0, 2, 1), value=7.0), torch_nn.functional.pad(theirs, (1, 0, 2, 1), value=7.0))
    columns = F.unfold(ours, 2, stride=2)
    same(columns, torch_nn.functional.unfold(theirs, 2, stride=2))
    same(F.fold(columns, (4, 4), 2, stride=2), theirs)


# -- wrong uses -------------------------------------------------------------------------------------------------------

ROW, COLUMN = autograd.ones(8), autograd.ones(8, 1)


COMPARED = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div", "hinge_loss", "nll_loss", "cross_entropy",
    "soft_margin_loss", "hinge_embedding_loss", "multilabel_soft_margin_loss", "poisson_nll_loss",
]  # fmt: skip


@pytest.mark.parametrize("name", ["cross_entropy", "nll_loss"])
def test_one_hot_targets_are_refused_with_the_cure(name):
    with pytest.raises(RuntimeError, match=r"1D target expected .* one-hot, give the class numbers, target.argmax"):
        getattr(F, name)(autograd.randn(3, 4), F.one_hot(autograd.tensor([0, 3, 1]), 4))


@pytest.mark.parametrize("name", COMPARED)
def test_a_column_against_a_row_is_refused_because_it_would_broadcast(name):
    with pytest.raises((ValueError, RuntimeError), match=r"\(8, 1\) and \(8,\)|expected target dtype|target expected"):
        getattr(F, name)(COLUMN, ROW)


@pytest.mark.parametrize("name", ["l1_loss", "binary_cross_entropy", "hinge_loss", "nll_loss", "huber_loss"])
def test_an_unknown_reduction_is_refused(name):
    target = autograd.tensor([0] * 8) if name == "nll_loss" else COLUMN
    with pytest.raises(ValueError, match="most is not a valid value for reduction"):
        getattr(F, name)(COLUMN, target, reduction="most")


def test_numbers_that_are_no_probabilities_are_refused_with_a_hint():
    for wrong in (1.5, -0.1, math.nan):
        with pytest.raises(RuntimeError, match="elements of input should be between 0 and 1: for logits, use"):
            F.binary_cross_entropy(ROW * wrong, ROW)
        with pytest.raises(RuntimeError, match="elements of target should be between 0 and 1"):
            F.binary_cross_entropy(ROW, ROW * wrong)


@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_with_logits", "kl_div"])
def test_integer_targets_are_refused_where_probabilities_are_meant(name):
    with pytest.raises(RuntimeError, match="int64"):
        getattr(F, name)(ROW, ROW.long())


def test_labels_that_are_not_signs_are_refused_by_the_hinge_loss():
    with pytest.raises(ValueError, match=r"expected targets of -1 and 1; .* 2 \* target - 1"):
        F.hinge_loss(ROW, autograd.zeros(8))


def test_class_numbers_out_of_range_are_refused():
    for label in (4, -1, 2**40):
        with pytest.raises(IndexError, match=f"Target {label} is out of bounds"):
            F.nll_loss(autograd.ones(2, 4), autograd.tensor([0, label]))


@pytest.mark.parametrize("name", ["nll_loss", "cross_entropy"])
def test_a_weight_for_another_number_of_classes_is_refused(name):
    for weight in (autograd.ones(3), autograd.ones(5), autograd.ones(4, 1)):
        with pytest.raises(RuntimeError, match="for all 4 classes or no classes"):
            getattr(F, name)(autograd.ones(2, 4), autograd.tensor([0, 1]), weight=weight)
    with pytest.raises(RuntimeError, match="for all 4 classes"):
        F.cross_entropy(autograd.ones(2, 4), autograd.ones(2, 4), weight=autograd.ones(2, 1))


def test_a_weight_that_would_make_more_losses_is_refused():
    with pytest.raises(RuntimeError, match=r"\(8, 1\) does not broadcast to \(8,\)"):
        F.binary_cross_entropy(ROW, ROW, weight=COLUMN)


def test_parameters_of_losses_out_of_range_are_refused():
    with pytest.raises(RuntimeError, match="non-positive values for delta, given 0"):
        F.huber_loss(ROW, ROW, delta=0)
    with pytest.raises(RuntimeError, match="negative values for beta, given -1"):
        F.smooth_l1_loss(ROW, ROW, beta=-1)


def test_the_mean_that_is_no_divergence_warns():
    with pytest.warns(UserWarning, match="'batchmean' divides only by the batch size"):
        F.kl_div(ROW, ROW)
