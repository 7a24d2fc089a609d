"""What a notebook shows of an object, read by a parser that forgives nothing."""

from urllib.parse import urlsplit
from xml.etree import ElementTree

HOSTILE = "<script>alert(1)</script> \"a\" 'b' & \n]]></td></table><!-- \x00\ud800"
SHOWN = HOSTILE.replace("\x00", "\\x00").replace("\ud800", "\\ud800")
TAGS = {"div", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "pre", "details", "summary",
        "svg", "path", "polyline", "circle", "text", "b", "span", "img", "a"}  # fmt: skip


def displayed(thing):
    """The root of its display. Every tag is closed and known, nothing is a script, and nothing is fetched."""
    page = thing._repr_html_()
    root = ElementTree.fromstring(page)
    assert (root.tag, root.attrib, root[0].tag) == ("div", {"class": "chalkgrad"}, "style")
    assert all(rule.startswith("div.chalkgrad") for rule in root[0].text.strip().split("}\n"))
    assert {element.tag for element in root.iter()} <= TAGS
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on")}
    links = [(element.tag, urlsplit(element.get("href"))) for element in root.iter() if "href" in element.attrib]
    assert all(tag == "a" and not link.scheme and not link.netloc for tag, link in links), "links lead to files only"
    sources = [(element.tag, element.get("src")) for element in root.iter() if "src" in element.attrib]
    assert all(tag == "img" and source.startswith("data:image/png;base64,") for tag, source in sources)
    assert "url(" not in page
    page.encode()
    root[0].text = ""
    return root


def texts(root, path):
    return ["".join(element.itertext()) for element in root.findall(path)]


def tables(thing):
    """The texts of its tables: of each, the rows with their cells, the head first."""
    return [[["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
            for table in displayed(thing).iter("table")]  # fmt: skip


def notes(thing):
    return ["".join(note.itertext()) for note in displayed(thing).iter("p")]


def cells(thing, kind):
    """The texts of the cells of one kind."""
    found = displayed(thing)
    return ["".join(cell.itertext()) for tag in ("th", "td") for cell in found.iter(tag)
            if kind in cell.get("class", "").split()]  # fmt: skip
