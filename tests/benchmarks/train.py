"""Train networks on MNIST and Fashion-MNIST, three seeds each, and write what they reach into docs/results.md.

    python -m tests.benchmarks.train                       # every run that is not yet in the record, then the page
    python -m tests.benchmarks.train mnist-mlp --seeds 3   # one network, one seed
    python -m tests.benchmarks.train --page                # the page alone, from the record

Each run adds one line of JSON to the record as it ends, so that nothing is lost and nothing runs twice. The images are
read from $CHALKGRAD_DATA.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time

import numpy as np
import torch
from safetensors.torch import load_file

import autograd
import nn
from nn import interop, optim
from nn.data import DataLoader, datasets, transforms

RECORD = Path("runs/results.jsonl")
PAGE = Path(__file__).parents[2] / "docs" / "results.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SEEDS = (0, 1, 2)
BATCH = 128


@dataclass
class Recipe:
    """What is trained, for how long, with which highest learning rate, and the share of test images it is to read."""

    data: type
    network: str
    make: Callable[[], nn.Module]
    epochs: int
    lr: float
    target: float


def mlp(*hidden):
    return nn.Sequential(nn.Flatten(), *nn.MLP(784, [*hidden, 10]))


def lenet():
    """LeNet-5 (LeCun et al., 1998) with rectifiers and max-pooling, and more maps: 16 and 32 in place of 6 and 16."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10),
    )  # fmt: skip


MNIST, FASHION = datasets.MNIST, datasets.FashionMNIST
RECIPES = {
    "mnist-mlp": Recipe(MNIST, "784-128-10", lambda: mlp(128), epochs=8, lr=3e-3, target=0.975),
    "mnist-mlp-2": Recipe(MNIST, "784-128-64-10", lambda: mlp(128, 64), epochs=8, lr=3e-3, target=0.975),
    "mnist-cnn": Recipe(MNIST, "LeNet-like", lenet, epochs=5, lr=3e-3, target=0.99),
    "fashion-mlp": Recipe(FASHION, "784-256-10", lambda: mlp(256), epochs=10, lr=3e-3, target=0.88),
    "fashion-cnn": Recipe(FASHION, "LeNet-like", lenet, epochs=5, lr=3e-3, target=0.90),
}
PIXELS = {MNIST: (0.1307, 0.3081), FASHION: (0.2860, 0.3530)}  # mean and standard deviation of the training pixels


def loaders(data):
    """The training images, shuffled, and the test images, in batches."""
    mean, std = PIXELS[data]
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))])
    train, test = (data(train=train, transform=transform) for train in (True, False))
    return DataLoader(train, BATCH, shuffle=True), DataLoader(test, 1000)


def train(name, seed):
    """Train one network; return the line of the record."""
    recipe = RECIPES[name]
    autograd.manual_seed(seed)
    net = recipe.make()
    batches, test = loaders(recipe.data)
    optimizer = optim.Adam(net.parameters())
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, recipe.lr, epochs=recipe.epochs, steps_per_epoch=len(batches))
    loss_function = nn.CrossEntropyLoss()
    wall, cpu, history = [], [], []
    for epoch in range(1, recipe.epochs + 1):
        net.train()
        losses = []
        start = perf_counter(), process_time()
        for images, labels in batches:
            optimizer.zero_grad()
            loss = loss_function(net(images), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        wall.append(perf_counter() - start[0])
        cpu.append(process_time() - start[1])
        history.append(accuracy(net, test))
        figures = f"loss {mean(losses):.4f}, test {history[-1]:.2%}, {wall[-1]:.1f} s"
        print(f"{name} {seed}: epoch {epoch}, {figures}", flush=True)
    there, back = elsewhere(net, recipe.make(), test)
    return {
        "name": name, "seed": seed, "epochs": recipe.epochs, "accuracy": history[-1], "history": history,
        "torch": there, "back": back, "loss": mean(losses), "parameters": sum(p.numel() for p in net.parameters()),
        "seconds": mean(wall), "cpu_seconds": mean(cpu), "load": os.getloadavg()[0], "date": date.today().isoformat(),
        "machine": machine(),
    }  # fmt: skip


def accuracy(net, batches):
    """The share of images that are read right."""
    net.eval()
    with autograd.no_grad():
        return right([(net(images).numpy(), labels.numpy()) for images, labels in batches])


def elsewhere(net, untrained, test):
    """The accuracy of a network that was saved, loaded in PyTorch by an untrained twin, and then brought back."""
    twin = interop.to_torch(untrained)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        nn.save(net.state_dict(), path)
        twin.load_state_dict(load_file(path))
    twin.eval()
    with torch.no_grad():
        scores = [(twin(torch.from_numpy(images.numpy())).numpy(), labels.numpy()) for images, labels in test]
    return right(scores), accuracy(interop.from_torch(twin), test)


def right(batches):
    return float(np.mean(np.concatenate([scores.argmax(1) == labels for scores, labels in batches])))


def machine():
    """The kind of machine, and the versions of what was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    threads = os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count())
    return (
        f"{cpu}, {os.cpu_count()} cores, {threads} thread{'s' * (str(threads) != '1')} for matrix products; "
        f"{platform.system()}, Python {platform.python_version()}, chalkgrad {autograd.__version__}, "
        f"NumPy {np.__version__} ({blas['name']} {blas['version']}), PyTorch {torch.__version__}"
    )


def record():
    """What has been measured: the last line for each network and seed."""
    lines = RECORD.read_text().splitlines() if RECORD.exists() else []
    return {(line["name"], line["seed"]): line for line in map(json.loads, lines)}


def tables(runs):
    """The tables as Markdown."""
    table = [
        "images | network | parameters | epochs | test accuracy, by seed | target | s per epoch | CPU s per epoch",
        "--- | --- | ---: | ---: | --- | --- | ---: | ---:",
    ]
    travel = ["network | seed | here | in PyTorch | back here", "--- | ---: | ---: | ---: | ---:"]
    for name, recipe in RECIPES.items():
        lines = [runs[name, seed] for seed in SEEDS if (name, seed) in runs]
        if not lines:
            continue
        shares = ", ".join(f"{line['accuracy']:.2%}" for line in lines)
        met = all(line["accuracy"] >= recipe.target for line in lines)
        table.append(
            f"{recipe.data.__name__} | {recipe.network} | {lines[0]['parameters']:,} | {lines[0]['epochs']} | "
            f"{shares} | {recipe.target:.1%} {'met' if met else '**missed**'} | "
            f"{mean(line['seconds'] for line in lines):.1f} | {mean(line['cpu_seconds'] for line in lines):.1f}"
        )
        for line in lines:
            shares = " | ".join(f"{line[where]:.2%}" for where in ("accuracy", "torch", "back"))
            travel.append(f"{recipe.data.__name__} {recipe.network} | {line['seed']} | {shares}")
    machines = "\n".join(f"{text}." for text in dict.fromkeys(line["machine"] for line in runs.values()))
    return "\n\n".join([machines, "\n".join(table), "### There and back", "\n".join(travel)])


def write_page():
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(record())}\n\n{END}{after}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of {', '.join(RECIPES)}; default all")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="default 0 1 2")
    parser.add_argument("--page", action="store_true", help="write the page from the record, train nothing")
    args = parser.parse_args()
    if unknown := set(args.names) - set(RECIPES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(RECIPES)}")
    if not args.page:
        for name in args.names or RECIPES:
            for seed in args.seeds:
                if (name, seed) not in record():
                    line = train(name, seed)
                    RECORD.parent.mkdir(exist_ok=True)
                    with RECORD.open("a") as file:
                        file.write(json.dumps(line) + "\n")
    write_page()


if __name__ == "__main__":
    main()
