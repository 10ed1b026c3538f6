"""Tables with a cell per interval: days down and times across, or times down and days across."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from api.intake.files import TextTable
from api.intake.instants import instants, minutes_of_day, time_of_day_minutes
from api.intake.values import Column, numbers

FEWEST = 4  # columns of times or days that make a table wide
ONE_TIME = r"第?\d{1,2}(:\d{2}){0,2}\s*(小时|时段|时|時|点|點|h|am|pm)?"
CLOCK_HEADING = re.compile(rf"{ONE_TIME}(\s*[-~–—至到]\s*{ONE_TIME})?", re.IGNORECASE)
DATE_HEADING = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?: 00:00:00)?|\d{1,2}月\d{1,2}[日号]?")
FOUR_DIGITS = re.compile(r"([01]\d|2[0-3])(00|15|30|45)")


def names_an_interval(heading: str) -> bool:
    """Return whether a heading is a date, or a time of day that a bare number cannot be taken for."""
    text = heading.strip()
    return DATE_HEADING.fullmatch(text) is not None or (
        not text.isdigit() and CLOCK_HEADING.fullmatch(text) is not None
    )


def clock_columns(table: TextTable) -> dict[str, float]:
    """Return the columns whose heading is a time of day, with its minutes; hours 1 to 24 are the first to the last."""
    found = {}
    for heading in map(str, table.frame.columns):
        if CLOCK_HEADING.fullmatch(heading.strip()):
            minutes = time_of_day_minutes(re.sub(r"^24(?=[:时時点點h]|$)", "0", heading.strip()))
            if minutes is not None:
                found[heading] = minutes
    if not found:  # 0000, 0030 …: so many of them that they are no years
        found = {
            h: float(time_of_day_minutes(h) or 0) for h in map(str, table.frame.columns) if FOUR_DIGITS.fullmatch(h)
        }
    bare = {re.sub(r"\D", "", h) for h in found if re.fullmatch(r"第?\d{1,2}\s*(小时|时|時|点|點|h)?", h.strip())}
    if "24" in bare and "0" not in bare and "00" not in bare:
        return {heading: (minutes - 60) % 1440 for heading, minutes in found.items()}
    return found


def date_columns(table: TextTable) -> list[str]:
    """Return the columns whose heading is a date."""
    return [str(c) for c in table.frame.columns if DATE_HEADING.fullmatch(str(c).strip())]


def is_wide(table: TextTable, found: Mapping[str, str]) -> bool:
    """Return whether the calls stand in a cell per interval."""
    if "calls_offered" in found:
        return False
    times, days = clock_columns(table), date_columns(table)
    across = len(times) >= FEWEST and ("date" in found or "interval_start" in found)
    return across or (len(days) >= 1 and ("time_of_day" in found or "interval_start" in found))


def unfold(
    table: TextTable, found: Mapping[str, str], *, date_order: str | None, year: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the cells of a wide table as three arrays: local instant, position of the row, calls.

    Rows and cells that are totals, and cells without an instant, come back as NaT.
    """
    frame = table.frame
    times, days = clock_columns(table), date_columns(table)
    if len(times) >= FEWEST:
        name = found.get("date", found.get("interval_start", ""))
        rows = instants(Column(table.path, name, frame[name]), date_order=date_order, year=year)
        starts = np.where(rows.totals, np.datetime64("NaT"), rows.at)
        offsets = [np.timedelta64(int(m) * 60, "s") for m in times.values()]
        at = [starts + offset for offset in offsets]
        cells = list(times)
    else:
        name = found.get("time_of_day", found.get("interval_start", ""))
        minutes, totals = minutes_of_day(Column(table.path, name, frame[name]))
        known = ~np.isnan(minutes) & ~totals
        offset = np.where(known, minutes * 60, 0).astype("timedelta64[s]")
        line = pd.Index([table.heading_row] * len(days))
        heads = Column(table.path, "heading", pd.Series(pd.Categorical(days, categories=days), index=line))
        at = [np.where(known, day + offset, np.datetime64("NaT")) for day in instants(heads, year=year).at]
        cells = days
    calls = [numbers(Column(table.path, cell, frame[cell]), whole=True) for cell in cells]
    positions = np.tile(np.arange(len(frame)), len(cells))
    return np.concatenate(at).astype("datetime64[s]"), positions, np.concatenate(calls)
