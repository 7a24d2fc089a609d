"""`nn.utils.rnn`: sequences are padded, packed and unpacked as in torch, and gradients find their way through."""

import numpy as np
import pytest
import torch
from torch.nn.utils import rnn as torch_rnn

import autograd
from nn.utils import rnn
from tests.twins import same

RNN, TORCH = (autograd, rnn), (torch, torch_rnn)


def numbers(m, *shape):
    """The same leaf in either library."""
    return m.tensor(np.random.default_rng(0).standard_normal(shape), requires_grad=True)


def sequences(m, *lengths):
    """Sequences of two numbers each, parts of one leaf."""
    leaf = numbers(m, sum(lengths), 2)
    ends = np.cumsum(lengths)
    return leaf, [leaf[end - n : end] for n, end in zip(lengths, ends, strict=True)]


def both(call, *given):
    """The results of a call in either library, and the gradients of a leaf."""
    results = []
    for m, utils in (RNN, TORCH):
        leaf, out = call(m, utils, *given)
        first = out[0] if isinstance(out, (tuple, list)) else out
        (first**2).sum().backward()
        results.append((leaf.grad, out))
    (ours, out), (theirs, their_out) = results
    same(ours, theirs)
    for a, b in zip(*(o if isinstance(o, (tuple, list)) else [o] for o in (out, their_out)), strict=True):
        same(a, b)


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 2), (5, 3, 2, 2)], ids=str)
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(("lengths", "enforce_sorted"), [([5, 3, 1], True), ([1, 5, 3], False), ([4, 4, 4], True),
                                                         ([2, 2, 4], False)], ids=str)  # fmt: skip
def test_packing_and_padding_again_agree_with_torch(shape, batch_first, lengths, enforce_sorted):
    shape = (shape[1], shape[0], *shape[2:]) if batch_first else shape

    def pack(m, utils):
        x = numbers(m, *shape)
        return x, utils.pack_padded_sequence(x, lengths, batch_first, enforce_sorted)

    def pad(m, utils, **options):
        x, packed = pack(m, utils)
        return x, utils.pad_packed_sequence(packed, batch_first, **options)

    both(pack)
    both(pad)
    both(lambda m, utils: pad(m, utils, padding_value=-1.0, total_length=7))


def test_integers_are_packed_too():
    packed = rnn.pack_padded_sequence(autograd.tensor([[1, 2, 0], [3, 0, 0]]), autograd.tensor([2, 1]), True)
    assert packed.data.tolist() == [1, 3, 2]
    assert packed.data.dtype == autograd.int64
    assert rnn.pad_packed_sequence(packed, True, padding_value=9)[0].tolist() == [[1, 2], [3, 9]]


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("lengths", [(2, 4, 1), (3,), (2, 2)], ids=str)
def test_sequences_are_padded_as_in_torch(batch_first, side, lengths):
    def pad(m, utils):
        leaf, parts = sequences(m, *lengths)
        return leaf, utils.pad_sequence(parts, batch_first, -1.0, side)

    both(pad)


@pytest.mark.parametrize(("lengths", "enforce_sorted"), [((4, 2, 1), True), ((2, 4, 1), False)])
def test_lists_of_sequences_are_packed_and_unpacked(lengths, enforce_sorted):
    def there(m, utils):
        leaf, parts = sequences(m, *lengths)
        return leaf, utils.pack_sequence(parts, enforce_sorted)

    def back(m, utils):
        leaf, packed = there(m, utils)
        return leaf, utils.unpack_sequence(packed)

    both(there)
    both(back)


@pytest.mark.parametrize("batch_first", [True, False])
def test_unpadding_takes_the_padding_off_and_leaves_the_batch_as_it_is(batch_first):
    def unpad(m, utils):
        x = numbers(m, 3, 5, 2)
        x_before = x if batch_first else x.transpose(0, 1) * 1
        return x, utils.unpad_sequence(x_before, m.tensor([5, 2, 3]), batch_first)

    both(unpad)
    x = autograd.zeros(5, 3)
    rnn.unpad_sequence(x, autograd.tensor([5, 2, 3]))
    assert x.shape == (5, 3)


def test_a_packed_sequence_prints_converts_and_is_a_tuple_as_in_torch():
    ours, theirs = (
        utils.pack_sequence([m.tensor([1.0, 2.0]), m.tensor([3.0, 4.0, 5.0])], enforce_sorted=False)
        for m, utils in (RNN, TORCH)
    )
    assert repr(ours) == repr(theirs)
    assert [x.tolist() for x in ours] == [x.tolist() for x in theirs]
    assert ours.to(autograd.float32) is ours.float() is ours.cpu() is ours
    assert ours.double().data.dtype == autograd.float64
    assert ours.half().unsorted_indices.tolist() == [1, 0]
    assert not ours.is_cuda
    assert rnn.PackedSequence(ours.data, ours.batch_sizes).sorted_indices is None
    assert rnn.invert_permutation(autograd.tensor([2, 0, 1])).tolist() == [1, 2, 0]


WRONG = [
    lambda m, u: u.pack_padded_sequence(m.zeros(4, 3), [4, 3]),
    lambda m, u: u.pack_padded_sequence(m.zeros(4, 3), [4, 3, 0]),
    lambda m, u: u.pack_padded_sequence(m.zeros(4, 3), [3, 4, 2]),
    lambda m, u: u.pack_padded_sequence(m.zeros(4, 3), m.tensor([[4, 3, 2]])),
    lambda m, u: u.pack_padded_sequence(m.zeros(0, 3), [1, 1, 1]),
    lambda m, u: u.pack_padded_sequence(m.zeros(4, 0), []),
    lambda m, u: u.pack_padded_sequence(m.zeros(3), [1, 1, 1]),
    lambda m, u: u.pack_sequence([m.ones(2), m.ones(3)]),
    lambda m, u: u.pad_packed_sequence(u.pack_sequence([m.ones(3), m.ones(2)]), total_length=2),
    lambda m, u: u.pad_sequence([]),
    lambda m, u: u.pad_sequence([m.zeros(2, 3), m.zeros(2, 4)]),
    lambda m, u: u.pad_sequence([m.tensor(1.0)]),
    lambda m, u: u.pad_sequence(5),
    lambda m, u: u.pad_sequence([m.ones(2), m.ones(3)], padding_side="top"),
]


@pytest.mark.parametrize("call", WRONG)
def test_what_torch_refuses_is_refused_alike(call):
    with pytest.raises((RuntimeError, ValueError, IndexError)) as theirs:
        call(*TORCH)
    with pytest.raises(theirs.type):
        call(*RNN)


def test_lengths_beyond_the_padding_are_refused_where_torch_makes_a_sequence_of_nothing():
    with pytest.raises(RuntimeError, match="expected lengths of at most 4, the steps of the padded batch, given 5"):
        rnn.pack_padded_sequence(autograd.zeros(4, 3), [5, 4, 2])
