"""Timing side by side: short blocks in turns, so that a busy moment of the machine falls on every subject alike."""

import gc
from statistics import median
from time import perf_counter


def block(run, loops, before=None, clock=perf_counter):
    """Seconds per call over `loops` calls; `before` runs ahead of the clock."""
    if before is not None:
        before()
    turns = range(loops)
    start = clock()
    for _ in turns:
        run()
    return (clock() - start) / loops


def loops_for(run, seconds):
    """How many calls take about so many seconds."""
    loops = 1
    while (took := block(run, loops) * loops) < seconds / 4:
        loops *= 4
    return max(1, round(loops * seconds / took))


def side_by_side(subjects, rounds=15, seconds=1e-3, before=None, clock=perf_counter):
    """The median seconds per call of each subject.

    `subjects` maps a name to a function without arguments, `before` (optional) a name to what runs ahead of its block.
    Each round times one block of about `seconds` of every subject, in turn; the order is reversed from round to round.
    On one thread, the `clock` may be process_time, which a busy machine disturbs less.
    """
    before = before or {}
    for name, run in subjects.items():
        before.get(name, lambda: None)()
        run()
    loops = {}
    for name, run in subjects.items():
        before.get(name, lambda: None)()
        loops[name] = loops_for(run, seconds)
    gc.collect()
    times = {name: [] for name in subjects}
    for i in range(rounds):
        for name in list(subjects)[:: 1 if i % 2 else -1]:
            times[name].append(block(subjects[name], loops[name], before.get(name), clock))
    return {name: median(values) for name, values in times.items()}
