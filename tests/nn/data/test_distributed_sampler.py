"""The shards are torch's where the order is; a shuffled order is dealt out whole."""

import pytest
import torch

from nn.data import DistributedSampler

SIZES = [(n, ranks) for n in (1, 2, 7, 10, 12) for ranks in (1, 2, 3, 4, 5)]


@pytest.mark.parametrize(("n", "ranks"), SIZES)
@pytest.mark.parametrize("drop_last", [False, True])
def test_the_shards_are_torchs(n, ranks, drop_last):
    for rank in range(ranks):
        options = {"num_replicas": ranks, "rank": rank, "shuffle": False, "drop_last": drop_last}
        ours = DistributedSampler(range(n), **options)
        theirs = torch.utils.data.DistributedSampler(range(n), **options)
        assert len(ours) == len(theirs)
        assert (ours.num_samples, ours.total_size) == (theirs.num_samples, theirs.total_size)
        assert list(ours) == list(theirs)


@pytest.mark.parametrize(("n", "ranks"), SIZES)
def test_to_measure_each_sample_is_dealt_once(n, ranks):
    shards = [DistributedSampler(range(n), ranks, rank, pad=False) for rank in range(ranks)]
    assert sorted(i for shard in shards for i in shard) == list(range(n))
    assert [len(shard) for shard in shards] == [len(list(shard)) for shard in shards]


def test_an_epoch_has_an_order_of_its_own_and_all_ranks_have_it():
    orders = []
    for epoch in range(3):
        shards = [DistributedSampler(range(12), 3, rank, seed=4) for rank in range(3)]
        for shard in shards:
            shard.set_epoch(epoch)
        orders.append([list(shard) for shard in shards])
        assert sorted(i for shard in orders[-1] for i in shard) == list(range(12))
        assert orders[-1] == [list(shard) for shard in shards]
    assert orders[0] != orders[1] != orders[2]


def test_a_rank_beyond_the_last_is_refused_as_in_torch():
    for sampler in (DistributedSampler, torch.utils.data.DistributedSampler):
        with pytest.raises(ValueError, match=r"Invalid rank 3, rank should be in the interval \[0, 2\]"):
            sampler(range(3), num_replicas=3, rank=3)
