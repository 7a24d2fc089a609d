"""How far to go in a direction: a line search for the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .optimizer import Array

DECREASE, CURVATURE = 1e-4, 0.9


class Point(NamedTuple):
    """What is known about a point at a distance t along the line: the value, its slope along the line, the gradient."""

    t: float
    value: float
    slope: float
    gradient: Array


def strong_wolfe(
    evaluate: Callable[[float], Point], start: Point, t: float, *, length: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """A point on a line that falls at `start`, and how often `evaluate` was called.

    The point p fulfils the strong Wolfe conditions,

        p.value <= start.value + DECREASE * p.t * start.slope    and    |p.slope| <= CURVATURE * |start.slope|

    unless `most` further evaluations were not enough, or the bracket around it became shorter than `tolerance` in every
    coordinate, `length` being the direction's largest. Source: Nocedal and Wright, Numerical Optimization, 2006,
    algorithms 3.5 and 3.6.
    """

    def too_high(p: Point) -> bool:
        return p.value > start.value + DECREASE * p.t * start.slope

    def flat(p: Point) -> bool:
        return abs(p.slope) <= -CURVATURE * start.slope

    previous, new, tries = start, evaluate(t), 0
    bracket = [start, new]
    while tries < most:
        bracket = [previous, new]
        if too_high(new) or (tries > 1 and new.value >= previous.value):
            break
        if flat(new):
            return new, tries + 1
        if new.slope >= 0:
            break
        t = lowest(previous, new, new.t + 0.01 * (new.t - previous.t), 10 * new.t)
        previous, new, tries = new, evaluate(t), tries + 1
        bracket = [start, new]

    stalled = False
    while tries < most and abs(bracket[1].t - bracket[0].t) * length >= tolerance:
        left, right = sorted(p.t for p in bracket)
        t, stalled = _inside(lowest(bracket[0], bracket[1], left, right), left, right, stalled)
        new, tries = evaluate(t), tries + 1
        low = _low(bracket)
        if too_high(new) or new.value >= bracket[low].value:
            bracket[1 - low] = new
        elif flat(new):
            return new, tries + 1
        else:
            if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0:
                bracket[1 - low] = bracket[low]
            bracket[low] = new
    return bracket[_low(bracket)], tries + 1


def lowest(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic through two points and their slopes has its minimum, but not outside low … high.

    Source: Nocedal and Wright, equation 3.59.
    """
    left, right = (a, b) if a.t <= b.t else (b, a)
    d = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t or 1)
    square = d * d - a.slope * b.slope
    root = square**0.5 if square >= 0 else 0
    rise = right.slope - left.slope + 2 * root
    if not (square >= 0 and rise):
        return (low + high) / 2
    return min(max(right.t - (right.t - left.t) * (right.slope + root - d) / rise, low), high)


def _inside(t: float, left: float, right: float, stalled: bool) -> tuple[float, bool]:
    """`t`, and whether it is near an end of the bracket; the second time in a row it is moved away from there."""
    margin = 0.1 * (right - left)
    near = min(right - t, t - left) < margin
    if near and (stalled or t >= right or t <= left):
        return (right - margin if abs(t - right) < abs(t - left) else left + margin), False
    return t, near


def _low(bracket: list[Point]) -> int:
    return 0 if bracket[0].value <= bracket[1].value else 1
