"""The names that a user may rely on."""


def public_names(owner):
    """What a package lists in `__all__`; of a class, all that does not begin with an underscore."""
    return sorted(name for name in getattr(owner, "__all__", dir(owner)) if not name.startswith("_"))
