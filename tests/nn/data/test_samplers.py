"""Samplers: which indices are drawn, and how often."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest
import torch

import autograd
from autograd import Generator
from nn import data
from nn.data import DataLoader, SubsetRandomSampler, TensorDataset, WeightedRandomSampler

torch_data = torch.utils.data


def test_a_subset_is_read_in_a_new_order_each_time():
    sampler = SubsetRandomSampler([5, 7, 9, 11, 13, 15, 17, 19], generator=Generator(0))
    first, second = list(sampler), list(sampler)
    assert len(sampler) == 8
    assert sorted(first) == sorted(second) == sampler.indices
    assert first != second


@pytest.mark.parametrize("weights", [[1.0, 0.0, 3.0], autograd.tensor([2.0, 0.0, 6.0])], ids=["list", "tensor"])
def test_indices_are_drawn_in_the_ratio_of_their_weights(weights):
    sampler = WeightedRandomSampler(weights, 10_000, generator=Generator(0))
    times = Counter(sampler)
    assert len(sampler) == sum(times.values()) == 10_000
    assert times[1] == 0
    assert abs(times[2] - 7_500) < 200  # 4.6 standard deviations


def test_without_replacement_no_index_is_drawn_twice_and_the_heavy_come_first():
    sampler = WeightedRandomSampler([1, 1, 1, 50, 0], 4, replacement=False, generator=Generator(0))
    orders = [list(sampler) for _ in range(300)]
    assert all(sorted(order) == [0, 1, 2, 3] for order in orders)
    assert abs(sum(order[0] == 3 for order in orders) - 300 * 50 / 53) < 18


def test_weights_are_drawn_from_only_as_far_as_is_asked():
    assert len(list(islice(WeightedRandomSampler([1, 2], 10**10), 5))) == 5


@pytest.mark.parametrize("make", [
    lambda: SubsetRandomSampler(range(12), generator=Generator(3)),
    lambda: WeightedRandomSampler(np.arange(12) + 1, 12, generator=Generator(3)),
    lambda: WeightedRandomSampler(np.arange(12) + 1, 12, replacement=False),
])  # fmt: skip
def test_an_epoch_in_a_drawn_order_goes_on_in_its_middle(make):
    def loader():
        autograd.manual_seed(0)
        return DataLoader(TensorDataset(np.arange(12)), 2, sampler=make())

    whole = [batch[0].tolist() for batch in loader()]
    first = loader()
    batches = iter(first)
    for _ in range(2):
        next(batches)
    second = loader()
    second.load_state_dict(first.state_dict())
    assert [batch[0].tolist() for batch in second] == whole[2:]


WRONG = {
    "no samples": lambda d: d.WeightedRandomSampler([1.0], 0),
    "a bool of samples": lambda d: d.WeightedRandomSampler([1.0], True),
    "a replacement that is no bool": lambda d: d.WeightedRandomSampler([1.0], 1, replacement=1),
    "weights in rows": lambda d: d.WeightedRandomSampler([[1.0]], 1),
    "a negative weight": lambda d: list(d.WeightedRandomSampler([1.0, -1.0], 1)),
    "a weight that is not a number": lambda d: list(d.WeightedRandomSampler([1.0, float("nan")], 1)),
    "nothing but zeros": lambda d: list(d.WeightedRandomSampler([0.0, 0.0], 1)),
    "more than there are": lambda d: list(d.WeightedRandomSampler([1.0, 2.0], 3, replacement=False)),
    "a random replacement that is no bool": lambda d: d.RandomSampler(range(3), replacement=1),
    "a drop_last that is no bool": lambda d: d.BatchSampler(range(3), 2, 1),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_uses_raise_the_exception_of_torch(wrong):
    with pytest.raises((ValueError, TypeError, RuntimeError)) as theirs:
        WRONG[wrong](torch_data)
    with pytest.raises(theirs.type):
        WRONG[wrong](data)
