"""What steps take of memory: the most that the process holds while they run, beside what it holds without them.

Linux says how much of a process is in memory, and the most there ever was since it was told to forget
(/proc/self/clear_refs). So one process is enough for an engine that has compiled before: what it holds once the step
has been dropped, code and caches of its compiler among it, is not the step's. Freed memory that the C library keeps is
in memory and not in use; it is counted once, and then given back to the system.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from statistics import median_low

STEPS = 5
STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
Readings = dict[str, int]


def resident(entry: str = "VmRSS") -> int:
    """Bytes of this process that are in memory now; by `VmHWM`, the most since `forget`. Raises OSError if untold."""
    for line in STATUS.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == entry:
            return int(value.split()[0]) << 10
    raise OSError(f"{STATUS} does not tell {entry}")


def forget() -> None:
    """Begin anew with the most there ever was. Raises OSError if the system cannot."""
    FORGET.write_text("5", encoding="ascii")


def give_back() -> None:
    """What is free goes back to the system: garbage, and what the C library keeps, if it is glibc."""
    from ctypes import CDLL

    gc.collect()
    trim = getattr(CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def peak(step: Callable[[], object]) -> int:
    """The most there was in memory during a step. Raises OSError where the system cannot tell."""
    forget()
    step()
    return resident("VmHWM")


def peak_in_use(step: Callable[[], object]) -> int:
    """`peak`, where nothing that is free is in memory when the step begins."""
    give_back()
    return peak(step)


def readings(step: Callable[[], object], drop: Callable[[], object]) -> Readings | None:
    """Bytes in memory: at the peak of a step as it runs anyway (`shown`), and with what is free given back before it
    (`peak`); between two steps (`held`); and when the step has been dropped (`dropped`).

    None if the system cannot tell. A peak is the median over some steps: where the C library finds room for an array
    differs from step to step.
    """
    try:
        found = {"shown": median_low(peak(step) for _ in range(STEPS))}
        found["peak"] = median_low(peak_in_use(step) for _ in range(STEPS))
        give_back()
        found["held"] = resident()
        drop()
        give_back()
        return found | {"dropped": resident()}
    except OSError:
        return None
