"""The debugger in the terminal: a step in plain text, or in colour with rich, and single-letter commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from .recorded_walk import Walk
from .step_words import Words

HELP = """n          next step (also: Enter repeats the last command)
b          one step back
r NAME     run to an op, a tensor or a module by its name
c          continue to the next break, or to the end
q          quit
h          this help"""
STYLES = {"head": "bold", "why": "", "rule": "red", "sum": "", "wait": "italic dim", "note": "dim"}


def parts(walk: Walk, words: Words, number: int) -> Iterator[tuple[str, str]]:
    """A step, line by line, each with the name of its style; 0 is the start."""
    count, root = len(walk.steps), walk.nodes[0]
    if not number:
        yield "head", f"start, {count:,} step{'s' * (count != 1)} to go"
        yield "why", f"  g = {walk.gradient(root, 0)} comes to {words.title(root)}"
    else:
        step = walk.steps[number - 1]
        module = words.module(step.node)
        place = f", in {module}" if module else ""
        yield "head", f"step {number:,} of {count:,}: {words.title(step.node)}{place}"
        yield "why", f"  {words.why(step)}"
        yield "rule", f"  g = {step.g}"
        lines = words.lines(step)
        wide = max((len(line.to) for line in lines), default=0)
        for line in lines:
            numbers = f" = {line.numbers}" if line.numbers else ""
            told = f"  ({line.about})" if line.about else ""
            yield "rule", f"  to {line.to:{wide}}  {line.rule}{numbers} = {line.amount}{told}"
            if line.of > 1:
                yield "note", f"     {'':{wide}}  {line.came} of {line.of} contributions, {line.total} so far"
        if step.makes_nan:
            yield "head", "  here a rule made nan or inf of a gradient without any"
    for text in words.waiting(number):
        yield "wait", f"  {text}"
    accounts = list(words.accounts(number))
    if accounts:
        yield "note", ".grad so far"
    wide = max((len(name) for name, _, _ in accounts), default=0)
    for name, total, came in accounts:
        yield "sum", f"  {name:{wide}}  {total}"
        yield "note", f"  {'':{wide}}  {came}"
    if number == count:
        for leaf in walk.leaves:
            if other := words.naive(leaf):
                yield "why", f"  {words.names[leaf]} would be {other} if no node waited for all its contributions"


def text(walk: Walk, words: Words, number: int) -> str:
    """A step as plain text."""
    return "\n".join(line for _, line in parts(walk, words, number))


def show(walk: Walk, words: Words, number: int) -> None:
    """Print a step, in colour where that is possible."""
    if find_spec("rich") is None or not sys.stdout.isatty():
        print(text(walk, words, number))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for style, line in parts(walk, words, number):
        console.print(Text(line, STYLES[style]))


def run(debugger: Any) -> None:
    """Read commands for a Debugger and obey them, until q or the end of the input."""
    debugger.show()
    last = "n"
    while True:
        try:
            typed = input("(n b r c q h) ").strip() or last
        except EOFError:
            print()
            return
        last, before, name = typed, last, typed[1:].strip()
        match typed[:1]:
            case "q":
                return
            case "h":
                print(HELP)
                continue
            case "n" if not name:
                if debugger.step() is None:
                    print("this was the last step")
                    continue
            case "b" if not name:
                debugger.back()
            case "c" if not name:
                if debugger.resume() is None:
                    print("at the end")
            case "r" if name:
                try:
                    debugger.run_to(name)
                except ValueError as error:
                    print(error)
                    continue
            case _:
                last = before
                print(f"{typed!r} is no command:\n{HELP}")
                continue
        debugger.show()
