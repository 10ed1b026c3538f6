"""The published roster from day to day: swaps, who could cover a shift, and who can lawfully stay on or come in.

All of it reads the finished rows and asks the independent checker; nothing is solved anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.law.breaks import break_columns
from optimizer.law.changes import Cell, broken_after, difference, in_zone, rows_of, swap_cells, with_cells
from optimizer.law.dates import dates_of, monday_of
from optimizer.law.lawfulness import ROSTER_COLUMNS, broken_by, broken_rules, roster_columns
from optimizer.law.people import Person
from optimizer.law.rule_words import OVERTIME, Breach, breach, without_badge
from optimizer.law.rules.night_eligible import NIGHT_ELIGIBLE
from optimizer.law.rules.overtime import OVERTIME_A_DAY, OVERTIME_A_MONTH
from optimizer.law.rules.protected_staff import PROTECTED_STAFF
from optimizer.law.shifts import DAY_OFF, NO_WORK, STANDBY
from optimizer.law.situation import Situation
from optimizer.sentences import refusal

_REASONS = ["rule", "reason", "reason_zh", "first_reason", "first_reason_zh"]


def check_swap(
    roster: pd.DataFrame, situation: Situation, *, one: tuple[str, date], other: tuple[str, date]
) -> pd.DataFrame:
    """Return the rules that swapping two people's days would newly break, as `broken_rules`; empty when it is lawful.

    `one` and `other` are (badge, date). On different days each also takes the other's day, so that both give what they
    take: the person of `one` works the other's shift on its date and is off on the own, and the other way round.

    Raises
    ------
    ValueError
        If a badge is unknown, or neither of the two works on the days named.
    """
    changed = with_cells(roster, situation, swap_cells(roster, one=one, other=other))
    before = broken_rules(roster, situation)
    worse, _ = difference(before, broken_after(changed, situation, [one[0], other[0]], before=before))
    return worse


def who_could_cover(
    roster: pd.DataFrame, situation: Situation, *, day: date, shift: str, role: str | None = None
) -> pd.DataFrame:
    """Return everybody who is off on `day` with what giving them `shift` would break, the best candidates first.

    Columns: `badge, role, lawful, minutes_left` (of the week's hours afterwards), `rule, reason, reason_zh` (the first
    rule broken and all of them in words) and `first_reason, first_reason_zh` (the first alone, to be read beside the
    badge); empty when lawful. `role` keeps to one role. Standby of the day comes first,
    then who has most hours left.

    Raises
    ------
    ValueError
        If the shift is not in the catalogue.
    """
    if shift not in situation.catalogue:
        raise refusal("shift.unknown", shift=shift)
    today = {str(row["badge"]): str(row["shift"]) for row in _records(roster[dates_of(roster) == day])}
    free = [
        person
        for person in situation.people
        if (role is None or person.role == role) and today.get(person.badge, DAY_OFF) in NO_WORK
    ]
    changed = with_cells(roster, situation, [Cell(person.badge, day, shift) for person in free])
    badges = [person.badge for person in free]
    worse, _ = difference(broken_by(roster, situation, badges), broken_by(changed, situation, badges))
    why = {str(badge): frame for badge, frame in worse.groupby("badge")} if len(worse) else {}
    worked = _worked_in_week(changed, situation, day)
    rows = []
    for person in free:
        left = situation.rules.weekly_minutes(person) - worked.get(person.badge, 0.0)
        found = why.get(person.badge)
        said = _said([] if found is None else _breaches(found))
        standby = today.get(person.badge) == STANDBY
        rows.append((not standby, person.badge, person.role, found is None, left, *said))
    rows.sort(key=lambda row: (not row[3], row[0], -row[4], row[1]))
    return pd.DataFrame([row[1:] for row in rows], columns=["badge", "role", "lawful", "minutes_left", *_REASONS])


def people_who_can_stay(roster: pd.DataFrame, situation: Situation, *, at: pd.Timestamp, minutes: int) -> pd.DataFrame:
    """Return the people on shift at `at` with how long their shift can lawfully be lengthened, longest first.

    Columns: `badge, role, end_at, most_minutes` (up to `minutes`), `until` and `rule, reason, reason_zh, first_reason,
    first_reason_zh` (what limits it). Overtime is capped by the law's day and month (less `situation.overtime`), by
    every rule of the roster that a longer shift touches, and is closed to protected staff.
    """
    works = _working(roster)
    here = works[((works["start_at"] <= at) & (works["end_at"] > at)).to_numpy(dtype=bool)]
    rows = {str(row["badge"]): row for row in _records(here)}
    found = _most_overtime(roster, situation, rows, dict.fromkeys(rows, minutes), early=False)
    table = [
        (badge, situation.person(badge).role, row["end_at"], found[badge][0],
         row["end_at"] + timedelta(minutes=found[badge][0]), *_said([found[badge][1]]))
        for badge, row in rows.items()
    ]  # fmt: skip
    frame = pd.DataFrame(table, columns=["badge", "role", "end_at", "most_minutes", "until", *_REASONS])
    return frame.sort_values(["most_minutes", "badge"], ascending=[False, True], ignore_index=True)


def cover_by_overtime(
    roster: pd.DataFrame, situation: Situation, *, day: date, shift: str, role: str | None = None
) -> pd.DataFrame:
    """Return how parts of a shift could lawfully be covered by overtime, in the order of the parts.

    Columns: `start_at, end_at, minutes` of the part, `badge, role, how` (`stay_on` after the own shift, `come_early`
    before it, `called_in` from a day off or standby), `standby`. Of those who can cover the same part, who is at work
    anyway comes first, then standby, then who has most of the week's hours left. Part by part a whole shift can be put
    together: nobody works more overtime than the law's day allows.

    Raises
    ------
    ValueError
        If the shift is not in the catalogue.
    """
    if shift not in situation.catalogue:
        raise refusal("shift.unknown", shift=shift)
    wanted = with_cells(roster.iloc[:0], situation, [Cell(situation.people[0].badge, day, shift)]).iloc[0]
    begin, end = wanted["start_at"], wanted["end_at"]
    kind = {person.badge: person.role for person in situation.people}
    works = _working(roster)
    works = works[works["badge"].isin([badge for badge in kind if role in (None, kind[badge])]).to_numpy(dtype=bool)]
    rows: list[tuple[Any, ...]] = []
    for early, edge in ((False, "end_at"), (True, "start_at")):
        inside = (works[edge] > begin) & (works[edge] <= end) if early else (works[edge] >= begin) & (works[edge] < end)
        beside = {str(row["badge"]): row for row in _records(works[inside.to_numpy(dtype=bool)])}
        asked = {
            badge: int(((row[edge] - begin) if early else (end - row[edge])).total_seconds() // 60)
            for badge, row in beside.items()
        }
        for badge, (most, _) in _most_overtime(roster, situation, beside, asked, early=early).items():
            if most:
                at = beside[badge][edge]
                part = (at - timedelta(minutes=most), at) if early else (at, at + timedelta(minutes=most))
                rows.append((*part, most, badge, kind[badge], "come_early" if early else "stay_on", False, 0.0))
    most = situation.rules.overtime_minutes_a_day
    at = begin
    while most and at < end:
        until = min(end, at + timedelta(minutes=most))
        minutes = int((until - at).total_seconds() // 60)
        called = people_to_call(roster, situation, at=at, minutes=minutes)
        for row in _records(called[(called["rule"] == "").to_numpy(dtype=bool)]):
            if role in (None, row["role"]):
                left = -float(row["minutes_left"])
                rows.append((at, until, minutes, row["badge"], row["role"], "called_in", row["standby"], left))
        at = until
    rows.sort(key=lambda row: (row[0], row[5] == "called_in", not row[6], -row[2], row[7], row[3]))
    columns = ["start_at", "end_at", "minutes", "badge", "role", "how", "standby"]
    return pd.DataFrame([row[:-1] for row in rows], columns=columns)


def _working(roster: pd.DataFrame) -> pd.DataFrame:
    return roster[~roster["shift"].isin(NO_WORK).to_numpy(dtype=bool)]


def _most_overtime(
    roster: pd.DataFrame,
    situation: Situation,
    rows: Mapping[str, Mapping[str, Any]],
    minutes: Mapping[str, int],
    *,
    early: bool,
) -> dict[str, tuple[int, Breach | None]]:
    """Return how many of `minutes` each row can lawfully end later, or begin earlier, and what limits it."""
    before = broken_by(roster, situation, list(rows))
    low = dict.fromkeys(rows, 0)  # lawful
    high = {badge: minutes[badge] + 1 for badge in rows}  # not, or more than is asked for
    why: dict[str, Breach] = {}
    for badge, row in rows.items():
        at = row["start_at"] if early else row["end_at"]
        limit = overtime_limit(situation, situation.person(badge), row["date"], at, minutes[badge], early=early)
        if limit is not None:
            high[badge], why[badge] = limit
    while any(high[badge] - low[badge] > 1 for badge in rows):
        trial = {badge: (low[badge] + high[badge]) // 2 for badge in rows if high[badge] - low[badge] > 1}
        found = first_new(situation, longer(roster, rows, trial, early=early), list(trial), before)
        for badge, tried in trial.items():
            if badge in found:
                high[badge], why[badge] = tried, found[badge]
            else:
                low[badge] = tried
    return {badge: (low[badge], why.get(badge)) for badge in rows}


def people_to_call(roster: pd.DataFrame, situation: Situation, *, at: pd.Timestamp, minutes: int) -> pd.DataFrame:
    """Return whom emergency overtime of `minutes` from `at` can lawfully call: standby first, then most hours left.

    Columns: `badge, role, standby, minutes_left` (of the week's hours before the call) and `rule, reason, reason_zh,
    first_reason, first_reason_zh` (why not; empty when lawful). Nobody who is on shift in that time is listed.
    """
    end = at + timedelta(minutes=minutes)
    day = at.tz_convert(situation.timezone).date()
    known = roster[roster["start_at"].notna().to_numpy(dtype=bool)]
    overlaps = known[((known["start_at"] < end) & (known["end_at"] > at)).to_numpy(dtype=bool)]
    working = set(overlaps.loc[~overlaps["shift"].isin(NO_WORK), "badge"].astype(str))
    waits = (known["start_at"] <= at) & (known["end_at"] > at) & (known["shift"] == STANDBY)
    standby = set(known.loc[waits.to_numpy(dtype=bool), "badge"].astype(str))
    people = [person for person in situation.people if person.badge not in working]
    limits = {person.badge: overtime_limit(situation, person, day, at, minutes) for person in people}
    badges = [person.badge for person in people]
    found = first_new(situation, called_in(roster, people, day, at, end), badges, broken_by(roster, situation, badges))
    worked = _worked_in_week(roster, situation, day)
    rows = []
    for person in people:
        limit = limits[person.badge]
        why = limit[1] if limit is not None else found.get(person.badge)
        left = situation.rules.weekly_minutes(person) - worked.get(person.badge, 0.0)
        rows.append((person.badge, person.role, person.badge in standby, left, *_said([why])))
    rows.sort(key=lambda row: (row[4] != "", not row[2], -row[3], row[0]))
    return pd.DataFrame(rows, columns=["badge", "role", "standby", "minutes_left", *_REASONS])


def overtime_limit(
    situation: Situation, person: Person, day: date, at: pd.Timestamp, minutes: int, *, early: bool = False
) -> tuple[int, Breach] | None:
    """Return from how many minutes on overtime would be too long by the law's own limits, and why; None if none.

    It begins at `at`, or with `early` ends there.
    """
    rules = situation.rules
    if person.protected:
        return 1, breach(PROTECTED_STAFF.name, person.badge, day, minutes, shift=OVERTIME)
    before_today, before_month = overtime_before(situation, person.badge, day)
    limits = []
    if not person.night_eligible:
        local = at.tz_convert(situation.timezone)
        minute = local.hour * 60 + local.minute
        if early:
            room = 0 if rules.in_night(minute - 1) else (minute - rules.night_end_minute) % MINUTES_PER_DAY
        else:
            room = 0 if rules.in_night(minute) else (rules.night_start_minute - minute) % MINUTES_PER_DAY
        if room < minutes:
            limits.append((room + 1, breach(NIGHT_ELIGIBLE.name, person.badge, day, minutes - room, shift=OVERTIME)))
    for rule, before, most in (
        (OVERTIME_A_DAY, before_today, rules.overtime_minutes_a_day),
        (OVERTIME_A_MONTH, before_month, rules.overtime_minutes_a_month),
    ):
        room = int(max(0.0, most - before))
        if room < minutes:
            over = before + minutes - most
            told = {"wanted": before + minutes, "most": most}
            limits.append((room + 1, breach(rule.name, person.badge, day, over, **told)))
    return min(limits, key=lambda limit: limit[0]) if limits else None


def overtime_before(situation: Situation, badge: str, day: date) -> tuple[float, float]:
    """Return the minutes of overtime that a person has worked already on a day, and in its month."""
    if situation.overtime is None:
        return 0.0, 0.0
    mine = rows_of(situation.overtime, badge)
    dates = dates_of(mine)
    in_month = [(one.year, one.month) == (day.year, day.month) for one in dates]
    return float(mine.loc[dates == day, "minutes"].sum()), float(mine.loc[in_month, "minutes"].sum())


def first_new(
    situation: Situation, changed: pd.DataFrame, badges: Sequence[str], before: pd.DataFrame
) -> dict[str, Breach]:
    """Return the first rule that each person would newly break by overtime; the others are left out."""
    after = broken_by(changed, situation, badges)
    worse, _ = difference(before[before["badge"].isin(badges)], after)
    of_overtime = [rule.name for rule in situation.rules.binding if rule.of_overtime]
    worse = worse[worse["rule"].isin(of_overtime)]
    first: dict[str, Breach] = {}
    for told in _breaches(worse):
        first.setdefault(told.badge, told)
    return first


def _breaches(frame: pd.DataFrame) -> list[Breach]:
    """Return the rows of a frame of `broken_rules`."""
    return [
        Breach(row["rule"], row["badge"], row["date"], row["amount"], Words(zh=row["message_zh"], en=row["message"]))
        for row in _records(frame)
    ]


def longer(
    roster: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]], minutes: Mapping[str, int], *, early: bool
) -> pd.DataFrame:
    """Return the roster in which each person's row ends so many minutes later, or begins so many earlier."""
    more = [
        minutes.get(badge, 0) if badge in rows and rows[badge]["start_at"] == start else 0
        for badge, start in zip(roster["badge"].astype(str), roster["start_at"], strict=True)
    ]
    extra = pd.to_timedelta(more, unit="min")
    if early:
        return roster.assign(start_at=roster["start_at"] - extra)
    return roster.assign(end_at=roster["end_at"] + extra)


def called_in(
    roster: pd.DataFrame, people: Sequence[Person], day: date, at: pd.Timestamp, end: pd.Timestamp
) -> pd.DataFrame:
    """Return the roster in which each person comes in from `at` to `end`; who stands by then does that instead."""
    badges = [person.badge for person in people]
    waits = (roster["shift"] == STANDBY) & (roster["start_at"] < end) & (roster["end_at"] > at)
    kept = roster[~(waits & roster["badge"].astype(str).isin(badges)).to_numpy(dtype=bool)]
    rows = [(p.badge, p.role, day, OVERTIME, at, end, pd.NaT, pd.NaT, 0) for p in people]
    added = pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))
    columns = roster_columns(len(break_columns(kept)))
    parts = [in_zone(part.reindex(columns=columns), str(at.tz)) for part in (kept, added) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else added


def _worked_in_week(roster: pd.DataFrame, situation: Situation, day: date) -> dict[str, float]:
    """Return the minutes that each badge works in the Monday–Sunday week of `day`."""
    monday = monday_of(day)
    worked: dict[str, float] = {}
    for part in (roster, situation.carry_in):
        if part is not None and len(part):
            dates = dates_of(part)
            week = part[(dates >= monday) & (dates < monday + timedelta(days=7))]
            for badge, minutes in zip(week["badge"].astype(str), week["worked_minutes"], strict=True):
                worked[badge] = worked.get(badge, 0.0) + float(minutes)
    return worked


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _said(breaches: Sequence[Breach | None]) -> tuple[str, str, str, str, str]:
    """Return the columns of `_REASONS`."""
    why = [one for one in breaches if one is not None]
    if not why:
        return ("",) * 5
    first = without_badge(why[0].message, why[0].badge, why[0].day)
    zh, en = "；".join(one.message.zh for one in why), "; ".join(one.message.en for one in why)
    return why[0].rule, en, zh, first.en, first.zh
