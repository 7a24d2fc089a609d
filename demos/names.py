"""Invent first names letter by letter: how much better is a network that sees the whole name than one that sees a letter?

    python -m demos.names

What to look at:

- bigrams.png: how often each letter follows each other one. Counting is all that the first model does, and the second, a
  net that is trained, arrives at the same probabilities;
- losses.png: the loss per letter, in nats, on names that were kept back: the more letters a model sees, the lower;
- letters.png: the MLP was never told what a vowel is;
- the names at the end: those of the bigram can hardly be pronounced.

The names are in data/names/names.txt, if `CHALKGRAD_DATA` or the folder data leads there; if not, invented ones do.
"""

import itertools
import string

import numpy as np

import autograd
import nn
from nn import functional as F
from nn import optim, plot
from nn.data import datasets

from .lab import BLUE, GREY, INK, RED, Lab, axes

LETTERS = "." + string.ascii_lowercase  # the dot, number 0, stands before and after each name
LONGEST = 16


def main(lab):
    rng = np.random.default_rng(lab.seed)
    names = rng.permutation(known_names())[: 2000 if lab.quick else None]
    train, valid = names[len(names) // 10 :], names[: len(names) // 10]
    counts = count_pairs(train)
    lab.picture(picture_of_pairs(counts), "bigrams.png")
    table = autograd.tensor((counts + 1) / (counts + 1).sum(1, keepdims=True)).float()
    models = {
        "counted": nn.Embedding.from_pretrained(table.log()),
        "bigram": nn.Embedding(27, 27),
        "MLP": MLP(),
        "transformer": Transformer(),
    }
    epochs = {
        "counted": 0,
        "bigram": 3 if lab.quick else 5,
        "MLP": 4 if lab.quick else 15,
        "transformer": 4 if lab.quick else 15,
    }
    runs = {}
    for name, model in models.items():
        losses = fit(model, train, valid, epochs[name], rng)
        runs[name] = losses
        print(
            f"{name:11}  {sum(p.numel() for p in model.parameters()):6,d} parameters  loss {losses[-1]:.3f}  ", end=""
        )
        print(" ".join(sample(model) for _ in range(6)))
    lab.found(**{name: losses[-1] for name, losses in runs.items()})


def known_names():
    try:
        return datasets.names()
    except FileNotFoundError:
        print("names.txt is not there (chalkgrad data fetch names): invented names take its place")
        parts = (
            "b d f k l m r s t".split(),
            "a e i o u".split(),
            "l m n r v ss tt nd".split(),
            "a e i o".split(),
            ["", "n", "ra", "lio"],
        )
        return ["".join(part) for part in itertools.product(*parts)]


def batches(names, rng, size=128):
    """Inputs and targets (N, T) of names of the same length, so that none has to be filled up; in random order."""
    by_length = sorted(rng.permutation(names), key=len)
    parts = []
    for _, group in itertools.groupby(by_length, len):
        coded = np.array([[0, *map(LETTERS.index, name), 0] for name in group])
        parts += [coded[i : i + size] for i in range(0, len(coded), size)]
    for i in rng.permutation(len(parts)):
        yield autograd.from_numpy(parts[i][:, :-1]), autograd.from_numpy(parts[i][:, 1:])


def count_pairs(names):
    """How often each letter (column) follows each other (row)."""
    counts = np.zeros((27, 27), int)
    for name in names:
        for first, second in itertools.pairwise(f".{name}."):
            counts[LETTERS.index(first), LETTERS.index(second)] += 1
    return counts


class MLP(nn.Module):
    """Three letters, as points of a space of ten dimensions, and a layer that looks at all of them (Bengio, 2003)."""

    def __init__(self, sees=3, width=200):
        self.sees, self.embedding = sees, nn.Embedding(27, 10)
        self.layers = nn.Sequential(
            nn.Linear(10 * sees, width, bias=False), nn.BatchNorm1d(width), nn.Tanh(), nn.Linear(width, 27)
        )

    def forward(self, letters):
        n, t = letters.shape
        before = F.pad(letters, (self.sees - 1, 0))
        seen = autograd.stack([before[:, i : i + t] for i in range(self.sees)], 2)
        return self.layers(self.embedding(seen).reshape(n * t, -1)).reshape(n, t, 27)


class Transformer(nn.Module):
    """Two blocks, in which each letter attends to all letters before it."""

    def __init__(self, width=64):
        self.letter, self.place = nn.Embedding(27, width), nn.Embedding(LONGEST + 1, width)
        block = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, 2)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 27))

    def forward(self, letters):
        t = letters.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(t)
        return self.head(self.blocks(self.letter(letters) + self.place(autograd.arange(t)), mask, is_causal=True))


def fit(model, train, valid, epochs, rng, lr=0.01):
    """Returns the loss in validation before the training and after each epoch."""
    losses = [evaluate(model, valid, rng)]
    if epochs:
        optimizer = optim.AdamW(model.parameters(), lr=0.1 if isinstance(model, nn.Embedding) else 0.005)
        schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        model.train()
        for x, y in batches(train, rng):
            optimizer.zero_grad()
            F.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
            optimizer.step()
        schedule.step()
        losses.append(evaluate(model, valid, rng))
        print(losses[-1])
    return losses


@autograd.no_grad()
def evaluate(model, names, rng):
    """The mean of -log p(letter) over all letters of these names, and the dots at their ends."""
    model.eval()
    scored = [(F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item(), y.numel()) for x, y in batches(names, rng)]
    losses, letters = np.array(scored).T
    return np.average(losses, weights=letters).item()


@autograd.no_grad()
def sample(model):
    """Draw one letter after the other, until a dot comes."""
    letters = [0]
    while len(letters) == 1 or (letters[-1] and len(letters) <= LONGEST):
        scores = model(autograd.tensor([letters]))[0, -1]
        letters.append(autograd.multinomial(scores.softmax(0), 1).item())
    return "".join(LETTERS[i] for i in letters).strip(".")


def picture_of_pairs(counts):
    figure, ax = axes(7, 7, "x")
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
