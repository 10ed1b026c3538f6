"""What leaves the house: a calendar file per badge, Parquet for analysts. Badges, no names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from icalendar import Calendar as ICalendar
from icalendar import Event

from api.intake import write_frame
from api.reports.shift_words import DAY_KINDS, breaks_said, day_kind, parts
from api.whole_files import write_whole_bytes
from optimizer.law.shifts import LEAVE, STANDBY


def write_icals(
    roster: pd.DataFrame, folder: str | Path, *, made_at: datetime, activities: pd.DataFrame | None = None
) -> list[Path]:
    """Write one iCalendar file per badge (`<badge>.ics`), and return the files."""
    folder = Path(folder)
    paths = []
    for badge in sorted(roster["badge"].unique()):
        path = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', str(badge))}.ics"
        paths.append(write_whole_bytes(path, ical_of(roster, badge, made_at=made_at, activities=activities)))
    return paths


def ical_of(roster: pd.DataFrame, badge: str, *, made_at: datetime, activities: pd.DataFrame | None = None) -> bytes:
    """Return one person's iCalendar file: shifts, standby and activities in UTC, leave as whole days.

    An event keeps its identity (badge and date) when the roster is made anew, so that a phone replaces it.
    """
    calendar = ICalendar()
    calendar.add("prodid", "-//huawu//roster//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"班表 {badge}")
    for row in roster.loc[roster["badge"] == badge].sort_values("date").to_dict("records"):
        calendar.add_component(_event(row, made_at))
    if activities is not None:
        own = activities[activities["badge"].astype(str) == str(badge)].to_dict("records")
        for number, row in enumerate(own):
            calendar.add_component(_activity(row, number, made_at))
    content: bytes = calendar.to_ical()
    return content


def _event(row: Mapping[Any, Any], made_at: datetime) -> Event:
    event, shift = Event(), str(row["shift"])
    day = row["date"]
    event.add("uid", f"{row['badge']}-{day:%Y%m%d}-{'standby' if shift == STANDBY else 'shift'}@huawu")
    event.add("dtstamp", made_at)
    kind = DAY_KINDS[LEAVE if pd.isna(row["start_at"]) else day_kind(row)]
    hours = " ".join(f"{start}–{end}" for start, end in parts(row))
    event.add("summary", f"{kind.zh} {kind.en.lower()} {hours}".rstrip())
    if kind is DAY_KINDS[LEAVE]:
        event.add("dtstart", day if isinstance(day, date) else pd.Timestamp(day).date())
        event.add("transp", "TRANSPARENT")
        return event
    event.add("dtstart", pd.Timestamp(row["start_at"]).tz_convert("UTC").to_pydatetime())
    event.add("dtend", pd.Timestamp(row["end_at"]).tz_convert("UTC").to_pydatetime())
    told = [f"工间休息 breaks {'、'.join(pauses)}"] if (pauses := breaks_said(row)) else []
    if not pd.isna(row["meal_start_at"]):
        begin, end = pd.Timestamp(row["meal_start_at"]), pd.Timestamp(row["meal_end_at"])
        told.insert(0, f"用餐 meal {begin:%H:%M}–{end:%H:%M}")
    if told:
        event.add("description", "；".join([*told, f"班次 shift {shift}"]))
    return event


def _activity(row: Mapping[Any, Any], number: int, made_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{row['badge']}-activity-{number}@huawu")
    event.add("dtstamp", made_at)
    event.add("summary", f"{row['activity']} {row['start_at']:%H:%M}–{row['end_at']:%H:%M}")
    for name, column in (("dtstart", "start_at"), ("dtend", "end_at")):
        event.add(name, pd.Timestamp(row[column]).tz_convert("UTC").to_pydatetime())
    return event


def write_parquets(frames: Mapping[str, pd.DataFrame], folder: str | Path) -> list[Path]:
    """Write each frame as `<name>.parquet` for analysts; return the files."""
    return [write_frame(frame, Path(folder) / f"{name}.parquet") for name, frame in frames.items()]
