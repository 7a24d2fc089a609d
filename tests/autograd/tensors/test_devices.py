"""Devices: named, compared and printed as torch's; no tensor is put on any but the CPU."""

import copy
import pickle

import pytest
import torch

import autograd
import nn
from nn.data import DataLoader, TensorDataset

NAMES = ["cpu", "cpu:0", "cuda", "cuda:0", "cuda:3", "mps", "xpu:1", "meta"]
GIVEN = [*NAMES, "", "gpu", "cuda:x", "cuda:", 0, True, 1.5, None]
CREATED = {
    "tensor": lambda m, **o: m.tensor([1.0, 2.0], **o),
    "as_tensor": lambda m, **o: m.as_tensor([1.0, 2.0], **o),
    "zeros": lambda m, **o: m.zeros(2, **o),
    "ones": lambda m, **o: m.ones(2, **o),
    "empty": lambda m, **o: m.empty(0, **o),
    "full": lambda m, **o: m.full((2,), 3.0, **o),
    "zeros_like": lambda m, **o: m.zeros_like(m.ones(2), **o),
    "ones_like": lambda m, **o: m.ones_like(m.ones(2), **o),
    "empty_like": lambda m, **o: m.empty_like(m.ones(0), **o),
    "full_like": lambda m, **o: m.full_like(m.ones(2), 3.0, **o),
    "arange": lambda m, **o: m.arange(3, **o),
    "linspace": lambda m, **o: m.linspace(0, 1, 3, **o),
    "eye": lambda m, **o: m.eye(2, **o),
    "rand": lambda m, **o: m.rand(2, **o).abs() * 0,
    "randn": lambda m, **o: m.randn(2, **o).abs() * 0,
    "randint": lambda m, **o: m.randint(1, 2, (3,), **o),
    "randperm": lambda m, **o: m.randperm(1, **o),
    "rand_like": lambda m, **o: m.rand_like(m.ones(2), **o) * 0,
    "randn_like": lambda m, **o: m.randn_like(m.ones(2), **o).abs() * 0,
    "new_tensor": lambda m, **o: m.ones(2).new_tensor([1.0], **o),
    "new_zeros": lambda m, **o: m.ones(2).new_zeros(2, **o),
    "new_ones": lambda m, **o: m.ones(2).new_ones((2, 1), **o),
    "new_empty": lambda m, **o: m.ones(2).new_empty(0, **o),
    "new_full": lambda m, **o: m.ones(2).new_full((2,), 3.0, **o),
    "to": lambda m, **o: m.ones(2).to(**o),
}
LAYERS = {
    "Linear": lambda m, **o: m.Linear(2, 3, **o),
    "Conv2d": lambda m, **o: m.Conv2d(1, 2, 3, **o),
    "BatchNorm1d": lambda m, **o: m.BatchNorm1d(2, **o),
    "BatchNorm2d": lambda m, **o: m.BatchNorm2d(2, **o),
    "LayerNorm": lambda m, **o: m.LayerNorm(2, **o),
    "Embedding": lambda m, **o: m.Embedding(2, 3, **o),
    "PReLU": lambda m, **o: m.PReLU(**o),
    "MultiheadAttention": lambda m, **o: m.MultiheadAttention(4, 2, **o),
}
WITHOUT_EFFECT = {
    "layout": lambda m: m.zeros(2, layout=None if m is autograd else torch.strided),
    "memory_format": lambda m: m.zeros_like(m.ones(2), memory_format=None),
    "cpu": lambda m: m.ones(2).cpu(),
    "a device and a dtype": lambda m: m.ones(2).to("cpu", m.float64),
    "a device object, a dtype, non_blocking, copy": lambda m: m.ones(2).to(m.device("cpu"), m.int64, True, True),
    "a dtype and non_blocking": lambda m: m.ones(2).to(m.float64, True),
    "a device and non_blocking": lambda m: m.ones(2).to("cpu", non_blocking=True),
    "a tensor to go to": lambda m: m.ones(2).to(m.ones(1, dtype=m.int32)),
    "a number of a CPU": lambda m: m.zeros(2, device="cpu:0").device,
    "is_cpu": lambda m: (m.ones(2).is_cpu, m.ones(2).is_mps, m.ones(2).is_xpu),
    "is_cuda": lambda m: (m.ones(2).is_cuda, m.ones(2).get_device(), m.ones(2).is_pinned(), m.ones(2).is_shared()),
    "sizes": lambda m: (m.ones(2, 3).ndimension(), m.ones(2, 3).nelement(), m.ones(2).element_size()),
    "storage_offset": lambda m: (m.ones(3, 4)[1:, 2].storage_offset(), m.ones(2).storage_offset()),
    "stride": lambda m: (m.ones(2, 3).t().stride(), m.ones(2, 3).stride(-2), m.ones(6)[::2].stride()),
    "stride of a number": lambda m: m.ones(()).stride(),
    "generator": lambda m: (m.Generator(device="cpu").device, m.Generator("cpu").device, m.Generator().device),
}  # fmt: skip


def outcome(function, *args, **options):
    """The result, or the class and the first words of the error."""
    try:
        return function(*args, **options)
    except Exception as error:
        return type(error), str(error).split(":")[0].split(" (")[0][:40]


@pytest.mark.parametrize("given", GIVEN, ids=repr)
def test_a_device_is_named_as_in_torch(given):
    ours, theirs = outcome(autograd.device, given), outcome(torch.device, given)
    if isinstance(theirs, tuple):
        assert ours[0] is theirs[0]
        assert ours[1][:8] == theirs[1][:8]
    else:
        assert (repr(ours), str(ours), ours.type, ours.index) == (repr(theirs), str(theirs), theirs.type, theirs.index)


def test_a_type_and_an_index_make_a_device():
    device = autograd.device
    assert device("cuda", 1) == device("cuda:1") == device(type="cuda", index=1) == device(device("cuda", 1))
    assert repr(device("cuda", 1)) == repr(torch.device("cuda", 1))
    with pytest.raises(RuntimeError, match="must not include an index"):
        device("cuda:0", 0)


def test_devices_can_be_compared_and_hashed_and_not_changed():
    devices = [autograd.device(name) for name in NAMES]
    assert len(set(devices)) == len({torch.device(name) for name in NAMES}) == len(NAMES)
    assert [a == b for a in devices for b in devices] == [a == b for a in NAMES for b in NAMES]
    assert devices[0] != "cpu"
    assert [pickle.loads(pickle.dumps(d)) for d in devices] == copy.deepcopy(devices) == devices
    with pytest.raises(AttributeError):
        devices[0].type = "cuda"
    assert isinstance(devices[0], autograd.device)


@pytest.mark.parametrize("create", CREATED.values(), ids=CREATED)
def test_every_tensor_can_be_created_on_the_cpu_and_only_there(create):
    for name in ("cpu", None):
        assert repr(create(autograd, device=name)) == repr(create(torch, device=name))
    assert create(autograd, device=autograd.device("cpu")).device == autograd.device("cpu")
    before = autograd.get_rng_state()
    for name in ("cuda", "cuda:0", "gpu", 0):
        ours, theirs = outcome(create, autograd, device=name), outcome(create, torch, device=name)
        assert ours[0] is theirs[0]
        assert ours[1][:30] == theirs[1][:30]
    with pytest.raises(NotImplementedError, match="every tensor is on the 'cpu'"):
        create(autograd, device="mps")
    assert autograd.equal(autograd.get_rng_state(), before)


@pytest.mark.parametrize("build", LAYERS.values(), ids=LAYERS)
def test_every_layer_takes_a_device_and_a_dtype(build):
    ours, theirs = (build(m, device="cpu", dtype=d) for m, d in ((nn, autograd.float64), (torch.nn, torch.float64)))
    kinds = {name: str(x.dtype) for name, x in ours.state_dict().items()}
    assert kinds == {name: str(x.dtype).removeprefix("torch.") for name, x in theirs.state_dict().items()}
    with pytest.raises(AssertionError, match="Torch not compiled with CUDA enabled"):
        build(nn, device="cuda")


@pytest.mark.parametrize("use", WITHOUT_EFFECT.values(), ids=WITHOUT_EFFECT)
def test_what_has_no_effect_is_taken(use):
    assert repr(use(autograd)) == repr(use(torch)).replace("torch.", "")


def test_a_tensor_stays_where_it_is():
    x = autograd.ones(2, requires_grad=True)
    assert x.cpu() is x.to("cpu") is x.to(autograd.device("cpu")) is x.pin_memory() is x.to(device="cpu") is x
    assert x.to("cpu", copy=True) is not x
    assert x.data_ptr() == x.detach().data_ptr() != x.clone().data_ptr()
    assert autograd.zeros(2, pin_memory=True).data_ptr()


@pytest.mark.parametrize("move", [lambda x: x.cuda(), lambda x: x.to("cuda:0"), lambda x: x.cuda(0)], ids=range(3))
@pytest.mark.parametrize("make", [lambda: autograd.ones(2), lambda: nn.Linear(2, 2)], ids=["a tensor", "a module"])
def test_cuda_is_refused_as_by_a_torch_without_it(make, move):
    with pytest.raises(AssertionError, match=r"^Torch not compiled with CUDA enabled"):
        move(make())


def test_a_module_goes_to_a_device_and_a_dtype():
    for use in (
        lambda m, x: m.to("cpu"), lambda m, x: m.to(x.device("cpu"), x.float64), lambda m, x: m.to(device="cpu"),
        lambda m, x: m.to(x.zeros(1, dtype=x.float64)), lambda m, x: m.to(x.float16, non_blocking=True),
        lambda m, x: m.cpu(), lambda m, x: m.to("cpu", dtype=x.float64), lambda m, x: m.to(dtype=x.float16),
    ):  # fmt: skip
        ours, theirs = use(nn.Linear(1, 1), autograd), use(torch.nn.Linear(1, 1), torch)
        assert f"torch.{ours.weight.dtype}" == str(theirs.weight.dtype)
    with pytest.raises(TypeError, match="only accepts floating point"):
        nn.Linear(1, 1).to("cpu", autograd.int64)


@pytest.fixture
def mapped():
    autograd.map_to_cpu()
    yield
    autograd.map_to_cpu(False)


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", 0])
def test_another_device_can_be_made_to_mean_the_cpu(name):
    device = autograd.device(name)
    x, model = autograd.ones(2, device=device), nn.Linear(2, 2, device=name)
    assert repr(device) == "device(type='cpu')"
    assert x.to(name).cuda() is x
    assert model.to(name).cuda() is model
    assert x.device == device == autograd.Generator(device="cuda").device
    with autograd.device("cuda"):
        assert autograd.zeros(2).device == device


def test_a_device_is_a_context_that_changes_nothing():
    with autograd.device("cpu") as device:
        assert autograd.zeros(2).device == device
    with pytest.raises(AssertionError, match="CUDA"), autograd.device("cuda"):
        pass


def test_a_loader_takes_what_torchs_takes():
    data = TensorDataset(autograd.arange(6))
    loader = DataLoader(
        data, batch_size=2, shuffle=None, num_workers=2, pin_memory=True, timeout=3, worker_init_fn=print,
        multiprocessing_context="spawn", prefetch_factor=3, persistent_workers=True,
        pin_memory_device="", in_order=True,
    )  # fmt: skip
    assert [batch.tolist() for (batch,) in loader] == [[0, 1], [2, 3], [4, 5]]
    assert (loader.prefetch, loader.num_workers, loader.pin_memory) == (6, 2, True)
    assert DataLoader(data, 2, False, None, None, 0, None, True, True).drop_last
