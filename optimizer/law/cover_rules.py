"""The rules that everybody's rows keep together: seats, ladder material, holiday standby."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.calendar import Calendar
from optimizer.law.people import Person
from optimizer.law.person_rules import Row
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import Breach, breach
from optimizer.law.shifts import STANDBY

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Spells:
    """How many people are there, from one change to the next: minutes, days of the month from 0, minutes of the day."""

    length: FloatArray
    present: NDArray[np.int64]
    day: NDArray[np.int64]
    minute_of_day: FloatArray


class CoverCheck:
    """How many people of a kind are there at every moment."""

    def __init__(
        self,
        rows: list[Row],
        past: list[Row],
        people: Sequence[Person],
        rules: RosterRules,
        month: pd.Period,
        timezone: str,
        calendar: Calendar,
    ) -> None:
        self.role_of = {person.badge: person.role for person in people}
        self.rows = [row for row in [*past, *rows] if row.badge in self.role_of]
        self.rules, self.timezone = rules, timezone
        self.days: list[date] = [day.date() for day in pd.date_range(month.start_time, periods=month.days_in_month)]
        self.holiday = np.array([calendar.day_type(day) == "holiday" for day in self.days])
        self.first_night_unknown = not past
        self.edges = self._edges()

    def _edges(self) -> FloatArray:
        """Return when days and nights begin and end, from the month's first midnight to the next month's."""
        midnights = pd.date_range(self.days[0], periods=len(self.days) + 1)
        minutes = sorted({0, self.rules.night_start_minute, self.rules.night_end_minute})
        naive = pd.DatetimeIndex([day + pd.Timedelta(minutes=m) for day in midnights for m in minutes])
        local = naive.tz_localize(self.timezone, ambiguous=np.ones(len(naive), bool), nonexistent="shift_forward")
        at: FloatArray = local.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[s]").astype("int64") / 60
        return at[: len(self.days) * len(minutes) + 1]

    def all(self) -> Iterator[Breach]:
        """Return every breach."""
        yield from self.seat_limit()
        yield from self.ladder_material()
        yield from self.holiday_standby()

    def spells(self, rows: list[Row]) -> _Spells:
        """Return how many of `rows` hold over the month, cut wherever anything changes, days and nights too."""
        at: list[float] = []
        change: list[int] = []
        for row in rows:
            at += (row.start, row.end)
            change += (1, -1)
            if row.works and row.has_meal and self.role_of[row.badge] not in self.rules.on_site_at_meals:
                at += (row.meal_start, row.meal_end)
                change += (-1, 1)
        instants, place = np.unique(np.concatenate([at, self.edges]), return_inverse=True)
        present = np.bincount(place, weights=np.concatenate([change, np.zeros(len(self.edges))])).cumsum()
        inside = (instants[:-1] >= self.edges[0]) & (instants[:-1] < self.edges[-1])
        begins = (instants[:-1][inside] * 60).round().astype("int64").astype("datetime64[s]")
        local = pd.DatetimeIndex(begins).tz_localize("UTC").tz_convert(self.timezone)
        return _Spells(
            np.diff(instants)[inside],
            present[:-1][inside].round().astype(np.int64),
            np.asarray(local.day) - 1,
            np.asarray(local.hour * 60 + local.minute, dtype=float),
        )

    def seat_limit(self) -> Iterator[Breach]:
        """Find days with more people on the phone than seats."""
        limit = self.rules.seat_limit
        if limit is None:
            return
        spells = self.spells([r for r in self.rows if r.works and self.role_of[r.badge] in self.rules.cover_roles])
        worst = np.zeros(len(self.days), dtype=np.int64)
        np.maximum.at(worst, spells.day, spells.present - limit)
        for number in np.flatnonzero(worst):
            over = int(worst[number])
            yield breach("seat_limit", "", self.days[number], over, over=over, limit=limit)

    def ladder_material(self) -> Iterator[Breach]:
        """Find days and nights with fewer people of a role on site than wanted."""
        employed = set(self.role_of.values())
        wanted = {*self.rules.on_site_day, *self.rules.on_site_night} & employed
        spells = {
            role: self.spells([r for r in self.rows if r.works and self.role_of[r.badge] == role]) for role in wanted
        }
        for by_night, minimum in ((False, self.rules.on_site_day), (True, self.rules.on_site_night)):
            for role, least in minimum.items():
                if role in employed:
                    counted = self.night(spells[role]) == by_night
                    part = "at night" if by_night else "by day"
                    yield from self.too_few("ladder_material", spells[role], counted, least, role=role, part=part)

    def night(self, spells: _Spells) -> NDArray[np.bool_]:
        """Return which spells lie in the night."""
        start, end, minute = self.rules.night_start_minute, self.rules.night_end_minute, spells.minute_of_day
        inside = (minute >= start) & (minute < end) if start < end else (minute >= start) | (minute < end)
        return np.asarray(inside, dtype=bool)

    def too_few(
        self, rule: str, spells: _Spells, counted: NDArray[np.bool_], least: int, **fields: object
    ) -> Iterator[Breach]:
        """Find the days on which fewer than `least` are there."""
        missing = least - spells.present
        counted = counted & (missing > 0)
        if self.first_night_unknown:
            counted &= ~((spells.day == 0) & self.night(spells))
        for number in np.unique(spells.day[counted]):
            here = counted & (spells.day == number)
            worst = int(missing[here].max())
            told = {"missing": worst, "least": least, "minutes": float(spells.length[here].sum())}
            yield breach(rule, "", self.days[number], worst, **told, **fields)

    def holiday_standby(self) -> Iterator[Breach]:
        """Find holidays with fewer people standing by than wanted."""
        least = self.rules.standby_minimum
        if least and self.holiday.any():
            spells = self.spells([r for r in self.rows if r.code == STANDBY])
            yield from self.too_few("holiday_standby", spells, self.holiday[spells.day], least)
