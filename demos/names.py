"""Invent first names letter by letter: how much does it help a network to see more than one letter back?

    python -m demos.names

What to look at:

- losses.png: the loss per letter on names that were kept back. The more letters a model sees, the lower;
- letters.png: nobody told the MLP what a vowel is, and yet its last layer has the vowels side by side;
- the names that each model invents: those of a bigram can hardly be pronounced.

The names are those of `chalkgrad data fetch names`. Without them, and with --quick, made-up ones take their place.
"""

import itertools
import string

import numpy as np

import autograd
import nn
from nn import functional as F
from nn import optim, plot
from nn.data import datasets

from .lab import BLUE, RED, Lab, axes

LETTERS, LONGEST = "." + string.ascii_lowercase, 16  # the dot, number 0, is before and after each name


def main(lab):
    rng = np.random.default_rng(lab.seed)
    names = rng.permutation(find_names(lab.quick))
    valid, train = names[::10], np.delete(names, slice(None, None, 10))
    counts = count_pairs(train)
    table = autograd.tensor((counts + 1) / (counts + 1).sum(1, keepdims=True)).log()
    learners = {
        "counted bigram": (nn.Embedding.from_pretrained(table), 0),
        "learned bigram": (nn.Embedding(27, 27), 0.2),
        "MLP": (MLP(), 0.005),
        "transformer": (Transformer(), 0.003),
    }
    runs = {}
    for name, (model, lr) in learners.items():
        losses = list(fit(model, train, valid, 5 if lab.quick else 15, lr, rng))
        runs[name] = {"valid_loss": losses}
        invented = ", ".join(sample(model) for _ in range(8))
        print(f"{name}, {sum(p.numel() for p in model.parameters()):,} parameters, loss {losses[-1]:.3f}: {invented}")
        lab.found(**{name: losses[-1], f"names of the {name}": invented})
    lab.picture(plot.compare_runs(runs, heading="Loss per letter on names that were kept back"), "losses.png")
    lab.picture(picture(counts, learners["MLP"][0].rest[2].weight.numpy(force=True)), "letters.png")


def find_names(quick):
    try:
        if not quick:
            return datasets.names()
    except FileNotFoundError as error:
        print(error, "Made-up names take their place.", sep="\n")
    parts = "b d f k l m r s t", "a e i o u", "l m n r v ss tt nd", "a e i o", "- n ra lio"
    return ["".join(name).strip("-") for name in itertools.product(*map(str.split, parts))][:: 3 if quick else 1]


def count_pairs(names):
    """How often each letter (column) follows another (row)."""
    letters = np.array([LETTERS.index(letter) for letter in f".{'.'.join(names)}."])
    return np.bincount(27 * letters[:-1] + letters[1:], minlength=27 * 27).reshape(27, 27)


class MLP(nn.Module):
    """Sees three letters, each a point in a space of ten dimensions (after Bengio and others, 2003)."""

    def __init__(self, sees=3, width=200):
        self.sees, self.embedding = sees, nn.Embedding(27, 10)
        self.hidden = nn.Linear(10 * sees, width, bias=False)
        self.rest = nn.Sequential(nn.BatchNorm1d(width), nn.Tanh(), nn.Linear(width, 27))

    def forward(self, letters):
        seen = autograd.stack([F.pad(letters, (i, 0))[:, : letters.shape[1]] for i in range(self.sees)], 2)
        return self.rest(self.hidden(self.embedding(seen).flatten(2)).flatten(0, 1)).reshape(*letters.shape, 27)


class Transformer(nn.Module):
    """Two blocks, in which each letter attends to all letters before it (after Vaswani and others, 2017)."""

    def __init__(self, width=64):
        self.letter, self.place = nn.Embedding(27, width), nn.Embedding(LONGEST, width)
        block = nn.TransformerEncoderLayer(width, 4, 4 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.blocks, self.head = nn.TransformerEncoder(block, 2, nn.LayerNorm(width)), nn.Linear(width, 27)

    def forward(self, letters):
        causal = nn.Transformer.generate_square_subsequent_mask(letters.shape[1])
        return self.head(self.blocks(self.letter(letters) + self.place.weight[: len(causal)], causal, is_causal=True))


def batches(names, rng, size=128):
    """Letters (N, T), and for each the next, of names of one length, so that none has to be filled up."""
    coded = [[0, *map(LETTERS.index, name), 0] for name in sorted(rng.permutation(names), key=len)]
    groups = [np.array(list(group)) for _, group in itertools.groupby(coded, len)]
    parts = [group[i : i + size] for group in groups for i in range(0, len(group), size)]
    for i in rng.permutation(len(parts)):
        yield autograd.from_numpy(parts[i][:, :-1]), autograd.from_numpy(parts[i][:, 1:])


def fit(model, train, valid, epochs, lr, rng):
    """Yields the loss in validation after each epoch. With a learning rate of 0 there is nothing to learn."""
    optimizer = optim.AdamW(model.parameters(), lr)
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = lr * (1 - epoch / epochs)
        for x, y in batches(train, rng) if lr else ():
            optimizer.zero_grad()
            F.cross_entropy(model(x).mT, y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        yield evaluate(model, valid)


def evaluate(model, names):
    """The mean of -log p over all letters of the names, and the dots at their ends."""
    with nn.utils.evaluating(model):
        given = batches(names, np.random.default_rng(0))
        return (
            autograd.cat([F.cross_entropy(model(x).mT, y, reduction="none").flatten() for x, y in given]).mean().item()
        )


def sample(model):
    """Draw one letter after the other, until a dot comes."""
    letters = [0]
    with nn.utils.evaluating(model):
        while len(letters) == 1 or (letters[-1] and len(letters) < LONGEST):
            letters.append(autograd.multinomial(model(autograd.tensor([letters]))[0, -1].softmax(0), 1).item())
    return "".join(LETTERS[i] for i in letters).strip(".")


def picture(counts, points):
    figure, (pairs, letters) = axes(
        11, 5.4, "How often a letter (column) follows another (row)", "The MLP's last layer"
    )
    pairs.imshow(np.sqrt(counts / counts.sum(1, keepdims=True).clip(1)), cmap="Blues")
    pairs.set(xticks=range(27), xticklabels=LETTERS, yticks=range(27), yticklabels=LETTERS)
    u, s, _ = np.linalg.svd(points[1:] - points[1:].mean(0))
    letters.plot(*(u[:, :2] * s[:2]).T, " ")
    for letter, place in zip(LETTERS[1:], u[:, :2] * s[:2], strict=True):
        letters.text(*place, letter, color=RED if letter in "aeiouy" else BLUE, ha="center", va="center", fontsize=14)
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
