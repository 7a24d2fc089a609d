"""Can 101,770 weights read handwriting? 784-128-10 and 784-128-64-10 on MNIST, and then on a digit that you draw.

    python -m demos.mnist
    chalkgrad serve runs/mnist-lab/784-128-64-10

What to look at:

- the accuracy on the 10,000 test digits: 97.5 % or more, for both networks. The second hidden layer hardly matters;
- curves.png: the loss on the training digits goes on falling after that on the test digits has levelled off;
- weights.png: what each unit of the first layer looks for: strokes (blue) and gaps (red) in certain places. Near the
  edge, where no digit has ink, all weights of a unit moved together, so there is still the noise that they began as;
- misclassified.png: a person might misread some of these, too;
- the page that `chalkgrad serve` opens: draw a digit with the mouse or a finger, and see how sure the network is, which
  units are on, and which pixels speak for the answer. Then draw a letter: it knows nothing but digits.

Where MNIST is missing and cannot be fetched, scikit-learn's digits of 8x8 pixels stand in for it, as with --quick.
"""

import json
import shutil

from nn import plot
from nn.cli.app import run as chalkgrad
from nn.data import DataLoader, datasets
from nn.runs.run_data import load_data
from nn.train import load_run, predict

from .lab import Lab

EPOCHS = 8


def main(lab):
    data = "mnist" if lab.has(datasets.MNIST) else "digits"
    folders = [train(lab, data, hidden) for hidden in ([128], [128, 64])]
    for folder in folders:
        results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
        lab.found(**{f"{folder.name} {what}": results[what] for what in ("parameters", "accuracy")})
    histories = {folder.name: folder for folder in folders}
    lab.picture(plot.compare_runs(histories, training=True, heading="Loss on unseen digits"), "curves.png")
    look_into(lab, load_run(folders[0]))
    print(f"draw a digit: chalkgrad serve {folders[1]}")


def train(lab, data, hidden):
    """`chalkgrad train`: Adam with a one-cycle schedule, and a folder of the run, which other commands open."""
    pixels = 64 if data == "digits" else 784
    folder = lab.out / "-".join(map(str, [pixels, *hidden, 10]))
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run of this lab
    options = {"hidden": hidden, "epochs": [EPOCHS], "seed": [lab.seed], "out": [folder]}
    words = [str(word) for name, values in options.items() for word in (f"--{name}", *values)]
    if chalkgrad(["train", data, *words]):
        raise SystemExit("the training run failed")
    return folder


def look_into(lab, run):
    """What the units of the first layer look for, and the digits that the network misreads."""
    data = load_data(run.settings)
    unseen = data.parts[data.final]
    x, y = next(iter(DataLoader(unseen, len(unseen))))
    digits = run.preprocessing.pictures(x)
    heading = "What each unit of the first layer looks for"
    lab.picture(plot.weights(run.model, x=x, most=36, heading=heading), "weights.png")
    lab.picture(plot.misclassified(digits, y, predict(run.model, x), noun="digits"), "misclassified.png")


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
