"""What does each classic mistake do to the loss? One healthy program, 25 changes of a line or two, and the doctor.

    python -m demos.pitfalls

What to look at:

- what it prints of each mistake: the lines, the doctor's evidence, and the lines that mend it;
- curves.png: the validation loss with the mistake (red) and without (blue). Most are far apart, but some are not: with
  `data_leak` the loss is even better than the truth, and `graph_kept_alive` costs only memory;
- that every mistake gets its own name, and no mended program gets any.
"""

import warnings

import numpy as np
from matplotlib.figure import Figure

import autograd

from .lab import BLUE, RED, Lab

PROGRAM = """\
import autograd, nn
from nn import optim
from nn.data import DataLoader, TensorDataset, datasets
from nn.train import doctor
class Net(nn.Module):
    def __init__(self):
        self.hidden = nn.ModuleList([nn.Linear(2, 16), nn.Linear(16, 16)])
        self.dropout, self.head = nn.Dropout(0.2), nn.Linear(16, 1)
    def forward(self, x):
        for layer in self.hidden:
            x = layer(x).relu()
        return self.head(self.dropout(x)).squeeze(1)
x, y = datasets.moons(400, noise=0.25).tensors
order = autograd.randperm(400)
x, y = 100 * x[order], y[order]  # measured in centimetres
x = (x - x.mean(0)) / x.std(0)
y = (y == 1).float()
train = DataLoader(TensorDataset(x[:300], y[:300]), batch_size=20, shuffle=True)
valid = DataLoader(TensorDataset(x[300:], y[300:]), batch_size=100)
net, loss_function = Net(), nn.BCEWithLogitsLoss()
optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.998)
def loss_of(x, y):
    return loss_function(net(x), y)
with doctor(net, optimizer, scheduler=scheduler, valid=valid) as report:
    for epoch in range(epochs):
        total = 0
        net.train()
        for inputs, target in train:
            optimizer.zero_grad()
            loss = loss_of(inputs, target)
            loss.backward()
            optimizer.step()
            scheduler.step()
            total += loss.item()
        net.eval()
        with autograd.no_grad():
            losses.append(sum(loss_of(*batch).item() for batch in valid) / len(valid))
"""

OPTIMIZER, SQUARES = "optimizer = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)", "((net(x) - y) ** 2).mean()"
LOSS, SCORES = "return loss_function(net(x), y)", "return self.head(self.dropout(x)).squeeze(1)"
NET = "net, loss_function = Net(), nn.BCEWithLogitsLoss()"
EACH = f"{NET}\nfor p in net.parameters():\n    "
# Lines of the program, and what stands there with the mistake.
PITFALLS = {
    "no_zero_grad": {"optimizer.zero_grad()": ""},
    "loss_broadcast": {SCORES: SCORES.removesuffix(".squeeze(1)"), LOSS: f"return {SQUARES}"},
    "no_grad": {"loss = loss_of(inputs, target)": "with autograd.no_grad():\n    loss = loss_of(inputs, target)\n"
                "loss.requires_grad_()  # makes the error go away"},
    "train_mode_in_eval": {"net.eval()": ""},
    "eval_mode_in_training": {"net.train()": ""},
    "lr_too_high": {OPTIMIZER: OPTIMIZER.replace("0.1", "30")},
    "lr_too_low": {OPTIMIZER: OPTIMIZER.replace("0.1", "1e-9")},
    "bad_optimizer_order": {"optimizer.step()": "", "loss.backward()": "optimizer.step()\nloss.backward()"},
    "scheduler_first": {"scheduler.step()": "", "optimizer.step()": "scheduler.step()\noptimizer.step()"},
    "softmax_before_loss": {LOSS: "return loss_function(net(x).sigmoid(), y)"},
    "unregistered": {"nn.ModuleList([nn.Linear(2, 16), nn.Linear(16, 16)])": "[nn.Linear(2, 16), nn.Linear(16, 16)]"},
    "foreign_parameters": {OPTIMIZER: OPTIMIZER.replace("net.", "Net().")},
    "not_moved": {OPTIMIZER: OPTIMIZER.replace("net.", "net.head.")},
    "no_gradient": {SCORES: SCORES.replace("(x)", "(x.detach())")},
    "zero_init": {NET: EACH + "nn.init.zeros_(p)"},
    "symmetric_init": {NET: EACH + "nn.init.constant_(p, 0.1)"},
    "exploding_gradients": {NET: EACH + "nn.init.normal_(p, std=10)"},
    "vanishing_gradients": {NET: EACH + "nn.init.normal_(p, std=0.0003)"},
    "saturated": {"x = layer(x).relu()": "x = (30 * layer(x)).tanh()"},
    "dead_relu": {NET: f"{NET}\nnn.init.constant_(net.hidden[0].bias, -10.0)"},
    "inputs_not_normalised": {"x = (x - x.mean(0)) / x.std(0)": ""},
    "constant_labels": {"y = (y == 1).float()": "y = (y >= 0).float()"},
    "shuffled_labels": {"x, y = 100 * x[order], y[order]": "x, y = 100 * x[order], y"},
    "data_leak": {"train = DataLoader(TensorDataset(x[:300], y[:300])": "train = DataLoader(TensorDataset(x, y)"},
    "graph_kept_alive": {"total += loss.item()": "total += loss"},
}  # fmt: skip
NO_MISTAKE = {LOSS: f"return {SQUARES}"}  # a change that the mended program needs, too


def main(lab):
    epochs, curves, named, alarms = (8 if lab.quick else 30), {}, 0, 0
    for code, changes in PITFALLS.items():
        wrong, right = run(lab, changes, epochs), run(lab, changes.items() & NO_MISTAKE.items(), epochs)
        curves[code] = wrong["losses"], right["losses"]
        named += wrong["report"].codes == [code]
        alarms += len(right["report"].codes)
        print(f"\n{code}")
        for mended, mistake in changes.items():
            if mended not in NO_MISTAKE or len(changes) == 1:
                print("  mistake:", (mistake or "(missing)").replace("\n", "\n  mistake: "))
                print("  mended: ", mended)
        print("\n".join(f"  doctor:  {finding.title}: {finding.evidence}" for finding in wrong["report"].findings))
    print(f"\nOf {len(PITFALLS)} mistakes the doctor names {named}. In the mended programs it names {alarms}.")
    alike = [code for code, (wrong, right) in curves.items() if abs(wrong[-1] - right[-1]) <= 0.1 * right[-1]]
    lab.found(mistakes=len(PITFALLS), named_by_the_doctor=named, false_alarms=alarms, alike=", ".join(alike))
    lab.found(loss_with_data_leak=curves["data_leak"][0][-1], loss_without=curves["data_leak"][1][-1])
    lab.picture(drawn(curves), "curves.png")


def run(lab, changes, epochs):
    """The names of the changed program after it ran: its report and its validation losses are among them."""
    program = PROGRAM
    for old, new in dict(changes).items():  # what is several lines long is indented like what it replaces
        before = program[: program.index(old)]
        program = program.replace(old, new.replace("\n", "\n" + before[before.rindex("\n") + 1 :]))
    autograd.manual_seed(lab.seed)
    names = {"__name__": "program", "epochs": epochs, "losses": []}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # two of the mistakes give a warning, too
        exec(compile(program, "program.py", "exec"), names)
    return names


def drawn(curves):
    """A small picture for each mistake: the validation loss with it, and without."""
    figure = Figure(figsize=(11, 9.5), layout="constrained")
    for ax, (code, (wrong, right)) in zip(figure.subplots(5, 5, sharey=True).flat, curves.items(), strict=True):
        ax.plot(right, color=BLUE, linewidth=3, alpha=0.6)
        ax.plot(wrong, color=RED, linewidth=1.6)
        ax.set_title(code, loc="left", fontsize=10, fontweight="bold")
        ax.set(ylim=(-0.03, 1.2), xticks=[], yticks=[0, 0.5, 1])
        ax.spines[["top", "right"]].set_visible(False)
        if not wrong[-1] < 1.2:
            ax.text(0.97, 0.9, f"to {wrong[-1]:,.3g}", color=RED, ha="right", transform=ax.transAxes)
    figure.suptitle("Validation loss by epoch: with the mistake (red), mended (blue)", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    with Lab(__file__, __doc__) as lab:
        main(lab)
