"""How a person's day is called, coloured and written short: one table for grids, papers and calendars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecaster.messages import Words
from optimizer.law.breaks import breaks_of
from optimizer.law.shifts import LEAVE, STANDBY

SPLIT_FROM_MINUTES = 120  # a break as long as this is written: a split shift's two parts


@dataclass(frozen=True)
class DayKind(Words):
    """What a day is: its words, its sign where room is short, and the pages' colours of it."""

    sign: Words
    ground: str
    ink: str


DAY_KINDS: Mapping[str, DayKind] = {
    "early": DayKind("早班", "Early", Words("早", "E"), "#CFE6FF", "#0B2F52"),
    "day": DayKind("日班", "Day", Words("日", "D"), "#D3F0D8", "#0D3B19"),
    "late": DayKind("晚班", "Late", Words("晚", "L"), "#FFE3B3", "#472C00"),
    "night": DayKind("夜班", "Night", Words("夜", "N"), "#3D3A70", "#F2F1FF"),
    STANDBY: DayKind("备班", "Standby", Words("备", "SB"), "#F6D5EA", "#4D0F37"),
    LEAVE: DayKind("休假", "Leave", Words("假", "LV"), "#E4E7EC", "#333333"),
}


def is_night(start: pd.Timestamp, end: pd.Timestamp) -> bool:
    """Return whether a shift touches the hours from 22:00 to 06:00 for three hours or more."""
    first, minutes = 60 * start.hour + start.minute, int((end - start).total_seconds()) // 60
    hours = [(first + minute) // 60 % 24 for minute in range(0, minutes, 30)]
    return sum(hour >= 22 or hour < 6 for hour in hours) >= 6


def day_kind(row: Mapping[Any, Any]) -> str:
    """Return the kind (of `DAY_KINDS`) of a roster's row: by its shift's name, or by when it is."""
    if row["shift"] in (LEAVE, STANDBY):
        return str(row["shift"])
    start, end = pd.Timestamp(row["start_at"]), pd.Timestamp(row["end_at"])
    if is_night(start, end):
        return "night"
    return "early" if start.hour < 9 else "day" if start.hour < 13 else "late"


def clock(at: pd.Timestamp, *, end: bool = False) -> str:
    """Return HH:MM; midnight as an end is 24:00."""
    return "24:00" if end and at.hour == at.minute == 0 else f"{at:%H:%M}"


def parts(row: Mapping[Any, Any]) -> list[tuple[str, str]]:
    """Return from when to when a row is worked: a split shift has two parts, leave none."""
    if pd.isna(row["start_at"]) or row["shift"] == LEAVE:
        return []
    start, end = pd.Timestamp(row["start_at"]), pd.Timestamp(row["end_at"])
    if not pd.isna(row["meal_start_at"]):
        away, back = pd.Timestamp(row["meal_start_at"]), pd.Timestamp(row["meal_end_at"])
        if (back - away).total_seconds() >= 60 * SPLIT_FROM_MINUTES:
            return [(clock(start), clock(away, end=True)), (clock(back), clock(end, end=True))]
    return [(clock(start), clock(end, end=True))]


def hours_short(text: str) -> str:
    """Return a clock's reading as short as it goes: 06:00 is 6, 08:30 stays 8:30."""
    hours, minutes = text.split(":")
    return f"{int(hours)}" if minutes == "00" else f"{int(hours)}:{minutes}"


def breaks_said(row: Mapping[Any, Any]) -> list[str]:
    """Return when a row's short breaks are, by time."""
    return [f"{clock(begin)}–{clock(until, end=True)}" for begin, until in breaks_of(row)]


def meal_of(row: Mapping[Any, Any]) -> str:
    """Return when a row's meal is, or nothing: of a split shift the break is told by its parts."""
    if pd.isna(row["meal_start_at"]) or len(parts(row)) != 1:
        return ""
    return f"{clock(pd.Timestamp(row['meal_start_at']))}–{clock(pd.Timestamp(row['meal_end_at']), end=True)}"
