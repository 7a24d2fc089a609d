"""Data sets that are streams, single samples instead of batches, and data sets side by side."""

from collections import namedtuple

import numpy as np
import pytest
import torch

import autograd
from autograd import Generator
from nn import data
from nn.data import ChainDataset, DataLoader, IterableDataset, StackDataset, TensorDataset, default_convert

torch_data = torch.utils.data
Pair = namedtuple("Pair", "x y")


def counting(library, length=None):
    """A stream of pairs, and the data set of torch or ours that gives it."""

    class Counting(library.IterableDataset):
        def __init__(self, first=0, last=7):
            self.first, self.last = first, last

        def __iter__(self):
            return ((np.float32(i), i * 10) for i in range(self.first, self.last))

    class Sized(Counting):
        def __len__(self):
            return self.last - self.first

    return Sized if length else Counting


def plain(batches):
    return [[part.tolist() for part in batch] for batch in batches]


@pytest.mark.parametrize("options", [{}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}, {"batch_size": 7},
                                     {"batch_size": 2, "num_workers": 0, "collate_fn": None}], ids=str)  # fmt: skip
def test_a_stream_is_served_in_batches_as_in_torch(options):
    found, expected = (library.DataLoader(counting(library)(), **options) for library in (data, torch_data))
    assert plain(found) == plain(expected) == plain(found)
    with pytest.raises(TypeError):
        len(found)
    found, expected = (library.DataLoader(counting(library, 1)(), **options) for library in (data, torch_data))
    assert len(found) == len(expected) == len(list(found))


def test_a_collate_fn_is_given_the_samples():
    found, expected = (
        list(library.DataLoader(counting(library)(), 3, collate_fn=list)) for library in (data, torch_data)
    )
    assert found == expected


@pytest.mark.parametrize("prefetch", [0, 2])
def test_a_stream_goes_on_in_the_middle(prefetch):
    class Noisy(IterableDataset):
        def __iter__(self):
            flip = data.transforms.RandomErasing(p=1.0, value="random")
            return (flip(np.zeros((4, 4))) for _ in range(9))

    def loader():
        return DataLoader(Noisy(), 2, generator=Generator(5), prefetch=prefetch)

    whole = [batch.tolist() for batch in loader()]
    first = loader()
    for number, _ in enumerate(first):
        if number == 1:
            break
    second = loader()
    second.load_state_dict(first.state_dict())
    assert [batch.tolist() for batch in second] == whole[2:]


def test_streams_are_chained():
    chain = counting(data, 1)(0, 3) + ChainDataset([counting(data, 1)(5, 6), counting(data, 1)(8, 9)])
    assert [y for _, y in chain] == [0, 10, 20, 50, 80]
    assert len(chain) == 5
    with pytest.raises(TypeError, match="given a TensorDataset at index 0"):
        ChainDataset([TensorDataset(np.arange(3))])


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]},
                                     {"batch_size": None, "drop_last": True}], ids=str)  # fmt: skip
def test_what_a_stream_cannot_do_is_refused_as_in_torch(options):
    for library in (torch_data, data):
        with pytest.raises(ValueError, match=r"IterableDataset|batch_size=None"):
            library.DataLoader(counting(library)(), **options)
    with pytest.raises(TypeError, match="no sample 3"):
        counting(data)()[3]
    with pytest.raises(NotImplementedError, match="must define __iter__"):
        iter(IterableDataset())


def test_there_are_no_workers():
    assert data.get_worker_info() is None


# -- single samples ---------------------------------------------------------------------------------------------------


def convertible(m):
    return {"a": np.ones(2), "b": [np.float32(1), 3, "text"], "c": (m.tensor([1.0]), None), "d": Pair(np.ones(2), "s")}


def test_arrays_are_converted_as_in_torch():
    def compare(ours, theirs):
        assert (type(theirs) is torch.Tensor) == isinstance(ours, autograd.Tensor)
        if isinstance(theirs, torch.Tensor):
            assert np.array_equal(ours.numpy(), theirs.numpy())
        elif isinstance(theirs, dict):
            for key in theirs:
                compare(ours[key], theirs[key])
        elif isinstance(theirs, list | tuple):
            assert type(ours) is type(theirs) or type(theirs) is tuple
            for mine, other in zip(ours, theirs, strict=True):
                compare(mine, other)
        else:
            assert ours == theirs

    compare(default_convert(convertible(autograd)), torch_data.default_convert(convertible(torch)))


@pytest.mark.parametrize(
    "options",
    [{}, {"sampler": [2, 0]}, {"collate_fn": lambda sample: sample * 2}],
    ids=["plain", "sampler", "collate_fn"],
)
def test_a_batch_size_of_none_serves_single_samples(options):
    samples = np.arange(6.0).reshape(3, 2)
    found, expected = (library.DataLoader(samples, None, **options) for library in (data, torch_data))
    assert len(found) == len(expected)
    assert found.batch_size is expected.batch_size is None
    assert [sample.tolist() for sample in found] == [sample.tolist() for sample in expected]
    stream = DataLoader(counting(data)(), batch_size=None)
    assert [(type(x), y) for x, y in stream] == [(autograd.Tensor, 10 * i) for i in range(7)]


# -- side by side -----------------------------------------------------------------------------------------------------


def in_a_row(sample):
    return [float(part[0] if isinstance(part, tuple) else part)
            for part in (sample.values() if isinstance(sample, dict) else sample)]  # fmt: skip


def test_data_sets_are_stacked_as_in_torch():
    found = []
    for m, library in ((autograd, data), (torch, torch_data)):
        a, b = library.TensorDataset(m.arange(5)), range(10, 15)
        for stack in (library.StackDataset(a, b), library.StackDataset(x=a, y=b)):
            batches = list(library.DataLoader(stack, 1))
            found.append([len(stack), type(stack[1]), in_a_row(stack[3]), type(batches[0]), len(batches)])
    assert found[:2] == found[2:]


def test_data_sets_side_by_side_serve_whole_batches():
    a, b = TensorDataset(np.arange(5)), TensorDataset(np.arange(5.0), np.arange(5.0))
    ((x,), (y, z)), *_ = DataLoader(StackDataset(a, b), 2)
    assert (x.tolist(), y.tolist(), z.tolist()) == ([0, 1], [0, 1], [0, 1])


@pytest.mark.parametrize("wrong", [lambda s: s(), lambda s: s([1], [1, 2]), lambda s: s([1], a=[1])])
def test_a_stack_that_makes_no_sense_is_refused_as_in_torch(wrong):
    for stack in (StackDataset, torch_data.StackDataset):
        with pytest.raises(ValueError):  # noqa: PT011  each of its own words
            wrong(stack)
