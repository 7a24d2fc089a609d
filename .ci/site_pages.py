"""What the site needs beside its Markdown: links to the code, formulas, the lists of pages, the API reference.

docs/conf.py loads this file as an extension of Sphinx. The pages themselves are plain Markdown, and read well without
it; nothing of what it makes needs the network.
"""

import html
import re
from pathlib import Path

import reference_pages
from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.util import logging

LOG = logging.getLogger(__name__)
ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)\s]*)?\)")
LISTS = ("index", "tutorial/index", "mistakes/index", "reference/index")  # pages whose lists are the table of contents


def setup(app):
    app.add_html_math_renderer("mathml", (math, None), (math_block, None))
    app.connect("source-read", read)
    app.connect("doctree-resolved", lead_to_sources)
    app.connect("doctree-read", name_types)
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", lead_to_mistakes)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def read(app, docname, source):
    """A page as Sphinx gets it: with its contents, its part of the reference, and links that say where code is."""
    text = source[0]
    if docname in LISTS:
        text += "\n" + contents(text)
    module = docname.removeprefix("reference/")
    if module in (*reference_pages.MODULES, *reference_pages.ALONE):
        text += "\n" + reference_pages.page(module)
    if not docname.endswith("displays"):
        folder = (Path(app.srcdir) / docname).parent
        text = LINK.sub(lambda link: to_source(link, folder, Path(app.srcdir)), text)
    source[0] = text


def contents(text):
    """The table of contents that the lists of a page are: the links under each heading, and the heading."""
    tables = []
    for part in re.split(r"(?m)^## ", text):
        pages = [link.removesuffix(".md").removesuffix(".ipynb")
                 for link in re.findall(r"(?m)^(?:- |\| ?)\[[^\]]*\]\(([\w./-]+\.(?:md|ipynb))\)", part)
                 if not link.startswith("..")]  # fmt: skip
        if pages:
            caption = part.split("\n")[0]
            tables.append("\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"]))
    return "\n\n".join(tables)


def to_source(link, folder, docs):
    """A link out of docs, to a file or a folder of the repository, in the form that `lead_to_sources` knows."""
    target = (folder / link[1]).resolve()
    if not target.exists() or target.is_relative_to(docs) or not target.is_relative_to(ROOT):
        return link[0]
    return f"](source:{target.relative_to(ROOT).as_posix()}{link[2] or ''})"


def lead_to_sources(app, doctree, docname):
    """Let links to the code lead to its page in the site, and see to it that there is one."""
    for link in doctree.findall(nodes.reference):
        path, _, anchor = link.get("refuri", "").partition("#")
        if path.startswith("source:"):
            path = path.removeprefix("source:")
            app.env.sources = getattr(app.env, "sources", set()) | {path}
            link["refuri"] = app.builder.get_relative_uri(docname, page_of(path)) + (f"#{anchor}" if anchor else "")
            link["internal"] = True


def lead_to_mistakes(app, docname, template, context, doctree):
    """Let the links in what a notebook shows of the doctor's report lead to pages of the site."""
    context["body"] = re.sub(r'(<a href="mistakes/\w+)\.md"', r'\1.html"', context.get("body", ""))


def page_of(path):
    return f"source/{path}"


def source_pages(app):
    """The pages of the files and folders that other pages lead to; and of the files that those folders list."""
    asked = sorted(getattr(app.env, "sources", ()))
    inside = {each.relative_to(ROOT).as_posix() for path in asked for each in listed(ROOT / path)}
    for path in sorted({*asked, *inside}):
        show = folder_page if (ROOT / path).is_dir() else file_page
        body = f"<h1>{html.escape(path)}</h1>\n{show(ROOT / path)}"
        yield page_of(path), {"title": path, "body": body, "toctree": lambda **_: ""}, "page.html"


def listed(folder):
    """The Python files of a folder; of a file, nothing."""
    return sorted(folder.glob("*.py")) if folder.is_dir() else []


def folder_page(folder):
    """What is in a folder, with the first line that each file says about itself."""
    items = []
    for file in listed(folder):
        said = re.match(r'"""(.*?)\.?(?:"""|\n)', file.read_text(encoding="utf-8"))
        about = re.sub(r"`(.*?)`", r"<code>\1</code>", html.escape(said[1])) if said else ""
        items.append(f'<li><a href="{folder.name}/{file.name}.html"><code>{file.name}</code></a> {about}</li>')
    return f"<ul>{''.join(items)}</ul>"


def file_page(file):
    try:
        lexer = get_lexer_for_filename(file.name)
    except ClassNotFound:
        lexer = TextLexer()
    return highlight(file.read_text(encoding="utf-8"), lexer, HtmlFormatter(lineanchors="L"))


def name_types(app, doctree):
    """Lead the bare name of a class in a signature to its entry: `Tensor` is autograd's, wherever it stands."""
    full = {name.rpartition(".")[2]: name for name in reversed(reference_pages.types())}
    for link in list(doctree.findall(addnodes.pending_xref)):
        if link.get("refdomain") == "py" and link.get("reftype") in ("class", "exc", "obj"):
            name = link["reftarget"].rpartition(".")[2]
            if name in full:
                link["reftarget"] = full[name]
                link.attributes.pop("refspecific", None)
            else:
                link.replace_self(link.children)


def math(visitor, node):
    visitor.body.append(mathml(node))
    raise nodes.SkipNode


def math_block(visitor, node):
    visitor.body.append(f'<div class="math">{mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def mathml(node, **options):
    """A formula as browsers draw it themselves; one that docutils cannot translate is a warning, and stays as it is."""
    text = node.astext()
    try:
        return tex2mathml(re.sub(r"\\dots\b", r"\\ldots", text), **options)
    except MathError as error:
        LOG.warning("%s in the formula %s", error, text, location=node)
        return f"<code>{html.escape(text)}</code>"
