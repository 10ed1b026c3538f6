"""Which columns tell when a row was: one of instants, or one of dates and one of times of day."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from api.intake.columns import EXACT, SECONDS, WHENS, Look, fits
from api.intake.instants import instants
from api.intake.layout import Layout
from optimizer.law.clocks import clock_of

ALWAYS = 0.98  # of the rows: a few are broken
ISO_WEEK = re.compile(r"(\d{4})[-_ /]?(?:W|KW|CW)[- ]?(\d{1,2})", re.IGNORECASE)
WEEKS_OF_A_YEAR = 53
WEEK_PARTS = ("year", "week", "weekday")
DATE_PARTS = ("year", "month", "day_of_month")


def when_of(  # noqa: PLR0911 (what is surest comes first)
    looks: Sequence[Look], told: Mapping[str, str]
) -> Layout:
    """Return where a row's instant stands: in one column, or in one of dates and one of times."""
    for name in ("interval_start", "arrival_at"):
        if name in told:
            return _told_when(told[name], looks, told)
    if "date" in told or "time_of_day" in told:
        hour = next((look for look in looks if look.name == told.get("time_of_day")), None)
        minute = told.get("minute") or (_minute(looks, hour) if hour is not None else None)
        parts = tuple(told[name] for name in DATE_PARTS if name in told)
        if "week" in told and "weekday" in told:
            parts = (told.get("year", told["week"]), told["week"], told["weekday"])
        layout = Layout(
            day=told.get("date"), clock=told.get("time_of_day"), minute=minute,
            date_parts=parts if len(parts) == len(DATE_PARTS) else (),
        )  # fmt: skip
        if layout.clock is not None and (layout.day is not None or layout.date_parts):
            return layout
        found = when_of([look for look in looks if look.name not in told.values()], {})
        return replace(layout, day=layout.day or found.day, clock=layout.clock or found.clock)
    instants_there = [look for look in looks if look.when == "instant" and _enough(look)]
    days = ranked(
        [look for look in looks if look.when == "date" and _enough(look)], "date", "interval_start", "arrival_at"
    )
    clocks = ranked([look for look in looks if is_clock(look)], "time_of_day", "interval_start", "arrival_at")
    clocks = clocks or [look for look in looks if look.when == "clock" and look.names_an_end]
    best = _first_instant(instants_there)
    if best is not None and (best.fit("interval_start", "arrival_at", "date", "time_of_day") or not (days and clocks)):
        return Layout(start=best.name)
    if days and clocks:
        return Layout(day=days[0].name, clock=clocks[0].name, minute=_minute(looks, clocks[0]))
    parts = date_parts(looks)
    if parts and clocks:
        return Layout(date_parts=parts, clock=clocks[0].name, minute=_minute(looks, clocks[0]))
    if best is not None:
        return Layout(start=best.name)
    if not (days or clocks or parts):
        named = [
            look for look in looks if look.fit("interval_start", "arrival_at", "date") >= EXACT and not look.numeric
        ]
        return Layout(start=named[0].name) if named else Layout()
    return Layout(
        day=days[0].name if days else None, clock=clocks[0].name if clocks else None, date_parts=() if days else parts
    )


def _minute(looks: Sequence[Look], hour: Look) -> str | None:
    """Return the column of minutes beside one of whole hours, None where there is none."""
    if not hour.numeric:
        return None
    named = [look for look in looks if look.fits("history").get("minute") and look.numeric]
    return next((look.name for look in named if all(text.isdigit() and int(text) < 60 for text in look.texts)), None)


def _enough(look: Look) -> bool:
    """Return whether a column of instants is one by its heading, or by more than one text."""
    return bool(look.fit(*WHENS)) or len(look.texts) > 1


def _told_when(name: str, looks: Sequence[Look], told: Mapping[str, str]) -> Layout:
    look = next(one for one in looks if one.name == name)
    if look.when == "date" and "time_of_day" not in told:
        clocks = ranked([one for one in looks if is_clock(one) and one.name not in told.values()], "time_of_day")
        if clocks and clocks[0].fit("time_of_day", "arrival_at"):
            return Layout(day=name, clock=clocks[0].name)
    if "time_of_day" in told and look.when != "instant":
        return Layout(day=name, clock=told["time_of_day"])
    if "date" in told and look.when == "clock":
        return Layout(day=told["date"], clock=name)
    if look.when == "clock":
        days = ranked([one for one in looks if one.when == "date"], "date")
        return Layout(day=days[0].name if days else None, clock=name)
    return Layout(start=name)


def ranked(looks: Iterable[Look], *names: str) -> list[Look]:
    """Return the columns, those first whose headings fit `names` best, and last those that name an end."""
    order = {look.name: n for n, look in enumerate(looks)}

    def rank(look: Look) -> tuple[bool, int, int, int]:
        fit = look.fit(*names)
        ends = look.fit("end_like") > fit or (look.fit("end_like") == EXACT and look.fit(names[0]) < EXACT)
        return ends, -fit, -look.fit(names[0]), order[look.name]

    return sorted(looks, key=rank)


def is_clock(look: Look) -> bool:
    """Return whether a column of times tells times of day, and not how long something lasted."""
    if look.when != "clock":
        return False
    if look.fit("time_of_day", "interval_start", "arrival_at", "date"):
        return True
    if look.fit(*SECONDS, "end_like"):
        return False
    starts = [clock.start for text in look.texts if (clock := clock_of(text)) is not None]
    return (bool(starts) and max(starts) - min(starts) > 7200 and min(starts) % 60 == 0) or any(
        "-" in t for t in look.texts[:3]
    )


def _first_instant(looks: Sequence[Look]) -> Look | None:
    """Return the column of instants that tells when something began: by its heading, else the earliest of each row."""
    if not looks:
        return None
    always = [look for look in looks if look.filled >= ALWAYS * look.rows]  # what not every call has was no arrival
    in_order = ranked(always or looks, "interval_start", "arrival_at")
    best = in_order[0]
    if best.fit("interval_start", "arrival_at", "date") or len(in_order) == 1:
        return best
    means = []
    for look in in_order:
        at = instants(look.column, strict=False).at
        means.append(np.nanmean(np.where(np.isnat(at), np.nan, at.astype("datetime64[s]").astype(float))))
    return in_order[int(np.argmin(means))]


def date_parts(looks: Sequence[Look]) -> tuple[str, ...]:
    """Return the columns of year, month and day of the month, none where there are not all three."""
    found = []
    for name, lowest, highest in (("year", 1970, 2100), ("month", 1, 12), ("day_of_month", 1, 31)):
        names = (name, "date") if name == "day_of_month" else (name,)
        for look in looks:
            whole = look.numeric and all(text.isdigit() and lowest <= int(text) <= highest for text in look.texts)
            named = name == "month" and look.of_kind("text") > 0.8 and look.fit(name)
            if look.fit(*names) and (whole or named) and look.name not in found:
                found.append(look.name)
                break
        else:
            return _week_parts(looks)
    return tuple(found)


def part_roles(parts: Sequence[str]) -> Sequence[str]:
    """Return what the columns are that tell a date together, none where one column does."""
    weeks = len(parts) == len(WEEK_PARTS) and (parts[0] == parts[1] or "week" in fits("history", parts[1]))
    return WEEK_PARTS[parts[0] == parts[1] :] if weeks else DATE_PARTS


def _week_parts(looks: Sequence[Look]) -> tuple[str, ...]:
    """Return the columns of year, ISO week and weekday in words, none where there are not all three.

    2026-W41 tells both year and week. A bare number of a week is taken for ISO's under a German heading alone:
    elsewhere a week's number is often Excel's, which is another.
    """
    days = [look for look in looks if look.weekdays >= ALWAYS]
    years = [look for look in looks if look.fit("year") and look.numeric]
    for look in looks if days else ():
        if look.filled and look.share([ISO_WEEK.fullmatch(text) is not None for text in look.texts]) >= ALWAYS:
            return look.name, look.name, days[0].name
        numbered = all(text.isdigit() and 1 <= int(text) <= WEEKS_OF_A_YEAR for text in look.texts)
        if years and look.filled and look.fits("history").get("week") and numbered:
            return years[0].name, look.name, days[0].name
    return ()
