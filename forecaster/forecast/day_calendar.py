"""What the calendar says of each day: the weekday it works like, its holiday, the named effects it carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.effects import WEEKDAYS, effects_of
from forecaster.history.calendar import Calendar
from forecaster.history.day_grid import EPOCH, weekday_of

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]
MOST_DAYS_SHARE = 0.5  # of all: what more of them carry is how the line ordinarily is, and sets no day apart
AROUND_DAYS, LONG_HOLIDAY_DAYS = 12, 3  # travel and errands around a week off reach into the second week


@dataclass(frozen=True, eq=False)
class Marked:
    """Days with what the calendar says of them.

    weekday
        The weekday the day works like: a make-up working day works like `workday`.
    holiday
        Name of the holiday, or empty.
    position
        On a holiday, days since its first day by law.
    effects
        Named effects: one weight per day each.
    around
        For each long holiday, the signed days before (−) or after (+) it, NaN when far.
    known
        Effects whose size the planner has given, campaigns and others, by name: to be taken as known (logarithms).
    told_holiday
        On holidays of which the planner has told the factor on an ordinary day, that factor; elsewhere NaN.
    told_shut, told_open
        Days on which the planner says that the line is shut, or open at hours of their own.
    """

    days: Days
    weekday: NDArray[np.int64]
    holiday: NDArray[np.object_]
    position: Numbers
    effects: dict[str, Numbers]
    around: dict[str, Numbers]
    known: dict[str, Numbers]
    told_holiday: Numbers
    told_shut: Flags
    told_open: Flags

    @property
    def is_holiday(self) -> Flags:
        """True on holidays."""
        return np.array([bool(name) for name in self.holiday], dtype=bool)

    @property
    def known_log(self) -> Numbers:
        """What all known effects together add to the logarithm of each day's total."""
        return np.asarray(np.sum([np.zeros(len(self.days)), *self.known.values()], axis=0))

    @property
    def carries_an_effect(self) -> Flags:
        """True on days on which something named is to be learned or is told, and is not on most days alike."""
        carried = [column != 0.0 for column in self.effects.values()]
        return np.any([self.known_log != 0.0, *(days for days in carried if days.mean() <= MOST_DAYS_SHARE)], axis=0)

    def part(self, days: slice) -> Marked:
        """Return these days alone."""
        return replace(
            self,
            days=self.days[days],
            weekday=self.weekday[days],
            holiday=self.holiday[days],
            position=self.position[days],
            effects={name: column[days] for name, column in self.effects.items()},
            around={name: column[days] for name, column in self.around.items()},
            known={name: column[days] for name, column in self.known.items()},
            told_holiday=self.told_holiday[days],
            told_shut=self.told_shut[days],
            told_open=self.told_open[days],
        )


def as_dates(days: Days) -> list[date]:
    """Return datetime64 days as `datetime.date`."""
    return [day.item() for day in days]


def mark_days(days: Days, calendar: Calendar, *, workday: int = 2) -> Marked:
    """Return the consecutive `days` with what `calendar` says of them; `workday` is the usual weekday at work."""
    dates = as_dates(days)
    count = len(dates)
    weekday = weekday_of(days).copy()
    holiday, position = np.full(count, "", dtype=object), np.zeros(count)
    first_by_law = _first_days_by_law(calendar)

    for i, day in enumerate(dates):
        special = calendar.days.get(day)
        if special is not None and special.kind == "holiday":
            holiday[i] = special.name
            start = first_by_law.get((special.name, _block_start(calendar, day)))
            position[i] = (day - start).days if start is not None else special.day_of_holiday - 1
        elif special is not None and special.kind == "make_up_workday":
            weekday[i] = workday
    effects = _carried(calendar, dates)
    known: dict[str, Numbers] = {}
    for campaign in calendar.campaigns:
        if campaign.size is not None:
            left = np.array([campaign.left_on(day) for day in dates])
            known[campaign.name] = known.get(campaign.name, 0.0) + np.log1p(campaign.size * left)
    for name, factor in calendar.told_effects.items():
        if name in effects and factor > 0.0:
            known[name] = known.get(name, 0.0) + np.log(factor) * effects.pop(name)
    told = np.array([calendar.told_effects.get(str(name), np.nan) if name else np.nan for name in holiday])
    told_open = np.array([day in calendar.opening_on for day in dates], dtype=bool)
    told_shut = told_shut_days(dates, calendar)
    return Marked(
        days, weekday, holiday, position, effects, _around(calendar, dates), known, told, told_shut, told_open
    )


def told_shut_days(dates: Sequence[date], calendar: Calendar) -> Flags:
    """Return the days on which the planner says that the line is shut: by date, or by an effect whose factor is 0."""
    names = {name for name, factor in calendar.told_effects.items() if factor == 0.0}
    effects = [effect for name, effect in effects_of(calendar).items() if name in names] if names else []
    weekdays = {at for at, name in enumerate(WEEKDAYS) if f"weekday {name}" in names}

    def is_shut(day: date) -> bool:
        special = calendar.days.get(day)
        named = special is not None and special.kind == "holiday" and special.name in names
        carried = any(effect.weight(calendar, day) > 0.0 for effect in effects)
        return day in calendar.closed or named or day.weekday() in weekdays or carried

    return np.array([is_shut(day) and day not in calendar.opening_on for day in dates], dtype=bool)


def _carried(calendar: Calendar, dates: Sequence[date]) -> dict[str, Numbers]:
    """Return by name how much of each effect the days carry, as far as one of them does."""
    columns = {
        name: np.array([float(effect.weight(calendar, day)) for day in dates])
        for name, effect in effects_of(calendar).items()
    }
    return {name: column for name, column in columns.items() if column.any()}


def _block_start(calendar: Calendar, day: date) -> date:
    name = calendar.days[day].name
    while True:
        before = calendar.days.get(day - timedelta(days=1))
        if before is None or before.kind != "holiday" or before.name != name:
            return day
        day -= timedelta(days=1)


def _first_days_by_law(calendar: Calendar) -> dict[tuple[str, date], date]:
    first: dict[tuple[str, date], date] = {}
    for day in sorted(calendar.days):
        special = calendar.days[day]
        if special.kind == "holiday" and special.statutory:
            first.setdefault((special.name, _block_start(calendar, day)), day)
    return first


def _around(calendar: Calendar, dates: Sequence[date]) -> dict[str, Numbers]:
    """Return for each long holiday, and for Christmas, the signed distance of the days around it."""
    blocks: dict[tuple[str, date], list[date]] = {}
    for day, special in calendar.days.items():
        if special.kind == "holiday":
            blocks.setdefault((special.name, _block_start(calendar, day)), []).append(day)
    number = np.array([(d - EPOCH.item()).days for d in dates])
    result: dict[str, Numbers] = {}
    for (name, _), block in blocks.items():
        christmas = any((day.month, day.day) == (12, 25) for day in block)
        if len(block) < LONG_HOLIDAY_DAYS and not christmas:
            continue
        column = result.setdefault(name, np.full(len(dates), np.nan))
        first, last = ((d - EPOCH.item()).days for d in (min(block), max(block)))
        for distance, near in ((number - first, number < first), (number - last, number > last)):
            inside = near & (np.abs(distance) <= AROUND_DAYS)
            column[inside] = distance[inside]
    return {name: column for name, column in result.items() if np.isfinite(column).any()}
