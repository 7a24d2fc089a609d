"""The steps in PyTorch's names, written once for PyTorch and for this engine, eager and compiled.

`api` holds the modules of one of the two, and what compiles a forward pass, an update or a whole step there. A step
takes nothing and returns what it found: the loss, or the gradient where there is no loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .rows import RATES, Task

Step = Callable[[], Any]


def mlp(api: Any, task: Task) -> Step:
    """Linear layers with ReLU between them, cross-entropy, an optimizer's update."""
    return train(api, task, sequential(api, task, api.nn.ReLU), api.F.cross_entropy)


def sequential(api: Any, task: Task, activation: Any) -> Any:
    layers = []
    for weight in list(task.weights.values())[::2]:
        layers += [api.nn.Linear(weight.shape[1], weight.shape[0]), activation()]
    return api.nn.Sequential(*layers[:-1])


def train(api: Any, task: Task, net: Any, criterion: Any) -> Step:
    """A training step on the task's batch, from the task's weights."""
    start = {name: api.m.tensor(value) for name, value in task.weights.items()}
    net.load_state_dict(start, strict=False)  # the running statistics of a norm begin as they are made
    x, y = api.m.tensor(task.inputs["x"]), api.m.tensor(task.inputs["y"])
    kind = task.options.optimizer
    optimizer = getattr(api.optim, kind)(net.parameters(), lr=RATES[kind])
    loss_of, update = api.forward(lambda x, y: criterion(net(x), y)), api.update(optimizer.step)

    def step() -> Any:
        optimizer.zero_grad()
        loss = loss_of(x, y)
        loss.backward()
        update()
        return loss.detach()

    return api.step(step)


def expression(api: Any, task: Task) -> Step:
    """The gradient of an elementwise expression."""
    m = api.m
    x = m.tensor(task.inputs["x"], requires_grad=True)
    one = m.ones_like(x)
    value = api.forward(lambda x: m.tanh(x) * m.exp(-x * x) + m.relu(x))

    return api.step(lambda: api.grad(value(x), x, one))


def hvp(api: Any, task: Task) -> Step:
    """The Hessian of the loss of a network with tanh, times a vector: the derivative of gradient · vector."""
    net = sequential(api, task, api.nn.Tanh)
    net.load_state_dict({name: api.m.tensor(value) for name, value in task.weights.items()})
    x, y = api.m.tensor(task.inputs["x"]), api.m.tensor(task.inputs["y"])
    vector = [api.m.tensor(task.inputs[name]) for name in task.weights]
    parameters = list(net.parameters())
    loss_of = api.forward(lambda x, y: api.F.cross_entropy(net(x), y))

    def step() -> Any:
        gradient = api.grad(loss_of(x, y), parameters, create_graph=True)
        return api.grad(gradient, parameters, vector)

    return api.step(step)


def scalars(api: Any, task: Task) -> Step:
    """A long chain on 0-d tensors."""
    a, b, d = (api.m.tensor(float(task.inputs[name]), dtype=api.m.float64, requires_grad=True) for name in "abd")
    repeats = range(task.options.repeats)

    def chain(a: Any, b: Any, d: Any) -> Any:
        c = a
        for _ in repeats:
            c = (c * b + a).relu() - d
        return c

    result = api.forward(chain)
    return api.step(lambda: api.grad(result(a, b, d), (a, b, d)))


def lenet(api: Any, task: Task) -> Step:
    """Two convolutions with pooling, three linear layers."""
    nn = api.nn
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    return train(api, task, net, api.F.cross_entropy)


def gpt(api: Any, task: Task) -> Step:
    """Pre-norm attention and MLP on a residual stream; the loss is the mean squared error of its output."""
    nn: Any = api.nn
    o = task.options

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(o.width), nn.LayerNorm(o.width)
            self.qkv, self.proj = nn.Linear(o.width, 3 * o.width), nn.Linear(o.width, o.width)
            self.up, self.down = nn.Linear(o.width, 4 * o.width), nn.Linear(4 * o.width, o.width)

        def forward(self, x: Any) -> Any:
            batch, length, width = x.shape
            heads = self.qkv(self.norm1(x)).view(batch, length, 3, o.heads, width // o.heads).permute(2, 0, 3, 1, 4)
            mixed = api.F.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_causal=True)
            x = x + self.proj(mixed.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(api.F.gelu(self.up(self.norm2(x))))

    return train(api, task, Block(), api.F.mse_loss)


def lstm(api: Any, task: Task) -> Step:
    """One LSTM layer; the class follows from its last output."""
    nn: Any = api.nn
    o = task.options

    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(o.inputs, o.hidden, batch_first=True)
            self.head = nn.Linear(o.hidden, o.classes)

        def forward(self, x: Any) -> Any:
            return self.head(self.lstm(x)[0][:, -1])

    return train(api, task, Reader(), api.F.cross_entropy)


def names(api: Any, task: Task) -> Step:
    """The letter that follows some letters: their embeddings side by side, and an MLP with tanh."""
    nn: Any = api.nn
    o = task.options
    net = nn.Sequential(
        nn.Embedding(o.letters, o.width), nn.Flatten(),
        nn.Linear(o.context * o.width, o.hidden), nn.Tanh(), nn.Linear(o.hidden, o.letters),
    )  # fmt: skip
    return train(api, task, net, api.F.cross_entropy)


def resnet(api: Any, task: Task) -> Step:
    """Two convolutions with batch norm beside an identity; the loss is the mean squared error of its output."""
    nn: Any = api.nn
    c = task.options.channels

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = (nn.Conv2d(c, c, 3, padding=1, bias=False) for _ in "12")
            self.norm1, self.norm2 = nn.BatchNorm2d(c), nn.BatchNorm2d(c)

        def forward(self, x: Any) -> Any:
            h = api.m.relu(self.norm1(self.conv1(x)))
            return api.m.relu(self.norm2(self.conv2(h)) + x)

    return train(api, task, Block(), api.F.mse_loss)
