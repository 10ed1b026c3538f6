"""Nights, weekend days and holidays shared fairly over months: counted on a finished roster, remembered in the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.history.periods import days_of_period
from optimizer.law.people import Person
from optimizer.law.shifts import NO_WORK, Shift
from optimizer.law.situation import Situation
from optimizer.sentences import refusal

BURDENS = ("nights", "weekends", "holidays")
ACCOUNT = "hours_account"
MEMORY = 0.5  # a month counts half as much as the one after it


def burdens(roster: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return `badge, nights, weekends, holidays` so far: those of the roster, and half of what each had before.

    Where hours are averaged over several months, `hours_account` too: how far ahead of the average each is after the
    month, days of leave taken as worked; 0 where its span is at an end.

    Weekends are weekend days. Before is `Person.burdens_before`, or where that is None what `situation.carry_in` holds.
    """
    now = counted(roster, situation)
    before = None
    if situation.carry_in is not None:
        before = counted(situation.carry_in, situation)
    rows = []
    for person in situation.people:
        had = person.burdens_before
        if had is None:
            had = (0.0, 0.0, 0.0) if before is None else before.get(person.badge, (0.0, 0.0, 0.0))
        new = now.get(person.badge, (0.0, 0.0, 0.0))
        rows.append((person.badge, *(MEMORY * old + taken for old, taken in zip(had, new, strict=True))))
    frame = pd.DataFrame(rows, columns=["badge", *BURDENS])
    return frame if (ahead := _accounts(roster, situation)) is None else frame.assign(**{ACCOUNT: ahead})


def _accounts(roster: pd.DataFrame, situation: Situation) -> list[float] | None:
    """Return everybody's account of hours after the month; None where hours are not averaged over several months."""
    rules, days = situation.rules, days_of_period(situation.month)
    before, after = rules.beside_in_span(days)
    if rules.weekly_mode == "weekly_cap" or not (before or after):
        return None
    if not after:
        return [0.0] * len(situation.people)
    worked = _worked_hours(roster)
    return [
        ((person.hours_account or 0.0) if before else 0.0)
        + worked.get(person.badge, 0.0)
        - rules.average_minutes(person, [day for day in days if day not in person.leave]) / 60
        for person in situation.people
    ]


def _worked_hours(roster: pd.DataFrame) -> dict[str, float]:
    """Return the hours that each badge works; what is stood by for is not worked."""
    worked = roster[~roster["shift"].isin(NO_WORK)]
    return {str(badge): float(m) / 60 for badge, m in worked.groupby("badge")["worked_minutes"].sum().items()}


def burdens_after(
    told: pd.DataFrame, situation: Situation, *, before: pd.DataFrame, after: pd.DataFrame
) -> pd.DataFrame:
    """Return the burdens `told` of the roster `before` as they are now that it has become `after`."""
    was, now = (counted(roster, situation) for roster in (before, after))
    nothing = (0.0, 0.0, 0.0)
    changed = told.copy()
    for place, kind in enumerate(BURDENS):
        more = [now.get(badge, nothing)[place] - was.get(badge, nothing)[place] for badge in told["badge"].astype(str)]
        changed[kind] = told[kind] + more
    if ACCOUNT in told and situation.rules.beside_in_span(days_of_period(situation.month))[1]:
        before_hours, hours = _worked_hours(before), _worked_hours(after)
        more = [hours.get(badge, 0.0) - before_hours.get(badge, 0.0) for badge in told["badge"].astype(str)]
        changed[ACCOUNT] = told[ACCOUNT] + more
    return changed


def counted(roster: pd.DataFrame, situation: Situation) -> dict[str, tuple[float, float, float]]:
    """Return how many nights, weekend days and holidays each badge works in the rows of a roster."""
    rules, calendar = situation.rules, situation.calendar
    taken: dict[str, tuple[float, float, float]] = {}
    for row in roster.to_dict("records"):
        if row["shift"] in NO_WORK:
            continue
        day, badge = pd.Timestamp(row["date"]).date(), str(row["badge"])
        start = pd.Timestamp(row["start_at"]).tz_convert(situation.timezone)
        minutes = int((pd.Timestamp(row["end_at"]) - start).total_seconds() // 60)
        night = rules.is_night(Shift("worked", start.hour * 60 + start.minute, max(1, min(MINUTES_PER_DAY, minutes))))
        nights, weekends, holidays = taken.get(badge, (0.0, 0.0, 0.0))
        holiday = calendar.day_type(day) == "holiday"
        taken[badge] = (nights + night, weekends + (day.weekday() >= 5), holidays + holiday)
    return taken


def with_burdens(people: Sequence[Person], before: pd.DataFrame) -> list[Person]:
    """Return the people with what they had before, from a frame of `burdens`; an account told of a person's own stands.

    Who is not in it is new, and taken to have had as much as the others of the role on average: being new is no debt.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    for column in ("badge", *BURDENS):
        if column not in before:
            raise refusal("burdens.column", column=column, found=list(before.columns))
    known = {
        str(badge): (float(nights), float(weekends), float(holidays))
        for badge, nights, weekends, holidays in before[["badge", *BURDENS]].itertuples(index=False)
    }

    def usual(role: str) -> tuple[float, float, float]:
        had = [known[person.badge] for person in people if person.role == role and person.badge in known]
        if not had:
            return (0.0, 0.0, 0.0)
        nights, weekends, holidays = (sum(kind) / len(had) for kind in zip(*had, strict=True))
        return nights, weekends, holidays

    of_role = {role: usual(role) for role in {person.role for person in people}}
    accounts: dict[str, float] = {}
    if ACCOUNT in before:
        accounts = dict(zip(before["badge"].astype(str), before[ACCOUNT].astype(float), strict=True))
    return [
        replace(
            person,
            burdens_before=known.get(person.badge, of_role[person.role]),
            hours_account=accounts.get(person.badge) if person.hours_account is None else person.hours_account,
        )
        for person in people
    ]
