"""Tables as planners keep them by hand, each with the truth it tells.

As `tests.api.intake.exports_of_systems`; kept apart for its size.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from tests.api.intake.exports_of_systems import (
    FIRST,
    HOURS,
    LAST,
    Written,
    by_day,
    export,
    intervals,
    put,
    text,
    workbook,
)


@export("a pivot's outline: days, and their hours below in the same column")
def _(folder: Path) -> Written:
    hours = intervals(101)
    rows: list[list[Any]] = [["Row Labels", "Sum of Calls Offered"]]
    for day, frame in by_day(hours):
        rows.append([f"{day:%d/%m/%Y}", int(frame.offered.sum())])
        rows += [[f"{at:%H:%M}", int(one.offered)] for at, one in frame.iterrows()]
    rows.append(["Grand Total", int(hours.offered.sum())])
    return workbook(folder / "pivot.xlsx", {"Sheet1": rows}), {"": hours[["offered"]]}


@export("a block a day, its date above the same headings")
def _(folder: Path) -> Written:
    hours = intervals(102)
    rows: list[list[Any]] = []
    for day, frame in by_day(hours):
        rows += [[f"Date: {day:%d/%m/%Y}"], ["Time", "Calls Offered", "Calls Answered"]]
        rows += [[f"{at:%H:%M}", int(one.offered), int(one.answered)] for at, one in frame.iterrows()]
        rows += [["Total", int(frame.offered.sum()), int(frame.answered.sum())], []]
    return put(folder / "days.csv", text(rows)), {"": hours[["offered", "answered"]]}


@export("a block a day, measures down and times across")
def _(folder: Path) -> Written:
    hours = intervals(103)
    rows: list[list[Any]] = []
    for day, frame in by_day(hours):
        rows += [[f"{day:%A %d %B %Y}"], ["", *(f"{at:%H:%M}" for at in frame.index)]]
        rows += [["Offered", *map(int, frame.offered)], ["Answered", *map(int, frame.answered)], []]
    return workbook(folder / "blocks.xlsx", {"Jan": rows}), {"": hours[["offered", "answered"]]}


@export("a block a queue, its name above the same headings")
def _(folder: Path) -> Written:
    both = {name: intervals(104 + n) for n, name in enumerate(("Sales", "Support"))}
    rows: list[list[Any]] = []
    for name, frame in both.items():
        rows += [[name], ["Date", "Time", "Offered", "AHT"]]
        rows += [[f"{at:%d-%b-%y}", f"{at:%H:%M}", int(one.offered), int(one.aht)] for at, one in frame.iterrows()]
        rows += [[]]
    return put(folder / "queues.csv", text(rows)), {name: one[["offered", "aht"]] for name, one in both.items()}


@export("weekdays across, the week's first day above each block")
def _(folder: Path) -> Written:
    hours = intervals(106)
    rows: list[list[Any]] = []
    days = list(by_day(hours))
    for week in (days[:7], days[7:]):
        rows += [[f"Week commencing {week[0][0]:%d/%m/%Y}"], ["Time", *(f"{day:%a}" for day, _ in week)]]
        for h in range(FIRST, LAST):
            rows.append([f"{h:02d}:00", *(int(frame.offered.iloc[h - FIRST]) for _, frame in week)])
        rows.append([])
    return workbook(folder / "weeks.xlsx", {"Calls": rows}), {"": hours[["offered"]]}


@export("a clock of twelve hours without AM or PM")
def _(folder: Path) -> Written:
    hours = intervals(107)
    rows = [
        ["Date", "Time", "Calls"],
        *([f"{at:%Y-%m-%d}", f"{at.hour % 12 or 12}:00", int(one.offered)] for at, one in hours.iterrows()),
    ]
    return put(folder / "twelve.csv", text(rows)), {"": hours[["offered"]]}


@export("hour and minute in two columns")
def _(folder: Path) -> Written:
    halves = intervals(108, every=30)
    rows = [
        ["Date", "Hour", "Minute", "Calls"],
        *([f"{at:%Y-%m-%d}", at.hour, at.minute, int(one.offered)] for at, one in halves.iterrows()),
    ]
    return put(folder / "minute.csv", text(rows)), {"": halves[["offered"]]}


@export("answered and answered in time, abandoned and abandoned late")
def _(folder: Path) -> Written:
    hours = intervals(109)
    rows = [["Date", "Time", "Answered in SL", "Answered", "Abandoned in SL", "Abandoned", "Offered", "SL %"]]
    for at, one in hours.iterrows():
        rows.append(
            [
                f"{at:%Y-%m-%d}",
                f"{at:%H:%M}",
                int(one.answered) - 5,
                int(one.answered),
                0,
                int(one.offered - one.answered),
                int(one.offered),
                "85%",
            ]
        )
    return put(folder / "sl.csv", text(rows)), {"": hours[["offered", "answered"]]}


@export("a column a medium: voice, chat, e-mail")
def _(folder: Path) -> Written:
    hours = intervals(110)
    rows = [
        ["Date", "Time", "Voice Offered", "Chat Offered", "Email Offered"],
        *([f"{at:%Y-%m-%d}", f"{at:%H:%M}", int(one.offered), 7, 9] for at, one in hours.iterrows()),
    ]
    return put(folder / "media.csv", text(rows)), {"": hours[["offered"]]}


@export("a subtotal a day named in the queue's column")
def _(folder: Path) -> Written:
    both = {name: intervals(111 + n) for n, name in enumerate(("Sales", "Support"))}
    rows = [["Date", "Time", "Skill", "Calls"]]
    for name, frame in both.items():
        for day, part in by_day(frame):
            rows += [[f"{day:%Y-%m-%d}", f"{at:%H:%M}", name, int(one.offered)] for at, one in part.iterrows()]
            rows.append(["", "", f"{name} Total", int(part.offered.sum())])
    return workbook(folder / "subtotals.xlsx", {"Sheet1": rows}), {name: one[["offered"]] for name, one in both.items()}


@export("long dates: Montag, 5. Januar 2026")
def _(folder: Path) -> Written:
    hours = intervals(113)
    names = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
    rows = [
        ["Tag", "Stunde", "Anrufe"],
        *(
            [f"{names[at.weekday()]}, {at.day}. Januar {at.year}", f"{at.hour} Uhr", int(one.offered)]
            for at, one in hours.iterrows()
        ),
    ]
    return put(folder / "tage.csv", text(rows, ";"), "cp1252"), {"": hours[["offered"]]}


@export("lundi 5 janvier 2026, de 8h à 9h")
def _(folder: Path) -> Written:
    hours = intervals(114)
    names = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
    rows = [
        ["Jour", "Créneau", "Appels"],
        *(
            [f"{names[at.weekday()]} {at.day} janvier {at.year}", f"de {at.hour}h à {at.hour + 1}h", int(one.offered)]
            for at, one in hours.iterrows()
        ),
    ]
    return put(folder / "jours.csv", text(rows, ";"), "utf-8"), {"": hours[["offered"]]}


@export("from and to with dates on both sides")
def _(folder: Path) -> Written:
    halves = intervals(115, every=30)
    rows = [
        ["Interval", "Offered"],
        *(
            [f"{at:%Y-%m-%d %H:%M} - {at + pd.Timedelta(minutes=30):%Y-%m-%d %H:%M}", int(one.offered)]
            for at, one in halves.iterrows()
        ),
    ]
    return put(folder / "spans.csv", text(rows)), {"": halves[["offered"]]}


@export("queues down, dates merged, hours across")
def _(folder: Path) -> Written:
    both = {name: intervals(116 + n) for n, name in enumerate(("Sales", "Support"))}
    rows: list[list[Any]] = [["Date", "Queue", *(f"{h}:00" for h in range(FIRST, LAST)), "Total"]]
    for n, (day, _) in enumerate(by_day(both["Sales"])):
        for name, frame in both.items():
            part = frame.offered.iloc[n * (LAST - FIRST) : (n + 1) * (LAST - FIRST)]
            rows.append([day.to_pydatetime() if name == "Sales" else "", name, *map(int, part), int(part.sum())])
        rows.append(["", "Total", *[0] * (LAST - FIRST), 0])
    return workbook(folder / "both.xlsx", {"Data": rows}), {name: one[["offered"]] for name, one in both.items()}


@export("1.024 beside 245,5 in semicolons")
def _(folder: Path) -> Written:
    hours = intervals(118, size=1000)
    rows = [["Fecha", "Hora", "Llamadas", "TMO"]]
    for at, one in hours.iterrows():
        rows.append(
            [
                f"{at:%d/%m/%Y}",
                f"{at:%H:%M}",
                f"{one.offered:,.0f}".replace(",", "."),
                f"{one.aht + 0.5:.1f}".replace(".", ","),
            ]
        )
    return put(folder / "llamadas.csv", text(rows, ";")), {"": hours.assign(aht=hours.aht + 0.5)[["offered", "aht"]]}


@export("dates without a year under a title that has one")
def _(folder: Path) -> Written:
    hours = intervals(119)
    rows = [
        ["Call arrivals January 2026"],
        ["Date", "Interval", "Calls"],
        *(
            [f"{at.day}-{at:%b}", f"{at:%H%M}-{at + pd.Timedelta(hours=1):%H%M}", int(one.offered)]
            for at, one in hours.iterrows()
        ),
    ]
    return put(folder / "arrivals.csv", text(rows)), {"": hours[["offered"]]}


@export("missing values as -1, and #N/A")
def _(folder: Path) -> Written:
    hours = intervals(120)
    rows = [
        ["Interval Start", "Offered", "AHT"],
        *(
            [f"{at:%Y-%m-%d %H:%M}", int(one.offered), "#N/A" if n % 5 == 0 else int(one.aht)]
            for n, (at, one) in enumerate(hours.iterrows())
        ),
    ]
    told = hours[["offered", "aht"]].copy()
    told.loc[told.index[::5], "aht"] = float("nan")
    return put(folder / "holes.csv", text(rows)), {"": told}


@export("half-hour numbers 1 to 48")
def _(folder: Path) -> Written:
    halves = intervals(125, every=30)
    rows = [
        ["Date", "Interval No", "Calls"],
        *([f"{at:%Y-%m-%d}", at.hour * 2 + at.minute // 30 + 1, int(one.offered)] for at, one in halves.iterrows()),
    ]
    return put(folder / "numbers.csv", text(rows)), {"": halves[["offered"]]}


@export("a running total over the day")
def _(folder: Path) -> Written:
    rows: list[list[Any]] = [["Date", "Time", "Cumulative Calls"]]
    for _, frame in by_day(intervals(126)):
        rows += [[f"{at:%Y-%m-%d}", f"{at:%H:%M}", int(n)] for at, n in frame.offered.cumsum().items()]
    return put(folder / "running.csv", text(rows)), None


@export("numbers of two countries in one file")
def _(folder: Path) -> Written:
    rows = [
        ["Interval Start", "Calls", "AHT"],
        *([f"{at:%Y-%m-%d %H:%M}", "1,024.5" if n % 2 else "1.024,5", 200] for n, at in enumerate(HOURS)),
    ]
    return put(folder / "mixed.csv", text(rows, "\t")), None
