"""A finished plan as the frames that leave the optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from optimizer.law.breaks import break_columns
from optimizer.law.changes import in_zone
from optimizer.law.dates import instant_of
from optimizer.law.lawfulness import roster_columns
from optimizer.law.seat_columns import crew_column
from optimizer.law.shifts import LEAVE, STANDBY
from optimizer.search.problem import Month
from optimizer.search.skill_cover import people_missing
from optimizer.search.sweeps import Tours, empty_plan, on_duty_by_group, people_present


def roster_frame(month: Month, plan: Tours) -> pd.DataFrame:
    """Return the plan as a `roster` frame (see docs/frames.md): one row per person and day worked or set aside."""
    rows: list[tuple[object, ...]] = []
    columns = roster_columns(month.pauses.length.shape[1])
    first_standby = month.first_standby
    for p, person in enumerate(month.people):
        for d, day in enumerate(month.days):
            choice = int(plan.tour[p, d])
            if choice < 0:
                if day in person.leave:
                    rows.append((person.badge, person.role, day, LEAVE, pd.NaT, pd.NaT, pd.NaT, pd.NaT, 0))
                continue
            duty = month.duties[choice]
            start = instant_of(day, duty.start_minute, month.timezone)
            end = start + timedelta(minutes=duty.length_minutes)
            meal: tuple[object, object] = (pd.NaT, pd.NaT)
            if duty.meal_offsets_minutes and choice < first_standby:
                chosen = int(plan.meal[p, d]) if month.meal_slots[choice] else 0
                begin = start + timedelta(minutes=duty.meal_offsets_minutes[chosen])
                meal = begin, begin + timedelta(minutes=duty.meal_minutes)
            code, worked = (duty.code, duty.worked_minutes) if choice < first_standby else (STANDBY, 0)
            row = (person.badge, person.role, day, code, start, end, *meal, worked)
            rows.append(row + _breaks(month, plan, p, d, start))
    width = len(columns)
    frame = pd.DataFrame([(*row, *[pd.NaT] * (width - len(row))) for row in rows], columns=columns)
    return in_zone(frame, month.timezone)


def _breaks(month: Month, plan: Tours, p: int, d: int, start: pd.Timestamp) -> tuple[pd.Timestamp, ...]:
    """Return begin and end of each break of a person's day."""
    duty, way = int(plan.tour[p, d]), int(plan.breaks[p, d])
    if not (month.pauses.length.size and month.pauses.length[duty, 0]):
        return ()
    if way < 0:  # where breaks take nobody off the seats, people take turns
        meal = int(plan.meal[p, d]) if month.meal_slots[duty] else 0
        first, end = int(month.pauses.first[duty, meal]), int(month.pauses.end[duty, meal])
        way = first + p % (end - first)
    slot, pauses = month.pauses.slot_minutes, month.duties[duty].breaks
    begins = [int(offset) * slot for offset in month.pauses.offset[way][: len(pauses)]]
    spells = [(begin, begin + pause.minutes) for begin, pause in zip(begins, pauses, strict=True)]
    return tuple(start + timedelta(minutes=minute) for spell in spells for minute in spell)


def coverage_frame(month: Month, plan: Tours, requirement: pd.DataFrame) -> pd.DataFrame:
    """Return the `coverage` frame (see docs/frames.md): what the plan puts on the phone, interval by interval."""
    present = people_present(month, plan)
    per_interval = month.interval_minutes // month.slot_minutes

    def by_interval(slots: np.ndarray) -> np.ndarray:
        mean = slots.reshape(-1, per_interval).mean(axis=1)
        whole = per_interval == 1 and (mean % 1 == 0).all()  # shares of those carried in are not
        return mean.astype(int) if whole else mean

    phone = month.curves[0]
    need = np.asarray(month.seats_required, dtype=float)
    seats = present[0]
    frame = pd.DataFrame(index=requirement.index.rename("interval_start"))
    frame["seats_required"] = requirement["seats_required"]
    if "people_to_roster" in requirement:
        frame["people_to_roster"] = requirement["people_to_roster"]
    frame["seats_rostered"] = by_interval(seats)
    frame["seats_carried"] = by_interval(month.base[0])
    frame["shortage"] = by_interval(np.clip(need - seats, 0, None))
    frame["surplus"] = by_interval(np.clip(seats - need, 0, None))
    frame["reserve"] = by_interval(np.clip(np.minimum(seats, phone.enough) - need, 0, None))
    frame["standby"] = by_interval(present[month.standby_curve]) if month.standby_curve >= 0 else 0
    if any(curve.skills for curve in month.curves):
        frame["skills_short"] = by_interval(people_missing(month.curves, present))
        for skills, people in _crews(month, plan).items():
            frame[crew_column(skills)] = by_interval(people)
    for c, curve in enumerate(month.curves):
        if curve.name in {role for role, _ in month.groups}:
            frame[f"{curve.name}_on_site"] = by_interval(present[c])
    return frame


def _crews(month: Month, plan: Tours) -> dict[frozenset[str], np.ndarray]:
    """Return (slots,) who is on the phone, by the skills of theirs that are asked for.

    Those carried in are taken to be of all crews, in proportion to the people.
    """
    on_duty, phone = on_duty_by_group(month, plan), [g for g, curves in enumerate(month.group_curves) if 0 in curves]
    heads = np.bincount(month.group_of, minlength=len(month.groups))
    crews: dict[frozenset[str], np.ndarray] = {}
    for g in phone:
        skills, carried = month.groups[g][1], month.base[0] * heads[g] / heads[phone].sum()
        crews[skills] = crews.get(skills, 0.0) + on_duty[g] + carried
    return crews


def plan_of(month: Month, roster: pd.DataFrame) -> Tours:
    """Return a `roster` frame as a plan; rows of strangers, other days or unknown shifts count as days off."""
    plan = empty_plan(month)
    person = {p.badge: i for i, p in enumerate(month.people)}
    day = {d: i for i, d in enumerate(month.days)}
    first_standby = month.first_standby
    code = {duty.code: s for s, duty in enumerate(month.duties[:first_standby])}
    spell = {duty.start_minute: first_standby + s for s, duty in enumerate(month.duties[first_standby:])}
    for row in roster.to_dict("records"):
        p, d = person.get(str(row["badge"])), day.get(pd.Timestamp(row["date"]).date())
        if p is None or d is None:
            continue
        if row["shift"] == STANDBY:
            start = pd.Timestamp(row["start_at"]).tz_convert(month.timezone)
            plan.tour[p, d] = spell.get(start.hour * 60 + start.minute, -1)
        elif row["shift"] in code:
            s = code[row["shift"]]
            plan.tour[p, d] = s
            if month.meal_slots[s] and not pd.isna(row["meal_start_at"]):
                offset = (pd.Timestamp(row["meal_start_at"]) - pd.Timestamp(row["start_at"])).total_seconds() // 60
                offsets = month.duties[s].meal_offsets_minutes
                plan.meal[p, d] = offsets.index(int(offset)) if int(offset) in offsets else 0
            plan.breaks[p, d] = _way_of(month, row, s, int(plan.meal[p, d]))
    return plan


def _way_of(month: Month, row: Mapping[Any, Any], s: int, meal: int) -> int:
    """Return the number of the way in which the breaks of a roster's row lie, -1 where it is none of the shift's."""
    pauses = month.pauses
    begins = [row[begin] for begin, _ in break_columns(row)]
    if not pauses.length.size or len(begins) < pauses.length.shape[1]:
        return -1
    first, end = int(pauses.first[s, meal]), int(pauses.end[s, meal])
    seconds = 60 * pauses.slot_minutes
    told = [0 if pd.isna(at) else (at - row["start_at"]).total_seconds() / seconds for at in begins]
    same = (pauses.offset[first:end] == told[: pauses.length.shape[1]]).all(axis=1)
    return first + int(same.argmax()) if same.any() else -1
