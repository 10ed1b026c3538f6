"""What a soft rule about a person's month is: its words, its weight, and when a day departs from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from forecaster.messages import Words
from optimizer.law.shifts import Shift

Preset = Literal["coverage", "balanced", "humane"]
About = Literal["runs", "nights", "starts", "shifts", "weekends"]


@dataclass(frozen=True)
class Worked:
    """What a person did last before a day.

    shift
        The last shift; None = one of last month, of which only is known whether it was a night.
    nights, days
        Nights in a row up to it (0: it was none), and days on duty in a row.
    """

    shift: Shift | None
    nights: int
    days: int


@dataclass(frozen=True)
class Comfort:
    """One soft rule. Each of its faces returns how much a day departs from it: 0, or an amount in `unit`.

    weights
        What a unit costs, in surplus seat-hours, by preset.
    about
        What its faces look at. `runs`: only at days on duty and free days in a row. `nights`: only at nights in a row,
        free days, and whether a shift is a night. `starts`: at which shift comes after which. `shifts`: at each shift
        by itself. `weekends`: at how many of them are free.
    next_day, after_rest
        A shift on the day after another, or after one free day (after two or more: `free_days` is 2).
    rest
        The first free day after being on duty.
    in_a_row
        Being on duty on so many days in a row, this the last of them.
    shift
        A shift by itself.
    """

    name: str
    unit: str
    label: Words
    says: Words
    weights: Mapping[Preset, float]
    about: About
    next_day: Callable[[Worked, Shift, bool], float] = lambda before, later, night: 0.0
    after_rest: Callable[[Worked, int, Shift, bool], float] = lambda before, free_days, later, night: 0.0
    rest: Callable[[Worked], float] = lambda before: 0.0
    in_a_row: Callable[[int], float] = lambda days: 0.0
    shift: Callable[[Shift], float] = lambda shift: 0.0


def presets(*, coverage: float = 0.0, balanced: float, humane: float) -> Mapping[Preset, float]:
    """Return the weights of a rule by preset."""
    return {"coverage": coverage, "balanced": balanced, "humane": humane}
