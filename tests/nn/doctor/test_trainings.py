"""Trainings are found in programs that do not ask for a doctor: which models belong to which optimizer."""

import copy
import pickle
import warnings

import pytest

import autograd
import nn
from nn import functional as F
from nn import optim
from nn.doctor.trainings import MAKERS, MOST, Trainings
from nn.optim.lr_scheduler import LinearLR, ReduceLROnPlateau, SequentialLR, StepLR


def mlp():
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def batches(number=40):
    for _ in range(number):
        x = autograd.randn(16, 3)
        yield x, (x[:, 0] > 0).long()


def fit(net, optimizer, number=40, call=None):
    for x, y in batches(number):
        step(optimizer, F.cross_entropy((call or net)(x), y))


def watched(program, steps=1000):
    """What is told of the trainings of a function."""
    autograd.manual_seed(0)
    with Trainings(steps, minutes=5) as trainings:
        program()
    return trainings.seen


def codes(seen):
    return [each.report.codes for each in seen]


def test_one_training():
    def program():
        net = mlp()
        fit(net, optim.Adam(net.parameters()))

    (seen,) = watched(program)
    assert (seen.model, seen.optimizer) == ("net, a Sequential with 50 parameters", "Adam")
    assert (seen.report.codes, seen.report.steps, len(seen.losses), seen.ended) == ([], 40, 40, False)
    assert set(seen.lines) == {"optimizer", "call", "backward", "step"}
    assert all(line.startswith(f"{__file__}:") for line in seen.lines.values())


def test_several_modules_of_one_optimizer_have_one_report():
    def program():
        encoder, decoder = nn.Sequential(nn.Linear(3, 2), nn.Tanh()), nn.Linear(2, 3)
        optimizer = optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
        for x, _ in batches():
            ((decoder(encoder(x)) - x) ** 2).mean().backward()
            optimizer.step()

    (seen,) = watched(program)
    assert seen.model == "encoder, a Sequential with 8 parameters and decoder, a Linear with 9 parameters"
    assert seen.report.codes == ["no_zero_grad"], "said once"


class Pair(nn.Module):
    """Two networks in one module, which is never called."""

    def __init__(self):
        self.G, self.D = mlp(), nn.Linear(2, 1)
        self.optimizers = [optim.Adam(net.parameters(), lr=1e-3) for net in (self.G, self.D)]

    def training_step(self, x):
        of_g, of_d = self.optimizers
        fake = self.G(x)
        step(of_d, F.softplus(-self.D(x[:, :2])).mean() + F.softplus(self.D(fake.detach())).mean())
        step(of_g, F.softplus(-self.D(fake)).mean())


def test_two_optimizers_of_one_module_are_two_trainings():
    def program():
        pair = Pair()
        for x, _ in batches():
            pair.training_step(x)

    seen = watched(program)
    assert [each.model.partition(", a ")[2] for each in seen] == [
        "Sequential with 50 parameters",
        "Linear with 3 parameters",
    ]
    assert codes(seen) == [[], []]
    assert [each.report.steps for each in seen] == [40, 40]


def test_a_frozen_part_belongs_to_the_model_around_it():
    def program():
        net = mlp()
        net[0].requires_grad_(False)
        fit(net, optim.SGD(net[2].parameters(), lr=0.1))

    (seen,) = watched(program)
    assert seen.model.startswith("net, a Sequential")
    assert seen.report.codes == []


def test_a_teacher_is_no_training():
    def program():
        teacher, student = mlp(), mlp()
        optimizer = optim.Adam(student.parameters(), lr=0.01)
        for x, _ in batches():
            with autograd.no_grad():
                wanted = teacher(x)
            step(optimizer, F.mse_loss(student(x), wanted))

    (seen,) = watched(program)
    assert seen.model.startswith("student, ")
    assert seen.report.codes == []


class Squashed(nn.Module):
    def __init__(self):
        self.body = mlp()

    def forward(self, x):
        return F.softmax(self.body(x), dim=1)

    def probabilities(self, x):
        return F.softmax(self.body[2](self.body[1](self.body[0](x))), dim=1)


@pytest.mark.parametrize("method", ["forward", "probabilities"])
def test_a_method_that_is_called_by_its_name_is_the_models(method):
    def program():
        net = Squashed()
        fit(net, optim.SGD(net.parameters(), lr=0.1), call=getattr(net, method))

    (seen,) = watched(program)
    assert seen.model == "net, a Squashed with 50 parameters"
    assert seen.report.codes == ["softmax_before_loss"]


def test_tensors_without_a_module_are_watched_by_their_names():
    def program():
        w, b = autograd.randn(3, 2, requires_grad=True), autograd.zeros(2, requires_grad=True)
        optimizer = optim.SGD([w, b], lr=0.1)
        for x, y in batches():
            F.cross_entropy(x @ w + b, y).backward()
            optimizer.step()

    (seen,) = watched(program)
    assert seen.model == "the tensors w, b"
    assert seen.report.codes == ["no_zero_grad"]


def test_the_optimizer_of_another_model_is_found():
    def program():
        net = mlp()
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        net = copy.deepcopy(net)
        fit(net, optimizer)

    (seen,) = watched(program)
    assert seen.report.codes == ["foreign_parameters"]


def test_an_optimizer_that_nothing_uses_is_said_to_be_unchecked():
    def program():
        net = mlp()
        optim.SGD(net.parameters(), lr=0.1)

    (seen,) = watched(program)
    assert seen.report.codes == []
    assert "no model" in seen.report.unchecked[0]


def test_a_new_optimizer_of_the_same_line_ends_the_watch_of_the_last():
    def program():
        for _ in range(MOST + 3):
            net = mlp()
            fit(net, optim.Adam(net.parameters(), lr=1e-3), number=2)

    with Trainings(1000, minutes=5) as trainings:
        program()
    assert trainings.unwatched == 3
    assert [each.report.steps for each in trainings.seen] == [2] * MOST


def test_an_optimizer_that_takes_over_what_another_has_trained_continues_its_training():
    def program():
        net = mlp()
        for _ in range(MOST + 3):
            fit(net, optim.Adam(net.parameters(), lr=1e-3), number=2)

    (seen,) = watched(program)
    assert seen.report.codes == ["optimizer_remade"]
    assert seen.report.steps == 2 * (MOST + 3)
    assert f"{MOST + 3} optimizers (Adam)" in str(seen.report)


def many_of_one_model(again):
    """A program that makes five optimizers for one model, with `again(net, start)` in between."""
    def program():
        net = mlp()
        start = copy.deepcopy(net.state_dict())
        for i in range(5):
            again(net, start)
            fit(net, optim.Adam(net.parameters(), lr=10 ** -(i / 2 + 1)), number=10)

    return program


def test_a_search_for_a_rate_that_starts_from_the_same_weights_each_time_is_no_mistake():
    seen = watched(many_of_one_model(lambda net, start: net.load_state_dict(start)))
    assert codes(seen) == [[]] * 5


def test_what_is_seldom_in_each_short_training_is_counted_over_all_of_them():
    """One step of evaluation mode after each new optimizer: of no training alone it would be said."""
    def program():
        net = nn.Sequential(mlp(), nn.Dropout(0.1))
        for _ in range(6):
            optimizer = optim.SGD(net.parameters(), lr=0.1)
            net.eval()
            fit(net, optimizer, number=1)

    (seen,) = watched(program)
    assert seen.report.codes == ["eval_mode_in_training"]
    assert "6 of 6 steps" in str(seen.report)


@pytest.mark.parametrize("make", [
    lambda o: StepLR(o, 3),
    lambda o: ReduceLROnPlateau(o),
    lambda o: SequentialLR(o, [LinearLR(o), StepLR(o, 3)], milestones=[2]),
], ids=["step", "plateau", "sequential"])
@pytest.mark.parametrize("early", [True, False])
def test_a_scheduler_is_found(make, early):
    def program():
        net = mlp()
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        scheduler = make(optimizer)
        turn = (lambda: scheduler.step(1.0)) if isinstance(scheduler, ReduceLROnPlateau) else scheduler.step
        for _ in range(5):
            if early:
                turn()
            fit(net, optimizer, number=4)
            if not early:
                turn()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (seen,) = watched(program)
    assert seen.report.codes == (["scheduler_first"] if early else [])
    assert "scheduler" in seen.lines


def test_the_steps_of_a_closure_are_watched():
    def program():
        net = mlp()
        optimizer = optim.LBFGS(net.parameters(), max_iter=3)
        for x, y in batches(10):

            def closure(x=x, y=y):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                return loss

            optimizer.step(closure)

    (seen,) = watched(program)
    assert seen.report.codes == []
    assert seen.report.steps >= 10


def test_a_call_without_recording_is_seen_though_it_is_the_first():
    def program():
        net = mlp()
        optim.SGD(net.parameters(), lr=0.1)
        with autograd.no_grad():
            loss = net(autograd.randn(4, 3)).sum()
        loss.backward()

    trainings = Trainings(1000, minutes=5)
    with pytest.raises(RuntimeError, match="does not require grad"), trainings:
        program()
    assert codes(trainings.seen) == [["no_grad"]]


# It looks and never touches.


def weights_after(watch):
    autograd.manual_seed(3)
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 2))
    optimizer = optim.Adam(net.parameters(), lr=0.01)
    scheduler = StepLR(optimizer, 10)
    for x, y in batches(30):
        step(optimizer, F.cross_entropy(net(x), y))
        scheduler.step()
    return [p.numpy().tobytes() for p in net.state_dict().values()], autograd.rand(1).item()


@pytest.mark.parametrize("steps", [1000, 7])
def test_weights_and_random_numbers_are_the_same(steps):
    alone = weights_after(None)
    with Trainings(steps, minutes=5) as trainings:
        assert weights_after(trainings) == alone
    assert trainings.seen[0].ended is (steps == 7)


def test_nothing_is_left_behind():
    inits = [kind.__init__ for kind in MAKERS]
    net, kept = mlp(), []

    def program():
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        kept.extend([optimizer, StepLR(optimizer, 3)])
        fit(net, optimizer)

    watched(program)
    assert [kind.__init__ for kind in MAKERS] == inits
    assert all("step" not in vars(thing) for thing in kept)
    assert not kept[0]._step_pre_hooks
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_copies_of_a_watched_model_are_not_watched(copied):
    def program():
        net = mlp()
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        early, of_optimizer = copied(net), copied(optimizer)
        fit(net, optimizer, number=10)
        late = copied(net)
        early(autograd.randn(2, 3)), late(autograd.randn(2, 3))
        assert len(of_optimizer.param_groups) == 1

    (seen,) = watched(program)
    assert (seen.report.codes, seen.report.steps) == ([], 10)


def test_a_network_that_was_there_before_the_program_is_none_of_its_own():
    other = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 4))
    other(autograd.randn(8, 12)).square().mean().backward()

    def program():
        net = mlp()
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        for _ in range(40):
            fit(net, optimizer, number=1)
            other(autograd.randn(8, 12)).square().mean().backward()

    assert codes(watched(program)) == [[]]
