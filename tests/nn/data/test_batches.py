"""Data sets and the loader."""

import numpy as np
import pytest

import autograd
from nn.data import DataLoader, Dataset, TensorDataset

X = np.arange(20.0, dtype=np.float32).reshape(10, 2)
Y = np.arange(10)


class Squares(Dataset):
    """Samples that can only be had one by one."""

    def __getitem__(self, index):
        return {"root": index, "square": np.array([index, index**2])}

    def __len__(self):
        return 5


def test_a_tensor_dataset_serves_tuples_of_elements():
    data = TensorDataset(autograd.tensor(X), autograd.tensor(Y))
    x, y = data[3]
    assert len(data) == 10
    assert x.tolist() == [6.0, 7.0]
    assert y.item() == 3


def test_a_tensor_dataset_takes_arrays_without_a_copy():
    data = TensorDataset(X, Y)
    assert np.shares_memory(data.tensors[0].numpy(), X)


def test_a_tensor_dataset_of_unequal_lengths_is_refused():
    with pytest.raises(ValueError, match=r"same length, given shapes \(10, 2\), \(9,\)"):
        TensorDataset(X, Y[:9])
    with pytest.raises(ValueError, match="counts samples"):
        TensorDataset(autograd.tensor(1.0))


def test_batches_come_in_order_and_the_last_is_smaller():
    loader = DataLoader(TensorDataset(X, Y), batch_size=4)
    assert [y.tolist() for _, y in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert len(loader) == 3
    for x, y in loader:
        assert x.dtype == autograd.float32
        assert np.array_equal(x.numpy(), X[y.numpy()])


def test_a_small_last_batch_can_be_dropped():
    loader = DataLoader(TensorDataset(X, Y), batch_size=4, drop_last=True)
    assert [y.tolist() for _, y in loader] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert len(loader) == 2


def test_shuffling_serves_every_sample_once_in_an_order_that_changes():
    loader = DataLoader(TensorDataset(X, Y), batch_size=3, shuffle=True, generator=autograd.Generator().manual_seed(0))
    orders = [[i for _, y in loader for i in y.tolist()] for _ in range(3)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_the_order_is_decided_by_the_generator_or_the_global_seed():
    def order(**options):
        return [y.item() for _, y in DataLoader(TensorDataset(X, Y), shuffle=True, **options)]

    assert order(generator=autograd.Generator().manual_seed(5)) == order(generator=autograd.Generator().manual_seed(5))
    autograd.manual_seed(5)
    first = order()
    autograd.manual_seed(5)
    assert order() == first


def test_a_batch_is_a_copy():
    x, _ = next(iter(DataLoader(TensorDataset(X, Y), batch_size=4)))
    x.zero_()
    assert X[1].tolist() == [2.0, 3.0]


def test_samples_of_any_data_set_are_stacked():
    (batch,) = DataLoader(Squares(), batch_size=5)
    assert batch["root"].tolist() == [0, 1, 2, 3, 4]
    assert batch["square"].tolist() == [[0, 0], [1, 1], [2, 4], [3, 9], [4, 16]]


def test_a_list_of_pairs_is_a_data_set():
    ((x, y),) = DataLoader([(autograd.tensor([1.0, 2.0]), 0), (autograd.tensor([3.0, 4.0]), 1)], batch_size=2)
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert y.dtype == autograd.int64


@pytest.mark.parametrize("size", [0, -1, 2.5])
def test_a_batch_size_that_is_no_positive_integer_is_refused(size):
    with pytest.raises(ValueError, match=f"given|got batch_size={size}"):
        DataLoader(TensorDataset(X, Y), batch_size=size)


def test_an_empty_data_set_is_refused():
    with pytest.raises(ValueError, match="data set is empty"):
        DataLoader([], batch_size=4)
