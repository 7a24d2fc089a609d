"""Which optimizer, with which schedule? Four of each on 10,000 photographs, every pair with a learning rate of its own.

    python -m demos.optimizers

What to look at:

- accuracy.png: 16 pairs on a 768-256-128-10 network, the gradient clipped to norm 1. Optuna looks for the learning
  rate of each pair. Two percentage points are chance on 2,000 validation images, and most pairs differ by less. Warm-up
  comes last in every row: it alone does not lower the rate at the end;
- the learning rates: SGD's are 20 to 50 times as large, because Adam and RMSprop divide a gradient by its usual size;
- curves.png: the best run of each optimizer;
- rosenbrock.png and beale.png: their paths on two functions of two numbers. AdamW stops short of the minimum, where its
  weight decay, which pulls towards 0, balances the gradient.

The photographs are the CIFAR-10 subset, 16 x 16 pixels each. Where it is missing, handwritten digits take its place.
"""

import warnings

import numpy as np

import autograd
import nn
from nn import optim, plot
from nn.data import TensorDataset, datasets, random_split
from nn.optim import lr_scheduler as schedules
from nn.train import Accuracy, Callback, Trainer

from .lab import Lab

OPTIMIZERS = {
    "SGD, momentum": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9),
    "RMSprop": lambda parameters, lr: optim.RMSprop(parameters, lr),
    "Adam": lambda parameters, lr: optim.Adam(parameters, lr),
    "AdamW": lambda parameters, lr: optim.AdamW(parameters, lr, weight_decay=0.1),
}
RANGES = {"SGD, momentum": (0.03, 0.3), "RMSprop": (1e-4, 3e-3), "Adam": (3e-4, 1e-2), "AdamW": (3e-4, 1e-2)}
SCHEDULES = {
    "step decay": lambda opt, steps: schedules.StepLR(opt, step_size=-(-steps // 3), gamma=0.3),
    "cosine": lambda opt, steps: schedules.CosineAnnealingLR(opt, T_max=steps),
    "warm-up": lambda opt, steps: schedules.LinearLR(opt, start_factor=0.01, total_iters=steps // 5),
    "one-cycle": lambda opt, steps: schedules.OneCycleLR(opt, opt.param_groups[0]["lr"], steps, cycle_momentum=False),
}


def main(lab):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    trials, epochs = (1, 2) if lab.quick else (4, 6)
    train, valid = images(lab)
    table, best, largest = {}, {}, LargestGradient()
    for optimizer in OPTIMIZERS:
        histories = {}
        for schedule in SCHEDULES:

            def accuracy(trial, optimizer=optimizer, schedule=schedule, histories=histories):
                lr = trial.suggest_float("lr", *RANGES[optimizer], log=True)
                autograd.manual_seed(lab.seed)  # the same first weights and the same batches for all
                history = fit(train, valid, epochs, optimizer, schedule, lr, largest)
                histories[history[-1]["valid_accuracy"]] = history
                return history[-1]["valid_accuracy"]

            study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=lab.seed))
            study.optimize(accuracy, n_trials=trials)
            table[f"{optimizer}, {schedule}"] = study.best_value
            print(f"{optimizer:14} {schedule:11} {study.best_value:6.1%}  with lr {study.best_params['lr']:.2g}")
        best[optimizer] = histories[max(histories)]

    percent = 100 * np.reshape(list(table.values()), (len(OPTIMIZERS), len(SCHEDULES)))
    names = "optimizer", "schedule", "accuracy in validation, %"
    lab.picture(plot.heat_map(list(OPTIMIZERS), list(SCHEDULES), percent, names=names, mode="max"), "accuracy.png")
    lab.picture(plot.compare_runs(best, "valid_accuracy"), "curves.png")
    lab.found(**table, largest_gradient_norm=largest.norm)
    surfaces(lab)


def images(lab):
    """Training and validation data: photographs, or digits where there are none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a subset, which is what we want
            photographs = datasets.CIFAR10()
    except FileNotFoundError:
        print("CIFAR-10 is not here: 1,797 digits of 8 x 8 pixels instead (CHALKGRAD_DATA names the folder of data)")
        lab.found(data="digits")
        return random_split(datasets.digits(), [0.8, 0.2])
    count = 1000 if lab.quick else 10_000
    pixels = photographs.data[:count].reshape(count, 16, 2, 16, 2, 3).mean((2, 4), dtype=np.float32).reshape(count, -1)
    x = (pixels - pixels.mean(0)) / pixels.std(0)
    lab.found(data=f"{count:,} photographs of CIFAR-10")
    return random_split(TensorDataset(autograd.tensor(x), photographs.targets[:count]), [0.8, 0.2])


def fit(train, valid, epochs, optimizer, schedule, lr, *callbacks):
    """Train a three-layer network; returns the history."""
    net = nn.MLP(train[0][0].numel(), [256, 128, 10])
    chosen = OPTIMIZERS[optimizer](net.parameters(), lr)
    steps = epochs * -(-len(train) // 128)
    trainer = Trainer(metrics=[Accuracy()], clip_norm=1.0, callbacks=callbacks, progress=False)
    return trainer.fit(
        net, train, valid, epochs, chosen, nn.CrossEntropyLoss(), batch_size=128,
        scheduler=SCHEDULES[schedule](chosen, steps), scheduler_every="step",
    )  # fmt: skip


class LargestGradient(Callback):
    """The largest norm of a gradient that an optimizer was given."""

    norm = 0.0

    def on_batch_end(self, run):
        self.norm = max(self.norm, nn.utils.get_total_norm([p.grad for p in run.model.parameters()]).item())


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def surfaces(lab):
    """Draw where the optimizers go on two functions of two numbers."""
    for function, start, minimum, rates in (
        (rosenbrock, (-1.5, 1.2), (1, 1), (0.001, 0.03, 0.3, 0.3)),
        (beale, (1.0, 1.5), (3, 0.5), (0.003, 0.03, 0.1, 0.1)),
    ):
        name, heading = function.__name__, f"{function.__name__.capitalize()}'s function"
        runs = {each: descend(function, start, each, lr) for each, lr in zip(OPTIMIZERS, rates, strict=True)}
        lab.picture(plot.paths(function, runs, minimum=minimum, heading=heading), f"{name}.png")
        lab.found(**{f"{name}, {each}": float(function(*points[-1])) for each, points in runs.items()})


def descend(function, start, name, lr, steps=500):
    """The points that an optimizer visits."""
    place = nn.Parameter(autograd.tensor(start, dtype=autograd.float64))
    optimizer, points = OPTIMIZERS[name]([place], lr), [place.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        function(*place).backward()
        optimizer.step()
        points.append(place.tolist())
    return points


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
