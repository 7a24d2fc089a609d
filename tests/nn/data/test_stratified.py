"""Splits in which every class keeps its share."""

import numpy as np
import pytest

import autograd
from autograd import Generator
from nn.data import ConcatDataset, Dataset, Subset, TensorDataset, stratified_split


@pytest.mark.parametrize("wrap", [
    lambda y: TensorDataset(autograd.zeros(len(y), 2), autograd.tensor(y)),
    lambda y: y,
    np.array,
    autograd.tensor,
    lambda y: ["abcdef"[label] for label in y],
    lambda y: Subset(TensorDataset(autograd.zeros(len(y) + 1, 2), autograd.tensor([9, *y])), range(1, len(y) + 1)),
    lambda y: ConcatDataset([TensorDataset(autograd.zeros(5, 2), autograd.tensor(part)) for part in (y[:5], y[5:10])]),
])  # fmt: skip
def test_every_class_has_its_share_in_both_parts(wrap):
    y = np.array([0, 1, 1, 2, 0, 0, 0, 0, 3, 2])
    train, valid = stratified_split(wrap(y.tolist()), 0.6, Generator(0))
    assert sorted([*train.indices, *valid.indices]) == list(range(10))
    assert np.bincount(y[train.indices]).tolist() == [3, 1, 1, 1]
    assert np.bincount(y[valid.indices]).tolist() == [2, 1, 1]


def test_a_class_of_two_or_more_is_in_both_parts_whatever_the_fraction():
    y = np.repeat([0, 1, 2], [2, 3, 50])
    for fraction in (0.01, 0.99):
        parts = stratified_split(y, fraction, Generator(0))
        assert all(set(y[part.indices]) == {0, 1, 2} for part in parts)


def test_a_stratified_split_is_in_random_order_and_follows_from_the_seed():
    y = np.repeat([0, 1], 50)
    first, again, other = (stratified_split(y, 0.5, Generator(seed))[0].indices.tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert first != sorted(first)
    autograd.manual_seed(1)
    assert stratified_split(y, 0.5)[0].indices.tolist() == first


def test_a_data_set_whose_classes_are_not_known_is_refused():
    class Squares(Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index, index**2

    for data in (Squares(), TensorDataset(autograd.zeros(3, 1), autograd.zeros(3, 1))):
        with pytest.raises(ValueError, match="give the classes instead of the data set"):
            stratified_split(data)
    for fraction in (0, 1, 1.5):
        with pytest.raises(ValueError, match=f"expected a fraction between 0 and 1, given {fraction}"):
            stratified_split([0, 1], fraction)
