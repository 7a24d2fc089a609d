"""`autograd.compile` as it is used: on functions, methods, modules, by a Trainer, while things change between calls."""

import copy

import numpy as np
import pytest

import autograd
import nn
from nn import optim
from nn.optim import lr_scheduler
from nn.train import Trainer
from tests.compiler.both_ways import assert_same_state, equal


def squares(x, scale=1.0):
    return (x * x * scale).sum()


def called(compiled, *args, times=4, **kwargs):
    """The result of the last of some calls, which is a program's."""
    before = compiled.compiled_calls
    for _ in range(times):
        result = compiled(*args, **kwargs)
    assert compiled.compiled_calls > before, compiled.why
    return result


def test_it_is_a_decorator_with_and_without_arguments():
    @autograd.compile
    def double(x):
        """Twice x."""
        return x * 2

    @autograd.compile(backend="numpy", name="thrice")
    def triple(x):
        return x * 3

    assert double.__name__ == "double"
    assert double.__doc__ == "Twice x."
    assert called(double, autograd.ones(3)).tolist() == [2.0] * 3
    assert called(triple, autograd.ones(3)).tolist() == [3.0] * 3


def test_the_source_of_its_programs_can_be_read():
    compiled = autograd.compile(squares, backend="numpy")
    assert compiled.source == ""
    called(compiled, autograd.ones(3))
    assert compiled.source.startswith("def program(v0")
    assert "multiply(" in compiled.source


def test_numbers_among_the_arguments_may_change():
    compiled = autograd.compile(squares, backend="numpy")
    for i in range(6):
        assert compiled(autograd.ones(3), scale=0.5 * i).item() == 1.5 * i
        assert compiled(autograd.ones(3), 0.25 * i).item() == 0.75 * i
    assert compiled.compiled_calls == 8


def test_arrays_among_the_arguments_may_change():
    compiled = autograd.compile(lambda x: autograd.tensor(x) * 2, backend="numpy")
    rng = np.random.default_rng(0)
    for _ in range(5):
        x = rng.normal(size=3)
        out = compiled(x)
        assert (out.numpy() == 2 * x).all()


def test_a_number_that_is_returned_is_one():
    compiled = autograd.compile(lambda x: {"loss": x.sum().item(), "half": [x.sum().item() / 2]}, backend="numpy")
    for i in range(4):
        assert compiled(autograd.full((2,), float(i))) == {"loss": 2.0 * i, "half": [float(i)]}
    assert compiled.compiled_calls == 2
    assert type(compiled(autograd.ones(2))["loss"]) is float


def test_methods_are_compiled_for_each_object():
    class Scaled(nn.Module):
        def __init__(self, scale):
            self.scale = nn.Parameter(autograd.tensor(scale))

        @autograd.compile(backend="numpy")
        def forward(self, x):
            return x * self.scale

    one, two = Scaled(2.0), Scaled(3.0)
    for _ in range(4):
        assert one(autograd.ones(1)).item() == 2
        assert two(autograd.ones(1)).item() == 3
    assert one.forward.compiled_calls == two.forward.compiled_calls == 2
    assert type(Scaled.forward).__name__ == "Compiled"


def test_a_module_compiles_itself_and_a_copy_of_it_computes_with_its_own_parameters():
    net = nn.MLP(3, [4, 2])
    expected = net(autograd.ones(1, 3))
    assert net.compile(backend="numpy") is None
    assert equal(called(net.forward, autograd.ones(1, 3)), expected)
    assert equal(net(autograd.ones(1, 3)), expected)
    twin = copy.deepcopy(net)
    with autograd.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    for _ in range(4):
        assert twin(autograd.ones(1, 3)).abs().sum().item() == 0
    assert equal(net(autograd.ones(1, 3)), expected)
    net.compile(disable=True)
    assert equal(net(autograd.ones(1, 3)), expected)
    assert not hasattr(net.forward, "why")


def test_what_is_asked_of_a_compiled_module_the_module_answers():
    net = nn.Linear(3, 1)
    compiled = autograd.compile(net, backend="numpy")
    assert [*compiled.parameters()] == [*net.parameters()]
    assert compiled.eval() is net
    with pytest.raises(AttributeError, match="nothing"):
        compiled.nothing  # noqa: B018


def test_a_parameter_may_get_other_memory_and_other_values():
    net = nn.Linear(2, 1, bias=False)
    compiled = autograd.compile(net, backend="numpy")
    called(compiled, autograd.ones(1, 2))
    net.weight.data = autograd.tensor([[1.0, 2.0]])
    assert compiled(autograd.ones(1, 2)).item() == 3
    with autograd.no_grad():
        net.weight.mul_(2)
    assert compiled(autograd.ones(1, 2)).item() == 6
    net.weight = nn.Parameter(autograd.tensor([[5.0, 5.0]]))
    assert compiled(autograd.ones(1, 2)).item() == 10
    assert compiled.compiled_calls == 5
    compiled(autograd.ones(1, 2)).backward()
    assert net.weight.grad.tolist() == [[1.0, 1.0]]


def test_settings_of_objects_may_change():
    net = nn.Sequential(nn.Dropout(0.5), nn.LeakyReLU(0.1))
    compiled = autograd.compile(net, backend="numpy")
    called(compiled, -autograd.ones(4))
    net.eval()
    assert compiled(-autograd.ones(1)).item() == pytest.approx(-0.1)
    net[1].negative_slope = 0.5
    assert called(compiled, -autograd.ones(1)).item() == -0.5
    net[1].negative_slope = 0.25
    assert compiled(-autograd.ones(1)).item() == -0.25


def test_a_schedule_of_the_learning_rate_and_a_loaded_state_need_no_new_program():
    nets = [nn.Linear(3, 1) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    optimizers = [optim.Adam(net.parameters(), lr=0.1) for net in nets]
    schedulers = [lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=20) for optimizer in optimizers]

    def made(net, optimizer):
        def step(x):
            optimizer.zero_grad()
            loss = net(x).square().mean()
            loss.backward()
            optimizer.step()
            return loss

        return step

    functions = [made(*pair) for pair in zip(nets, optimizers, strict=True)]
    functions[1] = autograd.compile(functions[1], backend="numpy")
    for i in range(18):
        for function, scheduler in zip(functions, schedulers, strict=True):
            function(autograd.full((2, 3), float(i % 5)))
            scheduler.step()
        if i == 9:
            for optimizer in optimizers:
                optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        assert_same_state(*nets)
    assert len(functions[1]._known) == 1
    assert functions[1].compiled_calls >= 13


def test_gradients_are_accumulated_as_ever():
    w = autograd.ones(3, requires_grad=True)
    compiled = autograd.compile(lambda x: (x * w).sum().backward(), backend="numpy")
    for i in range(5):
        compiled(autograd.ones(3))
        assert w.grad.tolist() == [i + 1.0] * 3
    kept = w.grad
    compiled(autograd.ones(3))
    assert kept is w.grad
    assert kept.tolist() == [6.0] * 3


def test_a_gradient_that_is_kept_is_not_written_to_by_later_calls():
    w = autograd.ones(3, requires_grad=True)

    def step(x):
        w.grad = None
        (x * w).sum().backward()

    compiled = autograd.compile(step, backend="numpy")
    kept = []
    for i in range(6):
        compiled(autograd.full((3,), float(i)))
        kept.append(w.grad)
    assert [grad[0].item() for grad in kept] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_results_are_not_written_to_by_later_calls():
    compiled = autograd.compile(lambda x: (x * 2, (x * 2).exp()), backend="numpy")
    results = [compiled(autograd.full((3,), float(i))) for i in range(6)]
    assert [a[0].item() for a, _ in results] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert [b[0].item() for _, b in results] == [pytest.approx(np.exp(2.0 * i), rel=1e-6) for i in range(6)]


def test_random_numbers_come_in_the_same_order():
    def step(x):
        return nn.functional.dropout(x, 0.5) + autograd.randn(3) * autograd.rand(1)

    compiled = autograd.compile(step, backend="numpy")
    autograd.manual_seed(0)
    ours = [step(autograd.ones(3)) for _ in range(6)]
    autograd.manual_seed(0)
    theirs = [compiled(autograd.ones(3)) for _ in range(6)]
    assert all(map(equal, ours, theirs))
    assert compiled.compiled_calls == 4


def test_a_compiled_function_within_another_is_part_of_its_program():
    inner = autograd.compile(lambda x: x * 2, backend="numpy")
    outer = autograd.compile(lambda x: inner(x) + 1, backend="numpy")
    assert called(outer, autograd.ones(2)).tolist() == [3.0, 3.0]
    assert inner.compiled_calls == 0


def test_without_gradients_it_computes_the_forward_pass_alone():
    w = autograd.ones(3, requires_grad=True)
    compiled = autograd.compile(lambda x: (x * w).sum(), backend="numpy")
    with autograd.no_grad():
        assert not called(compiled, autograd.ones(3)).requires_grad
    assert called(compiled, autograd.ones(3)).requires_grad
    with autograd.no_grad():
        assert not compiled(autograd.ones(3)).requires_grad


def test_a_value_that_backward_needs_and_that_was_written_to_is_refused_as_ever():
    w = autograd.ones(3, requires_grad=True)
    compiled = autograd.compile(lambda x: (x * w * w).sum(), backend="numpy")
    called(compiled, autograd.ones(3))
    loss = compiled(autograd.ones(3))
    with autograd.no_grad():
        w.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize(
    "options", [{}, {"clip_norm": 0.5, "l2": 0.01, "accumulate": 2}, {"clip_value": 0.1, "l1": 0.01}]
)
def test_a_trainer_with_compiled_steps_trains_the_same_network(options):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 4)).astype(np.float32), rng.integers(0, 3, 70)
    rows, nets = [], []
    for compiled in False, "numpy":
        autograd.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
        trainer = Trainer(compile=compiled, progress=False, **options)
        loss = nn.CrossEntropyLoss()
        history = trainer.fit(net, (x, y), (x, y), 6, optim.AdamW(net.parameters()), loss, batch_size=16)
        rows.append([{name: value for name, value in row.items() if name != "seconds"} for row in history])
        nets.append(net)
    assert rows[0] == rows[1]
    assert_same_state(*nets)
    assert trainer.compiled(trainer.run).gradients.compiled_calls > 0  # a norm may go another way
    assert trainer.compiled(trainer.run).update.compiled_calls > 5


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="expected the backend 'numpy', 'numba' or None, given 'fast'"):
        autograd.compile(squares, backend="fast")
    with pytest.raises(TypeError, match="expected a function or a module, given int"):
        autograd.compile(3)
    with pytest.raises(ValueError, match="expected compile or amp, not both"):
        Trainer(compile=True, amp="bfloat16")
    assert autograd.compile(squares, disable=True) is squares
    assert autograd.compile(autograd.compile(squares, backend="numpy")).function is squares
