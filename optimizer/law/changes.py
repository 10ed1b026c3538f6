"""A finished roster changed by hand: cells written anew, two days exchanged, and what that does to the rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecaster.history.periods import in_period, period_words
from optimizer.law.breaks import break_columns, breaks_of, is_break_column
from optimizer.law.dates import dates_of, instant_of
from optimizer.law.lawfulness import BROKEN_COLUMNS, broken_by, broken_together, roster_columns
from optimizer.law.people import Person
from optimizer.law.seat_columns import ANY_OF, CREW_PREFIX, crew_column, wanted_column
from optimizer.law.shifts import DAY_OFF, LEAVE, NO_WORK, STANDBY, Shift, off_phone
from optimizer.law.situation import Situation
from optimizer.sentences import refusal, say

INSTANTS = ("start_at", "end_at", "meal_start_at", "meal_end_at")
SHOWN_CODES = 12  # as many as a sentence bears
SLOT_MINUTES = 5  # shifts and meals begin on five minutes


@dataclass(frozen=True)
class Cell:
    """What one person does on one day: a shift's code, `standby`, `leave`, or `off` (also empty) for a day off.

    meal_minute
        At which minute of the shift its meal begins, one of the shift's own; None: where it is best.
    break_minutes
        The same of its breaks, in the order of the shift's; None: as near as can be to where they are, or where the
        shift is another, where it is best.
    """

    badge: str
    day: date
    shift: str
    meal_minute: int | None = None
    break_minutes: tuple[int, ...] | None = None


def with_cells(
    roster: pd.DataFrame, situation: Situation, cells: Sequence[Cell], *, coverage: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the roster with `cells` written, in the order of the situation's people and the days.

    coverage
        Each meal and break goes where, within its window, most seats are to spare; without coverage to the window's
        middle.

    Raises
    ------
    ValueError
        If a badge is unknown, a day lies outside the month, a code is no shift of the season, or a meal or break begins
        at no time of its own.
    """
    columns = columns_of(roster, situation)
    written = {(cell.badge, cell.day) for cell in cells}
    places = zip(roster["badge"].astype(str), dates_of(roster), strict=True)
    keep = np.array([place not in written for place in places], dtype=bool)
    held = _by_cell(roster[~keep]) if break_columns(columns) else {}
    rows: list[tuple[object, ...]] = []
    for cell in cells:
        person = situation.person(cell.badge)
        if not in_period(cell.day, situation.month):
            raise refusal("month.outside", day=cell.day, month=period_words(situation.month))
        before = held.get((cell.badge, cell.day), ())
        made = _rows(cell, person, situation, coverage, before)
        rows.extend((*row, *[pd.NaT] * (len(columns) - len(row))) for row in made)
    kept = in_zone(roster.loc[keep].reindex(columns=columns), situation.timezone)
    added = in_zone(pd.DataFrame(rows, columns=columns), situation.timezone)
    parts = [part for part in (kept, added) if len(part)]
    merged = pd.concat(parts, ignore_index=True) if parts else kept
    order = {person.badge: n for n, person in enumerate(situation.people)}
    place = merged["badge"].astype(str).map(order).fillna(len(order)).to_numpy(dtype=float)
    date_of = pd.to_datetime(merged["date"]).to_numpy()
    return merged.iloc[np.lexsort((date_of, place))].reset_index(drop=True)


def _by_cell(roster: pd.DataFrame) -> dict[tuple[str, date], list[dict[Any, Any]]]:
    found: dict[tuple[str, date], list[dict[Any, Any]]] = defaultdict(list)
    for row in roster.to_dict("records"):
        found[str(row["badge"]), pd.Timestamp(row["date"]).date()].append(row)
    return found


def columns_of(roster: pd.DataFrame, situation: Situation) -> list[str]:
    """Return the columns of a roster of the situation's shifts: breaks too, where it or the shifts have any."""
    most = max((len(shift.breaks) for shift in situation.catalogue), default=0)
    return roster_columns(max(most, len(break_columns(roster))))


def swap_cells(roster: pd.DataFrame, *, one: tuple[str, date], other: tuple[str, date]) -> list[Cell]:
    """Return the cells that exchange two people's days, each (badge, date).

    On different days each gives up the own day and takes the other's.

    Raises
    ------
    ValueError
        If it is one person's one day, or neither works on the days named.
    """
    if one == other:
        raise refusal("swap.itself", badge=one[0], day=one[1])
    mine, theirs = code_of(roster, *one), code_of(roster, *other)
    if mine == theirs == DAY_OFF:
        raise refusal("swap.both_off", one=one[0], other=other[0], day=one[1], other_day=other[1])
    if one[1] == other[1]:
        return [Cell(*one, theirs), Cell(*other, mine)]
    return [Cell(*one, DAY_OFF), Cell(other[0], one[1], mine), Cell(*other, DAY_OFF), Cell(one[0], other[1], theirs)]


def rows_of(roster: pd.DataFrame, badge: str) -> pd.DataFrame:
    """Return the rows of one person."""
    return roster[(roster["badge"].astype(str) == badge).to_numpy(dtype=bool)]


def code_of(roster: pd.DataFrame, badge: str, day: date) -> str:
    """Return what a person does on a day: a shift's code, `standby`, `leave` or `off`."""
    mine = rows_of(roster, badge)
    found = mine.loc[(dates_of(mine) == day).to_numpy(dtype=bool), "shift"]
    return str(found.iloc[0]) if len(found) else DAY_OFF


def broken_after(
    roster: pd.DataFrame, situation: Situation, badges: Sequence[str], *, before: pd.DataFrame
) -> pd.DataFrame:
    """Return every breach of a roster in which only the rows of `badges` changed since `before` was found."""
    others = before[(before["badge"] != "") & ~before["badge"].isin(badges)]
    own = [others, broken_by(roster, situation, badges)]
    own = [part for part in own if len(part)]
    people = pd.concat(own).sort_values("badge", kind="stable") if own else others
    together = broken_together(roster, situation)
    parts = [part for part in (people, together) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(BROKEN_COLUMNS))


def difference(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the breaches that are new or have grown, and those that are gone."""
    old, new = _keyed(before), _keyed(after)
    amounts = dict(zip(old, before["amount"].tolist(), strict=True))
    worse = [
        key not in amounts or amount > amounts[key] + 1e-9
        for key, amount in zip(new, after["amount"].tolist(), strict=True)
    ]
    there = set(new)
    gone = [key not in there for key in old]
    return (
        after[np.array(worse, dtype=bool)].reset_index(drop=True),
        before[np.array(gone, dtype=bool)].reset_index(drop=True),
    )


def _keyed(broken: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return what identifies each breach: rule, badge, date, and the how-maniest such it is."""
    seen: dict[tuple[object, ...], int] = {}
    keys: list[tuple[object, ...]] = []
    for base in zip(broken["rule"], broken["badge"], broken["date"].astype(str), strict=True):
        seen[base] = seen.get(base, 0) + 1
        keys.append((*base, seen[base]))
    return keys


def covered_by(
    roster: pd.DataFrame, coverage: pd.DataFrame, situation: Situation, *, before: pd.DataFrame
) -> pd.DataFrame:
    """Return the coverage of a changed roster, from that of the roster `before`; who was carried in stays.

    Every column is the mean over its interval, so that half an hour short of two seats in an hour counts as one.
    """
    per_interval = int(_step(coverage) / pd.Timedelta(minutes=SLOT_MINUTES))

    def present(frame: pd.DataFrame, roles: Collection[str] | None, *, meals: bool) -> np.ndarray:
        return people_by_slot(frame, coverage, situation, roles, meals=meals)

    def mean(slots: np.ndarray) -> np.ndarray:
        averaged: np.ndarray = slots.reshape(-1, per_interval).mean(axis=1)
        return averaged

    def moved(column: str, roles: Collection[str] | None, *, meals: bool) -> np.ndarray:
        """Return the column with what the change brings and takes."""
        change = present(roster, roles, meals=meals) - present(before, roles, meals=meals)
        there: np.ndarray = coverage[column].to_numpy(float) + mean(change)
        return there

    carried = coverage["seats_carried"].to_numpy(float) if "seats_carried" in coverage else np.zeros(len(coverage))
    need = np.repeat(coverage[wanted_column(coverage)].to_numpy(float), per_interval)
    seats = present(roster, situation.rules.cover_roles, meals=True) + np.repeat(carried, per_interval)
    slack = np.maximum(np.ceil(need * situation.rules.reserve_share - 1e-9), situation.rules.reserve_seats)
    reserve_seats = np.where(need > 0, slack, 0)
    changed = coverage.copy()
    changed["seats_rostered"] = mean(seats)
    changed["shortage"] = mean(np.clip(need - seats, 0, None))
    changed["surplus"] = mean(np.clip(seats - need, 0, None))
    changed["reserve"] = mean(np.clip(np.minimum(seats - need, reserve_seats), 0, None))
    changed["standby"] = moved("standby", None, meals=False)
    for column in coverage.columns:
        role = str(column).removesuffix("_on_site")
        if role != column:
            changed[column] = moved(str(column), (role,), meals=role not in situation.rules.on_site_at_meals)
    for column, badges in _crews(coverage, situation).items():
        now, then = (
            present(one[one["badge"].isin(badges)], situation.rules.cover_roles, meals=True) for one in (roster, before)
        )
        changed[column] = coverage[column].to_numpy(float) + mean(now - then)
    return changed


def _crews(coverage: pd.DataFrame, situation: Situation) -> dict[str, list[str]]:
    """Return the badges that each column of people on the phone by their skills counts."""
    crews: dict[str, list[str]] = {str(one): [] for one in coverage.columns if str(one).startswith(CREW_PREFIX)}
    names = {one.removeprefix(CREW_PREFIX) for one in crews}
    asked = names | {part for name in names for part in name.split(ANY_OF)}
    for person in situation.people if crews else ():
        crews.get(crew_column(person.skills & asked), []).append(person.badge)
    return crews


def covered_after(
    roster: pd.DataFrame, coverage: pd.DataFrame, situation: Situation, *, before: pd.DataFrame, cells: Sequence[Cell]
) -> pd.DataFrame:
    """Return `covered_by` where only `cells` differ between the two rosters: worked out for the hours they touch."""
    badges, days = {cell.badge for cell in cells}, {cell.day for cell in cells}
    touched = [
        frame.loc[frame["badge"].isin(badges) & dates_of(frame).isin(days), ["start_at", "end_at"]]
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
    again = covered_by(there(roster), part, situation, before=there(before))
    for column in again.columns:
        if not again[column].equals(part[column]):
            changed[column] = changed[column].astype(float).mask(inside, again[column].reindex(changed.index))
    return changed


def _step(frame: pd.DataFrame) -> pd.Timedelta:
    return frame.index[1] - frame.index[0] if len(frame) > 1 else pd.Timedelta(hours=1)


def people_by_slot(
    frame: pd.DataFrame, coverage: pd.DataFrame, situation: Situation, roles: Collection[str] | None, *, meals: bool
) -> np.ndarray:
    """Return how many people of the roles (None: on standby) are there in each `SLOT_MINUTES` of the coverage.

    meals
        Whether who is at a meal or a break is not there.
    """
    per_interval = int(_step(coverage) / pd.Timedelta(minutes=SLOT_MINUTES))
    role_of = {person.badge: person.role for person in situation.people}
    works = frame[works_on_site(frame)]
    rows = frame[frame["shift"] == STANDBY] if roles is None else works[works["badge"].map(role_of).isin(roles)]
    slots = _presence(rows["start_at"], rows["end_at"], coverage.index, per_interval)
    if meals:
        fed = rows["meal_start_at"].notna()
        slots -= _presence(rows.loc[fed, "meal_start_at"], rows.loc[fed, "meal_end_at"], coverage.index, per_interval)
        for begin, end in break_columns(rows):
            taken = rows[begin].notna()
            slots -= _presence(rows.loc[taken, begin], rows.loc[taken, end], coverage.index, per_interval)
    return slots


def works_on_site(roster: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows are work on site: no leave, no standby, no day off, no day off the phone."""
    codes = roster["shift"].astype(str)
    return np.array([code not in NO_WORK and not off_phone(code) for code in codes], dtype=bool)


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


def in_zone(frame: pd.DataFrame, timezone: str) -> pd.DataFrame:
    """Return a roster frame with its instants in one zone, whatever they were, so that rows can be put together."""
    names = [*INSTANTS, *filter(is_break_column, frame.columns)]
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True).dt.tz_convert(timezone) for name in names})


def _rows(
    cell: Cell,
    person: Person,
    situation: Situation,
    coverage: pd.DataFrame | None,
    before: Sequence[Mapping[Any, Any]] = (),
) -> list[tuple[object, ...]]:
    code, who = cell.shift.strip(), (cell.badge, person.role, cell.day)
    nothing = (pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0)
    if code == LEAVE or (code in ("", DAY_OFF) and cell.day in person.leave):
        return [(*who, LEAVE, *nothing)]
    if code in ("", DAY_OFF):
        return []
    if code == STANDBY and situation.rules.standby_blocks:
        start_minute, length = situation.rules.standby_blocks[0]
        start = instant_of(cell.day, start_minute, situation.timezone)
        return [(*who, STANDBY, start, start + timedelta(minutes=length), pd.NaT, pd.NaT, 0)]
    season = situation.catalogue.in_month(cell.day.month)
    if code not in season:
        codes = [shift.code for shift in season]
        more = [say("codes.more", count=len(codes) - SHOWN_CODES)] if len(codes) > SHOWN_CODES else []
        others = [STANDBY] * bool(situation.rules.standby_blocks) + [LEAVE, DAY_OFF]
        known = [*codes[:SHOWN_CODES], *more, *(say(f"code.{one}") for one in others)]
        raise refusal("month.no_shift", code=code, known=known)
    shift = season[code]
    start = instant_of(cell.day, shift.start_minute, situation.timezone)
    end = start + timedelta(minutes=shift.length_minutes)
    meal = _meal(shift, start, coverage) if cell.meal_minute is None else _meal_at(shift, start, cell.meal_minute)
    minutes = _break_minutes(cell, shift, meal, start, situation, coverage, before)
    pauses = [
        start + timedelta(minutes=at)
        for begin, pause in zip(minutes, shift.breaks, strict=True)
        for at in (begin, begin + pause.minutes)
    ]
    return [(*who, code, start, end, *meal, shift.worked_minutes, *pauses)]


def _meal_at(shift: Shift, start: pd.Timestamp, minute: int) -> tuple[object, object]:
    if minute not in shift.meal_offsets_minutes:
        allowed = [f"{start + timedelta(minutes=offset):%H:%M}" for offset in shift.meal_offsets_minutes]
        raise refusal("month.no_meal", code=shift.code, at=f"{start + timedelta(minutes=minute):%H:%M}", known=allowed)
    return start + timedelta(minutes=minute), start + timedelta(minutes=minute + shift.meal_minutes)


def _break_minutes(
    cell: Cell, shift: Shift, meal: tuple[Any, Any], start: pd.Timestamp, situation: Situation,
    coverage: pd.DataFrame | None, before: Sequence[Mapping[Any, Any]],
) -> tuple[int, ...]:  # fmt: skip
    """Return at which minutes of the shift the breaks of a cell begin."""
    if not shift.breaks:
        return ()
    offset = None if pd.isna(meal[0]) else int((meal[0] - start).total_seconds() // 60)
    choices = shift.break_choices(offset, situation.rules.break_distance_minutes)
    if cell.break_minutes is not None:
        if tuple(cell.break_minutes) not in choices:
            at = [f"{start + timedelta(minutes=minute):%H:%M}" for minute in cell.break_minutes]
            raise refusal("month.no_break", code=shift.code, at=at, least=situation.rules.break_distance_minutes)
        return tuple(cell.break_minutes)
    for row in before:
        held = [int((begin - row["start_at"]).total_seconds() // 60) for begin, _ in breaks_of(row)]
        if row["shift"] == shift.code and len(held) == len(shift.breaks) and choices:
            return min(choices, key=lambda way: sum(abs(a - b) for a, b in zip(way, held, strict=True)))
    middle = tuple(pause.offsets_minutes[len(pause.offsets_minutes) // 2] for pause in shift.breaks)
    near = sorted(choices, key=lambda way: sum(abs(a - b) for a, b in zip(way, middle, strict=True)))
    if coverage is None or len(coverage) < 2 or not near:
        return near[0] if near else middle
    spare = coverage["surplus"] - coverage["shortage"]

    def least_spare(way: tuple[int, ...]) -> float:
        at = [start + timedelta(minutes=begin) for begin in way]
        return float(sum(spare.iloc[max(0, int(spare.index.searchsorted(one, side="right")) - 1)] for one in at))

    return max(near, key=least_spare)


def _meal(shift: Shift, start: pd.Timestamp, coverage: pd.DataFrame | None) -> tuple[object, object]:
    if not shift.meal_minutes:
        return pd.NaT, pd.NaT
    offsets = shift.meal_offsets_minutes
    best = offsets[len(offsets) // 2]
    if coverage is not None and len(coverage) > 1:
        step = _step(coverage)
        spare = coverage["surplus"] - coverage["shortage"]

        def least_spare(offset: int) -> float:
            first = start + timedelta(minutes=offset)
            after = (spare.index > first - step) & (spare.index < first + timedelta(minutes=shift.meal_minutes))
            return float(spare[after].min()) if after.any() else 0.0

        best = max(offsets, key=least_spare)
    return start + timedelta(minutes=best), start + timedelta(minutes=best + shift.meal_minutes)
