"""docs/performance.md: the places into which the benchmarks write what they measured."""

import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
IMAGES = PAGE.parent / "images"


def put(name, text, page=PAGE):
    """Write a text between the marks of that name, in place of what stood there."""
    begin, end = (f"<!-- {name}: {side} -->" for side in ("begin", "end"))
    whole = page.read_text(encoding="utf-8")
    if whole.count(begin) != 1 or whole.count(end) != 1:
        sys.exit(f"{page} must contain {begin} and {end} once each: the {name} go between them")
    before, after = whole.split(begin)[0], whole.split(end)[1]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
