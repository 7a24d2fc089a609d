"""Ops between the model and its loss that mix the samples of a batch, and those that look like them."""

import pytest

import autograd
import nn
from nn import functional as F
from tests.doctored import endless, fit

T, N = 6, 30


def sequences(n=300):
    """Sequences (n, T, 3), and the class of each, which is the sign of its largest number."""
    x = autograd.randn(n, T, 3)
    return x, (x.sum(2).sum(1) > 0).long()


def report_on(loss_of, width=1):
    autograd.manual_seed(0)
    net = nn.Linear(3, width)
    return fit(net, lambda x, y: loss_of(net(x), x, y), endless(*sequences(), batch_size=N), steps=30)


def pooled(scores, x, y, dim):
    context = (scores.squeeze(2).softmax(dim).unsqueeze(2) * x).sum(1)
    return F.cross_entropy(context, y)


def test_attention_over_the_batch_is_found_outside_of_the_model():
    found = report_on(lambda scores, x, y: pooled(scores, x, y, 0))
    assert found.codes == ["samples_mixed"]
    assert "softmax at" in found.findings[0].evidence
    assert f"sum to 1 over the batch of {N}" in found.findings[0].evidence


def test_attention_over_time_is_not():
    assert "samples_mixed" not in report_on(lambda scores, x, y: pooled(scores, x, y, 1)).codes


def time_first(view, softmax=False):
    """A tagger of sequences (T, N), whose scores are brought to the order of the tags (N, T)."""
    autograd.manual_seed(0)
    x, y = autograd.randn(300, T, 3), autograd.randint(0, 2, (300, T))
    net = nn.Linear(3, 2)

    def loss_of(x, y):
        scores = net(x.transpose(0, 1))
        if softmax:
            scores = scores * scores[..., :1].softmax(0)
            return F.cross_entropy(scores.flatten(0, 1), y.transpose(0, 1).flatten())
        return F.cross_entropy(view(scores).flatten(0, 1), y.flatten())

    return fit(net, loss_of, endless(x, y, batch_size=N), steps=30)


def test_a_view_in_place_of_transpose_is_found_outside_of_the_model():
    (found,) = [f for f in time_first(lambda scores: scores.reshape(N, T, 2)).findings if f.code == "samples_mixed"]
    assert f"({N}, {T}, 2) of ({T}, {N}, 2)" in found.evidence


def test_what_leads_time_first_to_batch_first_rightly_is_not():
    assert "samples_mixed" not in time_first(lambda scores: scores.transpose(0, 1)).codes
    assert "samples_mixed" not in time_first(None, softmax=True).codes


@pytest.mark.parametrize("square", [False, True])
def test_a_softmax_over_pairs_of_samples_is_not(square):
    """As in contrastive learning, where each sample is told from the others in both directions."""
    autograd.manual_seed(0)
    net, x = nn.Linear(3, 8), autograd.randn(300, 3)

    def loss_of(x):
        pairs = net(x) @ net(x + 0.1).T
        both = [pairs.log_softmax(0), pairs.log_softmax(1)] if square else [pairs.log_softmax(1)]
        return -sum(each.diagonal().mean() for each in both)

    assert fit(net, loss_of, endless(x, batch_size=N), steps=30).codes == []
