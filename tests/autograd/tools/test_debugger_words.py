"""What the debugger says of a step, in words; and the commands at the keyboard."""

from pathlib import Path

from autograd import Value, debug
from autograd.hooks import node_of

ROOT = Path(__file__).parents[3]


def twice():
    """`b = a + a; c = b + b`, with their names."""
    a = Value(2.0, label="a")
    b = a + a
    c = b + b
    b.label, c.label = "b", "c"
    return a, b, c


def walked(debugger):
    """The debugger, at the end."""
    debugger.resume()
    return debugger


# Why a topological order.


def test_without_waiting_a_gradient_would_be_wrong():
    text = str(walked(debug(twice()[2])))
    assert "Both contributions to the gradient of b are in: 1 from c + 1 from c = 2." in text
    assert "Without waiting, b would have passed on 1 already." in text
    assert "a would be 6 if no node waited for all its contributions" in text
    assert f"\n{text}\n" in (ROOT / "docs" / "debugging.md").read_text(encoding="utf-8")


def test_the_recursion_that_does_not_wait_is_as_its_docstring_says():
    inputs, grads = {"c": "bb", "b": "aa", "a": ""}, dict.fromkeys("abc", 0)

    def backward(node, g):
        grads[node] += g
        for x in inputs[node]:
            backward(x, grads[node])

    backward("c", 1)
    a, _, c = twice()
    assert debug(c).walk.naive[node_of(a)].item() == grads["a"] == 6


def test_a_chain_needs_no_waiting_and_too_many_paths_are_not_walked():
    x = Value(0.5, label="x")
    assert "waited" not in str(walked(debug(x.tanh().exp())))
    y = x
    for _ in range(60):  # 2 ** 60 paths
        y = y + y
    debugger = walked(debug(y))
    assert debugger.walk.naive == {}
    assert debugger.gradient(x).item() == 2.0**60


def test_a_node_waits_for_its_contributions():
    x = Value(3.0, label="x")
    debugger = debug(x * x + x.sin())
    debugger.run_to("sin")
    assert "x waits: 1 of 3 contributions are in" in str(debugger)
    debugger.step()
    assert "waits" not in str(debugger)


# In the terminal.


def test_a_step_is_printed_with_its_rule_and_its_numbers():
    a, b, c = Value(2.0, label="a"), Value(-3.0, label="b"), Value(7.0, label="c")
    debugger = debug((a * b + c).tanh())
    assert repr(debugger) == "<debugger at step 0 of 3>"
    debugger.run_to("mul")
    assert repr(debugger) == "<debugger at step 3 of 3: mul>"
    assert str(debugger).splitlines() == [
        "step 3 of 3: mul",
        "  The only contribution to the gradient of mul is in, from add.",
        "  g = 0.41997",
        "  to a  dx = g * y = 0.41997 * (-3) = -1.2599",
        "  to b  dy = g * x = 0.41997 * 2 = 0.83995",
        ".grad so far",
        "  a  -1.2599",
        "     -1.2599 from mul",
        "  b  0.83995",
        "     0.83995 from mul",
        "  c  0.41997",
        "     0.41997 from add",
    ]


def typed(monkeypatch, *lines):
    """Type these lines, then end the input."""
    given = iter(lines)

    def read(prompt=""):
        try:
            return next(given)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)


def test_single_letters_step_through_it(monkeypatch, capsys):
    debugger = debug(twice()[2])
    typed(monkeypatch, "n", "", "n", "b", "x", "h", "r nowhere", "r b", "c")
    debugger.run()
    heads = [line for line in capsys.readouterr().out.splitlines() if not line.startswith((" ", ".grad"))]
    assert heads[:5] == [
        "start, 2 steps to go",
        "step 1 of 2: c (add)",
        "step 2 of 2: b (add)",
        "this was the last step",
        "step 1 of 2: c (add)",
    ]
    assert heads[5] == "'x' is no command:"
    assert "run_to: there is no 'nowhere' in this backward pass; there are add, c, b, a" in heads
    assert heads[-3:] == ["at the end", "step 2 of 2: b (add)", ""]


def test_q_ends_it(monkeypatch, capsys):
    typed(monkeypatch, "q", "n")
    debugger = debug(twice()[2])
    debugger.run()
    assert debugger.position == 0


def test_without_rich_it_is_plain_text(monkeypatch, capsys):
    debugger = debug(twice()[2])
    debugger.show()
    plain = capsys.readouterr().out
    assert plain == f"{debugger}\n"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    debugger.show()
    assert "start, 2 steps to go" in capsys.readouterr().out
    monkeypatch.setattr("autograd.tools.debugger_terminal.find_spec", lambda name: None)
    debugger.show()
    assert capsys.readouterr().out == plain
