"""Every row is the same work in every engine that is installed here; sizes are reduced where the row is about size."""

import math
from importlib import import_module

import numpy as np
import pytest

from nn.bench.engines import ENGINES, as_it_is, chalkgrad, versions
from nn.bench.rows import FAMILIES, NETWORKS, ROWS, task
from nn.bench.verdicts import different
from nn.bench.worker import numbers

pytestmark = pytest.mark.long

SMALLER = {
    "3072-512-256-10": {"batch": 16},
    "784-1024-1024-10": {"batch": 16},
    "expression": {"size": 2**10},
    "moons": {"points": 10},
    "gpt": {"batch": 2},
    "resnet": {"batch": 4},
}
LATER = {"torch.compile"}  # half a minute of compiling for each row: `chalkgrad bench` compares it with the others


def small(name):
    row = ROWS[name]
    return row._replace(options={**row.options, **SMALLER.get(name, {})})


def step_of(engine, row):
    """The step of a row, None where the engine is not here or has no such row."""
    try:
        api = ENGINES[engine].load()
    except ImportError:
        return None
    modules = (import_module(f"nn.bench.{name}") for name in ENGINES[engine].steps)
    makers = [getattr(module, row.family) for module in modules if hasattr(module, row.family)]
    return makers[0](api, task(row)) if makers else None


@pytest.mark.parametrize("name", ROWS)
def test_all_engines_find_the_same(name):
    row = small(name)
    steps = {engine: step for engine in ENGINES if engine not in LATER and (step := step_of(engine, row))}
    assert {"chalkgrad", row.unit} <= steps.keys()
    found = {engine: [numbers(step()) for _ in range(3)] for engine, step in steps.items()}
    assert different(found) == {}
    assert all(math.isfinite(number) for results in found.values() for step in results for number in step)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "optimizer" in row.options])
def test_a_training_step_learns(name):
    step = step_of("chalkgrad", small(name))
    assert numbers([step() for _ in range(8)][-1]) < numbers(step_of("chalkgrad", small(name))())


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_the_same_numbers_each_time(name):
    (weights, inputs, options), (again, others, _) = task(ROWS[name]), task(ROWS[name])
    for a, b in ((weights, again), (inputs, others)):
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[key], b[key]) for key in a)
    assert vars(options) == ROWS[name].options
    assert {array.dtype for array in weights.values()} <= {np.dtype(np.float32)}


def test_a_network_of_the_table_is_an_entry():
    for name, (sizes, batch, optimizer) in NETWORKS.items():
        assert name == "-".join(map(str, sizes))
        assert ROWS[name].about == f"{name}, batch {batch}, {optimizer}"
    assert {row.family for row in ROWS.values()} == FAMILIES.keys()


def test_the_step_is_a_function_that_can_be_compiled(monkeypatch):
    """It takes nothing, trains, and returns the loss; `autograd.compile` is given the whole of it."""
    import autograd

    given = []

    def compile(step, backend, fullgraph):
        given.append((step, backend, fullgraph))
        return step

    monkeypatch.setattr(autograd, "compile", compile, raising=False)
    api = chalkgrad("numpy")
    step = import_module("nn.bench.torch_steps").mlp(api, task(small("2-16-16-2")))
    assert given == [(step, "numpy", True)]
    assert float(step()) > float(step())
    assert api.forward is as_it_is


def test_versions_are_those_of_the_packages():
    found = versions(ENGINES["chalkgrad"])
    assert found["numpy"] == np.__version__
    assert found["chalkgrad"]
