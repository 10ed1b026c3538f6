"""Who works when on some days: each shift as a stretch of the clock, with its meal and breaks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from api.planner.views import shift_kind
from optimizer.law.breaks import break_columns
from optimizer.law.changes import in_zone
from optimizer.law.situation import Situation


def hours_view(roster: pd.DataFrame, situation: Situation, first: date, days: int) -> list[dict[str, Any]]:
    """Return the shifts that touch `days` days from `first`, by start: minutes on the clock from `first`'s midnight.

    `meal` is where the meal begins, `meals` the minutes of the shift at which it may; so of each of the `breaks`. A
    shift of the day before or one that ends on the day after is whole.
    """
    local = in_zone(roster, situation.timezone)
    begin = pd.Timestamp(first)
    start, end, meal, meal_end = (
        (local[name].dt.tz_localize(None) - begin).dt.total_seconds() / 60
        for name in ("start_at", "end_at", "meal_start_at", "meal_end_at")
    )
    catalogue = situation.catalogue
    shown = local[(start < days * 1440) & (end > 0)].assign(start=start, end=end, meal=meal, meal_end=meal_end)
    lines = []
    for row in shown.sort_values(["start", "end", "badge"], kind="stable").itertuples():
        pauses = [] if row.shift not in catalogue else catalogue[str(row.shift)].breaks
        code, day = str(row.shift), pd.Timestamp(row.date).date()
        season = catalogue.in_month(day.month)
        fed = row.meal == row.meal
        lines.append({
            "badge": str(row.badge), "role": str(row.role), "date": day.isoformat(), "shift": code,
            "kind": shift_kind(code, catalogue, situation.rules) if code in season else code,
            "start": int(row.start), "end": int(row.end),
            "meal": int(row.meal) if fed else None,
            "meal_minutes": int(row.meal_end - row.meal) if fed else 0,
            "meals": list(season[code].meal_offsets_minutes) if code in season else [],
            "breaks": [
                {"at": at, "minutes": until - at, "name": one.name, "places": list(one.offsets_minutes)}
                for one, (at, until) in zip(pauses, _spells(row, begin), strict=False)
            ],
        })  # fmt: skip
    return lines


def _spells(row: Any, begin: pd.Timestamp) -> list[tuple[int, int]]:
    """Return the minutes from a midnight of the wall clock at which each of a row's breaks begins and ends."""
    spells = []
    for pair in break_columns(row._fields):
        at = [getattr(row, name) for name in pair]
        if not any(map(pd.isna, at)):
            first, last = (int((one.tz_localize(None) - begin).total_seconds() // 60) for one in at)
            spells.append((first, last))
    return spells
