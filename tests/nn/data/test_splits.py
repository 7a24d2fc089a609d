"""Parts of data sets, several in a row, and random splits."""

from collections import namedtuple

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import Generator
from nn.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split

Pair = namedtuple("Pair", "x label")


class Samples(Dataset):
    """What can only be had one by one."""

    def __init__(self, first, n, make=lambda i: i):
        self.first, self.n, self.make = first, n, make

    def __getitem__(self, index):
        return self.make(range(self.first, self.first + self.n)[index])

    def __len__(self):
        return self.n


def numbers(first, n):
    return TensorDataset(np.arange(first, first + n))


def test_a_subset_is_the_samples_at_its_indices():
    part = Subset(Samples(100, 10), [7, 0, -1, 7])
    assert len(part) == 4
    assert list(part) == [107, 100, 109, 107]


def test_a_subset_of_a_subset_serves_whole_batches():
    part = Subset(Subset(numbers(100, 10), [7, 0, 5]), [2, 0])
    (batch,) = DataLoader(part, 2)
    assert batch[0].tolist() == [105, 107]


@pytest.mark.parametrize("index", [10, -11])
def test_a_subset_outside_its_data_set_is_refused(index):
    with pytest.raises(IndexError, match=f"index {index} is out of range for a data set of 10"):
        Subset(numbers(0, 10), [0, index])


def test_data_sets_in_a_row_are_one():
    row = Samples(0, 3) + Samples(10, 0) + Samples(20, 2)
    assert len(row) == 5
    assert list(row) == [0, 1, 2, 20, 21]
    assert row[-1] == 21
    assert row[-5] == 0


@pytest.mark.parametrize("index", [5, -6])
def test_an_index_beyond_the_row_is_refused(index):
    with pytest.raises(IndexError, match=f"index {index} is out of range for 5 samples"):
        ConcatDataset([Samples(0, 3), Samples(20, 2)])[index]


def test_no_data_set_in_a_row_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        ConcatDataset([])


@pytest.mark.parametrize(
    "make",
    [
        lambda i: i,
        lambda i: (np.full(2, i), i),
        lambda i: Pair(i, str(i)),
        lambda i: {"x": i, "names": [str(i)]},
    ],
    ids=["numbers", "tuples", "named tuples", "dicts"],
)
def test_a_batch_across_data_sets_is_what_its_samples_give(make):
    row = ConcatDataset([Samples(0, 3, make), Samples(10, 4, make), Samples(20, 2, make)])
    order = [8, 0, 4, 3, 1, 8]
    one_by_one = DataLoader([row[i] for i in order], len(order))
    assert repr(row.__getitems__(np.array(order))) == repr(next(iter(one_by_one)))


def test_data_sets_of_different_shapes_make_no_batch():
    row = TensorDataset(np.ones((2, 3))) + TensorDataset(np.ones((2, 4)))
    with pytest.raises(RuntimeError, match=r"\(3,\) and \(4,\)"):
        next(iter(DataLoader(row, 4)))


@given(n=st.integers(0, 200), cuts=st.lists(st.integers(0, 200), max_size=4), seed=st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_a_split_shares_no_sample_and_leaves_none_out(n, cuts, seed):
    edges = [0, *sorted(min(cut, n) for cut in cuts), n]
    lengths = np.diff(edges).tolist()
    if sum(lengths) == 1:
        return
    parts = random_split(numbers(0, n), lengths, generator=Generator(seed))
    assert [len(part) for part in parts] == lengths
    assert sorted(i for part in parts for i in part.indices) == list(range(n))
    again = random_split(numbers(0, n), lengths, generator=Generator(seed))
    assert all(np.array_equal(a.indices, b.indices) for a, b in zip(parts, again))


@given(n=st.integers(2, 300), weights=st.lists(st.integers(1, 9), min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
@pytest.mark.filterwarnings("ignore:.*empty.*", "ignore:Length of split")
def test_fractions_give_the_lengths_that_torch_gives(n, weights):
    fractions = [weight / sum(weights) for weight in weights]
    assume(sum(fractions) <= 1)  # torch takes what is above 1 by a rounding error for lengths
    ours, theirs = random_split(numbers(0, n), fractions), torch.utils.data.random_split(range(n), fractions)
    assert [len(part) for part in ours] == [len(part) for part in theirs]


@pytest.mark.parametrize("lengths", [[5, 6], [0.5, 0.6], [11, -1], [4.5, 5.5], [0.2, 0.2], []])
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match="random_split: expected"):
        random_split(numbers(0, 10), lengths)


def test_an_empty_part_is_warned_of():
    with pytest.warns(UserWarning, match=r"a subset is empty, 2 samples give lengths \[1, 1, 0\]"):
        random_split(numbers(0, 2), [0.4, 0.4, 0.2])
