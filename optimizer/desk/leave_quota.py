"""How many people may be away on each day: what is left when every day's seats can still be covered.

A linear program over days and shifts, people counted and not named, as in the roster's bound: a
week has its people's hours, less those on leave, on at most five days each, and a day at most whoever is there.
Places are then as many as leave a small share of the week's hours uncovered, or what is uncovered with nobody away, and
as even over the week as may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.intervals import MINUTES_PER_DAY
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.shifts import Shift, ShiftCatalogue
from optimizer.search.kernel_arrays import FloatArray
from optimizer.search.skill_cover import skills_asked
from optimizer.sentences import refusal

DAYS_A_WEEK = 5  # that a person works beside two days off
SHORT_SHARE = 0.01  # about what a lawful roster leaves uncovered of a month its people just suffice for
MOST_AWAY_SHARE = 0.25  # of a group at once, however quiet the days: somebody has to know the work
WEEKS_AT_ONCE = 5  # about a month; the days of others do not bear on it
_EVEN = 7.0  # a place on every day of a week is worth more than seven on one of them


@dataclass(frozen=True, eq=False)
class LeaveGroup:
    """People who stand in for each other, and how many of them must be there.

    need
        (intervals) People on duty.
    """

    name: str
    people: tuple[Person, ...]
    need: FloatArray


def groups_of(person: Person, rules: RosterRules) -> list[str]:
    """Return the names of the groups that somebody stands in: of who answers calls and each skill, or of the role."""
    if person.role not in rules.cover_roles:
        return [person.role]
    return list(dict.fromkeys((rules.cover_roles[0], *sorted(person.skills))))


def leave_groups(requirement: pd.DataFrame, people: Sequence[Person], rules: RosterRules) -> list[LeaveGroup]:
    """Return who stands in for whom: those who answer calls, each skill asked for, each role that has to be on site.

    requirement
        By aware interval start: `people_to_roster`, and `seats_required.<skill>` where calls need one.
    """
    local = pd.DatetimeIndex(requirement.index)
    night = rules.are_in_night(np.asarray(local.hour * 60 + local.minute))
    needs = {
        next(iter(skills)): requirement[column].to_numpy(dtype=float)
        for skills, column in skills_asked(requirement.columns).items()
        if len(skills) == 1
    }
    needs[rules.cover_roles[0]] = requirement["people_to_roster"].to_numpy(dtype=float)
    for role in dict.fromkeys(person.role for person in people if person.role not in rules.cover_roles):
        on_site = np.where(night, rules.on_site_night.get(role, 0), rules.on_site_day.get(role, 0))
        needs[role] = on_site.astype(float)
    mine = {name: tuple(person for person in people if name in groups_of(person, rules)) for name in needs}
    order = sorted(needs, key=lambda name: name != rules.cover_roles[0])
    return [LeaveGroup(name, mine[name], needs[name]) for name in order if mine[name]]


def with_who_is_away(quota: pd.DataFrame, people: Sequence[Person], rules: RosterRules) -> pd.DataFrame:
    """Return places with how many of the people are `away` on each day, and how many places are `left`."""
    of_group = {name: [p for p in people if name in groups_of(p, rules)] for name in quota["group"].unique()}
    each = zip(quota["date"], quota["group"], strict=True)
    away = [sum(day in person.leave for person in of_group[name]) for day, name in each]
    return quota.assign(away=away, left=(quota["may_be_away"] - away).clip(lower=0))


def leave_quota(
    requirement: pd.DataFrame,
    people: Sequence[Person],
    catalogue: ShiftCatalogue,
    rules: RosterRules,
    *,
    short_share: float = SHORT_SHARE,
    most_share: float = MOST_AWAY_SHARE,
) -> pd.DataFrame:
    """Return how many may be away on each day of a requirement's span, one row a day and group (`leave_groups`).

    requirement
        By aware interval start in local time, whole days, one after the other.
    people
        With the leave that is already given.
    catalogue, rules
        The shifts by which the seats are covered (those of each month's season), and the rules that tell who answers
        calls, who has to be on site, and a week's hours.
    short_share
        Of each week's hours wanted that may be left uncovered for leave, in [0, 1): for the reserve and overtime to
        catch.
    most_share
        Of a group that may be away at once at most, in (0, 1].

    Columns: `date, group, people` (employed on the day), `may_be_away` (on leave in all), `away` (who is already) and
    `left` (places, none where more are away than may be).

    Raises
    ------
    ValueError
        If a share lies outside its range.
    """
    for name, share, inside in (
        ("short_share", short_share, 0 <= short_share < 1),
        ("most_share", most_share, 0 < most_share <= 1),
    ):
        if not inside:
            raise refusal("leave.share", name=name, share=share)
    local = pd.DatetimeIndex(requirement.index)
    days = [day.date() for day in pd.DatetimeIndex(local.normalize().unique())]
    rows: list[tuple[date, str, int, int]] = []
    for group in leave_groups(requirement, people, rules):
        most = max(1, int(most_share * len(group.people)))  # whoever works alone may be away, too
        may = np.concatenate(
            [
                _LeaveProgram(group, local[here], group.need[here], catalogue, rules).most_away(most, short_share)
                for here in _stretches(local)
            ]
        )
        for day, places in zip(days, may.astype(int).tolist(), strict=True):
            rows.append((day, group.name, sum(bool(person.employed([day])) for person in group.people), places))
    quota = pd.DataFrame(rows, columns=["date", "group", "people", "may_be_away"])
    return with_who_is_away(quota, people, rules)


def _stretches(local: pd.DatetimeIndex) -> Iterator[NDArray[np.bool_]]:
    """Yield which intervals lie in each stretch of whole weeks, Monday to Sunday."""
    week = pd.factorize(local.tz_localize(None).to_period("W"))[0]
    for number in range(week.max() // WEEKS_AT_ONCE + 1):
        yield week // WEEKS_AT_ONCE == number


class _LeaveProgram:
    """One stretch of whole days of one group: people on each shift of each day, and the seats they leave uncovered.

    The day before is worked by the same shifts, so that the first morning may be covered from a night.
    """

    def __init__(
        self,
        group: LeaveGroup,
        local: pd.DatetimeIndex,
        need: FloatArray,
        catalogue: ShiftCatalogue,
        rules: RosterRules,
    ) -> None:
        from scipy.sparse import csr_array

        midnights = local.normalize().tz_localize(None)
        days = pd.DatetimeIndex(midnights.unique())
        day_of_slot = days.get_indexer(midnights)
        first = days[0]
        wall = (local.tz_localize(None) - first) / pd.Timedelta(minutes=1)
        slot_hours = (local[1] - local[0]) / pd.Timedelta(hours=1)
        week = pd.factorize(days.to_period("W"))[0]
        shifts = [
            (number, shift)
            for number, day in enumerate([first - pd.Timedelta(days=1), *days], start=-1)
            for shift in catalogue.in_month(day.month)
            if not shift.roles or shift.roles & {person.role for person in group.people}
        ]
        number_of = np.array([number for number, _ in shifts])
        worked = np.array([shift.worked_minutes / 60 for _, shift in shifts])
        self.need = need
        dates = [day.date() for day in days]
        there = np.array([[bool(one.employed([day])) for day in dates] for one in group.people], dtype=float)
        contracts = np.array([min(person.contract_hours_per_week, rules.weekly_hours) for person in group.people])
        self.heads = there.sum(axis=0)
        self.hours = contracts @ there / 7  # a day, of everybody
        self.duties = np.minimum(DAYS_A_WEEK, np.ceil(contracts / 4)) @ there / 7
        self.presence = csr_array(
            np.stack([_presence(shift, number * MINUTES_PER_DAY, wall.to_numpy()) for number, shift in shifts], axis=1)
        )
        self.on_day = csr_array(np.arange(len(days))[:, None] == number_of, dtype=float)
        self.before = csr_array((number_of < 0)[None, :], dtype=float)
        self.worked_on = self.on_day * worked
        self.in_week = csr_array(np.arange(week.max() + 1)[:, None] == week, dtype=float)
        self.slots_in_week = (
            csr_array(np.arange(week.max() + 1)[:, None] == week[day_of_slot], dtype=float) * slot_hours
        )

    def most_away(self, most: int, short_share: float) -> FloatArray:
        """Return how many may be away on each day, `most` at most, no week shorter of people than it may or must be."""
        short = self._solve(0, None)[1]
        may_be_short = np.maximum(self.slots_in_week @ short, short_share * (self.slots_in_week @ self.need))
        return np.asarray(np.floor(self._solve(most, may_be_short)[0] + 1e-6))

    def _solve(self, most: int, uncovered: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        """Return who is away by day and what is short by slot: the least short, or the most away at so much short."""
        from scipy.optimize import linprog
        from scipy.sparse import block_array, csr_array, eye_array

        shifts, (weeks, days), slots = self.presence.shape[1], self.in_week.shape, len(self.need)
        rows = [  # people on each shift, short in each slot, away on each day, away on all days of each week
            [-self.presence, -eye_array(slots), None, None],
            [self.on_day, None, eye_array(days), None],
            [self.before, None, None, csr_array((1, weeks))],
            [self.in_week @ self.worked_on, None, self.in_week * (self.hours / np.maximum(self.heads, 1)), None],
            [self.in_week @ self.on_day, None, self.in_week * (self.duties / np.maximum(self.heads, 1)), None],
            [None, None, -eye_array(days), self.in_week.T],
        ]
        limits = [
            -self.need, self.heads, self.duties[:1], self.in_week @ self.hours, self.in_week @ self.duties,
            np.zeros(days),
        ]  # fmt: skip
        costs = np.concatenate([np.zeros(shifts), np.ones(slots), np.zeros(days + weeks)])
        if uncovered is not None:
            rows.append([None, self.slots_in_week, None, None])
            limits.append(uncovered + 1e-4)
            costs = np.concatenate([np.zeros(shifts + slots), -np.ones(days), np.full(weeks, -_EVEN)])
        upper = np.concatenate([np.full(shifts + slots, np.inf), np.full(days + weeks, most)])
        found = linprog(
            costs,
            A_ub=block_array(rows, format="csr"),
            b_ub=np.concatenate(limits),
            bounds=np.stack([np.zeros_like(upper), upper], axis=1),
            method="highs",
        )
        if found.x is None:
            raise RuntimeError(f"places for leave could not be counted: {found.message}")
        return found.x[shifts + slots : shifts + slots + days], found.x[shifts : shifts + slots]


def _presence(shift: Shift, midnight: float, at: FloatArray) -> FloatArray:
    """Return the share of people on a shift that are there in each slot, meals and breaks spread over their windows."""
    begin = midnight + shift.start_minute
    there = ((at >= begin) & (at < begin + shift.length_minutes)).astype(float)
    for offset in shift.meal_offsets_minutes:
        meal = (at >= begin + offset) & (at < begin + offset + shift.meal_minutes)
        there -= meal / len(shift.meal_offsets_minutes)
    for pause in shift.breaks:
        for offset in pause.offsets_minutes:
            away = (at >= begin + offset) & (at < begin + offset + pause.minutes)
            there -= away / len(pause.offsets_minutes)
    return there
