"""The next days of a published roster against fresh calls: the fewest lawful changes back to what was promised.

Where a day's expected level lies under its promise, people are added one change at a time, each time the one that
brings most calls in time for its cost and upset; where it lies above, people go home early as long as the level stays.
The first day is moreover held to what an hour of the plan brings: whoever brings more by an hour more is asked for it,
whoever brings less goes home. An hour counts with its pay and upset there, or as an hour where hours even out. Every
change is asked of the independent checker when its turn comes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from forecaster.requirement.expected_service import ExpectedService
from optimizer.desk.changes_ahead import UPSET_HOURS, Change, applied, told, why_unlawful
from optimizer.desk.possible_changes import Options
from optimizer.law.changes import in_zone
from optimizer.law.situation import Situation
from optimizer.search.kernel_arrays import FloatArray, IntArray

LEAST_GAIN = 1e-6  # calls in time: what brings less brings nothing
FIRST_DAYS = 1  # hours are weighed for the first day alone: the days after it will be forecast again


@dataclass(frozen=True, eq=False)
class Outlook:
    """What the calls of the next days ask of the people on duty, interval by interval.

    index, day_of
        Starts of the intervals (aware, regular), and the number of the local day of each, from 0.
    service
        What 0, 1, 2 … people bring in each, in expectation.
    people
        On the phone by the roster, before absences.
    least
        People that each interval keeps whatever the level.
    wanted, enough
        By day: the level under which it is to be mended, and the one down to which people may go home.
    hour_worth
        Calls in time that an hour of the plan brings (`hour_worth`). The first day's hours are weighed by it: what
        brings more than its price so is done beyond `wanted`, and only what costs less than it saves goes home. None:
        whatever is enough.
    """

    index: pd.DatetimeIndex
    day_of: IntArray
    service: ExpectedService
    people: FloatArray
    least: IntArray
    wanted: FloatArray
    enough: FloatArray
    hour_worth: float | None = None

    def levels(self, people: FloatArray | None = None) -> FloatArray:
        """Return each day's expected level with so many people; by default with those of the roster."""
        return day_levels(self.service, self.people if people is None else people, self.day_of)

    def steps(self, people: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the calls in time that one more person brings in each interval, and that one fewer costs."""
        now = _in_time(self.service, people)
        return _in_time(self.service, people + 1.0) - now, now - _in_time(self.service, people - 1.0)


def day_levels(service: ExpectedService, people: FloatArray, day_of: IntArray) -> FloatArray:
    """Return each day's expected level with so many people by interval; 1 where no call is expected."""
    days = int(day_of.max(initial=-1)) + 1
    in_time, calls = (np.bincount(day_of, one, days) for one in (_in_time(service, people), service.calls))
    return np.divide(in_time, calls, out=np.ones(days), where=calls > 0)


def _in_time(service: ExpectedService, people: FloatArray) -> FloatArray:
    table, rows = service.in_time, np.arange(len(people))
    most = table.shape[1] - 1
    clipped = np.clip(people, 0.0, most)
    whole = np.minimum(np.floor(clipped).astype(np.int64), most - 1)
    part = clipped - whole
    return np.asarray(table[rows, whole] * (1.0 - part) + table[rows, whole + 1] * part)


def hour_worth(service: ExpectedService, people: FloatArray, *, interval_minutes: float) -> float:
    """Return the calls in time that a person's hour brings with so many people by interval, on average over the calls.

    It is the price at which the plan bought its level: of its last hour and the next one the mean.
    """
    if service.calls.sum() <= 0:
        return 0.0
    step = (_in_time(service, people + 1.0) - _in_time(service, people - 1.0)) / 2.0
    return float(np.average(step, weights=service.calls)) * 60.0 / interval_minutes


def changes_ahead(
    roster: pd.DataFrame, situation: Situation, outlook: Outlook, *, settled: Collection[tuple[str, date]] = ()
) -> list[Change]:
    """Return the changes that bring the days of `outlook` back to their promise, in the order of days and of upset.

    roster
        As it will be worked: changes taken before are in it, and the people and days they concern are `settled`.

    Nobody's day is changed twice. What cannot be mended lawfully stays as it is.
    """
    search = _Search(in_zone(roster, situation.timezone), situation, outlook, set(settled))
    search.mend()
    search.leave_out_what_is_not_needed()
    search.add_what_is_worth_it()
    search.send_home()
    order = list(UPSET_HOURS)
    return sorted(search.made, key=lambda one: (one.day, order.index(one.kind), -one.calls_in_time, one.badge))


class _Search:
    def __init__(
        self, roster: pd.DataFrame, situation: Situation, outlook: Outlook, settled: set[tuple[str, date]]
    ) -> None:
        self.roster, self.situation, self.outlook, self.settled = roster, situation, outlook, settled
        self.people = outlook.people.astype(float)
        self.made: list[Change] = []
        self.added: list[FloatArray] = []  # what each change adds to the people, interval by interval
        self.days = list(dict.fromkeys(stamp.date() for stamp in outlook.index))

    def mend(self) -> None:
        """Add people to the days that lie under their promise, as long as somebody lawfully can be."""
        short = self.short(self.people)
        if not short.any():
            return
        more, _ = self.outlook.steps(self.people)
        wanted_days = [day for day, is_short in zip(self.days, short, strict=True) if is_short]
        options = Options.adding(self.roster, self.situation, self.outlook.index, wanted_days, more)
        options.close(self.settled)
        while (short := self.short(self.people)).any():
            missing = np.maximum(self.outlook.wanted - self.outlook.levels(self.people), 0.0) * self.calls_by_day()
            if not self.add_best(options, short, most=missing[options.day_number]):
                return

    def add_what_is_worth_it(self) -> None:
        """Add hours to the first day as long as one brings more calls in time than its price would in the plan."""
        worth, chosen = self.outlook.hour_worth, self.outlook.day_of < FIRST_DAYS
        if worth is None:
            return
        more, _ = self.outlook.steps(self.people)
        days = self.days[:FIRST_DAYS]
        options = Options.adding(self.roster, self.situation, self.outlook.index, days, np.where(chosen, more, 0.0))
        options.close({(one.badge, day) for one in self.made for day in one.days} | self.settled)
        first = np.arange(len(self.outlook.wanted)) < FIRST_DAYS
        while self.add_best(options, first, worth=worth):
            pass

    def add_best(
        self, options: Options, days: np.ndarray, *, most: FloatArray | float = np.inf, worth: float = 0.0
    ) -> bool:
        """Try the change that brings some days most calls in time for its price; False where none brings enough.

        `most`: calls in time beyond which a change helps no more; `worth`: what it has to bring by its weight.
        """
        more, fewer = self.outlook.steps(self.people)
        concerned = days[self.outlook.day_of]
        gain = options.gains(np.where(concerned, more, 0.0), fewer * concerned)
        useful = np.minimum(gain, most)
        score = np.where(options.open, useful / (options.weight if worth > 0 else options.price), -np.inf)
        best = int(score.argmax()) if len(score) else -1
        if best < 0 or not np.isfinite(score[best]) or useful[best] <= LEAST_GAIN or score[best] < worth:
            return False
        self.try_out(options, best, float(gain[best]))
        return True

    def send_home(self) -> None:
        """Take people off the first day where its level stays above what is enough without them."""
        days = self.days[:FIRST_DAYS]
        options = Options.taking(self.roster, self.situation, self.outlook.index, days)
        options.close({(one.badge, one.day) for one in self.made} | self.settled)
        most = np.inf if self.outlook.hour_worth is None else self.outlook.hour_worth
        while True:
            _, fewer = self.outlook.steps(self.people)
            loss = -options.gains(np.zeros_like(fewer), fewer)
            score = np.where(options.open, -options.weight / (loss + LEAST_GAIN), -np.inf)
            best = int(score.argmax()) if len(score) else -1
            if best < 0 or not np.isfinite(score[best]) or options.weight[best] >= 0:
                return
            if loss[best] > most * -options.weight[best]:
                return
            self.try_out(options, best, float(-loss[best]), keeps=self.outlook.enough)

    def try_out(self, options: Options, best: int, gain: float, *, keeps: FloatArray | None = None) -> None:
        """Make one change, if the law, the room and the other days allow it; either way it is not tried again."""
        options.open[best] = False
        added = options.added(best, len(self.people))
        people = self.people + added
        if keeps is None:
            keeps = np.minimum(self.outlook.wanted, self.outlook.levels(self.people))
        touched = np.zeros(len(keeps), dtype=bool)
        touched[self.outlook.day_of[added < 0]] = True
        if (self.outlook.levels(people)[touched] < keeps[touched] - 1e-9).any():
            return
        if (people[added < 0] < self.outlook.least[added < 0] - 1e-9).any():
            return
        limit = self.situation.rules.seat_limit
        if limit is not None and (people[added > 0] > limit + 1e-9).any():
            return
        change = options.change(best, gain)
        if why_unlawful(self.roster, self.situation, change) is not None:
            return
        self.made.append(told(self.roster, self.situation, change))
        self.added.append(added)
        self.people = people
        self.situation = with_overtime(self.situation, change)
        self.roster = applied(self.roster, self.situation, change)
        options.close({(change.badge, day) for day in change.days})

    def leave_out_what_is_not_needed(self) -> None:
        """Drop changes that later ones made needless, the dearest first."""
        for place in sorted(range(len(self.made)), key=lambda n: -self.made[n].price):
            without = self.people - self.added[place]
            if not self.short(without).any() and not (self.added[place] < 0).any():
                self.people = without
                self.added[place] = np.zeros_like(without)
        kept = [n for n, added in enumerate(self.added) if added.any()]
        self.made, self.added = [self.made[n] for n in kept], [self.added[n] for n in kept]

    def short(self, people: FloatArray) -> np.ndarray:
        """Return which days lie under the level they are to come back to."""
        return np.asarray(self.outlook.levels(people) < self.outlook.wanted - 1e-9)

    def calls_by_day(self) -> FloatArray:
        """Return the calls expected on each day."""
        return np.asarray(np.bincount(self.outlook.day_of, self.outlook.service.calls, len(self.outlook.wanted)))


def with_overtime(situation: Situation, change: Change) -> Situation:
    """Return the situation in which the overtime of a change has been worked."""
    if not change.overtime:
        return situation
    row = pd.DataFrame([(change.badge, change.day, 60.0 * change.hours)], columns=["badge", "date", "minutes"])
    worked = row if situation.overtime is None else pd.concat([situation.overtime, row], ignore_index=True)
    return replace(situation, overtime=worked)
