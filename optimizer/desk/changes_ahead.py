"""One change of a published roster in its next days: what it costs, whom it burdens, which rule it touches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from forecaster.messages import NOTHING, Words
from optimizer.desk.cover import called_in, first_new, longer, overtime_before, overtime_limit
from optimizer.law.changes import Cell, difference, rows_of, with_cells
from optimizer.law.dates import dates_of, monday_of
from optimizer.law.fairness import counted
from optimizer.law.lawfulness import broken_by
from optimizer.law.rule_words import Breach
from optimizer.law.rules.overtime import OVERTIME_A_MONTH
from optimizer.law.rules.rest_day_a_week import REST_DAY_A_WEEK
from optimizer.law.rules.weekly_hours import WEEKLY_HOURS
from optimizer.law.shifts import DAY_OFF
from optimizer.law.situation import Situation
from optimizer.sentences import say

ChangeKind = Literal[
    "standby_called",
    "stay_on",
    "come_early",
    "sent_home",
    "starts_later",
    "shift_changed",
    "day_off_moved",
    "called_in",
]
# What a change costs beside its hours (telling, asking, a plan for the day that falls through), in paid hours; in the
# order in which changes upset people.
UPSET_HOURS: dict[str, float] = {
    "standby_called": 0.5,
    "sent_home": 0.5,
    "starts_later": 0.75,
    "stay_on": 1.0,
    "come_early": 1.25,
    "shift_changed": 2.0,
    "day_off_moved": 4.0,
    "called_in": 4.0,
}
CHANGE_WORDS: dict[str, Words] = {
    "standby_called": Words("备班到岗", "standby called"),
    "sent_home": Words("提前下班", "sent home early"),
    "starts_later": Words("推迟上班", "starts later"),
    "stay_on": Words("延长下班", "stays on"),
    "come_early": Words("提前上班", "comes early"),
    "shift_changed": Words("换班次", "another shift"),
    "day_off_moved": Words("调休", "day off moved"),
    "called_in": Words("休息日加班", "called in from a day off"),
}
TAKING = ("sent_home", "starts_later")
OVERTIME_KINDS = ("standby_called", "stay_on", "come_early", "called_in")


@dataclass(frozen=True)
class Change:
    """One change of one person's published day.

    start_at, end_at
        The hours that are added, or taken; of another shift and of a moved day off, the shift that is now worked.
    hours, paid_hours
        Hours worked more (taken: negative), and what they cost in hours' pay by the law.
    calls_in_time
        Calls answered in time that it was expected to bring (or cost) when it was chosen.
    nights, weekends, holidays
        What it adds to the person's burdens.
    rule, touches
        The rule it comes nearest to, by its name, and how near.
    moved_from
        Of a moved day off, the day that becomes free.
    """

    kind: str
    badge: str
    role: str
    day: date
    before: str
    after: str
    start_at: pd.Timestamp
    end_at: pd.Timestamp
    hours: float
    paid_hours: float
    calls_in_time: float = 0.0
    nights: float = 0.0
    weekends: float = 0.0
    holidays: float = 0.0
    rule: str = ""
    touches: Words = NOTHING
    moved_from: date | None = None

    @property
    def overtime(self) -> bool:
        """Whether its hours are overtime by the law."""
        return self.kind in OVERTIME_KINDS

    @property
    def price(self) -> float:
        """Paid hours and upset together."""
        return self.paid_hours + UPSET_HOURS[self.kind]

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the person that it concerns."""
        return (self.day,) if self.moved_from is None else (self.day, self.moved_from)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """What it writes into the roster; nothing where the shifts stay as they are and only their ends move."""
        if self.kind not in ("shift_changed", "day_off_moved"):
            return ()
        there = Cell(self.badge, self.day, self.after)
        return (there,) if self.moved_from is None else (there, Cell(self.badge, self.moved_from, DAY_OFF))


def applied(
    roster: pd.DataFrame, situation: Situation, change: Change, *, coverage: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the roster as it will be worked with a change: rows with other ends, rows of overtime, other shifts."""
    if change.cells:
        return with_cells(roster, situation, change.cells, coverage=coverage)
    if change.kind in ("standby_called", "called_in"):
        return called_in(roster, [situation.person(change.badge)], change.day, change.start_at, change.end_at)
    mine = rows_of(roster, change.badge)
    row: dict[Any, Any] = mine[(dates_of(mine) == change.day).to_numpy(dtype=bool)].iloc[0].to_dict()
    minutes = round(60.0 * change.hours)
    early = change.kind in ("come_early", "starts_later")
    return longer(roster, {change.badge: row}, {change.badge: minutes}, early=early)


def why_unlawful(roster: pd.DataFrame, situation: Situation, change: Change) -> Breach | None:
    """Return the first rule that a change newly breaks, or None where it is lawful."""
    person = situation.person(change.badge)
    if change.overtime:
        minutes, early = round(60.0 * change.hours), change.kind == "come_early"
        at = change.end_at if early else change.start_at
        limit = overtime_limit(situation, person, change.day, at, minutes, early=early)
        if limit is not None:
            return limit[1]
    mine = rows_of(roster, change.badge)
    before, changed = broken_by(mine, situation, [change.badge]), applied(mine, situation, change)
    if not change.cells:
        return first_new(situation, changed, [change.badge], before).get(change.badge)
    worse, _ = difference(before, broken_by(changed, situation, [change.badge]))
    if not len(worse):
        return None
    first = worse.iloc[0]
    message = Words(first["message_zh"], first["message"])
    return Breach(first["rule"], change.badge, first["date"], first["amount"], message)


def told(roster: pd.DataFrame, situation: Situation, change: Change) -> Change:
    """Return a change with its burden and the rule it touches."""
    mine = rows_of(roster, change.badge)
    changed = applied(mine, situation, change)
    nothing = (0.0, 0.0, 0.0)
    was, now = (counted(one, situation).get(change.badge, nothing) for one in (mine, changed))
    nights, weekends, holidays = (new - old for new, old in zip(now, was, strict=True))
    rule, touches = _touched(changed, situation, change)
    return replace(change, nights=nights, weekends=weekends, holidays=holidays, rule=rule, touches=touches)


def _touched(changed: pd.DataFrame, situation: Situation, change: Change) -> tuple[str, Words]:
    rules = situation.rules
    if change.overtime:
        worked = overtime_before(situation, change.badge, change.day)[1] / 60.0
        most = rules.overtime_minutes_a_month / 60.0
        return OVERTIME_A_MONTH.name, say("ahead.overtime", used=f"{worked + change.hours:.1f}", most=f"{most:g}")
    if not change.cells:
        return "", say("ahead.no_rule")
    monday = monday_of(change.day)
    days = dates_of(changed)
    week = changed[((days >= monday) & (days < monday + timedelta(days=7))).to_numpy(dtype=bool)]
    hours = float(week["worked_minutes"].sum()) / 60.0
    most = rules.weekly_minutes(situation.person(change.badge)) / 60.0
    if change.moved_from is None:
        return WEEKLY_HOURS.name, say("ahead.week", used=f"{hours:.1f}", most=f"{most:g}")
    free = say("ahead.moved", day=change.moved_from, used=f"{hours:.1f}", most=f"{most:g}")
    return REST_DAY_A_WEEK.name, free
