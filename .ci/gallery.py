"""Draw the gallery of docs/pictures.md again: one example of each picture of nn.plot, in docs/images/gallery.

    python .ci/gallery.py            all of them
    python .ci/gallery.py roc paths  these

A function has the name of the picture that it returns. Its example is small, seeded, and needs no network.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import optuna
from PIL import Image
from sklearn.datasets import load_breast_cancer

import autograd
import nn
from nn import init, optim, plot
from nn.data import DataLoader, datasets, stratified_split
from nn.interop.sklearn import ChalkClassifier
from nn.optim.lr_scheduler import CosineAnnealingLR
from nn.train import Accuracy, ConfusionMatrix, History, Recorder, Trainer, find_lr, permutation_importance
from nn.utils import parameters_to_vector

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "gallery"
COLOURS = 200  # of a PNG: enough for its lines and shades, and small

OPTIMIZERS: dict[str, Callable[[Any], optim.Optimizer]] = {
    "SGD": lambda p: optim.SGD(p, lr=0.02),
    "momentum": lambda p: optim.SGD(p, lr=0.02, momentum=0.9),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.001),
    "Adam": lambda p: optim.Adam(p, lr=0.003),
}


class Digits(NamedTuple):
    """A network that learned 8 x 8 digits, how that went, and what it says of digits it has not seen."""

    net: nn.Module
    history: History
    x: autograd.Tensor
    y: autograd.Tensor
    scores: autograd.Tensor


@cache
def digits(optimizer: str = "Adam", epochs: int = 20, hidden: int = 64) -> Digits:
    autograd.manual_seed(0)
    train, valid = stratified_split(datasets.digits(), 0.8, autograd.Generator(0))
    x, y = next(iter(DataLoader(valid, len(valid))))
    net = nn.MLP(64, [hidden, 10])
    trainer, steps = Trainer(metrics=[Accuracy()], progress=False), OPTIMIZERS[optimizer](net.parameters())
    schedule = CosineAnnealingLR(steps, epochs)
    history = trainer.fit(net, train, valid, epochs, steps, nn.CrossEntropyLoss(), scheduler=schedule)
    return Digits(net, history, x, y, trainer.predict(x))


@cache
def moons() -> tuple[nn.Module, autograd.Tensor, autograd.Tensor, list[autograd.Tensor]]:
    """A network that learned two half moons, the points, and its parameters after every other step."""
    autograd.manual_seed(2)
    x, y = next(iter(DataLoader(datasets.moons(200, 0.15, generator=autograd.Generator(0)), 200)))
    net, path = nn.MLP(2, [16, 16, 2]), []
    optimizer = optim.SGD(net.parameters(), lr=0.3, momentum=0.9)
    for step in range(60):
        if step % 2 == 0:
            path.append(parameters_to_vector(net.parameters()).detach())
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(net(x), y).backward()
        optimizer.step()
    return net, x, y, path


def loss_curve() -> plot.Figure:
    return plot.loss_curve(digits().history)


def metric_curve() -> plot.Figure:
    return plot.metric_curve(digits().history, "accuracy")


def learning_rate() -> plot.Figure:
    return plot.learning_rate(digits().history)


def compare_runs() -> plot.Figure:
    return plot.compare_runs({name: digits(name).history for name in OPTIMIZERS}, "valid_loss", training=True)


def lr_finder() -> plot.Figure:
    autograd.manual_seed(0)
    net = nn.MLP(64, [64, 10])
    return find_lr(net, datasets.digits(), optim.Adam(net.parameters()), nn.CrossEntropyLoss()).plot()


def heat_map() -> plot.Figure:
    epochs, widths = [1, 2, 4, 8], [8, 16, 32, 64, 128]
    losses = [[digits(epochs=n, hidden=width).history[-1]["valid_loss"] for width in widths] for n in epochs]
    return plot.heat_map(epochs, widths, losses, names=("epochs", "hidden units", "validation loss"))


@cache
def searched() -> tuple[list[dict[str, Any]], list[float], dict[str, float]]:
    """What a search of 16 trials tried, how accurate each was, and what each setting was worth."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    train, valid = stratified_split(datasets.digits(), 0.8, autograd.Generator(0))

    def objective(trial: optuna.Trial) -> float:
        lr, hidden = trial.suggest_float("lr", 1e-4, 0.1, log=True), trial.suggest_int("hidden units", 4, 128, log=True)
        activation = {"ReLU": nn.ReLU, "Sigmoid": nn.Sigmoid}[
            trial.suggest_categorical("activation", ["ReLU", "Sigmoid"])
        ]
        size = trial.suggest_categorical("batch size", [16, 64, 256])
        autograd.manual_seed(0)
        net = nn.MLP(64, [hidden, 10], activation=activation)
        trainer, steps = Trainer(metrics=[Accuracy()], progress=False), optim.Adam(net.parameters(), lr)
        return trainer.fit(net, train, valid, 3, steps, nn.CrossEntropyLoss(), batch_size=size)[-1]["valid_accuracy"]

    study.optimize(objective, n_trials=16)
    shares = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0)
    )
    order = ("lr", "hidden units", "activation", "batch size")
    return [{name: t.params[name] for name in order} for t in study.trials], [t.value for t in study.trials], shares


def parallel_coordinates() -> plot.Figure:
    points, values, _ = searched()
    return plot.parallel_coordinates(points, values, name="validation accuracy", mode="max")


def settings_importance() -> plot.Figure:
    return plot.settings_importance(searched()[2], name="validation accuracy")


def predictions() -> plot.Figure:
    rng = np.random.default_rng(0)
    truth = rng.gamma(4, 50, 150)
    return plot.predictions(truth, truth + rng.normal(0, 25, 150))


def confusion_matrix() -> plot.Figure:
    count = ConfusionMatrix()
    early = digits(epochs=2)
    count.update(early.scores, early.y)
    return plot.confusion_matrix(count.matrix)


def misclassified() -> plot.Figure:
    early = digits(epochs=4)
    return plot.misclassified(early.x, early.y, early.scores, noun="digits")


def roc() -> plot.Figure:
    early = digits(epochs=1)
    return plot.roc(early.scores, early.y)


def precision_recall() -> plot.Figure:
    models = {f"{n} epoch{'s' * (n > 1)}": digits("SGD", n).scores for n in (1, 2, 4, 20)}
    return plot.precision_recall(models, digits().y)


def calibration() -> plot.Figure:
    data = digits()
    return plot.calibration(data.scores.softmax(1), data.y)


@cache
def images_seen() -> nn.Module:
    """A convolutional network that learned digits."""
    autograd.manual_seed(1)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(),
        nn.Conv2d(8, 12, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(12 * 64, 10),
    )  # fmt: skip
    train, _ = stratified_split(datasets.digits(), 0.8, autograd.Generator(0))
    Trainer(progress=False).fit(net, train, None, 3, optim.Adam(net.parameters(), 3e-3), nn.CrossEntropyLoss())
    return net


@cache
def watched(activation: Any, hidden: int, rate: float) -> Recorder:
    """What was recorded of a network of some layers while it learned digits."""
    autograd.manual_seed(0)
    net, recorder = nn.MLP(64, [32] * hidden + [10], activation=activation), Recorder(every=12)
    train, _ = stratified_split(datasets.digits(), 0.8, autograd.Generator(0))
    trainer = Trainer(callbacks=[recorder], progress=False)
    trainer.fit(net, train, None, 15, optim.SGD(net.parameters(), rate), nn.CrossEntropyLoss())
    return recorder


def importance() -> plot.Figure:
    x, y = load_breast_cancer(return_X_y=True, as_frame=True)
    model = ChalkClassifier(hidden_layer_sizes=(16,), lr=0.01, random_state=0).fit(x[::2], y[::2])
    found = permutation_importance(model, x[1::2], y[1::2], n_repeats=10)
    return plot.importance(found, most=12)


def histograms() -> plot.Figure:
    return plot.histograms(watched(nn.Tanh, 2, 0.5))


def gradient_flow() -> plot.Figure:
    return plot.gradient_flow(watched(nn.Sigmoid, 7, 0.5))


def boundary_animation() -> plot.Figure:
    autograd.manual_seed(1)
    x, y = next(iter(DataLoader(datasets.moons(200, 0.15, generator=autograd.Generator(0)), 200)))
    net, recorder = nn.MLP(2, [16, 16, 2], activation=nn.Tanh), Recorder(snapshots=41)
    trainer = Trainer(callbacks=[recorder], progress=False)
    trainer.fit(net, (x, y), None, 40, optim.Adam(net.parameters(), 0.01), nn.CrossEntropyLoss())
    return plot.boundary_animation(recorder, x, y, most=21, seconds=5)


def memory_timeline() -> plot.Figure:
    autograd.manual_seed(0)
    net, x, y = nn.MLP(64, [256, 128, 10]), autograd.randn(256, 64), autograd.zeros(256, dtype=autograd.int64)
    optimizer = optim.Adam(net.parameters())
    nn.CrossEntropyLoss()(net(x), y).backward()
    optimizer.step()  # which makes its state
    optimizer.zero_grad()
    with autograd.record_memory(net, optimizer) as memory:
        nn.CrossEntropyLoss()(net(x), y).backward()
        optimizer.step()
    return plot.memory_timeline(memory)


def images() -> plot.Figure:
    early = digits(epochs=1)
    return plot.images(early.x.reshape(-1, 8, 8), labels=early.y, predictions=early.scores, most=32, heading="Digits")


def filters() -> plot.Figure:
    return plot.filters(images_seen())


def feature_maps() -> plot.Figure:
    return plot.feature_maps(images_seen(), digits().x, layer="2")


def saliency() -> plot.Figure:
    data = digits()
    return plot.saliency(images_seen(), data.x, data.y)


def weights() -> plot.Figure:
    return plot.weights(digits().net, x=digits().x)


def neuron() -> plot.Figure:
    net, _, x, *_ = digits()
    return plot.neuron(net[0], x[0])  # type: ignore[index]


def decision_boundary() -> plot.Figure:
    net, x, y, _ = moons()
    return plot.decision_boundary(net, x, y)


def loss_landscape() -> plot.Figure:
    net, x, y, path = moons()
    return plot.loss_landscape(net, nn.CrossEntropyLoss(), x, y, snapshots=path)


def activations() -> plot.Figure:
    return plot.activations()


def initialization() -> plot.Figure:
    autograd.manual_seed(0)

    def network(initialize: Callable[[autograd.Tensor], Any]) -> nn.Module:
        net = nn.MLP(64, [100] * 10 + [10])
        for layer in net.modules():
            if isinstance(layer, nn.Linear):
                initialize(layer.weight)
        return net

    models = {
        "normal, std 0.3": network(lambda w: init.normal_(w, std=0.3)),
        "Kaiming": network(lambda w: init.kaiming_normal_(w, nonlinearity="relu")),
        "Xavier": network(init.xavier_normal_),
        "normal, std 0.05": network(lambda w: init.normal_(w, std=0.05)),
    }
    return plot.initialization(models, autograd.randn(256, 64))


def paths() -> plot.Figure:
    makers: dict[str, Callable[[Any], optim.Optimizer]] = {
        "SGD": lambda p: optim.SGD(p, lr=1e-3),
        "momentum": lambda p: optim.SGD(p, lr=5e-4, momentum=0.9),
        "Adam": lambda p: optim.Adam(p, lr=0.1),
    }
    visited = {}
    for name, make in makers.items():
        place = nn.Parameter(autograd.tensor([-1.5, 1.2], dtype=autograd.float64))
        optimizer, points = make([place]), [place.tolist()]
        for _ in range(300):
            optimizer.zero_grad()
            rosenbrock(*place).backward()
            optimizer.step()
            points.append(place.tolist())
        visited[name] = points
    return plot.paths(rosenbrock, visited, minimum=(1, 1), heading="Three optimizers in Rosenbrock's valley")


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


PICTURES: dict[str, Callable[[], plot.Figure]] = {name: globals()[name] for name in plot.__all__ if name in globals()}


def write(name: str) -> Path:
    """Draw a picture and write it, a PNG with few colours, or a GIF if it is a film."""
    picture, path = PICTURES[name](), FOLDER / f"{name}.png"
    if ".gif" in picture.ways:
        return picture.save(path.with_suffix(".gif"))
    picture.save(path)
    with Image.open(BytesIO(path.read_bytes())) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True)
    return path


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in PICTURES]
    if unknown:
        print(f"there is no picture {', '.join(unknown)}, only {', '.join(PICTURES)}", file=sys.stderr)
        return 2
    for name in names or PICTURES:
        path = write(name)
        print(f"{path.relative_to(FOLDER.parents[2])}  {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
