"""The debugger's page, in a browser: every number on it, at every step, forward and back, is the engine's."""

import re

import pytest

import autograd
import nn
from autograd import Value, debug
from autograd.tools.array_summary import Summary
from autograd.tools.debugger_page import in_script
from tests.chromium import chromium


def neuron():
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    return debug((x * w + b).tanh())


def twice():
    a = Value(2.0, label="a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return debug(c)


def shared():
    """A value that waits between steps, and one that had a gradient before."""
    x, y = Value(3.0, label="x"), Value(0.5, label="y")
    (x * 2).backward()
    return debug((x * y).sin() + x / y - 2 ** (y * 1.5))


def network():
    autograd.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    x = autograd.randn(5, 3)
    loss = nn.CrossEntropyLoss()(net(x), autograd.tensor([0, 1, 0, 1, 1]))
    return debug(loss, net=net, loss=loss, x=x)


def hooked():
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    x.label = "x"
    y = x * 3
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: -g)
    return debug(y.sum())


@pytest.fixture(scope="module")
def browser():
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(browser):
    browser.errors.clear()
    return browser


def gaps():
    """A result to which its only use sends no gradient; and saved values that are gone when the page is made."""

    class First(autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g * 7, None

    x, y = (autograd.tensor(data, requires_grad=True) for data in (2.0, 3.0))
    out = First.apply(x * x, y * 2) + autograd.stack([x, x]).sum()
    debugger = debug(out, x=x, y=y)
    out.backward()
    return debugger


def opened(tab, debugger, folder, **options):
    """Open the page of a debugger, for those who want nothing to move."""
    debugger.save(folder / "page.html", title="A page")
    tab.open((folder / "page.html").as_uri(), **{"still": True, **options})


def shown(tab):
    """All the numbers and words that the page shows now."""
    return tab.run(
        r"""(() => {
            const texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent);
            const read = (groups, selector) => Object.fromEntries([...document.querySelectorAll(`.across ${groups}`)]
                .map((g) => [g.dataset.node ?? g.dataset.edge, g.querySelector(selector).textContent]));
            return {
                place: document.getElementById("where").textContent,
                heading: document.getElementById("heading").textContent,
                why: document.getElementById("why").textContent,
                grads: read("[data-node]", ".grad"),
                badges: texts(".across .badge"),
                amounts: read("[data-edge]", ".amount"),
                lines: [...document.querySelectorAll(".line")]
                    .map((e) => [...e.children].map((c) => c.textContent.replace("\n", " "))),
                waits: texts("#waits li"),
                sums: texts("#sums dt"),
                parts: texts("#sums dd span"),
                log: texts("#log li"),
            };
        })()"""
    )


def expected(debugger):
    """What it should show at the place where the debugger is, worked out from what the engine gave."""
    walk, words, number = debugger.walk, debugger.words, debugger.position
    ops = [step.node for step in reversed(walk.steps)]
    nodes = list(dict.fromkeys([*(x for op in ops for x in (*op.edges, op)), *walk.leaves]))
    grads, sums, parts = {}, [], []
    for i, node in enumerate(nodes):
        turn = next((step for step in walk.steps if step.node is node), None)
        total = turn.g if turn is not None and turn.number <= number else debugger.gradient(node)
        grads[str(i)] = "not yet" if total is None else total.short()
        if not node.edges and total is not None:
            sums.append(words.names[node] + total.short())
            for who, part in debugger.contributions(node):
                parts += [who if who == "before" else f"from {who}", part.short()]
            if node in walk.hooked and number >= walk.complete(node):
                parts += ["a hook made", total.short()]
    step = debugger.current
    lines = []
    for line in words.lines(step) if step is not None else ():
        told = [f"to {line.to}", f"{line.rule}{f' = {line.numbers}' if line.numbers else ''} = {line.amount}"]
        told += [line.about] if line.about else []
        lines.append(told + ([f"{line.came} of {line.of} contributions, {line.total.short()} so far"] * (line.of > 1)))
    gone = [flow.gradient.short() for each in walk.steps[:number] for flow in each.flows]
    return {
        "place": f"step {number} of {len(debugger)}",
        "grads": grads,
        "lines": lines,
        "waits": sorted(words.waiting(number)),
        "sums": sums,
        "parts": parts,
        "amounts": sorted(gone),
        "log": number + 1,
    }


def assert_shows(tab, debugger):
    found = shown(tab)
    found["amounts"] = sorted(filter(None, found["amounts"].values()))
    found["waits"] = sorted(found["waits"])
    log = found.pop("log")
    badges = found.pop("badges")
    heading, why = found.pop("heading"), found.pop("why")
    wanted = expected(debugger)
    assert len(log) == wanted.pop("log")
    assert found == wanted
    if (step := debugger.current) is not None:
        assert heading.startswith(f"Step {step.number}: {debugger.words.title(step.node)}")
        assert why.startswith(debugger.words.why(step))
        assert log[-1].startswith(debugger.words.title(step.node))
    assert all(re.fullmatch(r"\d+ of \d+", badge) for badge in badges)


@pytest.mark.parametrize("make", [neuron, twice, shared, network, hooked, gaps])
def test_every_number_is_the_engines_to_the_end_and_back(tab, tmp_path, make):
    debugger = make()
    opened(tab, debugger, tmp_path)
    assert_shows(tab, debugger)
    while debugger.step():
        tab.key("ArrowRight")
        assert_shows(tab, debugger)
    tab.key("ArrowRight")
    assert_shows(tab, debugger)
    while debugger.position:
        debugger.back()
        tab.click("#back")
        assert_shows(tab, debugger)
    assert tab.errors == []


def test_the_last_gradients_are_those_that_backward_leaves(tab, tmp_path):
    a, b, c = (Value(x, label=name) for x, name in [(2.0, "a"), (-3.0, "b"), (7.0, "c")])
    out = (a * b + c).tanh() * a
    opened(tab, debug(out), tmp_path)
    tab.key("End")
    out.backward()
    assert tab.texts("#sums dt") == [f"{x.label}{x.grad:.5g}" for x in (a, b, c)]


def test_why_to_wait_is_told(tab, tmp_path):
    opened(tab, twice(), tmp_path)
    tab.key("End")
    assert "Without waiting, b would have passed on 1 already." in tab.text("#why")
    assert tab.texts("#sums p") == ["It would be 6 if no node waited for all its contributions."]


def test_keys_buttons_nodes_and_the_slider_move(tab, tmp_path):
    opened(tab, neuron(), tmp_path)

    def place():
        return int(tab.run("document.body.dataset.position"))

    for move, number in [("End", 3), ("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowLeft", 0)]:
        tab.key(move)
        assert place() == number
    buttons = {"#next": 1, "#last": 3, "#back": 2, "#first": 0, ".order li:nth-child(2) > button": 2}
    for selector, number in buttons.items():
        tab.click(selector)
        assert place() == number
    tab.click(".across .root")
    assert place() == 1
    tab.click(".across .leaf")
    assert place() == 3
    tab.run("(() => { const s = document.getElementById('place'); s.value = 2; s.oninput(); })()")
    assert place() == 2
    assert tab.run("document.getElementById('place').getAttribute('aria-valuetext')") == "step 2 of 3"


def test_it_plays_to_the_end_and_pauses(tab, tmp_path):
    opened(tab, twice(), tmp_path)
    tab.key(" ")
    assert tab.run("document.getElementById('play').getAttribute('aria-label')") == "Pause"
    tab.key(" ")
    assert tab.run("document.getElementById('play').getAttribute('aria-label')") == "Play"
    tab.click("#play")
    tab.until("document.body.dataset.position === '2' && !document.body.classList.contains('playing')")


def test_gradients_flow_along_the_edges_one_after_another(tab, tmp_path):
    opened(tab, twice(), tmp_path, still=False)
    tab.key("ArrowRight")
    assert tab.run("document.body.dataset.settled") == "false"
    tab.until("document.querySelectorAll('.across .drop').length > 0")
    tab.until("[...document.querySelectorAll('.across .badge')].some((e) => e.textContent === '1 of 2')")
    assert tab.run("document.querySelectorAll('.across .node.waiting').length") == 1
    tab.until("document.body.dataset.settled === 'true'")
    assert tab.run("document.querySelectorAll('.drop').length") == 0


def test_nothing_moves_for_those_who_want_it_so(tab, tmp_path):
    opened(tab, twice(), tmp_path, still=True)
    tab.key("ArrowRight")
    assert tab.run("document.querySelectorAll('.drop').length") == 0
    assert tab.run("document.body.dataset.settled") == "true"


def test_a_screen_reader_gets_the_steps_as_text(tab, tmp_path):
    opened(tab, twice(), tmp_path)
    assert tab.run("document.getElementById('log').getAttribute('aria-live')") == "polite"
    tab.key("ArrowRight")
    assert tab.texts("#log li") == [
        "The gradient 1 comes to c.",
        "c (add). The backward pass begins at c, whose gradient is 1. To b: dx = g = 1. To b: dy = g = 1.",
    ]
    heard = [node.get("name", {}).get("value") for node in tab.call("Accessibility.getFullAXTree")["nodes"]]
    assert "The gradient 1 comes to c." in heard  # although it is not to be seen


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_a_phone_and_a_screen_light_and_dark(tab, tmp_path, dark, width):
    opened(tab, network(), tmp_path, width=width, dark=dark, phone=width < 400)
    assert tab.run("document.documentElement.scrollWidth") == width
    visible = tab.run("[...document.querySelectorAll('.picture')].map((e) => e.clientWidth > 0)")
    assert visible == [width > 400, width < 400]
    colors = [tab.run(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor")]
    light = [sum(map(int, re.findall(r"\d+", color))) for color in colors]
    assert (light[0] > light[1]) is dark


HOSTILE = [
    "</script><script>window.bad = 1</script>", "<img src=x onerror='window.bad=1'>", '"&\\\n\u2028\x00\x1b[1mé→😀',
    "$data ${x} `",
]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_shown_as_text(tab, tmp_path, label):
    a = Value(2.0, label=label)
    out = a * 3
    out.label = label
    debugger = debug(out)
    debugger.save(tmp_path / "page.html", title=label)
    tab.open((tmp_path / "page.html").as_uri())
    tab.key("End")
    assert tab.run("window.bad") is None
    assert tab.errors == []
    visible = "".join(c if c.isprintable() else " " for c in label)
    assert tab.text("h1") == tab.text(".across .leaf .name") == visible
    assert tab.text("#sums dt").startswith(visible)


def test_what_stands_in_a_script_cannot_end_it():
    text = in_script({"a": "</script><!--", "b": "\u2028&"})
    assert not set("<>&\u2028") & set(text)


def test_a_page_needs_nothing_but_itself(tmp_path):
    neuron().save(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"']+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    assert text.count("<li>") == 4
    assert len(text) < 60_000


def test_what_cannot_be_a_page_is_refused(tmp_path):
    debugger = neuron()
    with pytest.raises(ValueError, match=r"expected a name that ends in \.html"):
        debugger.save(tmp_path / "page.svg")
    y = Value(1.0)
    for _ in range(300):
        y = y.tanh()
    with pytest.raises(ValueError, match="301 nodes, a page holds 300"):
        debug(y).save(tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_constants_are_there_with_their_names(tab, tmp_path):
    opened(tab, network(), tmp_path)
    assert re.fullmatch(r"x \[5, 3\] norm [\d.]+", tab.texts(".across .constant")[0])
    opened(tab, shared(), tmp_path)
    assert tab.texts(".across .constant") == ["1.5", "2"]


def test_a_value_that_is_a_summary_is_shown_as_one(tab, tmp_path):
    x = autograd.tensor([[0.5] * 30] * 30, requires_grad=True)
    x.label = "x"
    opened(tab, debug((x * x).sum()), tmp_path)
    tab.key("End")
    assert tab.text("#sums dt code") == Summary((2 * x).detach().numpy()).short() == "[30, 30] norm 30"
