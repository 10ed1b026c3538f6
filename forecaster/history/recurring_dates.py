"""Dates that were different every year, such as the weeks before Christmas: found so that they can be given a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecaster.history.day_grid import EPOCH
from forecaster.history.level_steps import TO_SD

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
WEEKS_AWAY = (3, 4, 5, 6)  # on either side: further than the stretch itself reaches, nearer than another season
SMALLEST_DEPARTURE = 0.15  # of the logarithm: about a seventh less or more …
DEPARTURES_OF_NOISE = 1.5  # … and more than the line's days scatter around the weeks before and after
FEWEST_YEARS = 2  # once is chance
SHORTEST_STRETCH_DAYS, LONGEST_GAP_DAYS = 4, 2  # shorter is a day of its own; a weekend lies within a stretch


@dataclass(frozen=True)
class Recurring:
    """A stretch of the coming days that went the same way in `years` years: about `times` the calls around it."""

    first: date
    last: date
    times: float
    years: int


def recurring_dates(day: Whole, log_total: Numbers, ahead: Whole) -> list[Recurring]:
    """Return the stretches of the days `ahead` whose dates were quieter or busier in every year seen.

    `day` are numbers since 1970-01-01 with their `log_total`. A day departs from the same weekday three to six weeks
    before and after, from both to the same side and as far as from the nearer: so a season's edge is none.
    """
    departure = _departures(day, log_total)
    spread = TO_SD * float(np.median(np.abs(list(departure.values())))) if departure else 0.0
    least = max(SMALLEST_DEPARTURE, DEPARTURES_OF_NOISE * spread)
    found: list[tuple[date, float, int]] = []
    for number in ahead:
        at: date = (EPOCH + np.timedelta64(int(number), "D")).item()
        past = [departure[key] for year in range(1, 5) if (key := _same_date(at, at.year - year)) in departure]
        if len(past) >= FEWEST_YEARS and (min(past) >= least or max(past) <= -least):
            found.append((at, float(np.mean(past)), len(past)))
    runs: list[list[tuple[date, float, int]]] = []
    for one in found:
        together = runs and (one[0] - runs[-1][-1][0]).days <= LONGEST_GAP_DAYS + 1 and one[1] * runs[-1][-1][1] > 0.0
        if together:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [
        Recurring(run[0][0], run[-1][0], float(np.exp(np.mean([size for _, size, _ in run]))), min(n for *_, n in run))
        for run in runs
        if len(run) >= SHORTEST_STRETCH_DAYS
    ]


def _departures(day: Whole, log_total: Numbers) -> dict[int, float]:
    known = dict(zip(day.tolist(), log_total.tolist(), strict=True))
    result = {}
    for at, value in known.items():
        sides = [
            [known[at + side * 7 * weeks] for weeks in WEEKS_AWAY if at + side * 7 * weeks in known] for side in (-1, 1)
        ]
        if all(len(side) > 1 for side in sides):
            low, high = sorted(value - float(np.median(side)) for side in sides)
            result[at] = low if low > 0.0 else high if high < 0.0 else 0.0
    return result


def _same_date(day: date, year: int) -> int:
    """Return the day number of the same date in `year`; 29 February is its 28th where there is none."""
    try:
        there = day.replace(year=year)
    except ValueError:
        there = day.replace(year=year, day=day.day - 1)
    return (there - date(1970, 1, 1)) // timedelta(days=1)
