"""Training, meetings and talks, placed into a finished roster where seats are free.

A greedy first, whoever has the fewest places to choose from before the others. Where it leaves anything out that has a
place by itself, all are placed together by an exact model; what it proves is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.messages import Words
from forecaster.names import ROLE_WORDS
from optimizer.law.breaks import breaks_of
from optimizer.law.changes import in_zone, people_by_slot, works_on_site
from optimizer.law.people import Person
from optimizer.law.seat_columns import wanted_column
from optimizer.law.situation import Situation
from optimizer.sentences import refusal, say

ACTIVITY_STEP_MINUTES = 15  # activities begin on quarter hours
PLACED = ("badge", "date", "activity", "start_at", "end_at")
LEFT_OUT = ("activity", "badge", "reason", "reason_zh")
EVERYBODY = ("all", "everybody", "全体", "所有人", "全员")
_MOST_PLACES = 60_000  # of the exact model; beyond, each has its best ones
_EACH = 40  # those with the most seats to spare
_SOLVER_SECONDS = 20.0  # what somebody at a page waits for; what is found by then is told as not proven


@dataclass(frozen=True)
class Activity:
    """What is to be placed: once for each of its people, or once for all of them together.

    who
        Badges, roles, `team:A`, `skill:tech`, or `all`.
    first_on, last_on
        The days it may be on; None = those of the month.
    from_minute, to_minute
        Of the clock, between which it lies.
    """

    name: str
    minutes: int
    who: tuple[str, ...]
    together: bool = False
    first_on: date | None = None
    last_on: date | None = None
    from_minute: int = 0
    to_minute: int = 1440


@dataclass(frozen=True, eq=False)
class Schedule:
    """What was placed (`PLACED`), what was left out and why (`LEFT_OUT`), and whether no more could be placed."""

    placed: pd.DataFrame
    left_out: pd.DataFrame
    proven: bool


@dataclass(frozen=True, eq=False)
class _Unit:
    """An activity of a person, or of several together: where it may begin, and the seats to spare there."""

    activity: Activity
    badges: tuple[str, ...]
    seats: int  # that it takes from the phone
    starts: NDArray[np.int64]
    spare: NDArray[np.int64]
    reason: Words | None  # why it has no place


def place_activities(
    roster: pd.DataFrame, coverage: pd.DataFrame, situation: Situation, activities: Sequence[Activity]
) -> Schedule:
    """Return the activities placed within shifts, outside meals and breaks, where the seats they take are to spare.

    Nobody is taken from the phone where the roster covers no more than is required. Of the ways to place as many
    person-minutes as can be, one that leaves seats to spare.

    Raises
    ------
    ValueError
        If an activity names nobody that there is.
    """
    floor = _Floor(in_zone(roster, situation.timezone), coverage, situation)
    units = [unit for activity in activities for unit in floor.units(activity, _people(activity, situation))]
    open_units = [unit for unit in units if len(unit.starts)]
    chosen, proven = floor.greedily(open_units), True
    if None in chosen:
        chosen, proven = floor.exactly(open_units, chosen)
    rows, left = [], [unit for unit in units if not len(unit.starts)]
    for unit, start in zip(open_units, chosen, strict=True):
        if start is None:
            left.append(unit)
            continue
        begin = floor.instant(start)
        end = begin + timedelta(minutes=unit.activity.minutes)
        rows += [(badge, floor.day_of[badge, start], unit.activity.name, begin, end) for badge in unit.badges]
    placed = pd.DataFrame(rows, columns=list(PLACED)).sort_values(["start_at", "activity", "badge"], ignore_index=True)
    told = [
        (unit.activity.name, badge, unit.reason or say("activity.others")) for unit in left for badge in unit.badges
    ]
    left_out = pd.DataFrame([(name, badge, why.en, why.zh) for name, badge, why in told], columns=list(LEFT_OUT))
    return Schedule(placed, left_out, proven)


def still_placed(placed: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Return those of the placed activities that a changed roster has room for: in a shift, at work."""
    shifts: dict[tuple[str, str], Any] = {
        (str(row.badge), str(row.date)): row for row in roster[works_on_site(roster)].itertuples()
    }

    def inside(row: Any) -> bool:
        shift = shifts.get((str(row.badge), str(row.date)))
        if shift is None or not shift.start_at <= row.start_at < row.end_at <= shift.end_at:
            return False
        away = [(shift.meal_start_at, shift.meal_end_at), *breaks_of(shift._asdict())]
        return not any(begin < row.end_at and row.start_at < end for begin, end in away)  # no meal is never then

    kept = np.array([inside(row) for row in placed.itertuples()], dtype=bool)
    return placed[kept].reset_index(drop=True)


def _people(activity: Activity, situation: Situation) -> list[Person]:
    """Return whom an activity names."""
    found: dict[str, Person] = {}
    for word in activity.who:
        named = [person for person in situation.people if _is_named(person, word)]
        if not named:
            raise refusal("activity.nobody", name=activity.name, who=word)
        found.update({person.badge: person for person in named})
    return list(found.values())


def _is_named(person: Person, word: str) -> bool:
    kind, colon, name = word.replace("：", ":").partition(":")
    if colon:
        known = {"team": {person.team}, "班组": {person.team}, "skill": person.skills, "技能": person.skills}
        return name.strip() in known.get(kind.strip().casefold(), set())
    return word in (person.badge, person.role, ROLE_WORDS[person.role].zh) or word.casefold() in EVERYBODY


class _Floor:
    """The month in quarter hours: how many seats are to spare in each, and who may leave the phone when."""

    def __init__(self, roster: pd.DataFrame, coverage: pd.DataFrame, situation: Situation) -> None:
        self.situation = situation
        index = pd.DatetimeIndex(coverage.index)
        self.origin, self.step = index[0], timedelta(minutes=ACTIVITY_STEP_MINUTES)
        minutes = int((index[1] - index[0]).total_seconds() // 60)
        self.count = len(index) * minutes // ACTIVITY_STEP_MINUTES
        wanted = coverage[wanted_column(coverage)].to_numpy(float)
        there = people_by_slot(roster, coverage, situation, situation.rules.cover_roles, meals=True)
        there = there.reshape(self.count, -1).min(axis=1)  # of the slots in which shifts and meals begin
        if "seats_carried" in coverage:
            there = there + np.repeat(coverage["seats_carried"].to_numpy(float), minutes // ACTIVITY_STEP_MINUTES)
        need = np.repeat(np.ceil(wanted - 1e-9), minutes // ACTIVITY_STEP_MINUTES)
        self.spare = np.floor(np.clip(there - need, 0, None) + 1e-9).astype(np.int64)
        self.rows: dict[str, list[Any]] = defaultdict(list)
        for row in roster[works_on_site(roster)].itertuples():
            self.rows[str(row.badge)].append(row)
        self.day_of: dict[tuple[str, int], date] = {}

    def instant(self, slot: int) -> pd.Timestamp:
        """Return when a slot begins."""
        return self.origin + int(slot) * self.step

    def slot(self, at: pd.Timestamp, *, up: bool) -> int:
        """Return the slot that begins at an instant, or the next one (`up`), or that in which it lies."""
        slots = (at - self.origin).total_seconds() / 60 / ACTIVITY_STEP_MINUTES
        return int(np.ceil(slots - 1e-9) if up else np.floor(slots + 1e-9))

    def units(self, activity: Activity, people: Sequence[Person]) -> Iterator[_Unit]:
        """Tell what of an activity is to be placed."""
        length = _slots(activity)
        phone = set(self.situation.rules.cover_roles)
        for group in [people] if activity.together else [[person] for person in people]:
            seats = sum(person.role in phone for person in group)
            free = [set(self.starts(activity, person, length)) for person in group]
            both = np.array(sorted(set.intersection(*free)), dtype=np.int64)
            least = _least(self.spare, both, length)
            fits = least >= seats
            reason = None
            if not len(both):
                alone = len(group) == 1 or not all(free)
                reason = say("activity.not_on_duty" if alone else "activity.never_together", minutes=activity.minutes)
            elif not fits.any():
                best = self.instant(int(both[int(least.argmax())]))
                reason = say("activity.no_seats", seats=seats, most=int(least.max()), at=f"{best:%Y-%m-%d %H:%M}")
            badges = tuple(person.badge for person in group)
            yield _Unit(activity, badges, seats, both[fits], least[fits], reason)

    def starts(self, activity: Activity, person: Person, length: int) -> Iterator[int]:
        """Tell the slots at which a person could begin an activity, seats left aside."""
        for row in self.rows[person.badge]:
            day = pd.Timestamp(row.date).date()
            if (activity.first_on or day) <= day <= (activity.last_on or day):
                first, last = self.slot(row.start_at, up=True), self.slot(row.end_at, up=False)
                spells = [(row.meal_start_at, row.meal_end_at)] if not pd.isna(row.meal_start_at) else []
                away = [
                    range(self.slot(since, up=False), self.slot(until, up=True))
                    for since, until in (*spells, *breaks_of(row._asdict()))
                ]
                for start in range(max(first, 0), min(last, self.count) - length + 1):
                    begin = self.instant(start)
                    minute = begin.hour * 60 + begin.minute
                    inside = activity.from_minute <= minute and minute + activity.minutes <= activity.to_minute
                    if inside and not any(start < one.stop and one.start < start + length for one in away):
                        self.day_of[person.badge, start] = day
                        yield start

    def greedily(self, units: Sequence[_Unit]) -> list[int | None]:
        """Return a start for each unit where one is still free, those with fewest to choose from first."""
        spare, busy = self.spare.copy(), _Busy()
        chosen: list[int | None] = [None] * len(units)
        order = sorted(range(len(units)), key=lambda n: (len(units[n].starts), -units[n].activity.minutes, n))
        for n in order:
            unit, length = units[n], _slots(units[n].activity)
            least = _least(spare, unit.starts, length)
            fits = [k for k in np.argsort(-least, kind="stable") if least[k] >= unit.seats]
            free = (k for k in fits if busy.free(unit.badges, int(unit.starts[k]), length))
            if (best := next(free, None)) is not None:
                start = int(unit.starts[best])
                chosen[n] = start
                spare[start : start + length] -= unit.seats
                busy.take(unit.badges, start, length)
        return chosen

    def exactly(self, units: Sequence[_Unit], known: Sequence[int | None]) -> tuple[list[int | None], bool]:
        """Return a start for each unit with which most person-minutes are placed, and whether that is proven."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import coo_array

        places = [(n, k) for n, unit in enumerate(units) for k in range(len(unit.starts))]
        whole = len(places) <= _MOST_PLACES
        if not whole:
            best = [np.argsort(-unit.spare, kind="stable")[:_EACH] for unit in units]
            places = [(n, int(k)) for n, few in enumerate(best) for k in few]
        minutes = np.array([units[n].activity.minutes * len(units[n].badges) for n, _ in places], dtype=float)
        spared = np.array([units[n].spare[k] for n, k in places], dtype=float)
        worth = minutes + spared / (1.0 + spared.max()) / len(units)  # of as many minutes, those with seats to spare
        rows: dict[tuple[Any, ...], int] = {}
        entries: list[tuple[int, int, float]] = []
        most: list[float] = []

        def enter(key: tuple[Any, ...], place: int, value: float, limit: float) -> None:
            if key not in rows:
                rows[key] = len(most)
                most.append(limit)
            entries.append((rows[key], place, value))

        for place, (n, k) in enumerate(places):
            unit, start = units[n], int(units[n].starts[k])
            enter(("unit", n), place, 1.0, 1.0)
            for slot in range(start, start + _slots(unit.activity)):
                if unit.seats:
                    enter(("seats", slot), place, float(unit.seats), float(self.spare[slot]))
                for badge in unit.badges:
                    enter((badge, slot), place, 1.0, 1.0)
        at = np.array([(row, place) for row, place, _ in entries])
        values = np.array([value for *_, value in entries])
        matrix = coo_array((values, (at[:, 0], at[:, 1])), shape=(len(most), len(places))).tocsr()
        limits = LinearConstraint(matrix, -np.inf, np.array(most))
        options = {"time_limit": _SOLVER_SECONDS}
        found = milp(-worth, constraints=limits, bounds=Bounds(0, 1), integrality=np.ones(len(places)), options=options)
        if found.x is None:
            return list(known), False
        chosen: list[int | None] = [None] * len(units)
        for place in np.flatnonzero(found.x > 0.5).tolist():
            n, k = places[place]
            chosen[n] = int(units[n].starts[k])
        return chosen, whole and found.status == 0


class _Busy:
    """Who is already taken when."""

    def __init__(self) -> None:
        self.slots: dict[str, set[int]] = defaultdict(set)

    def free(self, badges: Collection[str], start: int, length: int) -> bool:
        """Return whether none of the people is taken."""
        return all(self.slots[badge].isdisjoint(range(start, start + length)) for badge in badges)

    def take(self, badges: Collection[str], start: int, length: int) -> None:
        """Take them."""
        for badge in badges:
            self.slots[badge].update(range(start, start + length))


def _slots(activity: Activity) -> int:
    return -(-activity.minutes // ACTIVITY_STEP_MINUTES)


def _least(spare: NDArray[np.int64], starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return the fewest seats to spare over so many slots from each start."""
    return np.asarray(spare[starts[:, None] + np.arange(length)].min(axis=1))
