"""Padded sequences: where the padding is counted or read by mistake, in all forms, and where it does no harm."""

import pytest

import autograd
import nn
from nn import functional as F
from nn.utils.rnn import pack_padded_sequence
from tests.doctored import endless, fit, healthy

N, T, WORDS = 200, 16, 30


class By(nn.Module):
    """An embedding, a recurrent layer and a head, by a function of them and the words."""

    def __init__(self, forward, outputs, kind=nn.RNN, **options):
        self.forward_of = forward
        self.embedding, self.rnn = nn.Embedding(WORDS, 12), kind(12, 16, **options)
        self.head = nn.Linear(16 * (1 + self.rnn.bidirectional), outputs)

    def forward(self, words):
        return self.forward_of(self, words)


def sentences(least=2, most=9, real=1):
    """Words (N, T) that end in zeros, and where they do not."""
    there = autograd.arange(T) < autograd.randint(least, most, (N, 1))
    return autograd.randint(real, WORDS, (N, T)) * there, there


def tag(words, tags, loss_of=F.cross_entropy, forward=None, **options):
    """Train on a tag for each word."""
    net = By(forward or (lambda m, x: m.head(m.rnn(m.embedding(x))[0])), 6, batch_first=True, **options)
    return fit(net, lambda x, y: loss_of(net(x).flatten(0, 1), y.flatten()), endless(words, tags), steps=60)


def classified(forward, words=None, steps=60, **options):
    """Train on one class for each sentence, which a random word tells."""
    words = sentences()[0] if words is None else words
    net = By(forward, 2, **{"batch_first": True, **options})
    y = (words > WORDS * 0.8).any(1).long()
    return fit(net, lambda x, y: F.cross_entropy(net(x), y), endless(words, y), steps=steps)


def dropped(m, x):
    return F.dropout(x, 0.1, m.training)


def tags_of(words):
    return (words % 5 + 1) * (words > 0)


# What is counted.


def ignored():
    words, _ = sentences()
    return tag(words, tags_of(words), lambda out, y: F.cross_entropy(out, y, ignore_index=0))


def ignored_by_the_usual_number():
    words, there = sentences()
    return tag(words, autograd.where(there, tags_of(words), -100))


def masked():
    words, _ = sentences()

    def loss_of(out, y):
        losses = F.cross_entropy(out, y, reduction="none")
        return (losses * (y > 0)).sum() / (y > 0).sum()

    return tag(words, tags_of(words), loss_of)


def picked_out():
    words, _ = sentences()
    return tag(words, tags_of(words), lambda out, y: F.cross_entropy(out[y > 0], y[y > 0]))


def without_weight():
    words, _ = sentences()
    weight = autograd.tensor([0.0, 1, 1, 1, 1, 1])
    return tag(words, tags_of(words), lambda out, y: F.cross_entropy(out, y, weight))


def of_a_token_that_means_something():
    """0 is a word as any other, though the most frequent one, and at the ends of many sentences."""
    words, _ = sentences(real=0)
    words = words * (autograd.rand(N, T) > 0.3)
    return tag(words, words % 5)


def of_sentences_as_long_as_each_other():
    words = autograd.randint(1, WORDS, (N, T))
    words[:, 8:] = 0
    return tag(words, tags_of(words))


def next_words():
    """A language model of one long text."""
    text = autograd.randint(0, 6, (N * T + 1,))
    return tag(text[:-1].reshape(N, T), text[1:].reshape(N, T))


def a_little_padding():
    words, _ = sentences(T - 2, T + 1)
    return tag(words, tags_of(words))


COUNTED_WELL = [
    ignored, ignored_by_the_usual_number, masked, picked_out, without_weight, of_a_token_that_means_something,
    of_sentences_as_long_as_each_other, next_words, a_little_padding,
]  # fmt: skip


@pytest.mark.parametrize("training", COUNTED_WELL, ids=lambda training: training.__name__)
def test_padding_that_is_not_counted_and_what_is_none_is_healthy(training):
    healthy(training, seeds=(0, 1))


@pytest.mark.parametrize(
    "turned",
    [lambda a: a, lambda a: a.flip(1), lambda a: a.T.contiguous()],
    ids=["at the end", "at the beginning", "time first"],
)
def test_padding_that_is_counted_is_found_wherever_it_is(turned):
    autograd.manual_seed(0)
    words, _ = sentences()
    net = By(lambda m, x: m.head(m.rnn(m.embedding(turned(x)))[0]), 6, batch_first=True)

    def loss_of(x, y):
        return F.cross_entropy(net(x).flatten(0, 1), turned(y).flatten())

    report = fit(net, loss_of, endless(words, tags_of(words)), steps=60)
    assert report.codes == ["padding_counted"], str(report)


def test_padding_with_a_tag_of_its_own_is_found():
    autograd.manual_seed(0)
    words, there = sentences()
    report = tag(words, autograd.where(there, words % 5, 5))
    assert report.codes == ["padding_counted"], str(report)
    assert " are 5 where" in report.findings[0].evidence


def test_a_sequence_model_that_predicts_the_next_word_and_the_padding_is_found():
    autograd.manual_seed(0)
    there = autograd.arange(T) < autograd.randint(2, 9, (N, 1))
    words = autograd.randint(1, 6, (N, T)) * there
    report = tag(words[:, :-1], words[:, 1:])
    assert report.codes == ["padding_counted"], str(report)


# What is read.


def packed():
    def forward(m, x):
        lengths = (x > 0).sum(1)
        _, state = m.rnn(pack_padded_sequence(m.embedding(x), lengths, batch_first=True, enforce_sorted=False))
        return m.head(state[-1])

    return classified(forward)


def the_end_of_each():
    return classified(lambda m, x: m.head(m.rnn(m.embedding(x))[0][autograd.arange(len(x)), (x > 0).sum(1) - 1]))


def padded_at_the_beginning():
    return classified(lambda m, x: m.head(m.rnn(m.embedding(x))[0][:, -1]), sentences()[0].flip(1))


def the_mean_of_all_steps():
    return classified(lambda m, x: m.head(m.rnn(m.embedding(x))[0].mean(1)))


def no_padding():
    return classified(lambda m, x: m.head(m.rnn(m.embedding(x))[0][:, -1]), autograd.randint(0, WORDS, (N, T)))


def learned_all_the_same():
    """A GRU brings what it knows through a few steps of padding."""
    return classified(lambda m, x: m.head(m.rnn(m.embedding(x))[1][-1]), kind=nn.GRU, steps=400)


READ_WELL = [
    packed, the_end_of_each, padded_at_the_beginning, the_mean_of_all_steps, no_padding, learned_all_the_same,
]  # fmt: skip


@pytest.mark.parametrize("training", READ_WELL, ids=lambda training: training.__name__)
def test_the_right_step_is_healthy(training):
    healthy(training, seeds=(0, 1))


@pytest.mark.parametrize(
    ("forward", "options"),
    [
        (lambda m, x: m.head(m.rnn(m.embedding(x))[0][:, -1]), {"num_layers": 2}),
        (lambda m, x: m.head(m.rnn(m.embedding(x))[1][0][-1]), {"kind": nn.LSTM}),
        (lambda m, x: m.head(m.rnn(m.embedding(x.T))[0][-1]), {"kind": nn.GRU, "batch_first": False}),
        (lambda m, x: m.head(dropped(m, m.rnn(dropped(m, m.embedding(x)))[0][:, -1])), {}),
        (lambda m, x: m.head(autograd.cat(list(m.rnn(m.embedding(x))[1]), 1)), {"bidirectional": True}),
    ],
    ids=["two layers", "LSTM", "time first", "dropout", "both directions"],
)  # fmt: skip
def test_the_last_step_is_found_in_all_its_forms(forward, options):
    autograd.manual_seed(0)
    report = classified(forward, **options)
    assert report.codes == ["last_step_is_padding"], str(report)


@pytest.mark.parametrize("layers", [1, 2])
def test_padded_numbers_are_seen_as_words_are(layers):
    autograd.manual_seed(0)
    there = autograd.arange(T) < autograd.randint(2, 9, (N, 1))
    x = autograd.randn(N, T, 3) * there.unsqueeze(2)
    rnn, head = nn.RNN(3, 16, layers, batch_first=True), nn.Linear(16, 1)
    net = nn.ModuleDict({"rnn": rnn, "head": head})
    report = fit(
        net, lambda x, y: F.mse_loss(head(rnn(x)[0][:, -1]), y), endless(x, x[:, 0, :1].contiguous()), steps=100
    )
    assert "last_step_is_padding" in report.codes, str(report)


def test_a_state_that_a_decoder_starts_from_is_not_judged():
    autograd.manual_seed(0)
    words, _ = sentences()
    net = By(lambda m, x: m.head(m.decoder(m.embedding(x), m.rnn(m.embedding(x))[1])[0]), WORDS, batch_first=True)
    net.decoder = nn.RNN(12, 16, batch_first=True)
    loss = nn.CrossEntropyLoss(ignore_index=0)
    report = fit(net, lambda x: loss(net(x).flatten(0, 1), x.flatten()), endless(words), steps=60)
    assert report.codes == [], str(report)
