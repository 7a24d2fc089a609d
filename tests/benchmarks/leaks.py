"""Does training leak? 10,000 steps of several networks, with the garbage collector off.

    python -m tests.benchmarks.leaks [--steps 10000] [name …]

For each network, by how much the resident set of the process is larger after so many steps than after the first 100, in
MB: once as `import autograd` sets the allocator, and once with CHALKGRAD_KEEP_MEMORY=0. What is kept of a step by a
reference cycle, a cache or a list would be seen here as a rise; 1 MB is about 100 bytes a step.
"""

import argparse
import gc
import json
import os
import subprocess
import sys

from tests.benchmarks.memory import resident

WARM = 100  # steps
LIMIT = 1.0  # MB
BATCH = 32


def stepping(model, x, target, optimizer=None, after=None):
    """A function that makes one training step."""
    from nn import functional as F
    from nn import optim

    optimizer = optimizer or optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x), target).backward()
        if after is not None:
            after()
        optimizer.step()

    return step


def perceptron(x, target):
    """Adam, with clipping and a scheduler."""
    import nn
    from nn import optim
    from nn.utils import clip_grad_norm_

    model = nn.MLP(64, [64, 32, 4])
    optimizer = optim.Adam(model.parameters())
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=1000)
    step = stepping(model, x, target, optimizer, lambda: clip_grad_norm_(model.parameters(), 1.0))
    return lambda: (step(), scheduler.step())


def convolution(x, target):
    import nn

    layers = nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 4)
    return stepping(nn.Sequential(nn.Unflatten(1, (1, 8, 8)), *layers), x, target)


def batch_norm(x, target):
    import nn

    return stepping(nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4)), x, target)


def dropout(x, target):
    import nn

    return stepping(nn.Sequential(nn.Linear(64, 32), nn.Dropout(0.5), nn.ReLU(), nn.Linear(32, 4)), x, target)


def lstm(x, target):
    import nn

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.reader, self.head = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 4)

        def forward(self, x):
            return self.head(self.reader(x.reshape(len(x), 8, 8))[0][:, -1])

    return stepping(Reader(), x, target)


def attention(x, target):
    import nn

    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    return stepping(nn.Sequential(nn.Unflatten(1, (8, 8)), encoder, nn.Flatten(), nn.Linear(64, 4)), x, target)


def written_in_place(x, target):
    """Writes that are recorded, and views of what was written to."""
    import nn

    model = nn.Linear(64, 4)
    bias = nn.Parameter(x[0, :4].clone())

    class Writer(nn.Module):
        def forward(self, x):
            out = model(x)
            out[:, 0] = out[:, 0] * 2
            first = out[0]
            first += bias
            return out.relu_() + first

    return stepping(Writer(), x, target, nn.optim.SGD([*model.parameters(), bias], lr=0.01))


def second_order(x, target):
    """A penalty on the gradient, by create_graph."""
    import autograd
    import nn
    from nn import functional as F

    model = nn.MLP(64, [16, 4], activation=nn.Tanh)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), target)
        grads = autograd.grad(loss, list(model.parameters()), create_graph=True)
        (loss + 0.1 * sum((g * g).sum() for g in grads)).backward()
        optimizer.step()

    return step


def checkpointed(x, target):
    """Two segments, one within the other, with dropout."""
    import nn

    layers = [layer for _ in range(4) for layer in (nn.Linear(64, 64), nn.Tanh(), nn.Dropout(0.1))]
    body = nn.CheckpointSequential(nn.Sequential(*layers), nested=True)
    return stepping(nn.Sequential(body, nn.Linear(64, 4)), x, target)


def mixed_precision(x, target):
    """float16 with a scaler, and bfloat16, in turns."""
    import autograd
    import nn
    from nn import functional as F
    from nn.train.amp import GradScaler, autocast

    model, scaler = nn.MLP(64, [64, 32, 4]), GradScaler()
    optimizer = nn.optim.Adam(model.parameters()).store_state_in(autograd.bfloat16)

    def step():
        for dtype in ("float16", "bfloat16"):
            optimizer.zero_grad()
            with autocast(dtype):
                loss = F.cross_entropy(model(x), target)
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()

    return step


NETS = (
    perceptron, convolution, batch_norm, dropout, lstm, attention, written_in_place, second_order, checkpointed,
    mixed_precision,
)  # fmt: skip


def growth(make, steps):
    """How many MB more are resident after `steps` more steps."""
    import autograd

    autograd.manual_seed(0)
    step = make(autograd.randn(BATCH, 64), autograd.randint(0, 4, (BATCH,)))
    for _ in range(WARM):
        step()
    before = resident()
    for _ in range(steps):
        step()
    return resident() - before


def trainer(steps):
    """The same for the loop of Trainer, by a callback: 50 batches an epoch, clipped, with validation."""
    import autograd
    import nn
    from nn.data import TensorDataset
    from nn.train import Accuracy, Trainer

    seen = []

    class Look(nn.callbacks.Callback):
        def on_epoch_end(self, run):
            seen.append(resident())

    data = TensorDataset(autograd.randn(50 * BATCH, 64), autograd.randint(0, 4, (50 * BATCH,)))
    model = nn.MLP(64, [32, 4])
    loop = Trainer(metrics=[Accuracy()], callbacks=[Look()], clip_norm=1.0, progress=False)
    epochs = WARM // 50 + max(1, steps // 50)
    loop.fit(model, data, data, epochs, nn.optim.Adam(model.parameters()), nn.CrossEntropyLoss(), batch_size=BATCH)
    return seen[-1] - seen[WARM // 50 - 1]


def measure(names, steps):
    """Run in this process; print the growth of each as JSON."""
    gc.collect()
    gc.disable()
    subjects = {make.__name__: (lambda make=make: growth(make, steps)) for make in NETS}
    subjects["trainer"] = lambda: trainer(steps)
    print(json.dumps({name: subjects[name]() for name in names or subjects}))


def report(steps, names=(), keep="1"):
    """The growth of each network in MB, from a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.leaks", "--here", f"--steps={steps}", *names]
    environment = {**os.environ, "CHALKGRAD_KEEP_MEMORY": keep}
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--here", action="store_true", help="in this process, as JSON")
    given = parser.parse_args()
    if given.here:
        measure(given.names, given.steps)
        return
    kept, freed = (report(given.steps, given.names, keep) for keep in "10")
    print(f"MB more after {given.steps:,} steps | freed memory kept | given back\n--- | ---: | ---:")
    for name in kept:
        print(f"{name.replace('_', ' ')} | {kept[name]:.2f} | {freed[name]:.2f}")
    sys.exit(max(*kept.values(), *freed.values()) >= LIMIT)


if __name__ == "__main__":
    main()
