"""Print the lines of every Python file. Fail on a file above 400 lines, and on an import that goes up a room."""

import re
import sys
from pathlib import Path

LIMIT = 400
ROOMS = ("autograd", "nn", "tests", "demos")
UPWARD = re.compile(r"^\s*(from|import) nn(\.|\s|$)", re.MULTILINE)


def main() -> int:
    root = Path(__file__).parent.parent
    faults = []
    for room in ROOMS:
        files = {path: path.read_text(encoding="utf-8") for path in sorted((root / room).rglob("*.py"))}
        print(f"{sum(map(lines, files.values())):6d}  {room}/")
        for path, text in files.items():
            name = path.relative_to(root)
            print(f"{lines(text):6d}    {name}")
            if lines(text) > LIMIT:
                faults.append(f"{name} has {lines(text)} lines, the limit is {LIMIT}: split the idea, not the file")
            if room == "autograd" and UPWARD.search(text):
                faults.append(f"{name} imports nn: imports go one way, nn uses autograd")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def lines(text: str) -> int:
    return len(text.splitlines())


if __name__ == "__main__":
    sys.exit(main())
