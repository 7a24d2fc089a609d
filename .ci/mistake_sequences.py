"""What is seen of programs with sequences of different lengths."""

from __future__ import annotations

from mistake_looks import asked, everything
from mistake_pages import Names


def right_words(names: Names) -> float:
    """The percentage of right answers for everything but the padding."""
    x, y = everything(names)
    with asked(names["net"]) as net:
        return 100 * float((net(x).argmax(2) == y)[y > 0].float().mean().item())
