"""How many people are there at every moment of a month, as the rules on everybody together look at it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.periods import days_of_period
from optimizer.law.person_month import Row
from optimizer.law.rules.rule import Finds
from optimizer.law.shifts import off_phone
from optimizer.law.situation import Situation

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spells:
    """How many people are there, from one change to the next: minutes, days of the month from 0, minutes of the day."""

    length: FloatArray
    present: NDArray[np.int64]
    day: NDArray[np.int64]
    minute_of_day: FloatArray


class Presence:
    """Who is there at every moment.

    rows
        Those of known people, last month's before them, days off the phone left out.
    role_of
        By badge.
    edges
        When days and nights begin and end, in minutes as those of the rows; the last is the period's end.
    """

    def __init__(self, rows: list[Row], past: list[Row], given: Situation) -> None:
        self.people = given.people
        self.role_of = {person.badge: person.role for person in given.people}
        self.rows = [row for row in [*past, *rows] if row.badge in self.role_of and not off_phone(row.code)]
        self.rules, self.timezone = given.rules, given.timezone
        self.days: list[date] = days_of_period(given.month)
        self.holiday = np.array([given.calendar.day_type(day) == "holiday" for day in self.days])
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

    def spells(self, rows: list[Row]) -> Spells:
        """Return how many of `rows` hold over the month, cut wherever anything changes, days and nights too."""
        at: list[float] = []
        change: list[int] = []
        for row in rows:
            at += (row.start, row.end)
            change += (1, -1)
            leaves = self.role_of[row.badge] not in self.rules.on_site_at_meals
            if row.works and row.has_meal and leaves:
                at += (row.meal_start, row.meal_end)
                change += (-1, 1)
            for begin, end in row.breaks if row.works and leaves else ():
                if not (math.isnan(begin) or math.isnan(end)):
                    at += (begin, end)
                    change += (-1, 1)
        instants, place = np.unique(np.concatenate([at, self.edges]), return_inverse=True)
        present = np.bincount(place, weights=np.concatenate([change, np.zeros(len(self.edges))])).cumsum()
        inside = (instants[:-1] >= self.edges[0]) & (instants[:-1] < self.edges[-1])
        begins = (instants[:-1][inside] * 60).round().astype("int64").astype("datetime64[s]")
        local = pd.DatetimeIndex(begins).tz_localize("UTC").tz_convert(self.timezone)
        return Spells(
            np.diff(instants)[inside],
            present[:-1][inside].round().astype(np.int64),
            np.asarray((local.tz_localize(None).normalize() - pd.Timestamp(self.days[0])).days),
            np.asarray(local.hour * 60 + local.minute, dtype=float),
        )

    def night(self, spells: Spells) -> NDArray[np.bool_]:
        """Return which spells lie in the night."""
        return self.rules.are_in_night(spells.minute_of_day)

    def too_few(self, spells: Spells, counted: NDArray[np.bool_], least: int, **fields: object) -> Finds:
        """Find the days on which fewer than `least` are there in those spells that are counted."""
        missing = least - spells.present
        counted = counted & (missing > 0)
        if self.first_night_unknown:
            counted &= ~((spells.day == 0) & self.night(spells))
        for number in np.unique(spells.day[counted]):
            here = counted & (spells.day == number)
            worst = int(missing[here].max())
            told = {"missing": worst, "least": least, "minutes": float(spells.length[here].sum())}
            yield self.days[number], worst, {**told, **fields}
