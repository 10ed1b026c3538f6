"""Files as switches, ticketing systems and planners make them, each with the truth it tells.

Every writer is named after what it imitates; it gets a folder and returns the file with its truth: by queue ("" where
there is one and its name does not matter) a frame over the starts of intervals, on the local clock, with the columns
that the file tells of `offered`, `answered` and `aht`. A writer that returns None for the truth wrote a file that cannot
be understood without asking.
"""

# ruff: noqa: E501, PERF401 (a table is written as its rows stand)

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

START = pd.Timestamp("2026-01-05")
DAYS, FIRST, LAST = 14, 8, 20
HOURS = [START + pd.Timedelta(days=d, hours=h) for d in range(DAYS) for h in range(FIRST, LAST)]
Truth = dict[str, pd.DataFrame]
Written = tuple[Path, Truth | None]
EXPORTS: dict[str, Callable[[Path], Written]] = {}


def export(name: str) -> Callable[[Callable[[Path], Written]], Callable[[Path], Written]]:
    def add(write: Callable[[Path], Written]) -> Callable[[Path], Written]:
        EXPORTS[name] = write
        return write

    return add


def intervals(seed: int, *, size: int = 40, every: int = 60) -> pd.DataFrame:
    """Hours (or halves) with calls offered, answered and whole seconds of handling."""
    random = np.random.default_rng(seed)
    at = [start + pd.Timedelta(minutes=m) for start in HOURS for m in range(0, 60, every)]
    offered = random.poisson(size, len(at)) + 3
    answered = offered - random.integers(1, 3, len(at))
    return pd.DataFrame(
        {"offered": offered, "answered": answered, "aht": random.integers(120, 400, len(at)).astype(float)}, index=at
    )


@dataclass(frozen=True)
class Call:
    at: pd.Timestamp
    answered: bool
    wait: int
    talk: int
    queue: str = "Sales"

    @property
    def end(self) -> pd.Timestamp:
        return self.at + pd.Timedelta(seconds=self.wait + self.talk)


def calls(seed: int, queues: Iterable[str] = ("Sales",)) -> list[Call]:
    """Calls in the order of their arrival."""
    random = np.random.default_rng(seed)
    made = []
    for queue in queues:
        for start in HOURS:
            for second in sorted(random.choice(3600, int(random.integers(2, 6)), replace=False)):
                answered = bool(random.random() < 0.8)
                made.append(
                    Call(
                        start + pd.Timedelta(seconds=int(second)),
                        answered,
                        int(random.integers(3, 90)),
                        int(random.integers(60, 500)) if answered else 0,
                        queue,
                    )
                )
    return sorted(made, key=lambda call: call.at)


def counted(made: Iterable[Call], *, outcome: bool = True, talk: bool = True, queues: bool = False) -> Truth:
    """The truth of calls, counted one by one."""
    told: dict[str, dict[pd.Timestamp, list[Call]]] = {}
    for call in made:
        told.setdefault(call.queue if queues else "", {}).setdefault(call.at.floor("60min"), []).append(call)
    truth = {}
    for queue, hours in told.items():
        rows = {at: {"offered": len(one)} for at, one in hours.items()}
        for at, one in hours.items():
            taken = [call for call in one if call.answered]
            if outcome:
                rows[at]["answered"] = len(taken)
            if talk and taken:
                rows[at]["aht"] = sum(call.talk for call in taken) / len(taken)
        truth[queue] = pd.DataFrame.from_dict(rows, orient="index")
    return truth


def text(rows: Iterable[Iterable[Any]], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def put(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def workbook(path: Path, sheets: dict[str, list[list[Any]]], merged: Iterable[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
        for cells in merged:
            sheet.merge_cells(cells)
    book.save(path)
    return path


def clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def half(at: pd.Timestamp) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def by_day(frame: pd.DataFrame) -> Iterable[tuple[pd.Timestamp, pd.DataFrame]]:
    yield from frame.groupby(frame.index.normalize())


# Interval exports of switches ------------------------------------------------------------------------------------


@export("Avaya CMS interval report, a day, totals above")
def _(folder: Path) -> Written:
    day = intervals(1).iloc[: LAST - FIRST]
    rows = [
        ["Report: Split/Skill Interval"], ["Split/Skill: Sales"], ["Date: 1/15/2026"], [],
        ["Time", "Avg Speed Ans", "Avg Aban Time", "ACD Calls", "Avg ACD Time", "Avg ACW Time", "Aban Calls",
         "% Within Service Level", "Avg Pos Staff"],
        ["Totals", "0:14", "0:33", int(day.answered.sum()), "3:00", "0:20", int((day.offered - day.answered).sum()), "82.10", "9.3"],
    ]  # fmt: skip
    for at, one in day.iterrows():
        rows.append([f"{half(at)} - {half(at + pd.Timedelta(hours=1))}", "0:14", "0:33", int(one.answered),
                     clock(int(one.aht) - 20)[2:], "0:20", int(one.offered - one.answered), "81.25", "9.5"])  # fmt: skip
    moved = day.set_axis(day.index + pd.Timedelta(days=10))
    return put(folder / "cms.csv", text(rows)), {"": moved}


@export("Avaya CMS table hsplit: HHMM as numbers, sums of seconds")
def _(folder: Path) -> Written:
    halves = intervals(2, every=30)
    rows = [["row_date", "starttime", "intrvl", "acd", "split", "callsoffered", "acdcalls", "acdtime", "acwtime",
             "abncalls", "maxocwtime"]]  # fmt: skip
    for at, one in halves.iterrows():
        total = int(one.aht * one.answered)
        rows.append([f"{at:%m/%d/%Y}", at.hour * 100 + at.minute, 30, 1, 12, int(one.offered), int(one.answered),
                     total - 10 * int(one.answered), 10 * int(one.answered), int(one.offered - one.answered), 44])  # fmt: skip
    return put(folder / "hsplit.txt", text(rows, "|")), {"": halves}


@export("Genesys Cloud queue performance, milliseconds, chats between")
def _(folder: Path) -> Written:
    hours = intervals(3)
    rows = [["Interval Start", "Interval End", "Interval Complete", "Filters", "Media Type", "Queue Id", "Queue Name",
             "Offer", "Answer", "Answer %", "Abandon", "Abandon %", "ASA", "Service Level %", "Avg Handle", "Hold"]]  # fmt: skip
    for at, one in hours.iterrows():
        for media, share in (("voice", 1.0), ("chat", 0.5)):
            taken = int(one.answered * share)
            rows.append([f"{at:%-m/%-d/%y} {half(at)}", f"{at + pd.Timedelta(hours=1):%-m/%-d/%y} {half(at + pd.Timedelta(hours=1))}",
                         "true", "", media, "8a1c-22", "Sales", int(one.offered * share), taken, 0.95, int(one.offered * share) - taken,
                         0.05, 14123.2, 0.81, int(one.aht * 1000), 3])  # fmt: skip
    return put(folder / "Queue Performance Interval.csv", text(rows), "utf-8-sig"), {"": hours}


@export("Cisco UCCX CSQ activity by interval")
def _(folder: Path) -> Written:
    both = {name: intervals(4 + n) for n, name in enumerate(("CSQ_Sales", "CSQ_Help"))}
    rows = [["Contact Service Queue Activity Report (by Interval)"], [],
            ["CSQ Name", "Interval Start Time", "Interval End Time", "Service Level (sec)", "Calls Presented",
             "Avg Queue Time", "Max Queue Time", "Calls Handled", "Avg Handle Time", "Calls Abandoned",
             "Percentage of Service Level Met"]]  # fmt: skip
    for name, hours in both.items():
        for at, one in hours.iterrows():
            rows.append([name, f"{at:%m/%d/%Y} {half(at)}", f"{at:%m/%d/%Y} {half(at + pd.Timedelta(hours=1))}", 20,
                         int(one.offered), "0:00:12", "0:02:01", int(one.answered), clock(int(one.aht)),
                         int(one.offered - one.answered), "84.2%"])  # fmt: skip
    return put(folder / "csq.csv", text(rows)), dict(both)


@export("Amazon Connect historical metrics, with offsets")
def _(folder: Path) -> Written:
    hours = intervals(6)
    rows = [["Queue", "StartInterval", "EndInterval", "Average handle time", "Average queue answer time",
             "Contacts abandoned", "Contacts handled", "Contacts queued"]]  # fmt: skip
    for at, one in hours.iterrows():
        rows.append(["BasicQueue", f"{at:%Y-%m-%dT%H:%M:%S}+08:00", f"{at + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%S}+08:00",
                     f"{one.aht:.2f}", "9.21", int(one.offered - one.answered), int(one.answered), int(one.offered)])  # fmt: skip
    return put(folder / "HistoricalMetricsReport.csv", text(rows)), {"": hours}


@export("华为云联络中心 技能队列时段报表")
def _(folder: Path) -> Written:
    both = {name: intervals(7 + n) for n, name in enumerate(("售前咨询", "投诉受理"))}
    rows = [["技能队列话务时段报表"], ["统计时间：2026-01-05 00:00:00 至 2026-01-18 23:59:59"],
            ["统计周期", "技能队列", "呼入总量", "人工接通量", "人工接通率", "放弃量", "平均通话时长(秒)", "15秒接通率"]]  # fmt: skip
    for at in HOURS:
        for name, hours in both.items():
            one = hours.loc[at]
            rows.append([f"{at:%Y-%m-%d %H:%M}~{at + pd.Timedelta(hours=1):%H:%M}", name, int(one.offered), int(one.answered),
                         f"{one.answered / one.offered:.2%}", int(one.offered - one.answered), int(one.aht), "91.2%"])  # fmt: skip
        rows.append([f"{at:%Y-%m-%d %H:%M}~{at + pd.Timedelta(hours=1):%H:%M}", "合计",
                     int(sum(h.loc[at].offered for h in both.values())), "", "", "", "", ""])  # fmt: skip
    return put(folder / "报表.csv", text(rows), "gb18030"), dict(both)


@export("IEX TotalView history: HHMM, contacts, AHT")
def _(folder: Path) -> Written:
    halves = intervals(9, every=30)
    rows = [["Date", "Period", "CT ID", "Contacts Received", "Contacts Handled", "AHT", "Svl Lvl %"]]
    for at, one in halves.iterrows():
        rows.append([f"{at:%m/%d/%y}", f"{at:%H%M}", "100", int(one.offered), int(one.answered), int(one.aht), "80.0"])
    return put(folder / "history.txt", text(rows, "\t")), {"": halves}


# Planners' tables of many countries -------------------------------------------------------------------------------


@export("German, cp1252, from and to, a point between thousands")
def _(folder: Path) -> Written:
    hours = intervals(10, size=1000)
    rows = [["Auswertung Hotline Januar 2026"], [],
            ["Datum", "Uhrzeit von", "Uhrzeit bis", "Angebotene Anrufe", "Angenommene Anrufe", "Ø Gesprächsdauer", "Erreichbarkeit"]]  # fmt: skip
    for at, one in hours.iterrows():
        rows.append([f"{at:%d.%m.%Y}", f"{at:%H:%M}", f"{at + pd.Timedelta(hours=1):%H:%M}", f"{one.offered:,.0f}".replace(",", "."),
                     f"{one.answered:,.0f}".replace(",", "."), clock(int(one.aht))[2:], "97,5 %"])  # fmt: skip
    rows.append(["Gesamt", "", "", f"{hours.offered.sum():,.0f}".replace(",", "."), "", "", "97,1 %"])
    return put(folder / "Auswertung.csv", text(rows, ";"), "cp1252"), {"": hours}


@export("French, UTF-16, tabs, hard blanks between thousands")
def _(folder: Path) -> Written:
    hours = intervals(11, size=1000)
    rows = [
        [
            "Date",
            "Tranche horaire",
            "Appels reçus",
            "Appels traités",
            "Appels abandonnés",
            "Taux de décroché",
            "DMT (s)",
        ]
    ]
    for at, one in hours.iterrows():
        figures = [f"{n:,.0f}".replace(",", "\u00a0") for n in (one.offered, one.answered, one.offered - one.answered)]
        rows.append(
            [
                f"{at:%d/%m/%Y}",
                f"{at:%H}h00 - {at.hour + 1:02d}h00",
                *figures,
                "97,3 %",
                f"{one.aht:.1f}".replace(".", ","),
            ]
        )
    rows.append(["Total général", "", f"{hours.offered.sum():,.0f}".replace(",", "\u00a0"), "", "", "", ""])
    return put(folder / "appels.txt", text(rows, "\t"), "utf-16"), {"": hours}


@export("Spanish, franja de 08:00 a 09:00, a month as title")
def _(folder: Path) -> Written:
    hours = intervals(12)
    rows = [["Informe de llamadas - enero 2026"], [],
            ["Día", "Franja", "Ofrecidas", "Atendidas", "Abandonadas", "% Atención", "TMO (seg)"]]  # fmt: skip
    for at, one in hours.iterrows():
        rows.append([f"{at.day}/{at.month}/{at.year}", f"{at:%H:%M} a {at + pd.Timedelta(hours=1):%H:%M}", int(one.offered),
                     int(one.answered), int(one.offered - one.answered), "95,20%", int(one.aht)])  # fmt: skip
    return put(folder / "informe.csv", text(rows, ";"), "utf-8-sig"), {"": hours}


@export("Swiss, an apostrophe between thousands")
def _(folder: Path) -> Written:
    hours = intervals(13, size=1200)
    rows = [["Datum", "Zeit", "Anrufe", "AHT (Sek.)"]]
    for at, one in hours.iterrows():
        rows.append([f"{at:%d.%m.%Y}", f"{at.hour}:00", f"{one.offered:,.0f}".replace(",", "'"), f"{one.aht:.1f}"])
    return put(folder / "anrufe.csv", text(rows, ";")), {"": hours[["offered", "aht"]]}


@export("British planner: half hours as 9.00am - 9.30am")
def _(folder: Path) -> Written:
    halves = intervals(14, every=30)
    rows = [["Date", "Day", "Half Hour", "Vol", "Handled", "AHT"]]
    for at, one in halves.iterrows():
        to = at + pd.Timedelta(minutes=30)
        spans = [f"{t.hour % 12 or 12}.{t.minute:02d}{'am' if t.hour < 12 else 'pm'}" for t in (at, to)]
        rows.append(
            [f"{at:%d/%m/%y}", f"{at:%a}", " - ".join(spans), int(one.offered), int(one.answered), int(one.aht)]
        )
    return put(folder / "volumes.csv", text(rows)), {"": halves}


@export("a planner's forecast beside what came")
def _(folder: Path) -> Written:
    hours = intervals(15)
    rows = [
        ["Date", "Interval", "Forecast Calls", "Actual Calls", "Variance", "Forecast AHT", "Actual AHT", "Required FTE"]
    ]
    for at, one in hours.iterrows():
        rows.append(
            [
                f"{at:%d-%b-%Y}",
                f"{at:%H:%M}",
                int(one.offered) + 9,
                int(one.offered),
                -9,
                int(one.aht) + 5,
                int(one.aht),
                11.5,
            ]
        )
    return put(folder / "accuracy.csv", text(rows)), {"": hours[["offered", "aht"]]}


@export("weeks as blocks below one another, days across")
def _(folder: Path) -> Written:
    hours = intervals(16)
    rows: list[list[Any]] = []
    days = list(by_day(hours))
    for week in (days[:7], days[7:]):
        rows += [[f"Week commencing {week[0][0]:%d/%m/%Y}"], ["", *(f"{day:%a %d/%m/%Y}" for day, _ in week)]]
        for h in range(FIRST, LAST):
            rows.append([f"{h:02d}:00", *(int(frame.offered.iloc[h - FIRST]) for _, frame in week)])
        rows += [["Total", *(int(frame.offered.sum()) for _, frame in week)], []]
    return put(folder / "weeks.csv", text(rows)), {"": hours[["offered"]]}


@export("two tables side by side on one sheet")
def _(folder: Path) -> Written:
    both = {name: intervals(17 + n) for n, name in enumerate(("Sales", "Support"))}
    rows: list[list[Any]] = [
        ["Sales", "", "", "", "Support", "", ""],
        ["Date", "Time", "Calls", "", "Date", "Time", "Calls"],
    ]
    for at in HOURS:
        cells = [[f"{at:%Y-%m-%d}", f"{at:%H:%M}", int(frame.offered[at])] for frame in both.values()]
        rows.append([*cells[0], "", *cells[1]])
    return workbook(folder / "both.xlsx", {"Calls": rows}), {name: one[["offered"]] for name, one in both.items()}


@export("queue column with a row for all of them")
def _(folder: Path) -> Written:
    both = {name: intervals(19 + n) for n, name in enumerate(("Sales", "Support"))}
    rows = [["Date", "Hour", "Queue", "Calls Offered", "Calls Answered"]]
    for at in HOURS:
        for name, frame in both.items():
            rows.append([f"{at:%Y-%m-%d}", at.hour, name, int(frame.offered[at]), int(frame.answered[at])])
        rows.append(
            [
                f"{at:%Y-%m-%d}",
                at.hour,
                "All queues",
                *(int(sum(f[c][at] for f in both.values())) for c in ("offered", "answered")),
            ]
        )
    return put(folder / "queues.csv", text(rows)), {name: one[["offered", "answered"]] for name, one in both.items()}


@export("a sheet a month, hours across, a summary first")
def _(folder: Path) -> Written:
    hours = intervals(21)
    moved = hours.set_axis([at + pd.Timedelta(days=24) for at in hours.index])  # from 29 January into February
    sheets: dict[str, list[list[Any]]] = {"Summary": [["Month", "Calls"], ["January", 1234], ["February", 2345]]}
    for name, month in (("Jan 2026", 1), ("Feb 2026", 2)):
        part = moved[moved.index.month == month]
        sheets[name] = [["Day", *(f"{h}:00" for h in range(FIRST, LAST)), "Total"]]
        for day, frame in by_day(part):
            sheets[name].append([day.day, *map(int, frame.offered), int(frame.offered.sum())])
    return workbook(folder / "2026.xlsx", sheets), {"": moved[["offered"]]}


@export("a sheet a queue, with notes on a further one")
def _(folder: Path) -> Written:
    both = {name: intervals(22 + n) for n, name in enumerate(("Billing", "Technical"))}
    sheets: dict[str, list[list[Any]]] = {"Read me": [["Source: ACD"], ["Contact: planning"]]}
    for name, frame in both.items():
        sheets[name] = [
            ["Interval", "Calls", "AHT"],
            *([at.to_pydatetime(), int(o.offered), o.aht] for at, o in frame.iterrows()),
        ]
    return workbook(folder / "queues.xlsx", sheets), {name: one[["offered", "aht"]] for name, one in both.items()}


@export("dates merged over their hours, a subtotal a day")
def _(folder: Path) -> Written:
    hours = intervals(24)
    rows: list[list[Any]] = [["Call volumes"], ["Date", "Interval", "Offered", "Handled"]]
    merged = []
    for day, frame in by_day(hours):
        merged.append(f"A{len(rows) + 1}:A{len(rows) + len(frame)}")
        for at, one in frame.iterrows():
            rows.append([day.to_pydatetime() if at == frame.index[0] else "", f"{at:%H:%M}-{at + pd.Timedelta(hours=1):%H:%M}",
                         int(one.offered), int(one.answered)])  # fmt: skip
        rows.append([f"{day:%d %b} Total", "", int(frame.offered.sum()), int(frame.answered.sum())])
    rows.append(["Grand Total", "", int(hours.offered.sum()), int(hours.answered.sum())])
    return workbook(folder / "merged.xlsx", {"Data": rows}, merged), {"": hours[["offered", "answered"]]}


@export("two heading rows, merged: measure over queue")
def _(folder: Path) -> Written:
    both = {name: intervals(25 + n) for n, name in enumerate(("Sales", "Support"))}
    rows: list[list[Any]] = [
        ["Date", "Time", "Calls Offered", "", "Calls Answered", ""],
        ["", "", "Sales", "Support", "Sales", "Support"],
    ]
    for at in HOURS:
        rows.append(
            [
                at.to_pydatetime().date(),
                at.to_pydatetime().time(),
                *(int(f[c][at]) for c in ("offered", "answered") for f in both.values()),
            ]
        )
    path = workbook(folder / "two.xlsx", {"Data": rows}, ("A1:A2", "B1:B2", "C1:D1", "E1:F1"))
    return path, {name: one[["offered", "answered"]] for name, one in both.items()}


@export("interval ends: 08:30 to 24:00, none at 00:00")
def _(folder: Path) -> Written:
    halves = intervals(27, every=30)
    late = halves.set_axis(halves.index + pd.Timedelta(hours=4))
    rows = [["Date", "Interval End", "Calls"]]
    for at, one in late.iterrows():
        end = at + pd.Timedelta(minutes=30)
        rows.append([f"{at:%Y-%m-%d}", "24:00" if end.hour == end.minute == 0 else f"{end:%H:%M}", int(one.offered)])
    return put(folder / "ends.csv", text(rows)), {"": late[["offered"]]}


@export("interval ends by the heading alone")
def _(folder: Path) -> Written:
    hours = intervals(28)
    rows = [["Date", "Interval Ending", "Calls Offered"]]
    for at, one in hours.iterrows():
        rows.append([f"{at:%Y-%m-%d}", f"{at + pd.Timedelta(hours=1):%H:%M}", int(one.offered)])
    return put(folder / "ending.csv", text(rows)), {"": hours[["offered"]]}


@export("话务量 日期 星期 0-1 1-2 … 23-24 合计")
def _(folder: Path) -> Written:
    hours = intervals(29)
    rows: list[list[Any]] = [
        ["2026年1月热线分时话务量"],
        ["日期", "星期", *(f"{h}-{h + 1}" for h in range(24)), "合计"],
    ]
    for day, frame in by_day(hours):
        across = [0] * FIRST + list(map(int, frame.offered)) + [0] * (24 - LAST)
        rows.append([f"{day.month}月{day.day}日", "一二三四五六日"[day.weekday()], *across, sum(across)])
    rows.append(["日均", "", *[""] * 24, ""])
    return workbook(folder / "话务.xlsx", {"1月": rows}), {"": hours[["offered"]]}


@export("page breaks: title, heading and page number again")
def _(folder: Path) -> Written:
    hours = intervals(30)
    rows: list[list[Any]] = []
    for n, (day, frame) in enumerate(by_day(hours)):
        rows += [["Interval Summary"], ["Date", "Time", "Offered", "Answered"]]
        rows += [[f"{day:%d/%m/%Y}", f"{at:%H:%M}", int(o.offered), int(o.answered)] for at, o in frame.iterrows()]
        rows += [["Sub Total", "", int(frame.offered.sum()), int(frame.answered.sum())], [f"Page {n + 1} of 14"], []]
    return put(folder / "pages.csv", text(rows)), {"": hours[["offered", "answered"]]}


@export("handle time in minutes with decimals, the unit in its own row")
def _(folder: Path) -> Written:
    hours = intervals(31)
    rows: list[list[Any]] = [["Date", "Time", "Calls", "AHT"], ["", "", "(count)", "(min)"]]
    for at, one in hours.iterrows():
        rows.append([f"{at:%Y-%m-%d}", f"{at:%H:%M}", int(one.offered), f"{one.aht / 60:.4f}"])
    return put(folder / "minutes.csv", text(rows)), {"": hours[["offered", "aht"]]}


@export("talk, hold and wrap as means, no handle time")
def _(folder: Path) -> Written:
    hours = intervals(32)
    rows = [["Date", "Time", "Offered", "Answered", "Avg Talk", "Avg Hold", "Avg ACW", "Occupancy", "Adherence %"]]
    for at, one in hours.iterrows():
        rows.append([f"{at:%Y-%m-%d}", f"{at:%H:%M}", int(one.offered), int(one.answered), clock(int(one.aht) - 30), clock(12),
                     clock(18), "0.82", "96%"])  # fmt: skip
    return put(folder / "parts.csv", text(rows)), {"": hours}


@export("exact copies of rows, as two exports pasted together")
def _(folder: Path) -> Written:
    hours = intervals(33)
    rows = [[f"{at:%Y-%m-%d %H:%M}", int(o.offered), int(o.answered)] for at, o in hours.iterrows()]
    head = ["Interval Start", "Offered", "Answered"]
    return put(folder / "pasted.csv", text([head, *rows[:100], *rows[88:]])), {"": hours[["offered", "answered"]]}


@export("one interval twice with other numbers")
def _(folder: Path) -> Written:
    hours = intervals(34)
    rows = [[f"{at:%Y-%m-%d %H:%M}", int(o.offered)] for at, o in hours.iterrows()]
    return put(folder / "twice.csv", text([["Interval Start", "Offered"], *rows, [rows[5][0], 999]])), None


@export("one row an agent and hour")
def _(folder: Path) -> Written:
    hours = intervals(35)
    rows = [["Agent", "Date", "Hour", "Calls Handled", "AHT"]]
    for at, one in hours.iterrows():
        for agent, share in (("A17", 0.5), ("A18", 0.5)):
            rows.append([agent, f"{at:%Y-%m-%d}", f"{at:%H}:00", int(one.answered * share), int(one.aht)])
    return put(folder / "agents.csv", text(rows)), None


@export("weekdays and times without a date")
def _(folder: Path) -> Written:
    hours = intervals(36)
    rows = [
        ["Weekday", "Time", "Calls"],
        *([f"{at:%A}", f"{at:%H:%M}", int(o.offered)] for at, o in hours[: 7 * 12].iterrows()),
    ]
    return put(folder / "profile.csv", text(rows)), None


@export("an interval and a measure a row")
def _(folder: Path) -> Written:
    table = intervals(81)
    rows = [["Date", "Interval", "Metric", "Value"]]
    for at, row in table.iterrows():
        for measure, value in (
            ("Calls Offered", row["offered"]),
            ("Calls Handled", row["answered"]),
            ("AHT", row["aht"]),
        ):
            rows.append([f"{at:%Y-%m-%d}", f"{at:%H:%M}", measure, value])
    return put(folder / "measures.csv", text(rows)), {"": table}


@export("two columns without a heading")
def _(folder: Path) -> Written:
    table = intervals(82)
    rows = [[f"{at:%Y-%m-%d %H:%M:%S}", int(calls)] for at, calls in table["offered"].items()]
    return put(folder / "two.csv", text(rows)), {"": table[["offered"]]}


@export("Cisco CUIC with a summary of each call type")
def _(folder: Path) -> Written:
    truth = {name: intervals(seed) for name, seed in (("CT_Sales", 83), ("CT_Help", 84))}
    rows = [["Call Type", "DateTime", "Calls Offered", "Calls Answered", "ASA"]]
    for name, table in truth.items():
        rows += [
            [name, f"{at:%b %d, %Y %I:%M:%S %p}", int(row["offered"]), int(row["answered"]), "00:00:12"]
            for at, row in table.iterrows()
        ]
        rows.append([f"{name} Summary", "", int(table["offered"].sum()), "", ""])
    return put(folder / "cuic.csv", text(rows)), {name: table[["offered", "answered"]] for name, table in truth.items()}
