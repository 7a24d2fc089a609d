"""docs/images/debugging.png: a neuron on the debugger's page. `python -m tests.debugging_picture` takes it again."""

import tempfile
from pathlib import Path

from autograd import Value, debug
from tests.chromium import chromium

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "debugging.png"


def main():
    numbers = {"x1": 2, "w1": -3, "x2": 0.5, "w2": 1, "b": 6.8}
    x1, w1, x2, w2, b = (Value(x, label=name) for name, x in numbers.items())
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    with tempfile.TemporaryDirectory() as folder, chromium() as tab:
        path = Path(folder, "page.html")
        debug(n.tanh()).save(path, title="tanh(x1·w1 + x2·w2 + b)")
        tab.open(path.as_uri(), width=1280, still=True)
        for _ in range(4):
            tab.key("ArrowRight")
        tab.picture(PICTURE)


if __name__ == "__main__":
    main()
