"""The API reference: every public name of a module, with its signature and its docstring, as Markdown for Sphinx.

A page in docs/reference is a title and a few words about a module; what stands here adds the rest when the site is
built. Docstrings are read as what they are, plain text with the habits of Markdown: `code`, lists, formulas and
programs as indented blocks, and Google's "Args:".

Run as a program, it prints the page of the module that is named: python .ci/reference_pages.py nn.optim
"""

import ast
import importlib
import importlib.util
import inspect
import pkgutil
import re
import sys
from functools import cache
from itertools import groupby
from pathlib import Path

from sphinx.util.inspect import stringify_signature

ROOT = Path(__file__).parent.parent
MODULES = (
    *("autograd", "autograd.func", "autograd.linalg", "autograd.hooks", "autograd.display", "autograd.calculus"),
    *("autograd.tools", "nn", "nn.functional", "nn.init", "nn.optim", "nn.optim.lr_scheduler", "nn.utils"),
    *("nn.utils.rnn", "nn.data", "nn.data.datasets", "nn.data.transforms", "nn.data.transforms.functional"),
    *("nn.train", "nn.train.amp", "nn.plot", "nn.interop", "nn.interop.sklearn", "nn.doctor", "nn.distributions"),
    "nn.distributed",
)
ALONE = {"autograd.Tensor"}  # has a page of its own


def page(module):
    """What is added to the page of a module: its names, by the file that defines them."""
    if module in ALONE:
        package, _, name = module.rpartition(".")
        return f"```{{py:currentmodule}} {package}\n```\n\n" + entry(package, name)
    parts = [f"```{{py:module}} {module}\n```"]
    found = importlib.import_module(module)
    for file, names in families(module).items():
        owner = module if hasattr(found, "__all__") else file
        parts.append(heading(file) if file != module else "")
        parts.append(f"```{{py:module}} {owner}\n```" if owner != module else "")
        parts += [entry(owner, name) for name in names]
    return "\n\n".join(parts)


def heading(module):
    """The name of a file in words, and the first sentence about it."""
    title = module.split(".")[-1].replace("_", " ").capitalize()
    title = next((name for name in public(module) if name.lower() == title.lower()), title)
    place = Path(inspect.getfile(sys.modules[module])).relative_to(ROOT).as_posix()
    about = escaped(inspect.getdoc(sys.modules[module]).split("\n")[0])
    return f"## {title}\n\n{about} ([{place}](source:{place}))"


@cache
def public(module):
    """The names that a module lists in `__all__`, or else those it defines."""
    found = importlib.import_module(module)
    here = [name for name, value in vars(found).items() if getattr(value, "__module__", None) == module]
    names = [name for name in getattr(found, "__all__", here) if not name.startswith("_")]
    return [name for name in names if f"{module}.{name}" not in ALONE]


def families(module):
    """Public names by the module that defines them: as the imports of `__init__` say it, in their order."""
    found = importlib.import_module(module)
    if not hasattr(found, "__all__") and hasattr(found, "__path__"):
        inner = [f"{module}.{each.name}" for each in pkgutil.iter_modules(found.__path__)]
        elsewhere = public(module.rpartition(".")[0])
        homes = {each: [n for n in public(each) if doc_of(each, n) and n not in elsewhere] for each in inner}
        return {each: names for each, names in homes.items() if names}
    origin = imported(found)
    homes = {name: origin.get(name, module) for name in public(module)}
    order = {home: i for i, home in enumerate([module, *origin.values()])}
    names = sorted(homes, key=lambda name: (order[homes[name]], homes[name]))
    return {home: sorted(group, key=str.lower) for home, group in groupby(names, homes.get)}


def imported(found):
    """Where the names that a module imports come from, if that is a file beside it or below it."""
    tree = ast.parse(Path(inspect.getfile(found)).read_text(encoding="utf-8"))
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            home = importlib.util.resolve_name("." * node.level + node.module, found.__spec__.parent)
            is_file = home.split(".")[0] in ("autograd", "nn") and hasattr(sys.modules.get(home), "__file__")
            origin |= {each.asname or each.name: home for each in node.names if is_file and home != found.__name__}
    return origin


def doc_of(module, name):
    return inspect.getdoc(getattr(importlib.import_module(module), name))


def entry(module, name):
    """The directive that documents a public name."""
    value = getattr(importlib.import_module(module), name)
    if inspect.ismodule(value):
        words = escaped((inspect.getdoc(value) or "").split("\n")[0])
        return f"[{module}.{name}]({module}.{name}.md): {words}" if value.__name__ in MODULES else f"`{name}`: {words}"
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        inner = [member(value, each) for each in members(value)]
        body = [markdown(inspect.getdoc(value) or ""), *filter(None, inner)]
        return directive(kind, name + signature(value), "\n\n".join(body), fence="::::::")
    if callable(value):
        return directive("function", name + signature(value), markdown(inspect.getdoc(value) or ""))
    return directive("data", name, markdown(constant(value)), type=type(value).__name__)


def constant(value):
    """What there is to say about a value that is neither function nor class: the value, if it is short."""
    own = inspect.getdoc(value) if inspect.getdoc(value) != inspect.getdoc(type(value)) else ""
    text = repr(value)
    return own or (f"`{text}`" if len(text) < 80 and " at 0x" not in text else "")


def members(owner):
    """The public attributes of a class, but for those of a base that has an entry of its own."""
    known = set(types().values())
    elsewhere = {each for base in owner.__mro__[1:] if base in known for each in base.__mro__}
    bases = [base for base in owner.__mro__ if base not in elsewhere and ours(base)]
    names = {name: None for base in bases for name in vars(base) if not name.startswith("_")}
    return sorted(names, key=str.lower)


@cache
def types():
    """Every public class by its full name."""
    full = [*(f"{module}.{name}" for module in MODULES for name in public(module)), *ALONE]
    values = {name: getattr(importlib.import_module(name.rpartition(".")[0]), name.split(".")[-1]) for name in full}
    return {name: value for name, value in values.items() if inspect.isclass(value)}


def ours(base):
    return base.__module__.split(".")[0] in ("autograd", "nn")


def member(owner, name):
    """The directive for a method or a property with a docstring of its own, or None."""
    found = inspect.getattr_static(owner, name)
    text = inspect.getdoc(found) if getattr(found, "__doc__", None) else None
    if isinstance(found, property):
        return text and directive("property", name, markdown(text), fence=":::::")
    if not text or not (callable(found) or isinstance(found, classmethod | staticmethod)):
        return None
    flags = {type(found).__name__: ""} if isinstance(found, classmethod | staticmethod) else {}
    return directive("method", name + signature(getattr(owner, name), found), markdown(text), ":::::", **flags)


def signature(value, found=None):
    """As it is written in the source, with short names of types; without `self`."""
    try:
        given = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    if inspect.isfunction(found):
        given = given.replace(parameters=list(given.parameters.values())[1:])
    if inspect.isclass(value):
        given = given.replace(return_annotation=inspect.Signature.empty)
    text = " ".join(stringify_signature(given, unqualified_typehints=True).split())
    return re.sub(r"<(?:function (\w+)|class '(?:\w+\.)*(\w+)')>", r"\1\2", text)  # defaults by their names


def directive(kind, what, body, fence="::::", **options):
    lines = [f"{fence}{{py:{kind}}} {what}", *(f":{name}: {value}".rstrip() for name, value in options.items())]
    return "\n".join([*lines, "", body.strip(), fence])


def markdown(text):
    """A docstring in Markdown: fences around blocks and programs, and nothing that Markdown would take for a sign."""
    out, lines = [], text.split("\n")
    while lines:
        if not lines[0]:
            lines.pop(0)
        elif re.match(r"(Args|Raises|Returns|Yields):$", lines[0]):
            out.append(section(lines.pop(0), taken(lines, lambda line: line.startswith("  "))))
        elif lines[0].startswith("    "):
            out.append(block("text", taken(lines, lambda line: line.startswith("    "))))
        elif lines[0].startswith(">>>"):
            out.append(block("pycon", taken(lines, bool, whole=False)))
        else:
            out.append(escaped("\n".join(taken(lines, lambda line: line and not line.startswith(("    ", ">>>"))))))
    return "\n\n".join(out)


def taken(lines, wanted, whole=True):
    """Take the first line off, and those after it that are wanted; of a block, also the empty lines inside it."""
    found = [lines.pop(0)]
    while lines and (wanted(lines[0]) or (whole and not lines[0] and len(lines) > 1 and found[0].startswith("  ")
                                          and wanted(lines[1]))):  # fmt: skip
        found.append(lines.pop(0))
    return found


def section(title, lines):
    """Google's "Args:" as a list: what is named in code, what is said about it after a dash."""
    text = inspect.cleandoc("\n".join(lines))
    items = re.findall(r"(?m)^(?! )(.*(?:\n[ ]+.*)*)", text)
    shown = []
    for item in items:
        name, colon, words = " ".join(item.split()).partition(": ")
        shown.append(f"- `{name}`: {escaped(words)}" if colon else f"- {escaped(name)}")
    return f"**{title.removesuffix(':')}**\n\n" + "\n".join(shown)


def block(language, lines):
    return "\n".join([f"```{language}", inspect.cleandoc("\n" + "\n".join(lines)), "```"])


def escaped(text):
    """Prose in which only `code` and lists are signs."""
    parts = re.split(r"(`[^`]*`)", text)
    parts[::2] = [re.sub(r"([*_<$\[\]\\])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    print(page(sys.argv[1]))
