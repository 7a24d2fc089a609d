"""What a program for a GPU asks for: answered as PyTorch does on a machine without one, and noted where it matters."""

import inspect
import json
import sys
import warnings
from functools import partial

import numpy as np
import pytest
import torch

import autograd
import nn
from nn.interop import noted, torchvisionlike
from nn.interop.summary_writer import SummaryWriter
from tests.data_files import write_mnist
from tests.nn.interop.torchlike.layout import torchlike


@pytest.fixture
def notes(capsys):
    """What was noted so far."""
    noted.tell()
    capsys.readouterr()

    def read():
        noted.tell()
        return capsys.readouterr().err

    yield read
    noted.tell()


def outcome(call):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()
    except Exception as error:
        return type(error)


def functions(module):
    return [name for name, f in vars(module).items() if inspect.isfunction(f) and not name.startswith("_")]


WAIT = {"synchronize", "empty_cache", "reset_peak_memory_stats", "current_allocated_memory", "driver_allocated_memory"}
DEVICES = {"cuda": torch.cuda, "mps": torch.mps, "accelerator": torch.accelerator, "distributed": torch.distributed}
ASKED = [
    (place, name)
    for place in ("cuda", "mps", "accelerator")
    for name in functions(getattr(torchlike, place))
    if name not in WAIT | {"is_available", "is_bf16_supported", "memory_allocated", "max_memory_allocated"}
]


@pytest.mark.parametrize(("place", "name"), ASKED)
def test_devices_answer_as_on_a_machine_without_one(place, name):
    ours, theirs = getattr(getattr(torchlike, place), name), getattr(DEVICES[place], name)
    needed = [0] * sum(p.default is p.empty for p in inspect.signature(ours).parameters.values())
    if name == "set_rng_state_all":
        needed = [[]]
    expected = {"set_device": AssertionError}.get(name) or outcome(partial(theirs, *needed))
    assert outcome(partial(ours, *needed)) == expected


@pytest.mark.parametrize("place", ["cuda", "mps", "accelerator"])
@pytest.mark.parametrize("name", sorted(WAIT))
def test_waiting_and_tidying_do_nothing(place, name):
    module = getattr(torchlike, place)
    assert not hasattr(module, name) or not getattr(module, name)()


def test_no_device_is_available():
    places = (torchlike.cuda, torchlike.mps, torchlike.accelerator)
    assert not any(place.is_available() for place in (*places, torchlike.backends.mps, torchlike.backends.cudnn))


def test_flags_are_kept_and_noted(notes):
    backends = torchlike.backends
    for holder, flag, value in (
        (backends.cudnn, "benchmark", True), (backends.cudnn, "deterministic", False),
        (backends.cuda.matmul, "allow_tf32", True),
    ):  # fmt: skip
        before = getattr(holder, flag)
        setattr(holder, flag, value)
        assert getattr(holder, flag) is value
        setattr(holder, flag, before)
    said = notes()
    assert "torch.backends.cudnn.benchmark = True has no effect" in said
    assert "torch.backends.cuda.matmul.allow_tf32 = True has no effect" in said
    assert "deterministic" not in said  # it was False
    with pytest.raises(AttributeError, match=r"torch\.backends\.cuda\.matmul\.fast is not supported"):
        backends.cuda.matmul.fast = True


def test_a_backend_that_there_is_not_is_noted_and_its_own_compiles(notes):
    net = nn.Linear(2, 2)
    assert torchlike.compile(net, mode="max-autotune") is net
    assert torchlike.compile(len, disable=True) is len
    assert torchlike.compile(dynamic=True)(len)("abc") == 3
    assert "torch.compile" not in notes()
    compiled = torchlike.compile(lambda x: x * 2, backend="aot_eager")
    assert [compiled(torchlike.ones(2)).tolist() for _ in range(3)] == [[2.0, 2.0]] * 3
    assert notes().count("torch.compile(backend='aot_eager')") == 1


def test_threads_are_set():
    pytest.importorskip("threadpoolctl")
    before = torchlike.get_num_threads()
    torchlike.set_num_threads(1)
    assert torchlike.get_num_threads() == 1
    torchlike.set_num_threads(before)
    for bad in (0, -1, 1.5, True):
        assert outcome(partial(torchlike.set_num_threads, bad)) == outcome(partial(torch.set_num_threads, bad))


def test_settings_of_precision_and_determinism_are_remembered(notes):
    assert torchlike.get_float32_matmul_precision() == torch.get_float32_matmul_precision() == "highest"
    torchlike.set_float32_matmul_precision("high")
    assert torchlike.get_float32_matmul_precision() == "high"
    with pytest.warns(UserWarning, match="is not one of 'highest', 'high', or 'medium'"):
        torchlike.set_float32_matmul_precision("low")
    torchlike.set_float32_matmul_precision("highest")
    torchlike.use_deterministic_algorithms(True)
    assert torchlike.are_deterministic_algorithms_enabled()
    torchlike.use_deterministic_algorithms(False)
    assert "full precision" in notes()


def test_autocast_on_cuda_warns_and_is_not_enabled():
    with pytest.warns(UserWarning, match="CUDA is not available"), torchlike.autocast("cuda"):
        assert (torchlike.ones(2, 2) @ torchlike.ones(2, 2)).dtype == np.float32
    with pytest.warns(UserWarning, match="CUDA is not available"):
        torchlike.cuda.amp.autocast()
    for bad in ("gpu", "meta", 1):
        assert outcome(partial(torchlike.autocast, bad)) == outcome(partial(torch.autocast, bad))


@pytest.mark.parametrize("make", ["amp.GradScaler()", "amp.GradScaler('cuda')", "cuda.amp.GradScaler(2.0)"])
def test_a_scaler_on_cuda_warns_and_is_not_enabled(make):
    with pytest.warns(UserWarning, match="GradScaler is enabled, but CUDA is not available"):
        scaler = eval(f"torchlike.{make}")
    theirs = torch.amp.GradScaler(enabled=False)
    x = autograd.ones(2)
    assert scaler.scale(x) is x
    assert (scaler.is_enabled(), scaler.get_scale(), scaler.state_dict()) == (
        theirs.is_enabled(), theirs.get_scale(), theirs.state_dict()
    )
    w = nn.Parameter(autograd.ones(1))
    w.sum().backward()
    scaler.unscale_(optimizer := nn.optim.SGD([w], lr=0.5))
    scaler.step(optimizer)
    scaler.update()
    assert w.item() == 0.5


def test_the_older_names_of_mixed_precision_are_on_the_cpu():
    with torchlike.cpu.amp.autocast(dtype=torchlike.float16):
        assert (torchlike.ones(2, 2) @ torchlike.ones(2, 2)).dtype == np.float16
    assert torchlike.cpu.amp.GradScaler(4.0).get_scale() == 4
    kinds = ("cpu", "cuda", "mps", "xpu", "meta")
    assert [torchlike.amp.is_autocast_available(kind) for kind in kinds] == [
        torch.amp.is_autocast_available(kind) for kind in kinds
    ]


def test_the_profiler_says_that_it_measures_nothing(notes):
    profiler = torchlike.profiler
    with profiler.profile(activities=[profiler.ProfilerActivity.CPU], record_shapes=True) as prof:
        with profiler.record_function("part"):
            pass
        prof.step()
    assert "measures nothing" in prof.key_averages().table(sort_by="cpu_time_total", row_limit=10)
    assert "python -m cProfile" in notes()


def test_before_there_is_a_group_the_errors_are_torchs(notes):
    assert not torchlike.distributed.is_initialized()
    for call in (
        lambda of: of.distributed.get_rank(), lambda of: of.distributed.get_world_size(),
        lambda of: of.distributed.barrier(), lambda of: of.distributed.all_reduce(of.ones(2)),
        lambda of: of.nn.parallel.DistributedDataParallel(of.nn.Linear(1, 1)),
    ):  # fmt: skip
        assert outcome(partial(call, torchlike)) is outcome(partial(call, torch)) is ValueError


def test_one_process_is_enough(notes):
    model = torchlike.nn.DataParallel(nn.Linear(2, 1))
    assert model(autograd.ones(3, 2)).shape == (3, 1)
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    assert "no GPU" in notes()


PAIRS = {
    "equal": ([1.0, 2.0], [1.0, 2.0], {}),
    "within the tolerance": ([1.0], [1.000001], {}),
    "beyond it": ([1.0, 2.0, 3.0], [1.0, 2.5, 3.1], {}),
    "given tolerances": ([1.0], [1.1], {"rtol": 0.2, "atol": 0.0}),
    "one tolerance": ([1.0], [1.1], {"rtol": 0.2}),
    "shapes": ([1.0], [1.0, 1.0], {}),
    "dtypes": ([1], [1.0], {}),
    "other dtypes allowed": ([1], [1.0], {"check_dtype": False}),
    "integers": ([1, 2], [1, 3], {}),
    "bools": ([True, False], [True, True], {}),
    "nan": ([float("nan")], [float("nan")], {}),
    "equal nan": ([float("nan")], [float("nan")], {"equal_nan": True}),
    "inf": ([float("inf")], [1.0], {}),
    "nothing": ([], [], {}),
    "a message": ([1.0], [2.0], {"msg": "no"}),
    "a made message": ([1.0], [2.0], {"msg": lambda text: "so: " + text}),
}


def judged(assert_close, ours, theirs, **options):
    try:
        return assert_close(ours, theirs, **options)
    except Exception as error:
        return type(error), str(error).replace("torch.", "")


@pytest.mark.parametrize(("x", "y", "options"), PAIRS.values(), ids=PAIRS)
def test_assert_close_judges_and_speaks_as_pytorchs(x, y, options):
    expected = judged(torch.testing.assert_close, torch.tensor(x), torch.tensor(y), **options)
    found = judged(torchlike.testing.assert_close, autograd.tensor(x), autograd.tensor(y), **options)
    if expected and "attribute 'shape'" in expected[1]:
        expected, found = expected[0], found[0]
    assert found == expected


def nested(library):
    t = library.tensor
    yield 1.0, 2.0
    yield 1, 1
    yield 1, 2
    yield [t([1.0])], [t([0.0])]
    yield {"a": t([1.0])}, {"a": t([1.0])}
    yield {"a": t([1.0])}, {"b": t([1.0])}
    yield [1.0], [1.0, 2.0]
    yield (t([1.0]), {"b": [t([2.0]), t([3.0])]}), (t([1.0]), {"b": [t([2.0]), t([4.0])]})
    yield t([1]), 1
    yield np.ones(2), np.ones(2)
    yield np.ones(2), np.zeros(2)


def test_assert_close_looks_into_containers():
    for ours, theirs in zip(nested(autograd), nested(torch), strict=True):
        found, expected = judged(torchlike.testing.assert_close, *ours), judged(torch.testing.assert_close, *theirs)
        assert (found and found[0]) == (expected and expected[0])
        if expected and "item" in expected[1]:
            assert found[1].splitlines()[-1] == expected[1].splitlines()[-1]


def test_a_summary_goes_to_tensorboard(tmp_path):
    pytest.importorskip("tensorboardX")
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", autograd.tensor(0.5, requires_grad=True) * 1, 3)
        writer.add_scalars("both", {"a": autograd.tensor(1.0), "b": 2.0}, 3)
        writer.add_histogram("w", autograd.randn(10), 3)
        writer.add_image("image", autograd.rand(1, 4, 4), 3)
        writer.add_text("text", "words", 3)
    assert any(path.stat().st_size for path in (tmp_path / "run").rglob("events.out.tfevents*"))


def test_a_summary_becomes_lines_of_json_without_tensorboardx(tmp_path, monkeypatch, notes):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    writer = SummaryWriter(str(tmp_path))
    writer.add_scalar("loss", autograd.tensor(0.5), 3)
    writer.add_scalars("both", {"a": autograd.tensor(1.0)}, global_step=4)
    writer.add_image("image", autograd.rand(1, 4, 4))
    writer.add_graph(nn.Linear(1, 1))
    writer.close()
    rows = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(row["tag"], row["value"], row["step"]) for row in rows] == [("loss", 0.5, 3), ("both/a", 1.0, 4)]
    said = notes()
    assert "pip install tensorboardX" in said
    assert "add_image" in said
    assert "add_graph" in said


def test_data_sets_are_made_as_torchvisions(tmp_path, monkeypatch, notes):
    monkeypatch.setenv("CHALKGRAD_DATA", str(tmp_path / "data"))
    make = torchvisionlike.datasets.MNIST
    with pytest.raises(RuntimeError, match="You can use download=True to download it"):
        make(str(tmp_path / "nowhere"), train=True)
    write_mnist(tmp_path / "data" / "mnist")
    transform = torchvisionlike.transforms.Compose([torchvisionlike.transforms.ToTensor()])
    data = make(root=str(tmp_path / "nowhere"), train=True, transform=transform, download=True)
    assert "there was nothing in" in notes()
    assert data.train_data is data.data
    assert data.train_labels is data.targets
    assert data[0][0].shape[0] == 1
    assert repr(data).splitlines()[:4] == [
        "Dataset MNIST", f"    Number of datapoints: {len(data)}", f"    Root location: {tmp_path / 'data'}",
        "    Split: Train",
    ]  # fmt: skip
    assert "Transform: Compose(" in repr(data)
