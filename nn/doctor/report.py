"""What the doctor says: for each mistake its title, its cause and the line that mends it, and the evidence."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

WIDTH = 110

# The mistakes, the gravest first: title, cause, fix.
MISTAKES: dict[str, tuple[str, str, str]] = {
    "no_grad": (
        "no gradient is ever computed",
        "What runs under no_grad is not recorded, and without backward nothing is differentiated: the weights stay as "
        "they were drawn.",
        "with autograd.enable_grad(): loss = loss_function(model(x), y)  # and then loss.backward()",
    ),
    "bad_optimizer_order": (
        "the optimizer steps before backward",
        "When step is called, the gradients of this batch are not there yet: it goes by none, or by old ones.",
        "optimizer.zero_grad(); loss.backward(); optimizer.step()  # in this order",
    ),
    "unregistered": (
        "there are parameters that the model does not know of",
        "Only attributes that are Parameters or Modules are registered. What stands in a plain list, tuple or dict, or "
        "is a plain tensor, is passed over by parameters(), so that no optimizer moves it.",
        "self.layers = nn.ModuleList(layers)  # or nn.ModuleDict(layers), or nn.Parameter(weights)",
    ),
    "foreign_parameters": (
        "the optimizer moves parameters that are not the model's",
        "It was made for another model, for a copy, or before a layer was replaced.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)  # after the model has its last form",
    ),
    "no_gradient": (
        "there are parameters that no gradient reaches",
        "The loss does not depend on them, as far as the graph knows: forward does not use them, or detach(), .data, "
        "numpy() or item() cut the graph on the way.",
        "out = self.layer(x)  # use every layer, and without detach(), .data, .numpy() or .item()",
    ),
    "not_moved": (
        "there are parameters that get gradients and never move",
        "step is not called, or the optimizer does not have them, or their learning rate is 0, or zero_grad comes "
        "between backward and step.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)  # and zero_grad(), backward(), step() in this order",
    ),
    "no_zero_grad": (
        "gradients are never cleared",
        "backward adds to the gradients that are there: each step goes by the sum over all steps before.",
        "optimizer.zero_grad()  # before loss.backward(), in every step",
    ),
    "loss_broadcast": (
        "the loss compares every prediction with every target",
        "A column (N, 1) and a row (N,) broadcast to (N, N). The best answer to that is the mean of all targets.",
        "loss = ((out - y.unsqueeze(1)) ** 2).mean()  # or nn.MSELoss(), which refuses to broadcast",
    ),
    "softmax_before_loss": (
        "the loss has a softmax of its own",
        "It takes scores (logits). Of numbers that are squeezed into 0 to 1 already, a second softmax leaves little "
        "difference and little gradient.",
        "loss = loss_function(scores, y)  # the scores before the softmax or sigmoid; softmax only to read them",
    ),
    "zero_init": (
        "hidden weights start at zero, and stay there",
        "Nothing goes through a layer of zeros, in either direction.",
        "nn.init.kaiming_uniform_(layer.weight)",
    ),
    "symmetric_init": (
        "the units of a layer are all the same, and stay the same",
        "Units that start equal get equal gradients. All of them together are as good as one.",
        "nn.init.kaiming_uniform_(layer.weight)  # random numbers tell them apart",
    ),
    "inputs_not_normalised": (
        "the inputs are large",
        "Initial weights and usual learning rates are made for inputs of about 0 ± 1. Larger ones saturate, kill or "
        "blow up what comes behind, and slow down everything else.",
        "x = (x - x_train.mean(0)) / x_train.std(0)  # pixels: x / 255",
    ),
    "exploding_gradients": (
        "gradients grow from layer to layer",
        "On the way back each layer multiplies by its weights; if those are large, the first layers get gradients "
        "that no learning rate is right for.",
        "nn.init.kaiming_normal_(layer.weight)  # keeps the size; beside it nn.utils.clip_grad_norm_(...)",
    ),
    "lr_too_high": (
        "the training diverges",
        "The steps are larger than the loss can bear; or an op was given a number at which it, or its slope, is "
        "infinite.",
        "optimizer = optim.SGD(model.parameters(), lr=lr / 10)  # and x.clamp(min=1e-8) before log, sqrt and /",
    ),
    "eval_mode_in_training": (
        "the model is trained in evaluation mode",
        "Dropout is off and BatchNorm does not learn its statistics; eval() was called, and not train() after it.",
        "model.train()  # at the start of every epoch",
    ),
    "train_mode_in_eval": (
        "the model is evaluated in training mode",
        "Dropout throws units away, and BatchNorm goes by the batch and learns from the validation data.",
        "model.eval()  # before validation, and model.train() after it",
    ),
    "scheduler_first": (
        "the scheduler is stepped before the optimizer",
        "The first learning rate of the schedule is never used.",
        "optimizer.step(); scheduler.step()  # in this order",
    ),
    "dead_relu": (
        "most units of a ReLU are dead",
        "They are 0 for every sample, so that no gradient reaches them, and nothing brings them back: their bias is "
        "far below 0, or a step was too large.",
        "nn.init.zeros_(layer.bias)  # or a lower lr, or nn.LeakyReLU()",
    ),
    "saturated": (
        "an activation is at its limits",
        "There it has no slope, and nothing behind it learns: what goes into it is too large.",
        "nn.init.xavier_uniform_(layer.weight)  # or nn.LayerNorm(n) before it",
    ),
    "vanishing_gradients": (
        "nothing is left of the gradients at the first layers",
        "Each layer shrinks what goes back through it: a sigmoid at least to a quarter.",
        "activation = nn.ReLU  # or connections that go around the layers: x + layer(x); or nn.LayerNorm(n)",
    ),
    "lr_too_low": (
        "the steps are too small to change anything",
        "The weights move by less than a millionth of their size in a step, and the loss stays where it is.",
        "optimizer = optim.SGD(model.parameters(), lr=0.1)",
    ),
    "constant_labels": (
        "all targets are the same",
        "To learn a constant is no task: the loss falls, and says nothing.",
        "print(y.unique() if hasattr(y, 'unique') else set(y.tolist()))  # look at how the targets are made",
    ),
    "shuffled_labels": (
        "the targets have nothing to do with the inputs",
        "Samples that are neighbours have targets as different as any two, and the loss stays at chance: inputs and "
        "targets may have been sorted or shuffled each for itself.",
        "order = autograd.randperm(len(x)); x, y = x[order], y[order]  # one order for both",
    ),
    "data_leak": (
        "samples of the validation data are among the training data",
        "How well they are known says nothing about new ones.",
        "train, valid = nn.data.random_split(dataset, [0.8, 0.2])",
    ),
    "graph_kept_alive": (
        "the graphs of past steps are kept in memory",
        "A loss remembers how it was computed. `total += loss`, or a list of losses, keeps all of that.",
        "total += loss.item()  # a number, or loss.detach()",
    ),
}

# What a mistake leads to, which is then not reported beside it.
EVERYTHING = set(MISTAKES)
SLOW = {"lr_too_low", "shuffled_labels", "constant_labels"}
EXPLAINS: dict[str, set[str]] = {
    "no_grad": EVERYTHING - {"unregistered", "foreign_parameters"},
    "bad_optimizer_order": {"no_zero_grad", "no_gradient", "not_moved", "zero_init", "symmetric_init", *SLOW},
    "unregistered": {"no_gradient", *SLOW},
    "foreign_parameters": {"no_gradient", "not_moved", "zero_init", "symmetric_init", *SLOW},
    "no_gradient": {"not_moved", "vanishing_gradients", "zero_init", "symmetric_init", *SLOW},
    "not_moved": {"no_zero_grad", "zero_init", "symmetric_init", *SLOW},
    "no_zero_grad": {"exploding_gradients", "lr_too_high", "dead_relu", "saturated", *SLOW},
    "loss_broadcast": SLOW,
    "softmax_before_loss": {"vanishing_gradients", *SLOW},
    "zero_init": {"symmetric_init", "dead_relu", "vanishing_gradients", *SLOW},
    "symmetric_init": {"dead_relu", *SLOW},
    "inputs_not_normalised": {
        "exploding_gradients", "lr_too_high", "dead_relu", "saturated", "vanishing_gradients", *SLOW,
    },
    "exploding_gradients": {"lr_too_high", "dead_relu", "saturated", *SLOW},
    "lr_too_high": {"dead_relu", "saturated", "vanishing_gradients", *SLOW},
    "eval_mode_in_training": {"train_mode_in_eval", *SLOW},
    "dead_relu": {"vanishing_gradients", *SLOW},
    "saturated": {"vanishing_gradients", *SLOW},
    "vanishing_gradients": SLOW,
    "constant_labels": {"lr_too_low", "shuffled_labels"},
    "lr_too_low": {"shuffled_labels"},
}  # fmt: skip


@dataclass
class Finding:
    """One mistake: its code, what it is, the numbers that show it, where it comes from, and the line that mends it."""

    code: str
    title: str
    evidence: str
    cause: str
    fix: str

    def __str__(self) -> str:
        parts = [_wrapped(f"{self.title} ({self.code})", "")]
        parts += [_wrapped(self.evidence, "  evidence: "), _wrapped(self.cause, "  cause:    ")]
        return "\n".join([*parts, f"  fix:      {self.fix}"])


@dataclass
class Report:
    """The findings, the gravest first; what could not be checked, and why; how many steps were seen."""

    findings: list[Finding] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    steps: int = 0

    @property
    def codes(self) -> list[str]:
        """The codes of the findings."""
        return [finding.code for finding in self.findings]

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def __str__(self) -> str:
        seen = f"{self.steps:,} step{'s' * (self.steps != 1)}"
        if self.healthy:
            open_ = {line.partition(":")[0] for line in self.unchecked}
            lines = [f"Healthy: {len(MISTAKES) - len(open_)} kinds of mistakes were looked for in {seen}, none found."]
        else:
            number = f"{len(self.findings)} mistake{'s' * (len(self.findings) != 1)}"
            lines = [f"{number} found in {seen}.", *(f"\n{finding}" for finding in self.findings)]
        if self.unchecked:
            lines += ["\nNot checked:" if self.findings else "Not checked:"]
            lines += [_wrapped(line, "  ") for line in self.unchecked]
        return "\n".join(lines)


def finding(code: str, evidence: str) -> Finding:
    """A finding with the texts of its kind."""
    title, cause, fix = MISTAKES[code]
    return Finding(code, title[0].upper() + title[1:], evidence, cause, fix)


def primary(findings: list[Finding]) -> list[Finding]:
    """Those that no other explains, the gravest first."""
    explained = set().union(*(EXPLAINS.get(each.code, set()) - {each.code} for each in findings))
    order = list(MISTAKES)
    return sorted((f for f in findings if f.code not in explained), key=lambda f: order.index(f.code))


def _wrapped(text: str, head: str) -> str:
    return "\n".join(
        textwrap.wrap(
            text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
            break_on_hyphens=False,
        )
    )  # fmt: skip
