"""What every op costs on 8x8 float32, here and in PyTorch: forward with a graph, and forward plus backward.

    python -m tests.benchmarks.ops            # all
    python -m tests.benchmarks.ops exp matmul # those whose expression contains one of the words
"""

import re
import sys
from statistics import median
from typing import NamedTuple

import numpy as np
import torch

import autograd
from nn import functional as F
from tests.benchmarks.timing import side_by_side

# Each group is a list of expressions of the module m, of its nn.functional F, and of the inputs named below.
ARITHMETIC = """
x + y; x + 2.0; 2.0 + x; x - y; 2.0 - x; x * y; x * 2.0; x / p; x / 2.0; 2.0 / p; p ** q; x ** 2; p ** 0.5; 2.0 ** x; -x
x % p; m.fmod(x, p); m.maximum(x, y); m.minimum(x, y); m.hypot(x, y); m.atan2(x, y); m.logaddexp(x, y); m.xlogy(x, p)
m.lerp(x, y, z); m.lerp(x, y, 0.3); m.addcmul(x, y, z); x + v; x * c
"""
ELEMENTWISE = """
m.abs(x); m.neg(x); m.exp(x); m.exp2(x); m.expm1(x); m.log(p); m.log1p(p); m.log2(p); m.log10(p); m.sqrt(p); m.rsqrt(p)
m.square(x); m.reciprocal(p); m.sin(x); m.cos(x); m.tan(u); m.asin(u); m.acos(u); m.atan(x); m.sinh(x); m.cosh(x)
m.tanh(x); m.asinh(x); m.acosh(a); m.atanh(u); m.sigmoid(x); m.relu(x); m.erf(x); m.erfc(x); m.logit(u); m.sign(x)
m.floor(x); m.ceil(x); m.round(x); m.trunc(x); m.clamp(x, -0.5, 0.5); m.clamp(x, y, z); m.where(mask, x, y)
m.where(mask, x, 0.0); x.masked_fill(mask, 0.0); m.nan_to_num(x); x.double(); x.clone()
"""
REDUCTIONS = """
x.sum(); x.sum(0); x.sum(1, keepdim=True); x.mean(); x.mean(1); x.prod(); x.prod(1); x.max(); x.max(1).values; x.min()
x.min(1).values; x.amax(1); x.amin(1); x.std(); x.std(1); x.var(); x.var(1); x.norm(); x.norm(dim=1); m.logsumexp(x, 1)
m.softmax(x, 1); m.log_softmax(x, 1); x.cumsum(1); x.cumprod(1); x.nansum(); x.median(); x.median(1).values; x.all()
x.any(); x.argmax(); x.argmax(1); x.argmin(1)
"""
SHAPE = """
x.reshape(4, 16); x.view(64); x.flatten(); x.ravel(); r.squeeze(0); x.unsqueeze(1); x.transpose(0, 1); x.permute(1, 0)
x.movedim(0, 1); x.T; x.mT; c.expand(8, 8); m.broadcast_to(v, (8, 8)); x.repeat(2, 2); m.tile(x, (2, 2)); x.flip(0)
x.roll(1, 0); m.cat([x, y]); m.cat([x, y], 1); m.stack([x, y]); x.split(4)[0]; x.chunk(2)[0]; x.unbind()[0]
"""
INDEX = """
x[2]; x[1:5]; x[2, 3]; x[:, 1]; x[..., None]; x[i]; x[mask]; x[i, i]; x.gather(1, k); x.scatter_add(1, k, y)
m.take_along_dim(x, k, 1); x.index_select(0, i); x.masked_select(mask); x.sort(1).values; x.argsort(1)
x.topk(3, 1).values; x.tril(); x.triu(); x.diagonal(); m.diag(x); m.diag(v); F.pad(x, (1, 1)); F.unfold(image, 3)
F.fold(columns, (8, 8), 3); x.unfold(0, 3, 1); F.one_hot(i, 8)
"""
LINALG = """
x @ y; x @ v; v @ w; m.mm(x, y); batch @ x; m.bmm(batch, batch); m.mv(x, v); m.dot(v, w); m.outer(v, w); m.trace(x)
m.einsum('ij,jk->ik', x, y); m.einsum('ij->ji', x); m.linalg.norm(x); m.linalg.inv(spd); m.linalg.solve(spd, x)
m.linalg.det(spd); m.linalg.slogdet(spd).logabsdet; m.linalg.cholesky(spd)
"""
FUSED = "F.linear(x, y, v); F.linear(x, y); F.cross_entropy(x, i)"

GROUPS = {
    "arithmetic": ARITHMETIC, "elementwise": ELEMENTWISE, "reductions": REDUCTIONS, "shape": SHAPE, "index": INDEX,
    "linear algebra": LINALG, "fused": FUSED,
}  # fmt: skip
CASES = {group: [e.strip() for e in re.split("[;\n]", text) if e.strip()] for group, text in GROUPS.items()}

FORWARD, BOTH = 1.0, 1.2  # the times of PyTorch that ours are to stay within


def inputs():
    """The arrays that the expressions name."""
    rng = np.random.default_rng(0)
    a = rng.normal(size=(8, 8))
    arrays = {
        "x": rng.normal(size=(8, 8)), "y": rng.normal(size=(8, 8)), "z": rng.normal(size=(8, 8)),
        "p": rng.uniform(0.3, 2.5, (8, 8)), "q": rng.uniform(0.3, 2.5, (8, 8)), "u": rng.uniform(0.05, 0.95, (8, 8)),
        "a": rng.uniform(1.2, 3.0, (8, 8)), "v": rng.normal(size=8), "w": rng.normal(size=8),
        "c": rng.normal(size=(8, 1)), "r": rng.normal(size=(1, 8, 8)), "batch": rng.normal(size=(4, 8, 8)),
        "spd": a @ a.T + 8 * np.eye(8), "image": rng.normal(size=(1, 2, 8, 8)), "columns": rng.normal(size=(1, 18, 36)),
    }  # fmt: skip
    return {name: value.astype(np.float32) for name, value in arrays.items()} | {
        "i": rng.integers(0, 8, 8), "k": rng.integers(0, 8, (8, 8)), "mask": rng.random((8, 8)) < 0.5,
    }  # fmt: skip


class Ours:
    """The functions of nn.functional that a case uses; the engine has them all."""

    linear, cross_entropy, pad = F.linear, F.cross_entropy, autograd.pad
    unfold, fold, one_hot = autograd.unfold, autograd.fold, autograd.one_hot


class Runs(NamedTuple):
    """An expression in one library: forward, and forward plus backward (None if it has no gradient)."""

    forward: object
    both: object


def prepare(m, expression):
    """The expression as two functions without arguments, to be timed."""
    functional = torch.nn.functional if m is torch else Ours
    given = {
        name: m.tensor(value, requires_grad=value.dtype.kind == "f")
        for name, value in inputs().items()
        if re.search(rf"(?<![\w.]){name}\b", expression)
    }
    run = eval(f"lambda m, F, {', '.join(given)}: lambda: {expression}")(m, functional, **given)
    out = run()
    if not out.requires_grad:
        return Runs(run, None)
    g = m.tensor(np.random.default_rng(1).normal(size=tuple(out.shape)).astype(out.detach().numpy().dtype))
    leaves = [x for x in given.values() if x.requires_grad]

    def both():
        for leaf in leaves:
            leaf.grad = None
        run().backward(g)

    return Runs(run, both)


class Row(NamedTuple):
    """One expression: seconds here and in torch, forward and forward plus backward (None if it has no gradient)."""

    expression: str
    forward: tuple
    both: tuple | None

    @property
    def ratios(self):
        """Our time in units of torch's, forward and forward plus backward."""
        return self.forward[0] / self.forward[1], self.both and self.both[0] / self.both[1]

    @property
    def misses(self):
        """Whether the ratios are above what they are to stay within."""
        forward, both = self.ratios
        return forward > FORWARD, both is not None and both > BOTH


def measure(expression, rounds=15):
    """A row of the table."""
    ours, theirs = prepare(autograd, expression), prepare(torch, expression)

    def times(a, b):
        return tuple(side_by_side({"ours": a, "torch": b}, rounds).values())

    both = times(ours.both, theirs.both) if ours.both and theirs.both else None
    return Row(expression, times(ours.forward, theirs.forward), both)


def measure_all(words=(), threads=1, rounds=15):
    """Rows by group, torch on so many threads, of the expressions that contain one of `words` (of all, without words).

    One number of threads for the whole run: threads that torch leaves spinning would slow what comes next.
    """
    default = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return {
            group: [measure(e, rounds) for e in expressions if not words or any(w in e for w in words)]
            for group, expressions in CASES.items()
        }
    finally:
        torch.set_num_threads(default)


def table(groups):
    """The rows as Markdown; a miss is bold."""
    lines = []
    for group, rows in groups.items():
        if rows:
            lines += ["", f"**{group}** | forward, µs | torch | ratio | both, µs | torch | ratio",
                      "--- | ---: | ---: | ---: | ---: | ---: | ---:"]  # fmt: skip
        for row in rows:
            cells = [f"`{row.expression.removeprefix('m.').removeprefix('F.')}`"]
            for times, ratio, miss in zip((row.forward, row.both), row.ratios, row.misses):
                if times is None:
                    cells += ["", "", ""]
                else:
                    cells += [f"{t * 1e6:.2f}" for t in times] + [f"**{ratio:.2f}**" if miss else f"{ratio:.2f}"]
            lines.append(" | ".join(cells))
    return "\n".join(lines).strip()


def summary(measured):
    """Lines of Markdown from {number of torch's threads: groups}: medians of the ratios, and how many rows miss."""
    lines = ["torch on | forward: median ratio | above 1.0 | forward + backward: median ratio | above 1.2",
             "--- | ---: | ---: | ---: | ---:"]  # fmt: skip
    for threads, groups in measured.items():
        rows = [row for rows in groups.values() for row in rows]
        forward = [row.ratios[0] for row in rows]
        both = [row.ratios[1] for row in rows if row.both]
        cells = [f"{threads} thread{'s' * (threads > 1)}"]
        for ratios, limit in ((forward, FORWARD), (both, BOTH)):
            cells += [f"{median(ratios):.2f}", f"{sum(r > limit for r in ratios)} of {len(ratios)}"]
        lines.append(" | ".join(cells))
    return "\n".join(lines)


if __name__ == "__main__":
    on_one = measure_all(sys.argv[1:])
    print(table(on_one))
    print()
    print(summary({1: on_one}))
