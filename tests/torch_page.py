"""docs/pytorch.md: written by hand, but for the table of the names that are supported, which comes from the layout.

`python -m tests.torch_page` brings the table up to date.
"""

from pathlib import Path

from tests.nn.interop.torchlike.layout import OURS, modules, names

PAGE = Path(__file__).parent.parent / "docs" / "pytorch.md"
MARK = "<!-- what follows is written by `python -m tests.torch_page` -->\n"


def page():
    """The whole page, as it should be."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    rows = [f"| `{path}` | {', '.join(supported)} |" for path, supported in table().items()]
    return "\n".join([by_hand + MARK, "| module | names |", "| --- | --- |", *rows, ""])


def table():
    """The names of PyTorch that each module has; a module that only repeats another's is left out."""
    ours = {path: set(words.split()) for path, words in OURS.items()}
    found = {path: [n for n in names(module) if n not in ours.get(path, ())] for path, module in modules()}
    return {path: listed for path, listed in found.items() if listed and ours.get(path) != {"*"} and path != REPEATS}


REPEATS = "torch.nn.modules"

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
