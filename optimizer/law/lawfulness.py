"""Lawfulness of a finished roster, checked row by row without the solver.

Nothing here knows how a roster is made: only the published rules, the people, and the rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from forecaster.history.periods import first_day
from optimizer.law.breaks import break_columns, break_pair
from optimizer.law.people import Person
from optimizer.law.person_month import PersonMonth, Row
from optimizer.law.presence import FloatArray, Presence
from optimizer.law.rule_words import Breach, breach_of
from optimizer.law.rules.definitions import UNKNOWN_BADGE
from optimizer.law.shifts import DAY_OFF, LEAVE
from optimizer.law.situation import Situation
from optimizer.sentences import refusal, say

ROSTER_COLUMNS = (
    "badge", "role", "date", "shift", "start_at", "end_at", "meal_start_at", "meal_end_at", "worked_minutes",
)  # fmt: skip
BROKEN_COLUMNS = ("rule", "badge", "date", "amount", "message", "message_zh")


def roster_columns(breaks: int = 0) -> list[str]:
    """Return the columns of a roster whose shifts have at most so many breaks."""
    return [*ROSTER_COLUMNS, *(name for number in range(1, breaks + 1) for name in break_pair(number))]


def broken_rules(roster: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return every breach of a rule as a frame `rule, badge, date, amount, message, message_zh`; empty when lawful.

    `amount` is by how much, in the unit of `optimizer.law.rule_words.RULES`; the message says it in English
    and in Chinese. `ladder_material` and `holiday_standby` can be beyond what the people at hand allow; every other
    rule can always be kept.

    Raises
    ------
    ValueError
        If a column is missing or a cell cannot be read.
    """
    rows, past = _month_and_past(roster, situation, None)
    return _frame([*_by_person([*past, *rows], situation.people, situation), *_together(rows, past, situation)])


def broken_by(roster: pd.DataFrame, situation: Situation, badges: Collection[str]) -> pd.DataFrame:
    """Return what these people's rows break by themselves, as `broken_rules` does; the others are left aside."""
    chosen = set(badges)
    people = [person for person in situation.people if person.badge in chosen]
    rows, past = _month_and_past(roster, situation, chosen)
    return _frame(_by_person([*past, *rows], people, situation))


def broken_together(roster: pd.DataFrame, situation: Situation) -> pd.DataFrame:
    """Return what everybody's rows break together, as `broken_rules` does: seats, ladder material and standby."""
    return _frame(_together(*_month_and_past(roster, situation, None), situation))


def _month_and_past(
    roster: pd.DataFrame, situation: Situation, badges: Collection[str] | None
) -> tuple[list[Row], list[Row]]:
    """Return the rows of the month and those carried in."""
    first = first_day(situation.month)
    rows = _rows(roster, situation, badges, carried=False)
    past = [] if situation.carry_in is None else _rows(situation.carry_in, situation, badges, carried=True)
    return rows, [row for row in past if row.day < first]


def _together(rows: list[Row], past: list[Row], given: Situation) -> Iterator[Breach]:
    there = Presence(rows, past, given)
    for rule in given.rules.binding:
        if rule.check_all is not None:
            yield from (breach_of(rule, "", found) for found in rule.check_all(there))


def _frame(breaches: Iterable[Breach]) -> pd.DataFrame:
    rows = [(b.rule, b.badge, b.day, b.amount, b.message.en, b.message.zh) for b in breaches]
    return pd.DataFrame(rows, columns=list(BROKEN_COLUMNS))


def _by_person(rows: list[Row], people: Sequence[Person], situation: Situation) -> list[Breach]:
    by_badge: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_badge[row.badge].append(row)
    known = {person.badge: person for person in people}
    breaches: list[Breach] = []
    for badge in sorted({*by_badge, *known}):
        mine = sorted(by_badge.get(badge, []), key=lambda row: row.start)
        if badge in known:
            one = PersonMonth(known[badge], mine, situation.catalogue, situation.rules, situation.month)
            for rule in situation.rules.binding:
                if rule.check is not None:
                    breaches.extend(breach_of(rule, badge, found) for found in rule.check(one))
        elif any(not row.carried for row in mine):
            breaches.append(breach_of(UNKNOWN_BADGE, badge, (None, 1, {})))
    return breaches


def _rows(frame: pd.DataFrame, situation: Situation, badges: Collection[str] | None, *, carried: bool) -> list[Row]:
    for column in ROSTER_COLUMNS:
        if column not in frame.columns:
            raise refusal("roster.column", column=column)
    numbers = np.arange(2, len(frame) + 2)  # as a spreadsheet counts: the heading is row 1
    keep = (frame["shift"].astype(str) != DAY_OFF).to_numpy(dtype=bool)
    if badges is not None:
        keep = keep & frame["badge"].astype(str).isin(badges).to_numpy(dtype=bool)
    frame, numbers = frame[keep], numbers[keep]
    badge, code = frame["badge"].astype(str).tolist(), frame["shift"].astype(str).tolist()
    days = pd.DatetimeIndex(pd.to_datetime(frame["date"])).normalize()
    start, wall_start = _minutes(frame["start_at"], situation.timezone)
    end, wall_end = _minutes(frame["end_at"], situation.timezone)
    unknown = np.isnan(start) | np.isnan(end)
    for at in np.flatnonzero(unknown & (np.array(code, dtype=object) != LEAVE)).tolist():
        where = say("roster.row_of", row=numbers[at], badge=badge[at])
        raise refusal("roster.times", where=where, code=code[at], day=days[at].date())
    midnight, wall_midnight = _due(days, np.zeros(len(frame)), situation.timezone)
    for values, filled in ((start, midnight), (end, midnight), (wall_start, wall_midnight), (wall_end, wall_midnight)):
        values[unknown] = filled[unknown]
    shifts = {shift.code: shift.start_minute for shift in situation.catalogue}
    due, _ = _due(days, np.array([shifts.get(c, 0) for c in code], dtype=float), situation.timezone)
    meal_start, _ = _minutes(frame["meal_start_at"], situation.timezone)
    meal_end, _ = _minutes(frame["meal_end_at"], situation.timezone)
    pauses = [_minutes(frame[name], situation.timezone)[0].tolist() for pair in break_columns(frame) for name in pair]
    breaks = list(zip(*[zip(*pauses[n : n + 2], strict=True) for n in range(0, len(pauses), 2)], strict=True))
    worked = np.nan_to_num(pd.to_numeric(frame["worked_minutes"]).to_numpy(dtype=float))
    columns = zip(
        badge, days.date.tolist(), code, start.tolist(), end.tolist(), wall_start.tolist(), wall_end.tolist(),
        meal_start.tolist(), meal_end.tolist(), worked.tolist(), due.tolist(), [carried] * len(frame),
        breaks or [()] * len(frame), strict=True,
    )  # fmt: skip
    return [Row(*values) for values in columns]


def _minutes(column: pd.Series, timezone: str) -> tuple[FloatArray, FloatArray]:
    """Return the instants of a column as minutes of universal time and of the wall clock; NaN where there is none."""
    if not isinstance(column.dtype, pd.DatetimeTZDtype):
        for value in column:
            if not pd.isna(value) and pd.Timestamp(value).tz is None:
                raise refusal("roster.zone", value=value)
        column = pd.to_datetime(column, utc=True)
    local = pd.DatetimeIndex(column).tz_convert(timezone)
    return _since_epoch(local.tz_convert("UTC").tz_localize(None)), _since_epoch(local.tz_localize(None))


def _due(days: pd.DatetimeIndex, minute: FloatArray, timezone: str) -> tuple[FloatArray, FloatArray]:
    """Return the same for minutes after the local midnights of days."""
    naive = days + pd.to_timedelta(minute, unit="min")
    local = naive.tz_localize(timezone, ambiguous=np.ones(len(naive), dtype=bool), nonexistent="shift_forward")
    return _since_epoch(local.tz_convert("UTC").tz_localize(None)), _since_epoch(local.tz_localize(None))


def _since_epoch(naive: pd.DatetimeIndex) -> FloatArray:
    minutes = naive.to_numpy(dtype="datetime64[s]").astype("int64") / 60
    return np.where(naive.isna(), np.nan, minutes)
