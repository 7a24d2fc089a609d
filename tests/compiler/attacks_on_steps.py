"""Scripts that change, between the calls of a compiled training step, what the step was compiled for.

A script takes `compiled`, which makes a function a compiled one or leaves it alone, and returns all that can be seen.
"""

import copy

import autograd
import nn
from autograd import tensor
from nn import functional as F
from nn import optim


class Inside:
    """A network, its optimizer, and things of other kinds, all of which a step reaches."""

    def __init__(self, net, optimizer):
        self.net = net() if net else nn.Sequential(
            nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.3), nn.Linear(8, 3)
        )  # fmt: skip
        self.optimizer = optimizer(list(self.net.parameters()))
        self.scale, self.shift, self.list, self.dict = 1.0, autograd.ones(3) * 0.5, [1.0, 2.0], {"a": 2.0}

    def step(self):
        def step(x, y, zero=True, extra=0.0):
            if zero:
                self.optimizer.zero_grad()
            out = self.net(x) * self.scale + self.shift * self.list[0] * self.dict["a"]
            loss = F.cross_entropy(out, y) + extra
            loss.backward()
            self.optimizer.step()
            return loss

        return step


def momentum(params):
    return optim.SGD(params, lr=0.1, momentum=0.9)


class World:
    """What surrounds a step: it is called from here, and what it reaches is changed from here."""

    def __init__(self, compiled, net=None, optimizer=momentum, step=Inside.step):
        autograd.manual_seed(0)
        self.inside = Inside(net, optimizer)
        self.step = compiled(step(self.inside))
        self.seen = []

    def __getattr__(self, name):
        return getattr(self.inside, name)

    def batch(self, n=10):
        return autograd.randn(n, 4), autograd.randint(3, (n,))

    def calls(self, count=4, n=10, **options):
        """So many calls, on batches of their own."""
        self.seen += [self.step(*self.batch(n), **options) for _ in range(count)]

    def attempt(self, *args, **options):
        try:
            self.seen.append(self.step(*args, **options))
        except Exception as error:
            self.seen.append((type(error).__name__, str(error)))

    def everything(self):
        grads = [p.grad for p in self.net.parameters()]
        return [*self.seen, *self.net.state_dict().values(), *grads, self.optimizer.state_dict(), autograd.rand(1)]


def between(*changes, **options):
    """A script: calls, a change of the world, calls, the next change, and so on."""

    def script(compiled):
        world = World(compiled, **options)
        world.calls()
        for change in changes:
            change(world)
            world.calls()
        return world.everything()

    return script


def settings(**new):
    return lambda world: world.optimizer.param_groups[0].update(new)


def assign(path, value):
    """A change: an attribute of the network gets another value."""

    def change(world):
        *owners, name = path.split(".")
        setattr(world.net.get_submodule(".".join(owners)), name, value() if callable(value) else value)

    return change


def other_memory(world):
    world.net[0].weight.data = autograd.ones(8, 4)


def other_state(world):
    state = {k: v * 0 + 0.1 if v.is_floating_point() else v for k, v in world.net.state_dict().items()}
    world.net.load_state_dict(state)


def optimizer_taken_back(world):
    state = copy.deepcopy(world.optimizer.state_dict())
    world.calls(3)
    world.optimizer.load_state_dict(state)


def written(world):
    with autograd.no_grad():
        world.net[0].weight.mul_(0.5)
        world.net[4].bias[1] = 3.0
    world.shift += 1
    world.shift[0] = 9.0


def gradients_of_ones(world):
    for p in world.net.parameters():
        p.grad = autograd.ones(*p.shape)
    world.calls(3, zero=False)


def no_gradients(world):
    for p in world.net.parameters():
        p.grad = None
    world.calls(3, zero=False)


def one_gradient_missing(world):
    world.net[0].weight.grad = None
    world.calls(3, zero=False)


def frozen(world):
    world.net[0].requires_grad_(False)
    world.net.zero_grad()


def thawed(world):
    world.net[0].requires_grad_(True)


def hooked(world):
    world.hook = world.net[0].register_forward_hook(lambda module, inputs, out: out * 2)


def gradient_hooked(world):
    world.hook = world.net[0].weight.register_hook(lambda g: g * 3)


def unhooked(world):
    world.hook.remove()


def a_new_group(world):
    world.optimizer.add_param_group({"params": [autograd.ones(2, requires_grad=True)], "lr": 0.5})


def a_new_layer(world):
    world.net[4] = nn.Linear(8, 3)
    world.optimizer.add_param_group({"params": list(world.net[4].parameters())})


def seeded(world):
    autograd.manual_seed(7)


def cast(world):
    """To float64, and back: twice other memory."""
    world.net.double()
    world.net.float()


def another_thing(name, value):
    return lambda world: setattr(world.inside, name, value() if callable(value) else value)


def list_and_dict(world):
    world.list[0], world.dict["a"] = 3.0, -1.0


def adam(params, **options):
    return optim.Adam(params, lr=0.01, **options)


ATTACKS = {
    "other memory of a parameter": between(other_memory),
    "other values of all": between(other_state),
    "state of the optimizer taken back": between(optimizer_taken_back),
    "state of Adam taken back": between(optimizer_taken_back, optimizer=adam),
    "written to in place": between(written),
    "a learning rate": between(settings(lr=0.05), settings(lr=0.01), settings(lr=0)),
    "other settings": between(settings(momentum=0.5), settings(weight_decay=0.1), settings(nesterov=True)),
    "other settings of Adam": between(settings(betas=(0.5, 0.9)), settings(eps=1e-3), optimizer=adam),
    "frozen and thawed": between(frozen, thawed),
    "eval and train": between(lambda w: w.net.eval(), lambda w: w.net.train(), lambda w: w.net[1].eval()),
    "a layer replaced": between(a_new_layer),
    "numbers": between(another_thing("scale", 2.0), another_thing("scale", 1), list_and_dict),
    "another tensor": between(another_thing("shift", lambda: autograd.zeros(3))),
    "a tensor of another shape": between(another_thing("shift", lambda: autograd.zeros(10, 3))),
    "momentum and eps of a norm": between(assign("1.momentum", 0.5), assign("1.eps", 1.0), assign("1.momentum", None)),
    "p of dropout": between(assign("3.p", 0.9), assign("3.p", 0.0)),
    "gradients given": between(gradients_of_ones, no_gradients, one_gradient_missing),
    "a hook of a module": between(hooked, unhooked),
    "a hook of a gradient": between(gradient_hooked, unhooked),
    "a new group": between(a_new_group),
    "seeded": between(seeded, seeded),
    "cast": between(cast),
    "other sizes": lambda compiled: sizes(World(compiled)),
    "labels out of range": lambda compiled: mistakes(World(compiled), lambda x, y: (x, y + 5)),
    "labels that do not fit": lambda compiled: mistakes(World(compiled), lambda x, y: (x, y[:9])),
    "another dtype": lambda compiled: mistakes(World(compiled), lambda x, y: (x.double(), y)),
    "an array": lambda compiled: mistakes(World(compiled), lambda x, y: (x.numpy(), y)),
    "NaN": lambda compiled: mistakes(World(compiled), lambda x, y: (x * float("nan"), y)),
    "infinity": lambda compiled: mistakes(World(compiled), lambda x, y: (x / (x - x[:1]), y)),
    "large numbers": lambda compiled: mistakes(World(compiled), lambda x, y: (x * 1e20, y)),
    "other layouts": lambda compiled: layouts(World(compiled)),
    "other arguments": lambda compiled: arguments(World(compiled)),
    "results written to": lambda compiled: results(World(compiled)),
    "no gradients recorded": lambda compiled: without(World(compiled)),
    "accumulated": lambda compiled: accumulated(World(compiled)),
    "a schedule": lambda compiled: scheduled(World(compiled)),
    "a copy": lambda compiled: copied(World(compiled)),
}  # fmt: skip


def sizes(world):
    for n in (10, 10, 10, 7, 7, 7, 10, 7, 5, 10, 5, 5, 5):
        world.calls(1, n)
    return world.everything()


def mistakes(world, wrong):
    """Calls with what may be wrong among calls with what is right: nothing of the wrong ones may remain."""
    world.calls()
    for _ in range(3):
        world.attempt(*wrong(*world.batch()))
        world.calls(1)
    return world.everything()


def layouts(world):
    world.calls()
    for _ in range(4):
        x, y = world.batch(20)
        world.attempt(x[::2], y[1::2])
        world.attempt(x[:10].T.contiguous().T, y[:10])
        world.attempt(x[:10].flip(0), y[-10:].flip(0))
    return world.everything()


def arguments(world):
    for extra in (0.0, 0.0, 0.0, 1.5, 1.5, 1.5, 2.5, 0, 0, 0, True, True, True, tensor(1.0), tensor(2.0), tensor(3.0)):
        world.calls(1, extra=extra)
    return world.everything()


def results(world):
    losses = [world.step(*world.batch()) for _ in range(6)]
    world.seen += [loss.detach().clone() for loss in losses]
    with autograd.no_grad():
        for loss in losses:
            loss += 1
    world.calls(2)
    world.seen += losses
    return world.everything()


def without(world):
    world.calls()
    with autograd.no_grad():
        world.attempt(*world.batch())
    world.calls(2)
    return world.everything()


def accumulated(world):
    for i in range(12):
        world.calls(1, zero=i % 3 == 0)
    return world.everything()


def scheduled(world):
    schedulers = [
        optim.lr_scheduler.CosineAnnealingLR(world.optimizer, 10),
        optim.lr_scheduler.ExponentialLR(world.optimizer, 0.9),
    ]
    for _ in range(10):
        world.calls(1)
        for scheduler in schedulers:
            scheduler.step()
        world.seen.append(world.optimizer.param_groups[0]["lr"])
    return world.everything()


def copied(world):
    """A deep copy of a network, trained by a step of its own beside the first."""
    world.calls()
    first = world.net
    world.inside.net = copy.deepcopy(first)
    world.calls(3)
    world.inside.net = first
    world.calls(3)
    return [*world.everything(), *first.state_dict().values()]


OPTIMIZERS = {
    "SGD": {}, "SGD nesterov": {"momentum": 0.9, "nesterov": True}, "SGD maximize": {"maximize": True},
    "AdamW": {"amsgrad": True}, "RMSprop": {"momentum": 0.5, "centered": True}, "Adagrad": {}, "NAdam": {}, "RAdam": {},
    "Adamax": {}, "Adadelta": {}, "ASGD": {}, "Rprop": {},
}  # fmt: skip


def optimizer_of(name, options):
    return lambda params: getattr(optim, name.split()[0])(params, lr=0.01, **options)


ATTACKS |= {
    f"{name}, its state taken back": between(
        optimizer_taken_back, settings(lr=0.02), optimizer=optimizer_of(name, options)
    )
    for name, options in OPTIMIZERS.items()
}
