"""A stand-in for IPython in the kernel of a notebook, which keeps what it is asked to display."""

import sys
from types import ModuleType

from tests.displayed import displayed


class ZMQInteractiveShell:
    pass


class Output:
    """What has been displayed: one entry for each display, the HTML of all its versions."""

    def __init__(self):
        self.displays, self.texts = [], []

    def display(self, thing, display_id=False):
        displayed(thing)
        self.displays.append([thing._repr_html_()])
        self.texts.append(repr(thing))
        return Handle(self, len(self.displays) - 1) if display_id else None


class Handle:
    def __init__(self, output, number):
        self.output, self.number = output, number

    def update(self, thing):
        displayed(thing)
        self.output.displays[self.number].append(thing._repr_html_())
        self.output.texts[self.number] = repr(thing)


def as_in_a_notebook(monkeypatch):
    """Let the library believe that it runs in a notebook; returns the output of the cell."""
    output, ipython, part = Output(), ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython, part.display = ZMQInteractiveShell, output.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", part)
    return output
