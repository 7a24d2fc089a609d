"""Checks of how the layers are put together: what stands between them."""

from __future__ import annotations

from statistics import median

from ..chains import Chains
from ..layers_with_modes import DROPOUTS
from ..what_was_learned import share_left
from .case import FEW_LOOKS, Case, Evidence, Open, few

MOST = 2 / 3  # of the hidden layers: a head on an encoder, or a projection, is one among others
ALL_LEARNED = 0.01  # of the loss of a constant answer: where no more is left, a linear model is enough
LITTLE_LEARNED = 0.6  # of that loss is left: dropout up to 0.8 costs less in networks that are wide enough for it
HIGH = 0.8  # of the numbers are dropped: the papers use 0.2 to 0.5, and 0.8 is what they keep of the inputs
LEAST_STEPS = 100  # before dropout is said to hinder
NEARLY_ALL = 0.9  # of the outputs that were compared with targets: others may be of another head
LAST_BATCH = 0.9  # the share of the newest batch: of the one before it, a tenth is left
LARGE = 256  # samples in a batch, whose statistics are nearly those of all data


def linear_into_linear(case: Case) -> Evidence:
    chains = case.facts.chains
    if chains is None:
        return Open("no linear layer with trained weights was seen")
    pairs, left = chains.straight(), share_left(case.facts.outcomes)
    hidden = _weighted(case, chains) - 1
    if not pairs or len(pairs) < MOST * hidden or (left is not None and left < ALL_LEARNED):
        return None
    told = [
        f"{first} ({layer.inputs} to {layer.outputs}) goes straight into {second}"
        for first, second in pairs
        for layer in [chains.layers[first]]
    ]
    which = "the only hidden layer" if hidden < 2 else f"{len(pairs)} of the {hidden} hidden layers"
    return f"{few(told)}, at {chains.layers[pairs[0][1]].line}: nothing but a line comes out of {which}."


def _weighted(case: Case, chains: Chains) -> int:
    """The number of layers with weights of two dimensions or more, be they trained or not."""
    names = [name for name, p in case.model.named_parameters() if p.ndim > 1]
    return len({name if name in chains.layers else name.rpartition(".")[0] or name for name in names})


def dropout_too_high(case: Case) -> Evidence:
    places = [
        f"{type(layer).__name__} {path} has p={layer.p:g}"
        for path, layer in case.model.named_modules()
        if isinstance(layer, DROPOUTS) and layer.p > HIGH
    ]
    places = places or [
        f"dropout at {line} leaves out {median(shares):.0%}"
        for line, shares in case.facts.dropped.items()
        if median(shares) > HIGH
    ]
    if not places:
        return None
    if case.facts.steps < LEAST_STEPS:
        return Open(f"{case.facts.steps} steps are too few to say that dropout with p above {HIGH} hinders")
    left = share_left(case.facts.outcomes)
    if not case.failed and (left is None or left < LITTLE_LEARNED):
        return None
    level = "" if left is None else f"; the loss is still at {left:.0%} of that of a constant answer"
    return f"{few(places)}{level}."


def dropout_after_last_layer(case: Case) -> Evidence:
    compared = case.facts.dropouts
    dropped = [each for each in compared if each is not None]
    if len(dropped) < FEW_LOOKS or len(dropped) < NEARLY_ALL * len(compared):
        return None
    line, share = dropped[-1]
    return (
        f"what is compared with the targets comes straight from the dropout at {line}, in {len(dropped)} looks: "
        f"{share:.0%} of the answers are set to 0."
    )


def batch_norm_momentum(case: Case) -> Evidence:
    """Whether the running statistics are those of one batch; a large one is as good as all data, or is all data."""
    whole = len(case.facts.samples.train)
    found = {
        path: seen[-1]
        for path, seen in case.facts.momenta.items()
        if len(seen) >= FEW_LOOKS
        and all(LAST_BATCH <= momentum <= 1 and 0 < n < LARGE and n != whole for momentum, n in seen)
    }
    if not found:
        return None
    kinds = {path: type(layer).__name__ for path, layer in case.model.named_modules()}
    momentum, samples = max(found.values())
    places = few([f"{kinds.get(path, 'BatchNorm')} {path}" for path in found])
    return (
        f"{places} {'have' if len(found) > 1 else 'has'} momentum={momentum:g}: {momentum:.0%} of the mean and "
        f"variance used in evaluation are those of the last batch, of {samples} samples."
    )
