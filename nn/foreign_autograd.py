"""Notices the other package called `autograd`: a distribution of that name on PyPI takes the place of chalkgrad's."""

MENDED_BY = "run pip uninstall autograd and then, in the clone of chalkgrad, pip install -e ."


def refuse() -> None:
    """Raises ImportError unless `import autograd` gives chalkgrad's engine."""
    try:
        import autograd
    except ImportError:
        from importlib.metadata import distributions

        if any(distributions(name="autograd")):
            raise ImportError(f"another package called autograd was installed over chalkgrad's: {MENDED_BY}") from None
        raise
    if not hasattr(autograd, "Tensor"):
        raise ImportError(f"{autograd.__file__} is another package called autograd, not chalkgrad's: {MENDED_BY}")


refuse()
