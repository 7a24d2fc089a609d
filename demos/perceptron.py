"""What can a single neuron decide, what can it learn, and where does it end?

    python -m demos.perceptron

What to look at:

- AND, OR and NOT are learned in a few rounds, from nothing but mistakes. With XOR the mistakes never end;
- gates.png: why. A line with both blue points on one side has the point where the diagonals cross on that side, and
  with both red points on the other side has it there. No point is on both sides. (In grey: the lines it tried.);
- the beach and the letter: the same neuron with weights from common sense. The threshold makes it easy-going or choosy;
- mistakes.png and two films of the line as it learns: from the length and width of its sepals in centimetres it takes
  hundreds of rounds to tell setosa from the other irises; from the same numbers normalised, less than twenty.
"""

import numpy as np
from sklearn.datasets import load_iris

import autograd
import nn
from nn import plot
from nn.train import Snapshot

from .lab import BLUE, GREY, INK, RED, Lab, axes

BOTH = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
GATES = {  # inputs and answers
    "AND": (BOTH, [0, 0, 0, 1]),
    "OR": (BOTH, [0, 1, 1, 1]),
    "NOT": (BOTH[:2, 1:], [1, 0]),
    "XOR": (BOTH, [0, 1, 1, 0]),
}


def main(lab):
    gates(lab)
    beach(lab)
    spam(lab)
    iris(lab)


def gates(lab):
    """Learn each gate, for at most 20 rounds."""
    figure, sides = axes(10, 3.6, "AND", "OR", "XOR: no line does it")
    places = dict(zip(("AND", "OR", "XOR"), sides, strict=True))
    for name, (x, y) in GATES.items():
        net, states, mistakes = learn(x, y, rounds=20, part=1)
        weights = ", ".join(f"{w:g}" for w in net.weight.tolist())
        print(f"{name:3}  mistakes in each round {mistakes}  weights {weights}  bias {net.bias.item():g}")
        lab.found(**{f"mistakes_in_the_last_round_of_{name}": mistakes[-1]})
        if name in places:
            draw_gate(places[name], net, states if mistakes[-1] else states[-1:], y)
    places["XOR"].plot([0, 1], [0, 1], "--", color=RED, linewidth=2.5)
    places["XOR"].plot([0, 1], [1, 0], "--", color=BLUE, linewidth=2.5)
    lab.picture(figure, "gates.png")


def learn(x, y, rounds, part=None):
    """Train a perceptron until a round has no mistakes. Returns it, its states, and the mistakes of each round.

    The states are those after each `part` samples with a mistake among them, by default after each round.
    """
    net, mistakes, part = nn.Perceptron(x.shape[1]), [], part or len(x)
    states = [state(net, 0)]
    while len(mistakes) < rounds and (not mistakes or mistakes[-1]):
        mistakes.append(0)
        for start in range(0, len(x), part):
            (wrong,) = net.fit(x[start : start + part], y[start : start + part], epochs=1)
            mistakes[-1] += wrong
            if wrong:
                states.append(state(net, len(mistakes)))
    return net, states, mistakes


def state(net, number):
    """The line of a perceptron as that of a layer: what it gives is three times the distance from the line."""
    scale = 3 / max(net.weight.norm().item(), 1e-9)
    return Snapshot(number, None, {"0.weight": scale * net.weight[None], "0.bias": scale * net.bias[None]})


def draw_gate(ax, net, states, y):
    """The four inputs in the colours of their answers; one line with its two sides, or all lines that were tried."""
    ends = np.linspace(-0.5, 1.7, 200, dtype=np.float32)
    for _, _, line in states:
        (u, v), bias = line["0.weight"].numpy()[0], line["0.bias"].item()
        foot = -bias * np.array([u, v]) / max(u * u + v * v, 1e-9)
        ax.plot(*(foot + np.outer([-1, 1], [-v, u])).T, color=INK if len(states) == 1 else GREY, zorder=1)
    if len(states) == 1:
        sides = net(autograd.tensor(np.stack(np.meshgrid(ends, ends), -1))).numpy()
        ax.contourf(ends, ends, sides, [-1, 0.5, 2], colors=[RED, BLUE], alpha=0.2)
    ax.scatter(*BOTH.T, s=160, color=[BLUE if answer else RED for answer in y], edgecolor="white", zorder=3)
    ax.set(xlim=ends[[0, -1]], ylim=ends[[0, -1]], xticks=[0, 1], yticks=[0, 1], xlabel="a", ylabel="b", aspect="equal")


def neuron(weights, bias):
    """A perceptron that has not learned its weights."""
    net = nn.Perceptron(len(weights))
    net.load_state_dict({"weight": autograd.tensor(weights), "bias": autograd.tensor(bias)})
    return net


def beach(lab):
    """Go to the beach? Sunshine counts 3, company 2. The threshold, which is minus the bias, says how keen you are."""
    for threshold in (2.0, 3.0, 5.0):
        go = neuron([3.0, 2.0], -threshold)(autograd.tensor(BOTH)).tolist()
        print(f"beach, threshold {threshold:g}: neither {go[0]:g}, company {go[1]:g}, sun {go[2]:g}, both {go[3]:g}")
        lab.found(**{f"beach_with_threshold_{threshold:g}": " ".join(f"{answer:g}" for answer in go)})


def spam(lab):
    """Spam? The word FREE speaks for it, an attachment a little, and a sender you know against it."""
    net, caught = neuron([2.0, 0.5, -1.5], -0.5), []
    for free, attachment, known in np.ndindex(2, 2, 2):
        letter = autograd.tensor([float(free), float(attachment), float(known)])
        score = (letter @ net.weight + net.bias).item()
        print(f"FREE {free}, attachment {attachment}, known sender {known}: score {score:4.1f}, spam {net(letter):g}")
        caught += [f"{free}{attachment}{known}"] if net(letter).item() else []
    lab.found(caught_of_FREE_attachment_known=" ".join(caught))


def iris(lab):
    """Setosa against the rest, by its sepals."""
    flowers, kind = load_iris(return_X_y=True)
    order = np.random.default_rng(lab.seed).permutation(len(flowers))
    raw, setosa = flowers[order, :2].astype(np.float32), (kind[order] == 0).astype(np.float32)
    normalised = (raw - raw.mean(0)) / raw.std(0)
    figure, ax = axes(6.4, 3.4, "Mistakes in each round, setosa against the rest")
    shown = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    for name, x, colour, part in (("raw", raw, RED, None), ("normalised", normalised, BLUE, 1)):
        _, states, mistakes = learn(x, setosa, rounds=2000, part=part)
        print(f"iris, {name}: {len(mistakes)} rounds, {sum(mistakes)} mistakes, {mistakes[-1]} in the last round")
        lab.found(**{f"rounds_{name}": len(mistakes), f"mistakes_{name}": sum(mistakes), f"last_{name}": mistakes[-1]})
        ax.plot(range(1, len(mistakes) + 1), mistakes, color=colour, label=f"{name}: {len(mistakes)} rounds")
        heading = f"Setosa or not, features {name}"
        film = plot.boundary_animation(states, x, setosa, model=shown, most=6 if lab.quick else 20, heading=heading)
        lab.picture(film, f"iris_{name}.gif")
    ax.set(xscale="log", xlabel="round", ylabel="mistakes", ylim=0)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.legend(frameon=False)
    lab.picture(figure, "mistakes.png")


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
