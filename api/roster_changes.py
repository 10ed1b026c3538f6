"""Changing a roster by hand: a cell written anew, and what that does to the rules and to the coverage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from api.inputs import Supply
from optimizer.people import DAY_OFF, Person
from optimizer.roster import ROSTER_COLUMNS, broken_rules
from optimizer.rule_words import RULES
from optimizer.shifts import LEAVE, STANDBY, Shift

SLOT_MINUTES = 5
INSTANTS = ("start_at", "end_at", "meal_start_at", "meal_end_at")


@dataclass(frozen=True)
class Cell:
    """What one person does on one day: a shift's code, `standby`, `leave`, or nothing for a day off."""

    badge: str
    day: date
    shift: str


def changed_roster(
    roster: pd.DataFrame,
    cells: Sequence[Cell],
    supply: Supply,
    coverage: pd.DataFrame,
    *,
    month: pd.Period,
    timezone: str,
) -> pd.DataFrame:
    """Return the roster with `cells` written; each meal goes where, within its window, most seats are to spare.

    Raises
    ------
    ValueError
        If a badge is unknown, a day lies outside the month, or a code is no shift of the catalogue.
    """
    people = {person.badge: person for person in supply.people}
    days = pd.to_datetime(roster["date"]).dt.date
    keep = np.ones(len(roster), dtype=bool)
    rows = []
    for cell in cells:
        person = people.get(cell.badge)
        if person is None:
            raise ValueError(f"badge {cell.badge!r} is not among the {len(people)} people of this plan")
        if pd.Period(cell.day, freq="M") != month:
            raise ValueError(f"{cell.day} lies outside the month {month}")
        keep &= ~((roster["badge"] == cell.badge) & (days == cell.day)).to_numpy()
        row = _row(cell, person, supply, coverage, timezone)
        if row is not None:
            rows.append(row)
    kept = roster.loc[keep, list(ROSTER_COLUMNS)]
    if not rows:
        return kept.reset_index(drop=True)
    added = pd.DataFrame(rows, columns=list(ROSTER_COLUMNS))
    for name in INSTANTS:
        added[name] = pd.to_datetime(added[name], utc=True).dt.tz_convert(timezone)
        kept = kept.assign(**{name: pd.to_datetime(kept[name], utc=True).dt.tz_convert(timezone)})
    merged = pd.concat([kept, added], ignore_index=True) if len(kept) else added
    order = {badge: n for n, badge in enumerate(people)}
    place = merged["badge"].map(order).fillna(len(order))
    return (
        merged.assign(_place=place)
        .sort_values(["_place", "date"], kind="stable")
        .drop(columns="_place")
        .reset_index(drop=True)
    )


def _row(
    cell: Cell, person: Person, supply: Supply, coverage: pd.DataFrame, timezone: str
) -> tuple[object, ...] | None:
    code = cell.shift.strip()
    nothing = (pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0)
    if code in ("", DAY_OFF):
        return (cell.badge, person.role, cell.day, LEAVE, *nothing) if cell.day in person.leave else None
    if code == LEAVE:
        return (cell.badge, person.role, cell.day, LEAVE, *nothing)
    if code == STANDBY:
        start_minute, length = supply.rules.standby_blocks[0]
        start = _instant(cell.day, start_minute, timezone)
        return (cell.badge, person.role, cell.day, STANDBY, start, start + timedelta(minutes=length), pd.NaT, pd.NaT, 0)
    season = supply.catalogue.in_month(cell.day.month)
    if code not in season:
        raise ValueError(
            f"{code!r} is no shift of this month; there are {_named(season)}, {STANDBY}, {LEAVE} and {DAY_OFF}"
        )
    shift = season[code]
    start = _instant(cell.day, shift.start_minute, timezone)
    meal_start, meal_end = _meal(shift, start, coverage)
    end = start + timedelta(minutes=shift.length_minutes)
    return (cell.badge, person.role, cell.day, code, start, end, meal_start, meal_end, shift.worked_minutes)


def _named(shifts: Any) -> str:
    codes = [shift.code for shift in shifts]
    return ", ".join(codes[:12]) + (f" and {len(codes) - 12} more" if len(codes) > 12 else "")


def _instant(day: date, minute: int, timezone: str) -> pd.Timestamp:
    local = pd.Timestamp(day) + timedelta(minutes=minute)
    return local.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")


def _meal(shift: Shift, start: pd.Timestamp, coverage: pd.DataFrame) -> tuple[Any, Any]:
    if not shift.meal_minutes:
        return pd.NaT, pd.NaT
    spare = coverage["surplus"] - coverage["shortage"]

    def spare_at(offset: int) -> float:
        first = start + timedelta(minutes=offset)
        during = spare.loc[
            (spare.index > first - _step(coverage)) & (spare.index < first + timedelta(minutes=shift.meal_minutes))
        ]
        return float(during.min()) if len(during) else 0.0

    offset = max(shift.meal_offsets_minutes, key=spare_at)
    return start + timedelta(minutes=offset), start + timedelta(minutes=offset + shift.meal_minutes)


def _step(frame: pd.DataFrame) -> pd.Timedelta:
    return frame.index[1] - frame.index[0] if len(frame) > 1 else pd.Timedelta(hours=1)


def covered_by(roster: pd.DataFrame, coverage: pd.DataFrame, supply: Supply, *, before: pd.DataFrame) -> pd.DataFrame:
    """Return the coverage of a changed roster, from that of the roster `before`; who was carried in stays.

    Every column is the mean over its interval, so that half an hour short of two seats in an hour counts as one.
    """
    step = _step(coverage)
    per_interval = int(step / pd.Timedelta(minutes=SLOT_MINUTES))
    role_of = {person.badge: person.role for person in supply.people}

    def present(frame: pd.DataFrame, roles: Collection[str] | None, *, meals: bool) -> np.ndarray:
        """Return how many people of the roles (None: on standby) are there in each slot."""
        works = ~frame["shift"].isin([LEAVE, STANDBY]) & frame["badge"].map(role_of).isin(roles or ())
        rows = frame[frame["shift"] == STANDBY] if roles is None else frame[works]
        slots = _presence(rows["start_at"], rows["end_at"], coverage.index, per_interval)
        if meals:
            fed = rows["meal_start_at"].notna()
            slots -= _presence(
                rows.loc[fed, "meal_start_at"], rows.loc[fed, "meal_end_at"], coverage.index, per_interval
            )
        return slots

    def mean(slots: np.ndarray) -> np.ndarray:
        averaged: np.ndarray = slots.reshape(-1, per_interval).mean(axis=1)
        return averaged

    def moved(column: str, roles: Collection[str] | None, *, meals: bool) -> np.ndarray:
        """Return the column with what the change brings and takes."""
        change = present(roster, roles, meals=meals) - present(before, roles, meals=meals)
        there: np.ndarray = coverage[column].to_numpy(float) + mean(change)
        return there

    carried = coverage["seats_carried"].to_numpy(float) if "seats_carried" in coverage else np.zeros(len(coverage))
    need_column = "people_to_roster" if "people_to_roster" in coverage else "seats_required"
    need = np.repeat(coverage[need_column].to_numpy(float), per_interval)
    seats = present(roster, supply.rules.cover_roles, meals=True) + np.repeat(carried, per_interval)
    reserve_seats = np.maximum(np.ceil(need * supply.rules.reserve_share), supply.rules.reserve_seats)
    changed = coverage.copy()
    changed["seats_rostered"] = mean(seats)
    changed["shortage"] = mean(np.clip(need - seats, 0, None))
    changed["surplus"] = mean(np.clip(seats - need, 0, None))
    changed["reserve"] = mean(np.clip(np.minimum(seats - need, reserve_seats), 0, None))
    changed["standby"] = moved("standby", None, meals=False)
    for column in coverage.columns:
        role = str(column).removesuffix("_on_site")
        if role != column:
            changed[column] = moved(str(column), (role,), meals=role not in supply.rules.on_site_at_meals)
    return changed


def covered_after(
    roster: pd.DataFrame, coverage: pd.DataFrame, supply: Supply, *, before: pd.DataFrame, cells: Sequence[Cell]
) -> pd.DataFrame:
    """Return `covered_by` where only `cells` differ between the two rosters: worked out for the hours they touch."""
    badges, days = {cell.badge for cell in cells}, {cell.day for cell in cells}
    touched = [
        frame.loc[
            frame["badge"].isin(badges) & pd.to_datetime(frame["date"]).dt.date.isin(days), ["start_at", "end_at"]
        ]
        for frame in (before, roster)
    ]
    starts, ends = (
        pd.concat([pd.to_datetime(one[name], utc=True) for one in touched]).dropna() for name in ("start_at", "end_at")
    )
    if not len(starts):
        return coverage
    first, last = starts.min(), ends.max()
    inside = np.asarray((coverage.index > first - _step(coverage)) & (coverage.index < last))
    if not inside.any():
        return coverage
    part = coverage.loc[inside]
    edges = part.index[0], part.index[-1] + _step(coverage)

    def there(frame: pd.DataFrame) -> pd.DataFrame:
        starts, ends = (pd.to_datetime(frame[name], utc=True) for name in ("start_at", "end_at"))
        return frame.loc[(starts < edges[1]) & (ends > edges[0])]

    changed = coverage.copy()
    again = covered_by(there(roster), part, supply, before=there(before))
    for column in again.columns:
        if not again[column].equals(part[column]):
            changed[column] = changed[column].astype(float).mask(inside, again[column].reindex(changed.index))
    return changed


def _presence(starts: pd.Series, ends: pd.Series, index: pd.Index, per_interval: int) -> np.ndarray:
    """Return how many of the spells hold in each slot of the coverage's intervals."""
    slots = len(index) * per_interval
    origin = index[0]
    change = np.zeros(slots + 1)
    for instants, sign in ((starts, 1), (ends, -1)):
        minutes = (pd.to_datetime(instants, utc=True) - origin.tz_convert("UTC")).dt.total_seconds().to_numpy() / 60
        at = np.clip(np.round(minutes / SLOT_MINUTES), 0, slots).astype(int)
        np.add.at(change, at, sign)
    running: np.ndarray = np.cumsum(change)[:-1]
    return running


def breaches_of(
    roster: pd.DataFrame,
    supply: Supply,
    *,
    month: pd.Period,
    timezone: str,
    calendar: Any,
    carry_in: pd.DataFrame | None,
) -> list[dict[str, Any]]:
    """Return every breach of a rule as plain JSON values."""
    frame = broken_rules(
        roster,
        supply.people,
        supply.catalogue,
        supply.rules,
        month=month,
        timezone=timezone,
        calendar=calendar,
        carry_in=carry_in,
    )
    return breaches_view(frame)


def breaches_view(broken: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the frame of `broken_rules` as plain JSON values, with what each rule is called in both languages."""
    return [
        {
            "rule": str(row["rule"]),
            "label": RULES[str(row["rule"])].label.en,
            "label_zh": RULES[str(row["rule"])].label.zh,
            "badge": str(row["badge"]),
            "date": None if pd.isna(row["date"]) else str(row["date"])[:10],
            "amount": float(row["amount"]),
            "unit": RULES[str(row["rule"])].unit,
            "message": str(row["message"]),
            "message_zh": str(row["message_zh"]),
        }
        for row in broken.to_dict("records")
    ]


def difference(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return which breaches are new and which are gone; one that only changed its amount is new where it grew."""

    def keyed(all_of_them: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str | None, int], Mapping[str, Any]]:
        seen: dict[tuple[str, str, str | None], int] = {}
        held = {}
        for one in all_of_them:
            base = (one["rule"], one["badge"], one["date"])
            seen[base] = seen.get(base, 0) + 1
            held[(*base, seen[base])] = one
        return held

    old, new = keyed(before), keyed(after)
    worse = [one for key, one in new.items() if key not in old or one["amount"] > old[key]["amount"]]
    return worse, [one for key, one in old.items() if key not in new]
