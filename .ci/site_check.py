"""Is the built site whole? Every public name has its entry, links lead somewhere, and nothing comes from the network.

`make docs` runs it, as `python .ci/site_check.py build/docs`. Sphinx has checked the links between pages; here are also
those that it does not know of: to the pages of the code, and what the theme adds.
"""

import inspect
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

import reference_pages
from sphinx.util.inventory import InventoryFile

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """The links of a page, its anchors, and what a browser loads to show it."""

    def __init__(self, file):
        super().__init__()
        self.links, self.anchors, self.loaded = [], set(), []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get(LOADED.get(tag)):
            self.loaded.append(given[LOADED[tag]])


def check(site):
    """What is wrong with a site, one sentence each."""
    pages = {file: Page(file) for file in sorted(site.rglob("*.html"))}
    for file, page in pages.items():
        for address in page.loaded:
            if urlsplit(address).netloc:
                yield f"{file.relative_to(site)} loads {address}"
        for address in [*page.links, *page.loaded]:
            if not urlsplit(address).scheme and not found(address, file, pages):
                yield f"{file.relative_to(site)}: {address} leads nowhere"
    for sheet in site.rglob("*.css"):
        if "url(http" in sheet.read_text(encoding="utf-8"):
            yield f"{sheet.relative_to(site)} loads from the network"
    yield from missing_names(site)


def found(address, file, pages):
    parts = urlsplit(address)
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target not in pages:
        return target.exists()
    return not parts.fragment or unquote(parts.fragment) in pages[target].anchors


def missing_names(site):
    known = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    entries = {name for kind, names in known.items() if kind.startswith("py:") for name in names}
    for module in reference_pages.MODULES:
        for name in reference_pages.public(module):
            if f"{module}.{name}" not in entries and not inspect.ismodule(getattr(import_module(module), name)):
                yield f"{module}.{name} is not in the reference"


if __name__ == "__main__":
    mistakes = list(check(Path(sys.argv[1]).resolve()))
    print("\n".join(mistakes) or f"The site is whole: {sys.argv[1]}/index.html")
    sys.exit(bool(mistakes))
