"""How many samples should a step look at? All, eight, or a single one, on the way down the same loss surface.

    python -m demos.batches

What to look at:

- paths.png: a line w x + b is fitted to 64 points, so that the loss surface can be seen whole. All three have passed
  through the data twenty times: the full batch walks straight down but has taken only 20 steps; single samples arrive
  within the first passes, then keep wandering around the minimum; eight at a time are a good bargain;
- noise.png: the gradient of a batch of n samples is off by an amount that falls as 1/√n. Four times the work halves it;
- digits.png: a network on 8 x 8 digits. An epoch costs the same number of multiplications whatever the batch, and small
  batches make more of it; the seconds printed beside are the price, as large ones use the machine better.
"""

import math
import time

import numpy as np

import autograd
import nn
from nn import optim, plot
from nn.data import DataLoader, TensorDataset, datasets, stratified_split
from nn.train import Accuracy, Trainer

from .lab import BLUE, GREY, Lab, axes

SIZES = {"all 64": 64, "8 at a time": 8, "1 at a time": 1}
START = (-1.0, 4.0)  # w and b


def main(lab):
    x = autograd.randn(64) + 0.5
    y = 2 * x + 1 + autograd.randn(64)
    walk(lab, x, y)
    train, valid = stratified_split(datasets.digits(), 0.8)
    measure_noise(lab, train)
    learn_digits(lab, train, valid)


def walk(lab, x, y):
    """Twenty epochs with each batch size, with the same learning rate."""

    def loss(w, b):
        return ((w[..., None] * x + b[..., None] - y) ** 2).mean(-1)

    best = np.polyfit(x.numpy(), y.numpy(), 1)
    runs = {name: path(x, y, size) for name, size in SIZES.items()}
    print("                steps   distance from the minimum, mean of the last five epochs")
    for name, points in runs.items():
        distances = np.hypot(*(points - best).T)
        late = distances[-len(distances) // 4 :].mean()
        print(f"{name:12} {len(points) - 1:8d}   {late:.3f}")
        key = name.split()[0]
        lab.found(**{f"steps_{key}": len(points) - 1, f"late_distance_{key}": float(late)})
    heading = "Twenty passes through the same data"
    lab.picture(plot.paths(loss, runs, minimum=tuple(best), heading=heading), "paths.png")


def path(x, y, size):
    """The points (w, b) that gradient descent visits in twenty epochs."""
    place = nn.Parameter(autograd.tensor(START))
    optimizer, points = optim.SGD([place], lr=0.05), [place.tolist()]
    for _ in range(20):
        for inputs, target in DataLoader(TensorDataset(x, y), size, shuffle=True):
            optimizer.zero_grad()
            w, b = place
            ((w * inputs + b - target) ** 2).mean().backward()
            optimizer.step()
            points.append(place.tolist())
    return np.array(points)


def measure_noise(lab, train):
    """How far the gradient of a batch is from that of all samples, on average, as a share of it."""
    net, loss = nn.MLP(64, [32, 10]), nn.CrossEntropyLoss()
    x, y = next(iter(DataLoader(train, len(train))))

    def gradient(rows):
        net.zero_grad()
        loss(net(x[rows]), y[rows]).backward()
        return np.concatenate([p.grad.numpy().reshape(-1) for p in net.parameters()])

    whole = gradient(np.arange(len(x)))
    rng, sizes, times = np.random.default_rng(lab.seed), [1, 4, 16, 64, 256], 20 if lab.quick else 200
    noise = []
    for size in sizes:
        off = [np.linalg.norm(gradient(rng.integers(len(x), size=size)) - whole) for _ in range(times)]
        noise.append(float(np.sqrt(np.mean(np.square(off))) / np.linalg.norm(whole)))
    lab.found(noise_1=noise[0], noise_256=noise[-1], slope=float(np.polyfit(np.log(sizes), np.log(noise), 1)[0]))
    lab.picture(draw_noise(sizes, noise), "noise.png")


def draw_noise(sizes, noise):
    figure, ax = axes(5.2, 3.2, "Four times the samples, half the noise")
    ax.loglog(sizes, noise[0] / np.sqrt(sizes), color=GREY, linewidth=1)
    ax.text(20, noise[0] / math.sqrt(20) * 1.25, "1/√n", color=GREY)
    ax.loglog(sizes, noise, color=BLUE, linestyle="none", marker="o", markersize=8)
    ax.set_xticks(sizes, [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set(xlabel="samples in the batch", ylabel="error of the gradient / its length")
    ax.grid(axis="y", color=GREY, alpha=0.25)
    return figure


def learn_digits(lab, train, valid):
    epochs = 2 if lab.quick else 10
    histories = {}
    print("\nbatch     steps   seconds   accuracy")
    for size in (len(train), 32, 1):
        autograd.manual_seed(lab.seed)
        net, trainer = nn.MLP(64, [32, 10]), Trainer(metrics=[Accuracy()], progress=False)
        start = time.perf_counter()
        optimizer = optim.SGD(net.parameters(), lr=0.05)
        history = trainer.fit(net, train, valid, epochs, optimizer, nn.CrossEntropyLoss(), batch_size=size)
        seconds, accuracy = time.perf_counter() - start, history[-1]["valid_accuracy"]
        print(f"{size:5d} {history[-1]['step']:9d} {seconds:9.1f}   {accuracy:8.1%}")
        lab.found(**{f"accuracy_{size}": accuracy, f"seconds_{size}": round(seconds, 2)})
        histories[f"batches of {size}"] = history
    lab.picture(plot.compare_runs(histories, "loss", heading="8 x 8 digits, three batch sizes"), "digits.png")


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
