"""What the exports of particular systems mean that their headings do not say.

Genesys Cloud writes durations in milliseconds and a row per medium. Avaya CMS puts the date and the split above the
table, writes times as ranges, and parts the handle time into talk and after-call work. Amazon Connect writes a row per
channel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from api.intake.errors import InputError
from api.intake.files import TextTable
from api.intake.headings import plain, unit_seconds
from api.intake.instants import instants
from api.intake.sentences import say
from api.intake.values import Column, numbers

VOICE = {"voice", "call", "audio", "phone", "语音", "电话", "callback"}
GENESYS_CLOUD = {plain("Interval Complete"), plain("Filters")}
MILLISECONDS = 0.001


def duration_unit(table: TextTable, heading: str) -> float:
    """Return how many seconds one unit of a plain number under `heading` is."""
    headings = {plain(str(c)) for c in table.frame.columns}
    if headings >= GENESYS_CLOUD:
        return MILLISECONDS
    return unit_seconds(heading)


def voice_rows(table: TextTable, found: Mapping[str, str]) -> np.ndarray:
    """Return which rows are calls, where a column says the medium; all of them where none does."""
    if "media_type" not in found:
        return np.ones(len(table.frame), dtype=bool)
    column = Column(table.path, found["media_type"], table.frame[found["media_type"]])
    voice = np.array([text.casefold() in VOICE or not text for text in column.distinct])
    if not voice[column.codes].any():
        raise InputError(
            table.path,
            say("layout.no_calls"),
            column=found["media_type"],
            value=column.distinct[int(column.codes[0])],
        )
    return np.asarray(voice[column.codes])


def handle_times(table: TextTable, found: Mapping[str, str], answered: np.ndarray | None) -> np.ndarray | None:
    """Return the handle time in seconds: talk and wrap-up added, or its total over the calls answered; else None."""

    def seconds(name: str) -> np.ndarray:
        column = Column(table.path, found[name], table.frame[found[name]])
        return numbers(column, unit=duration_unit(table, found[name]), clock=True)

    if "talk_seconds" in found:
        wrap = seconds("wrap_seconds") if "wrap_seconds" in found else 0.0
        return seconds("talk_seconds") + wrap
    if "total_handle_seconds" in found and answered is not None:
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = seconds("total_handle_seconds") / answered
        return np.where(np.isfinite(mean), mean, np.nan)
    return None


def stated_date(table: TextTable, *, date_order: str | None) -> np.ndarray | None:
    """Return the one date that stands above the table after `Date` or `日期` (datetime64[s]), or None."""
    text = _stated(table, r"(?:report\s*)?date|日期|统计日期")
    if text is None:
        return None
    column = Column(table.path, "Date (above the table)", pd.Series(pd.Categorical([text]), index=[1]))
    return instants(column, date_order=date_order).at


def stated_queue(table: TextTable) -> str | None:
    """Return the queue that stands above the table after `Split/Skill`, `Queue`, `VDN` or `队列`, or None."""
    return _stated(table, r"split(?:\s*/\s*skill)?|skill|queue|vdn|队列|技能组")


def _stated(table: TextTable, words: str) -> str | None:
    """Return what follows one of `words` and a colon above the table, in the same cell or the next."""
    for cells in table.preamble:
        for cell, after in pairwise((*cells, "")):
            match = re.fullmatch(rf"\s*(?:{words})\s*[::]\s*(.*?)\s*", cell, re.IGNORECASE)
            if match is None:
                continue
            value = match.group(1) or after.strip()
            if value:
                return value
    return None


def stated_year(table: TextTable) -> int | None:
    """Return the one year that stands above the table, or in the name of its file or sheet, or None."""
    above = " ".join(cell for row in table.preamble for cell in row)
    for text in (above, f"{table.path.name} {table.sheet}"):
        years = set(re.findall(r"(?<!\d)20\d\d(?!\d)", text))
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None
