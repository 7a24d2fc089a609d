"""Programs written for PyTorch, run in this process as `chalkgrad doctor` runs them, from whatever seed."""

import gc
import io
import re
import sys
import traceback
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from contextvars import copy_context
from dataclasses import dataclass
from unittest.mock import patch

from nn.cli.doctor_command import MINUTES, STEPS
from nn.cli.run_command import main_module
from nn.doctor.told_trainings import as_data, as_text
from nn.doctor.trainings import Trainings
from nn.interop import torch_importer

SEED = re.compile(r"\bmanual_seed\(0\)")


@dataclass
class Watched:
    """What became of a program: what the doctor found, what it told, what the program printed, and its error if any."""

    codes: list[str]
    unlearned: list[str]  # of every training in which nothing was learned: the sentence that says so
    report: str
    printed: str
    error: str | None

    @property
    def detected(self):
        """Whether a reader of the report knows that something is wrong."""
        return bool(self.codes or self.unlearned)

    @property
    def score(self):
        """The number in the last line that was printed."""
        return float(self.printed.split()[-1])


@contextmanager
def torch_served():
    """`import torch` brings this project's layout here; PyTorch and `__main__` are back afterwards."""
    theirs = {name: sys.modules[name] for name in sys.modules if name.partition(".")[0] in ("torch", "torchvision")}
    main = sys.modules["__main__"]
    for name in theirs:
        del sys.modules[name]
    torch_importer.install()
    try:
        yield
    finally:
        torch_importer.uninstall()
        sys.modules.update(theirs, __main__=main)


def watch(path, source=None, seed=0):
    """Run the program at a path, or this source in its place, under the doctor."""
    source = SEED.sub(f"manual_seed({seed})", source or path.read_text(encoding="utf-8"))
    gc.collect()  # the models of the program before
    out, error, trainings = io.StringIO(), None, Trainings(STEPS, MINUTES)
    quiet = redirect_stdout(out), redirect_stderr(io.StringIO()), warnings.catch_warnings()
    with torch_served(), patch.object(sys, "argv", [str(path)]), quiet[0], quiet[1], quiet[2]:
        warnings.simplefilter("ignore")
        names = vars(main_module(str(path)))
        try:
            with trainings, suppress(SystemExit):
                copy_context().run(exec, compile(source, path, "exec", dont_inherit=True), names)
        except Exception:
            error = traceback.format_exc()
        names.clear()
    told = as_data(str(path), trainings.seen)
    unlearned = [seen.report.outcome.sentence for seen in trainings.seen if seen.report.learned is False]
    return Watched(told["codes"], unlearned, as_text(str(path), trainings.seen), out.getvalue(), error)
