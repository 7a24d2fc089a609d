"""`compile`, under PyTorch's name and with its arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

if TYPE_CHECKING:
    from .compiled import Compiled

P = ParamSpec("P")
R = TypeVar("R")


@overload
def compile(
    model: Callable[P, R],
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
    verbose: bool = False,
) -> Compiled[P, R]: ...
@overload
def compile(
    model: None = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
    verbose: bool = False,
) -> Callable[[Callable[P, R]], Compiled[P, R]]: ...
def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: str | Callable[..., Any] | None = None,
    mode: str | None = None,
    options: dict[str, Any] | None = None,
    name: str | None = None,
    disable: bool = False,
    recompile_limit: int | None = None,
    isolate_recompiles: bool = False,
    shapes_spec: Any = None,
    verbose: bool = False,
) -> Any:
    """A function, a module or a whole training step as compiled programs, which compute the same in less time.

        @autograd.compile
        def step(x, y):
            optimizer.zero_grad()
            loss = loss_function(model(x), y)
            loss.backward()
            optimizer.step()
            return loss

    The first two calls of a kind (shapes, dtypes, modes, settings) run as they always do, and are recorded. If both
    compute the same, a program is written, and later calls of that kind run it, as long as everything that the function
    reaches is as it was: then they give what the function gives, and change what it changes, or nothing if they fail.
    Learning rates, the numbers of steps, and decisions that depend on values may differ from call to call. What cannot
    be told in a program runs as it is; `compiled.why` tells the reasons, `print(compiled.source)` shows the programs.
    With the NumPy back end the results are equal to the bit; Numba adds up in another order.

    A compiled function has first derivatives only: differentiating its gradient raises RuntimeError.

    Args:
        model: the function or module; without it, compile is a decorator with arguments.
        fullgraph: raise RuntimeError, from the second call on, instead of running something as it is.
        dynamic, shapes_spec: no effect: every shape has a program of its own.
        backend: "numpy", "numba" (the extra `compile`), or None and "inductor" for Numba if it is installed.
        mode, options, isolate_recompiles: no effect: there is nothing to choose between.
        name: what messages call it.
        disable: return `model` as it is.
        recompile_limit: how many kinds of calls have a program; default: 8.
        verbose: warn, with the reason, when a call runs as it is.

    Raises ValueError for another backend, TypeError for what cannot be called, ImportError for "numba" without Numba.
    """
    if model is None:
        given = {"backend": backend, "name": name, "recompile_limit": recompile_limit, "verbose": verbose}
        return partial(compile, fullgraph=fullgraph, disable=disable, **given)
    if not callable(model):
        raise TypeError(f"compile: expected a function or a module, given {type(model).__name__}")
    if disable:
        return model
    from .back_ends import back_end  # both take their time to import
    from .compiled import MOST, Compiled, Settings

    called = name or str(getattr(model, "__name__", type(model).__name__))
    most = MOST if recompile_limit is None else recompile_limit
    function = model.function if isinstance(model, Compiled) else model
    return Compiled(function, Settings(back_end(backend), fullgraph, verbose, called, most))
