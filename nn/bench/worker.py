"""A process of one engine: it builds a row, checks what its first steps compute, and times a block of steps when told.

A line of its input asks for a block, the line "memory" for what the steps take of it, after which the step is gone.

Started as a file, not as a module of `nn`: the environment may hold another package of that name. It answers each line
of its input with a line of JSON; what the engine prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

CHECKED = 5  # steps whose results are compared between the engines


def package(name: str = "chalkgrad_bench") -> str:
    """This folder as a package of its own, beside whatever is called `nn` here."""
    folder = Path(__file__).parent
    spec = spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is no package")
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return name


def numbers(result: Any) -> list[float]:
    """The root mean square of each array that a step found; of a loss, its size."""
    arrays = result if isinstance(result, tuple | list) else [result]
    return [float(np.sqrt(np.mean(np.square(np.asarray(array, np.float64))))) for array in arrays]


class Subject:
    """A step of one row in one engine, ready to be timed."""

    def __init__(self, engine: str, row: str, seconds: float) -> None:
        name = package()
        engines, rows = import_module(f"{name}.engines"), import_module(f"{name}.rows")
        self.engine = engines.ENGINES[engine]
        family, api = rows.ROWS[row].family, self.engine.load()
        modules = (import_module(f"{name}.{module}") for module in self.engine.steps)
        make = next((getattr(module, family) for module in modules if hasattr(module, family)), None)
        if make is None:
            raise LookupError
        self.versions = {"python": platform.python_version(), **engines.versions(self.engine)}
        self.step = make(api, rows.task(rows.ROWS[row]))
        self.found: list[list[float]] = []
        self.first: list[dict[str, float]] = []
        for _ in range(CHECKED):
            self.first.append(self.block(1))
            self.found.append(numbers(self.result))
        ordinary = min(self.block(1)["processor"] for _ in range(3))
        self.count = max(1, round(seconds / max(ordinary, 1e-6)))

    def block(self, count: int) -> dict[str, float]:
        """Seconds of a step, by the clock and of the processor, over so many of them; the last result is waited for."""
        turns, step = range(count), self.step
        wall, processor = perf_counter(), process_time()
        for _ in turns:
            result = step()
        np.asarray(result[-1] if isinstance(result, tuple | list) else result)
        wall, processor = perf_counter() - wall, process_time() - processor
        self.result = result
        return {"wall": wall / count, "processor": processor / count, "steps": count}

    def memory(self) -> dict[str, Any]:
        """What the steps take of memory, in bytes; the last thing asked of a subject, which then has no step."""
        resident = import_module(f"{package()}.resident")
        return {"memory": resident.readings(lambda: self.block(1), self.drop)}

    def drop(self) -> None:
        del self.step, self.result


def begin(engine: str, row: str, seconds: float) -> tuple[Subject | None, dict[str, Any]]:
    """The subject, and what is said of it: its first results and their times, or why there is none."""
    try:
        subject = Subject(engine, row, seconds)
    except LookupError:
        return None, {"absent": True}
    except ImportError as error:
        return None, {"missing": str(error)}
    except Exception as error:
        return None, {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}
    return subject, {"versions": subject.versions, "found": subject.found, "first": subject.first}


def main() -> None:
    engine, row, seconds = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    subject, said = begin(engine, row, float(seconds))
    print(json.dumps(said), file=answers, flush=True)
    if subject is not None:
        for line in sys.stdin:
            answer = subject.memory() if line.strip() == "memory" else subject.block(subject.count)
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
