"""Who computes the rows. An engine is an entry: its name, what imports it, and the files that hold its steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from typing import Any, NamedTuple


class Engine(NamedTuple):
    """An engine of the table.

    `load` imports it, and returns what its steps are written with; it raises ImportError where the engine is missing.
    `steps` are the files to look into for a function of the row's family, `packages` those whose versions are told, and
    `install` is how to get it.
    """

    label: str
    load: Callable[[], Any]
    steps: tuple[str, ...]
    packages: tuple[str, ...]
    install: str


def as_it_is(function: Any) -> Any:
    return function


def chalkgrad(backend: str = "") -> Any:
    """This engine; with the back end that compiles its steps, if one is named. A step that stays eager is refused."""
    autograd, nn, optim, functional = map(import_module, ("autograd", "nn", "nn.optim", "nn.functional"))
    api = SimpleNamespace(m=autograd, nn=nn, F=functional, optim=optim, grad=autograd.grad, Value=autograd.Value)
    step = as_it_is
    if backend:
        if not hasattr(autograd, "compile"):
            raise ImportError("this version has no autograd.compile")
        import_module(backend)
        step = partial(autograd.compile, backend=backend, fullgraph=True)
    return SimpleNamespace(**vars(api), forward=as_it_is, update=as_it_is, step=step)


def torch(compiled: bool = False) -> Any:
    """PyTorch; its own compiler takes the forward pass, with which it brings the backward pass, and the update."""
    m = import_module("torch")
    part = m.compile if compiled else as_it_is
    api = SimpleNamespace(m=m, nn=m.nn, F=m.nn.functional, optim=m.optim, grad=m.autograd.grad)
    return SimpleNamespace(**vars(api), forward=part, update=part, step=as_it_is)


def mygrad() -> Any:
    """MyGrad, with its functions for networks as `nnet`."""
    import_module("mygrad.nnet.activations")
    return SimpleNamespace(**vars(import_module("mygrad")))


def hips() -> Any:
    """HIPS autograd, whose package has the name of ours."""
    try:
        return import_module("autograd.numpy")
    except ImportError:
        import_module("autograd")
        raise ImportError("the package autograd here is chalkgrad's, which has the same name") from None


ENGINES = {
    "chalkgrad": Engine(
        "chalkgrad", chalkgrad, ("torch_steps", "value_steps"), ("chalkgrad", "numpy"), "pip install -e ."
    ),
    "compiled": Engine(
        "compiled, NumPy", partial(chalkgrad, "numpy"), ("torch_steps",), ("chalkgrad", "numpy"), "a later chalkgrad"
    ),
    "numba": Engine(
        "compiled, Numba", partial(chalkgrad, "numba"), ("torch_steps",), ("chalkgrad", "numba"), "pip install numba"
    ),
    "numpy": Engine(
        "NumPy by hand", partial(import_module, "numpy"), ("numpy_steps",), ("numpy",), "pip install numpy"
    ),
    "torch": Engine("PyTorch", torch, ("torch_steps",), ("torch",), "pip install torch"),
    "torch.compile": Engine("torch.compile", partial(torch, True), ("torch_steps",), ("torch",), "pip install torch"),
    "jax": Engine("jax.jit", partial(import_module, "jax"), ("jax_steps",), ("jax", "jaxlib"), "pip install jax"),
    "mygrad": Engine("MyGrad", mygrad, ("mygrad_steps",), ("mygrad", "numpy"), "pip install mygrad"),
    "hips": Engine(
        "HIPS autograd",
        hips,
        ("hips_steps",),
        ("autograd", "numpy"),
        "python -m venv hips; hips/bin/pip install autograd; then --python hips=hips/bin/python",
    ),
    "micrograd": Engine(
        "micrograd",
        partial(import_module, "micrograd.engine"),
        ("value_steps",),
        ("micrograd",),
        "pip install micrograd",
    ),
}


def versions(engine: Engine) -> dict[str, str]:
    """The versions of the engine's packages; of a clone that was never installed, that of the package itself."""
    found = {}
    for package in engine.packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = getattr(
                import_module("autograd" if package == "chalkgrad" else package), "__version__", "?"
            )
    return found
