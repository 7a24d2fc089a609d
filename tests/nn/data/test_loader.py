"""The loader: what it serves, ahead in a thread or not, and how it goes on in the middle of an epoch."""

import gc
import json
import threading
import time
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Generator
from nn.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    TensorDataset,
    default_collate,
    transforms,
)  # fmt: skip

N = 23


def seeded(seed=0):
    return Generator(seed)


def numbers(n=N):
    return TensorDataset(np.arange(n))


def indices(loader):
    return [batch[0].tolist() for batch in loader]


class Noisy(Dataset):
    """Each sample is drawn anew, by a transform or by the data set's own means."""

    flip = transforms.RandomHorizontalFlip()
    erase = transforms.RandomErasing(value="random")

    def __getitem__(self, index):
        return self.erase(self.flip(np.arange(16.0).reshape(4, 4) + index))

    def __len__(self):
        return N


class Failing(Dataset):
    def __getitem__(self, index):
        if index == 7:
            raise KeyError("sample seven")
        return index

    def __len__(self):
        return N


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


# What is served.


def test_a_sampler_decides_the_order():
    assert indices(DataLoader(numbers(), 2, sampler=[4, 2, 9])) == [[4, 2], [9]]


def test_a_batch_sampler_decides_the_batches():
    loader = DataLoader(numbers(), batch_sampler=[[1], [2, 3, 4]])
    assert indices(loader) == [[1], [2, 3, 4]]
    assert len(loader) == 2


def test_a_collate_fn_makes_the_batch_of_samples():
    loader = DataLoader(numbers(), 3, collate_fn=lambda samples: [x.item() for (x,) in samples])
    assert next(iter(loader)) == [0, 1, 2]


def test_a_data_set_that_serves_batches_is_never_asked_for_a_sample():
    class Whole(Dataset):
        def __getitems__(self, indices):
            return autograd.as_tensor(indices * 10)

        def __len__(self):
            return N

    assert next(iter(DataLoader(Whole(), 4))).tolist() == [0, 10, 20, 30]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "got batch_size=0"),
        ({"batch_size": True}, "got batch_size=True"),
        ({"shuffle": True, "sampler": [1]}, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[1]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
        ({"batch_sampler": [[1]], "drop_last": True}, "batch_sampler option is mutually exclusive"),
        ({"batch_size": N + 1, "drop_last": True}, f"a batch of {N + 1} is never full"),
        ({"sampler": []}, "the sampler is empty"),
        ({"batch_sampler": []}, "the sampler is empty"),
        ({"prefetch": -1}, "must not be negative"),
        ({"num_workers": -1}, "must not be negative"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(numbers(), **options)


@pytest.mark.parametrize("options", [{}, {"shuffle": True}])
def test_an_empty_data_set_is_refused(options):
    with pytest.raises(ValueError, match="empty"):
        DataLoader([], **options)


# Samplers.


@given(n=st.integers(1, 60), size=st.integers(1, 70), drop=st.booleans(), seed=st.integers(0, 2**70))
@settings(max_examples=60, deadline=None)
def test_every_sampler_serves_each_index_once_and_knows_its_length(n, size, drop, seed):
    data = range(n)
    shuffled = RandomSampler(data, generator=Generator().manual_seed(seed))
    assert sorted(shuffled) == list(SequentialSampler(data)) == list(data)
    batches = BatchSampler(shuffled, size, drop)
    found = list(batches)
    assert len(found) == len(batches) == len(torch.utils.data.BatchSampler(data, size, drop))
    assert all(len(batch) == size for batch in found[:-1])
    served = [i for batch in found for i in batch]
    assert len(served) == len(set(served)) == (n // size * size if drop else n)


@given(n=st.integers(1, 20), count=st.integers(1, 60), replacement=st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_random_sampler_draws_as_many_as_asked_and_is_even_without_replacement(n, count, replacement):
    drawn = list(RandomSampler(range(n), replacement, count, generator=seeded()))
    assert len(drawn) == count
    assert set(drawn) <= set(range(n))
    if not replacement:
        times = np.bincount(drawn, minlength=n)
        assert times.max() - times.min() <= 1


def test_a_random_sampler_draws_with_replacement_only_what_is_asked_for():
    sampler = RandomSampler(range(5), replacement=True, num_samples=10**10)
    assert len(sampler) == 10**10
    assert all(0 <= i < 5 for i in islice(sampler, 100))


@pytest.mark.parametrize("count", [0, -1, 2.5])
def test_a_random_sampler_of_no_sample_is_refused(count):
    with pytest.raises(ValueError, match=f"num_samples={count}"):
        RandomSampler(range(5), num_samples=count)


# Collating.


@pytest.mark.parametrize(
    "make",
    [
        lambda m: [1, 2],
        lambda m: [1.5, 2.5],
        lambda m: [True, False],
        lambda m: [m.tensor([1.0, 2.0]), m.tensor([3.0, 4.0])],
        lambda m: [(m.tensor([1.0]), 3), (m.tensor([2.0]), 4)],
        lambda m: [{"a": np.ones(3), "b": [1, 2.0]}, {"a": np.zeros(3), "b": [3, 4.0]}],
        lambda m: ["left", "right"],
        lambda m: [np.float32(1), np.float32(2)],
        lambda m: [np.ones((2, 2), np.uint8), np.zeros((2, 2), np.uint8)],
    ],
    ids=["ints", "floats", "bools", "tensors", "tuples", "dicts", "strings", "numpy numbers", "arrays"],
)
def test_samples_are_collated_as_in_torch(make):
    def compare(ours, theirs):
        if isinstance(theirs, torch.Tensor):
            assert np.array_equal(ours.numpy(), theirs.numpy())
            assert ours.dtype == theirs.numpy().dtype
        elif isinstance(theirs, dict):
            assert ours.keys() == theirs.keys()
            for key in theirs:
                compare(ours[key], theirs[key])
        elif isinstance(theirs, list):
            assert isinstance(ours, list)
            for mine, other in zip(ours, theirs, strict=True):
                compare(mine, other)
        else:
            assert ours == theirs

    compare(default_collate(make(autograd)), torch.utils.data.default_collate(make(torch)))


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([np.ones(2), np.ones(2), np.ones(3)], RuntimeError, r"got \(2,\) at entry 0 and \(3,\) at entry 2"),
        ([autograd.ones(2, 3), autograd.ones(3, 2)], RuntimeError, r"got \(2, 3\) at entry 0 and \(3, 2\) at entry 1"),
        ([(1, 2), (1,)], RuntimeError, "sample 0 has 2 elements, sample 1 has 1"),
        ([{"a": 1}, {"b": 1}], RuntimeError, r"keys \['a'\], sample 1 \['b'\]"),
        ([None, None], TypeError, "found NoneType"),
    ],
)
def test_samples_that_make_no_batch_are_named(samples, error, message):
    with pytest.raises(error, match=message):
        default_collate(samples)


# Ahead in a thread.


@pytest.mark.parametrize("ahead", [1, 3, 100])
def test_batches_fetched_ahead_are_the_same(ahead):
    def batches(**options):
        return [x.numpy() for x in DataLoader(Noisy(), 4, shuffle=True, generator=seeded(), **options)]

    assert all(np.array_equal(a, b) for a, b in zip(batches(prefetch=ahead), batches(), strict=True))
    assert not threads()


def test_torchs_num_workers_asks_for_the_thread():
    assert DataLoader(numbers(), num_workers=2).prefetch == 4


def test_the_thread_works_ahead_but_not_further_than_asked():
    asked = []

    class Watched(Failing):
        def __getitem__(self, index):
            asked.append(index)
            return index

    walk = iter(DataLoader(Watched(), prefetch=3))
    next(walk)
    time.sleep(0.2)
    assert len(asked) == 4
    walk.close()


def test_an_exception_in_the_thread_reaches_the_caller_in_its_place():
    walk = iter(DataLoader(Failing(), prefetch=4))
    assert [next(walk).item() for _ in range(7)] == list(range(7))
    with pytest.raises(KeyError, match="sample seven") as caught:
        next(walk)
    assert any(entry.name == "__getitem__" for entry in caught.traceback)
    assert not threads()


def test_the_thread_ends_when_the_loop_breaks():
    for _ in DataLoader(numbers(), prefetch=2):
        assert threads()
        break
    assert not threads()


def test_the_thread_ends_when_the_iterator_is_dropped():
    gc.disable()
    try:
        walk = iter(DataLoader(numbers(), prefetch=2))
        next(walk)
        assert threads()
        del walk
        assert not threads()
    finally:
        gc.enable()


def test_the_thread_ends_when_the_loop_raises():
    def learn():
        for _ in DataLoader(numbers(), prefetch=2):
            raise ArithmeticError("not learned")

    with pytest.raises(ArithmeticError, match="not learned"):
        learn()
    assert not threads()


def test_the_thread_inherits_no_grad():
    class Recording(Failing):
        def __getitem__(self, index):
            return autograd.is_grad_enabled()

    with autograd.no_grad():
        assert not any(x.item() for x in DataLoader(Recording(), prefetch=2))


# Seeds, and going on in the middle.


def test_the_global_seed_decides_order_and_transforms():
    def batches():
        autograd.manual_seed(3)
        return [x.numpy() for x in DataLoader(Noisy(), 4, shuffle=True)]

    assert all(np.array_equal(a, b) for a, b in zip(batches(), batches(), strict=True))


def own_sampler(generator):
    return {"sampler": RandomSampler(range(N), generator=generator)}


def replacing(generator):
    return {"batch_sampler": BatchSampler(RandomSampler(range(N), True, 40, generator=generator), 5, False)}


@pytest.mark.parametrize("ahead", [0, 3])
@pytest.mark.parametrize("stop", [0, 1, 4, 5, 7])
@pytest.mark.parametrize("how", ["shuffle", "in order", "own sampler", "batch sampler"])
def test_a_new_loader_goes_on_where_the_old_one_stood(how, stop, ahead):
    def loader(seed):
        generator = seeded(seed)
        options = {
            "shuffle": {"batch_size": 4, "shuffle": True, "generator": generator},
            "in order": {"batch_size": 4, "generator": generator},
            "own sampler": {"batch_size": 4, **own_sampler(seeded(seed)), "generator": generator},
            "batch sampler": {**replacing(seeded(seed)), "generator": generator},
        }[how]
        return DataLoader(Noisy(), prefetch=ahead, **options)

    old, states, batches = loader(0), [], []
    list(old)
    for _ in range(2):  # the rest of one epoch, and the next
        for batch in old:
            batches.append(batch.numpy())
            states.append(json.dumps(old.state_dict()))
    new = loader(99)
    new.load_state_dict(json.loads(states[stop]))
    expected = batches[stop + 1 :]
    found = [batch.numpy() for _ in range(2) for batch in new][: len(expected)]
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


def test_a_state_can_be_taken_after_a_break_and_before_the_first_batch():
    loader = DataLoader(numbers(), 4, shuffle=True, generator=seeded())
    whole = indices(DataLoader(numbers(), 4, shuffle=True, generator=seeded()))
    fresh = loader.state_dict()
    for _ in loader:
        break
    state = loader.state_dict()
    assert state["epoch"]["position"] == 1
    loader.load_state_dict(state)
    assert loader.state_dict() == state
    assert indices(loader) == whole[1:]
    assert loader.state_dict()["epoch"] is None
    loader.load_state_dict(fresh)
    assert indices(loader) == whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.pop("epoch"), r"lacks \['epoch'\]"),
        (lambda state: state.update(length=9), "state is of 9 batches, this loader has 6"),
        (lambda state: state.update(generator=None), "loader with no generator"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(change, message):
    loader = DataLoader(numbers(), 4, shuffle=True, generator=seeded())
    state = loader.state_dict()
    change(state)
    before = loader.state_dict()
    with pytest.raises(ValueError, match=message):
        loader.load_state_dict(state)
    assert loader.state_dict() == before


def test_a_sampler_without_a_length_serves_without_end():
    class Endless(Sampler):
        def __iter__(self):
            while True:
                yield 5

    walk = iter(DataLoader(numbers(), 2, sampler=Endless(), prefetch=1))
    assert [next(walk)[0].tolist() for _ in range(3)] == [[5, 5]] * 3
