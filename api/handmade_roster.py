"""A roster made by hand: badge, date and shift; everything else follows from the shift catalogue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from api.intake import InputError, read_roster
from api.intake.files import read_table
from api.intake.headings import plain
from api.intake.instants import instants
from api.intake.values import Column
from optimizer.changes import Cell, with_cells
from optimizer.people import DAY_OFF
from optimizer.roster import ROSTER_COLUMNS, Site
from optimizer.shifts import LEAVE, STANDBY

NEEDED = ("badge", "date", "shift")
HEADINGS = {
    "badge": ("badge", "employee", "employee id", "agent", "工号", "工號", "员工编号", "編號", "编号"),
    "date": ("date", "day", "日期", "日"),
    "shift": ("shift", "shift code", "班次", "班次代码", "班别"),
}
SHOWN_CODES = 12
CODES = {
    **dict.fromkeys(("", "off", "休", "休息", "公休", "-", "/"), DAY_OFF),
    **dict.fromkeys(("leave", "假", "休假", "请假", "請假", "年假"), LEAVE),
    **dict.fromkeys(("standby", "待命", "备勤", "備勤"), STANDBY),
}


def read_any_roster(path: Path, site: Site) -> pd.DataFrame:
    """Return the roster in a file: the product's own frame, or one that has only badge, date and shift.

    Of a handmade one, times, meal (the middle of its window) and worked minutes are the catalogue's; two shifts of a
    person on one day stay two, for the check to find.

    Raises
    ------
    InputError
        Naming the column that is missing, or row, column and value.
    """
    known = {plain(word): name for name, words in HEADINGS.items() for word in words}
    table = read_table(path, knows=lambda heading: plain(heading) in known or plain(heading) in ROSTER_COLUMNS)
    there = {str(column) for column in table.frame.columns}
    if there >= set(ROSTER_COLUMNS):
        return read_roster(path, timezone=site.timezone)
    found = {known[plain(column)]: column for column in there if plain(column) in known}
    for name in NEEDED:
        if name not in found:
            way_out = f"it has {', '.join(sorted(there))}; a roster needs badge, date and shift"
            raise InputError(path, f"has no column {name}", column=name, way_out=way_out)
    columns = {name: Column(table.path, found[name], table.frame[found[name]]) for name in NEEDED}
    badges, shifts = ([text.strip() for text in columns[name].texts.astype(str)] for name in ("badge", "shift"))
    days = instants(columns["date"]).at
    if np.isnat(days).any():
        raise columns["date"].error_at(int(np.flatnonzero(np.isnat(days))[0]), "is empty", "fill it in")
    staff = {person.badge for person in site.people}
    codes = {DAY_OFF, LEAVE, STANDBY, *(shift.code for shift in site.catalogue.in_month(site.month.month))}
    cells = []
    for at, (badge, day, text) in enumerate(zip(badges, pd.DatetimeIndex(days), shifts, strict=True)):
        cell = Cell(badge, day.date(), CODES.get(text.lower(), text))
        if badge not in staff:
            raise columns["badge"].error_at(at, "is not in the staff list", "give the list the roster was made from")
        if pd.Period(cell.day, freq="M") != site.month:
            raise columns["date"].error_at(at, f"lies outside the month {site.month}", "give the month with --month")
        if cell.shift not in codes:
            known_codes = ", ".join(sorted(codes)[:SHOWN_CODES])
            raise columns["shift"].error_at(at, "is no shift of this month", f"there are {known_codes} …")
        cells.append(cell)
    return with_cells(pd.DataFrame(columns=list(ROSTER_COLUMNS)), site, cells)
