"""`find_batch_size`: how close it comes, that it leaves no trace, and what it says when nothing fits."""

import random

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.train import Accuracy, BatchSize, Callback, Trainer, find_batch_size
from nn.train.free_memory import Ceiling, Free, free_memory, free_of_cgroups, mapped
from nn.train.left_as_it_was import left_as_it_was
from tests.benchmarks import batch_size as bench

MB = 1 << 20
EVERY_ARRAY_ITS_OWN_PAGES = {  # as only those above 32 MB have, so that with small budgets no holes in the heap count
    "CHALKGRAD_KEEP_MEMORY": "0", "MALLOC_MMAP_THRESHOLD_": "131072", "OMP_NUM_THREADS": "1",
}  # fmt: skip


@pytest.mark.parametrize(("name", "megabytes"), [("mlp", 40), ("mlp", 96), ("cnn", 64)])
def test_what_is_found_trains_and_is_within_15_percent_of_the_most_that_does(name, megabytes):
    printed = bench.run("find", name, megabytes, **EVERY_ARRAY_ITS_OWN_PAGES)
    assert printed is not None, "the process died"
    found = int(printed.split()[0])
    assert bench.run("attempt", name, megabytes, int(found / 0.85) + 1, **EVERY_ARRAY_ITS_OWN_PAGES) is None


def test_a_step_that_takes_too_much_raises_and_the_process_lives():
    if Ceiling(0).highest is None:
        pytest.skip("there is no ceiling on this system")
    with pytest.raises(MemoryError), Ceiling(50 * MB).held():
        np.ones(100 * MB)
    np.ones(100 * MB)


def made(seed=0, rows=8):
    autograd.manual_seed(seed)
    net = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.ReLU(), nn.Linear(5, 3))
    net[1].eval()
    x, y = autograd.randn(rows, 6), autograd.arange(rows) % 3
    return net, (x, y), optim.Adam(net.parameters(), lr=0.1), nn.CrossEntropyLoss()


def everything(net, optimizer):
    """All that training changes, as bytes and numbers."""
    return (
        [tensor.numpy(force=True).tobytes() for tensor in (*net.parameters(), *net.buffers())],
        [None if p.grad is None else p.grad.numpy().tobytes() for p in net.parameters()],
        [module.training for module in net.modules()],
        repr(optimizer.state_dict()), optimizer.stepped,
        autograd.rand(1).item(), np.random.rand(), random.random(),
    )  # fmt: skip


@pytest.mark.parametrize("trained", [0, 3])
def test_model_optimizer_and_random_numbers_are_as_before(trained):
    def start():
        net, batch, optimizer, loss = made()
        for _ in range(trained):
            loss(net(batch[0]), batch[1]).backward()
            optimizer.step()
        np.random.seed(0)
        random.seed(0)
        return net, batch, optimizer, loss

    net, batch, optimizer, loss = start()
    parameters, gradients = list(net.parameters()), [p.grad for p in net.parameters()]
    find_batch_size(net, batch, optimizer, loss, largest=50)
    assert all(p is q for p, q in zip(parameters, net.parameters()))
    assert all(p.grad is g for p, g in zip(parameters, gradients))
    after = everything(net, optimizer)
    twin, _, other, _ = start()
    assert after == everything(twin, other)


def test_all_is_put_back_after_an_error_too():
    net, batch, optimizer, loss = made()
    before, hook = net[0].weight.numpy(force=True).copy(), []

    def failing(output, target):
        hook.append(1)
        if len(hook) == 3:
            raise KeyError("the third step")
        return loss(output, target)

    with pytest.raises(KeyError):
        find_batch_size(net, batch, optimizer, failing, largest=50)
    assert np.array_equal(net[0].weight.numpy(force=True), before)
    assert optimizer.state == {}
    assert not net[1].training


def test_the_result_is_bounded_by_the_data_and_by_largest():
    net, (x, y), optimizer, loss = made(rows=20)
    data = TensorDataset(x, y)
    loader = DataLoader(data, 4, shuffle=True)
    for sample, largest, expected in ((data, None, 20), (loader, None, 20), (data, 7, 7), ((x, y), 33, 33)):
        assert find_batch_size(net, sample, optimizer, loss, largest=largest).batch_size == expected
    assert loader.state_dict()["epoch"] is None


def test_parts_may_be_dicts_and_arrays():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 2)

        def forward(self, given):
            return self.linear(given["x"])

    net = Net()
    batch = ({"x": np.ones((3, 4), np.float32)}, np.zeros((3, 2), np.float32))
    found = find_batch_size(net, batch, optim.SGD(net.parameters()), nn.MSELoss(), largest=9)
    assert found.batch_size == 9


@pytest.mark.parametrize(("largest", "effective", "expected"), [(10, 24, (8, 3)), (None, 24, (24, 1)), (5, 7, (1, 7))])
def test_an_effective_batch_is_made_up_of_equal_batches(largest, effective, expected):
    net, batch, optimizer, loss = made()
    net = nn.Sequential(nn.Linear(6, 3))
    optimizer = optim.SGD(net.parameters(), 0.1)
    found = find_batch_size(net, batch, optimizer, loss, largest=largest, effective=effective)
    assert (found.batch_size, found.accumulate) == expected


def test_a_trainer_lends_its_step_but_not_its_callbacks_and_metrics():
    class Never(Callback):
        def on_batch_end(self, run):
            raise AssertionError

    net, batch, optimizer, loss = made()
    trainer = Trainer(metrics=[Accuracy()], callbacks=[Never()], clip_norm=1.0, l2=0.1, progress=False)
    before = trainer.metrics[0].state_dict()
    assert find_batch_size(net, batch, optimizer, loss, largest=10, trainer=trainer).batch_size == 10
    assert trainer.metrics[0].state_dict() == before
    with pytest.raises(RuntimeError, match="nothing has been trained"):
        _ = trainer.run


@pytest.mark.parametrize("amp", ["float16", "bfloat16"])
def test_mixed_precision_is_measured_as_it_trains(amp):
    if amp == "bfloat16":
        pytest.importorskip("ml_dtypes")
    net, sample, optimizer, loss = bench.parts("mlp")
    plain = find_batch_size(net, sample, optimizer, loss, largest=500)
    half = find_batch_size(net, sample, optimizer, loss, largest=500, trainer=Trainer(amp=amp, progress=False))
    assert half.per_sample < plain.per_sample


def test_the_figures_stand_in_one_line():
    found = BatchSize(100, 2, 50_000, 2_000_000, 8_000_000, "given", {2: 2_100_000})
    assert str(found) == "batch size 100, 2 batches to a step: 2.0 MB + 50.0 KB a sample = 7.0 MB of 8.0 MB (given)"


def test_a_budget_is_kept_to():
    net, sample, optimizer, loss = bench.parts("mlp")
    found = find_batch_size(net, sample, optimizer, loss, budget=30 * MB)
    assert found.limit == "given"
    assert 18 * MB < found.bytes < 1.001 * found.budget < 30 * MB  # bytes lie on a line through what was measured


def test_a_model_of_which_no_sample_fits_is_told_with_figures():
    net = nn.MLP(1000, [2000, 1000])
    optimizer = optim.Adam(net.parameters())
    before = net.state_dict()["0.weight"].numpy().copy()
    sample = autograd.randn(2, 1000), autograd.randn(2, 1000)
    with pytest.raises(MemoryError) as caught:
        find_batch_size(net, sample, optimizer, nn.MSELoss(), budget=20 * MB)
    message = str(caught.value)
    assert "a training step with one sample takes" in message
    assert "16.0 MB of it for gradients" in message
    assert "only 19.9 MB may be taken (given, of which 21.0 MB is free)" in message
    assert "autograd.checkpoint" in message
    assert np.array_equal(net.state_dict()["0.weight"].numpy(), before)


REFUSED = {
    "a batch without a target": ({"sample": (np.ones((2, 6)),)}, TypeError, "given a batch of 1 part"),
    "a number": ({"sample": 3}, TypeError, "a DataLoader or a data set, given int"),
    "text": ({"sample": (["a"], np.zeros(1))}, TypeError, "it holds str"),
    "an empty batch": ({"sample": (np.ones((0, 6)), np.zeros(0))}, ValueError, "an empty batch"),
    "no model": ({"model": 3}, TypeError, "expected model to be a Module"),
    "no optimizer": ({"optimizer": None}, TypeError, "expected optimizer to be a Optimizer"),
    "no loss": ({"loss": None}, TypeError, "expected loss to be callable"),
    "a margin of all": ({"margin": 1}, ValueError, "at least 0 and below 1, given 1"),
    "a budget of nothing": ({"budget": 0}, ValueError, "expected budget to be a whole number, 1 or more, given 0"),
    "no effective batch": ({"effective": 0}, ValueError, "expected effective to be"),
}


@pytest.mark.parametrize(("given", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(given, error, message):
    net, sample, optimizer, loss = made()
    arguments = {"model": net, "sample": sample, "optimizer": optimizer, "loss": loss} | given
    with pytest.raises(error, match=message):
        find_batch_size(**arguments)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_the_limits_of_control_groups_count_on_every_level(tmp_path):
    write(tmp_path / "proc/self/cgroup", "9:memory:/a/b\n8:cpu:/c\n0::/v2\n")
    one, two = tmp_path / "sys/fs/cgroup/memory/a", tmp_path / "sys/fs/cgroup/v2"
    for name, content in {
        "b/memory.limit_in_bytes": "1000", "b/memory.usage_in_bytes": "300",
        "b/memory.stat": "cache 9\ntotal_inactive_file 50\n",
        "memory.limit_in_bytes": "800", "memory.usage_in_bytes": "900", "memory.stat": "",
    }.items():  # fmt: skip
        write(one / name, content)
    for name, content in {"memory.max": "max\n", "memory.current": "5\n", "memory.stat": ""}.items():
        write(two / name, content)
        write(two.parent / name, content.replace("max", "90"))
    found = [free.bytes for free in free_of_cgroups(tmp_path)]
    assert found == [750, 0, 85]
    assert list(free_of_cgroups(tmp_path / "elsewhere")) == []


def test_what_is_free_is_less_than_what_the_machine_has():
    free = free_memory()
    assert isinstance(free, Free)
    assert 0 < free.bytes < 1 << 50
    assert mapped() > 10 * MB


def test_a_trace_left_by_the_model_is_taken_back():
    net, batch, optimizer, loss = made()
    running = net[1].running_mean
    with left_as_it_was(net, optimizer, loss):
        net[1].running_mean = autograd.ones(5)
    assert net[1].running_mean is running
    assert running.tolist() == [0.0] * 5
