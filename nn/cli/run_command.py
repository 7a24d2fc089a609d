"""`chalkgrad run`: a program written for PyTorch, unchanged. This project serves `import torch` in its process."""

from __future__ import annotations

import builtins
import os
import runpy
import sys
import traceback
import zipfile
from collections.abc import Sequence
from importlib.abc import InspectLoader
from importlib.machinery import PathFinder, SourceFileLoader, SourcelessFileLoader
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NamedTuple, cast

import autograd

from ..distributed.launcher import tell_environment
from ..interop import layout_lookup, torch_importer
from ..interop.noted import note
from . import run_notebook

FLAGS = {"--cpu": "cpu", "--list": "list_names", "-m": "as_module"}
HIDDEN = {torch_importer.__file__, layout_lookup.__file__}  # no part of the program's tracebacks
STARTING = __file__, run_notebook.__file__, "<frozen runpy>", runpy.__file__  # how a program is begun


class Program(NamedTuple):
    """What was typed after `chalkgrad run`."""

    name: str  # of a file, or of a module
    arguments: list[str]
    cpu: bool = False
    list_names: bool = False
    as_module: bool = False


def parse(words: Sequence[str]) -> Program | None:
    """The program, with its arguments as they are; None if the words ask for help or cannot be understood."""
    waiting, flags = list(words), dict.fromkeys(FLAGS.values(), False)
    while waiting and waiting[0] in FLAGS:
        flags[FLAGS[waiting.pop(0)]] = True
    if waiting[:1] == ["--"]:
        waiting.pop(0)
    elif not waiting or waiting[0].startswith("-"):
        return None
    return Program(waiting[0], waiting[1:], **flags) if waiting else None


def run(program: Program) -> int:
    """Run the program, or list its names. Returns the exit code; errors of the program are raised as they are."""
    path = Path(program.name)
    if not program.as_module and not path.exists():
        print(f"chalkgrad: can't open file {str(path.absolute())!r}: there is no such file", file=sys.stderr)
        return 2
    if program.list_names:
        from .list_names import list_names

        return list_names(program.name, program.as_module)
    prepare(program)
    if program.as_module:
        sys.path[0] = os.getcwd()
        runpy.run_module(program.name, run_name="__main__", alter_sys=True)
        return 0
    if path.is_dir() or path.suffix == ".pyc" or zipfile.is_zipfile(path):
        return run_packed(program)
    sys.path[0] = str(path.resolve().parent)
    say_what_is_hidden(path.resolve().parent)
    module = main_module(program.name)
    if path.suffix == ".ipynb":
        run_notebook.run_notebook(path, vars(module))
    else:
        exec(compile(path.read_bytes(), module.__file__ or "", "exec", dont_inherit=True), vars(module))
    return 0


def run_packed(program: Program) -> int:
    """Run a compiled file, or the `__main__.py` in a folder or an archive, which is then where modules are found."""
    place = os.path.join(os.getcwd(), program.name)
    module = main_module(program.name)
    if place.endswith(".pyc"):
        sys.path[0] = os.path.dirname(place)
        code = SourcelessFileLoader("__main__", place).get_code("__main__")
    else:
        sys.path[0] = place
        spec = PathFinder.find_spec("__main__", [place])
        if spec is None or spec.loader is None:
            print(f"chalkgrad: can't find '__main__' module in {program.name!r}", file=sys.stderr)
            return 1
        code = cast(InspectLoader, spec.loader).get_code("__main__")
        vars(module).update(__file__=spec.origin, __loader__=spec.loader, __spec__=spec, __package__="")
    assert code is not None  # there is a file
    exec(code, vars(module))
    return 0


def prepare(program: Program) -> None:
    """Make this process one in which a program for PyTorch can run."""
    torch_importer.install()
    tell_environment()
    if program.cpu:
        map_to_cpu()
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("MPLBACKEND", "module://nn.interop.without_display")
    sys.argv = [program.name, *program.arguments]
    show = traceback.print_exception if program.name.endswith(".ipynb") else sys.excepthook  # which knows no cells
    sys.excepthook = lambda kind, error, trace: show(kind, error.with_traceback(clean(trace)), error.__traceback__)


def map_to_cpu() -> None:
    """Let "cuda", and every other device, mean the CPU."""
    autograd.map_to_cpu()
    note('"cuda" meant the CPU, because of --cpu')


def main_module(path: str) -> ModuleType:
    """An empty `__main__` for a file, as Python begins with, now in `sys.modules`."""
    module = ModuleType("__main__")
    file = os.path.join(os.getcwd(), path)
    vars(module).update(
        __file__=file,
        __loader__=SourceFileLoader("__main__", file),
        __builtins__=builtins,
        __cached__=None,
        __annotations__={},
    )
    sys.modules["__main__"] = module
    return module


def say_what_is_hidden(folder: Path) -> None:
    """Note modules of the program that have the names of this project's packages, and so cannot be imported."""
    for package in ("autograd", "nn"):
        own = Path(sys.modules[package].__file__ or "").parent
        for path in (folder / f"{package}.py", folder / package / "__init__.py"):
            if path.exists() and path.parent != own:
                note(f"{path} cannot be imported, since chalkgrad has a package {package}: give it another name")


def clean(trace: TracebackType | None) -> TracebackType | None:
    """A traceback that begins in the program, as it does in Python, without the frames of the importer."""
    frames: list[Any] = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    files = [frame.tb_frame.f_code.co_filename for frame in frames]
    if __file__ in files:
        start = files.index(__file__)
        while start < len(files) and files[start] in STARTING:
            start += 1
        frames = [frame for frame, file in list(zip(frames, files, strict=True))[start:] if file not in HIDDEN]
    following = None
    for frame in reversed(frames):
        frame.tb_next = following
        following = frame
    return following
