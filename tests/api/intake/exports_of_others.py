"""Further files as they are met: other languages, data sets of the trade, database dumps, workbooks with true dates."""

# ruff: noqa: PERF401 (a table is written as its rows stand)

from __future__ import annotations

import json
from datetime import time
from pathlib import Path
from typing import Any

import pandas as pd

from tests.api.intake.exports_of_systems import (
    FIRST,
    HOURS,
    LAST,
    Written,
    by_day,
    calls,
    clock,
    counted,
    export,
    intervals,
    put,
    text,
    workbook,
)

WORDS = {  # date, time, offered, answered, handle time
    "Polish": ("Data", "Godzina", "Połączenia przychodzące", "Odebrane", "Śr. czas obsługi"),
    "Dutch": ("Datum", "Tijd", "Aangeboden gesprekken", "Beantwoord", "Gem. gespreksduur"),
    "Turkish": ("Tarih", "Saat", "Gelen Çağrı", "Cevaplanan", "Ort. Görüşme Süresi"),
    "Korean": ("날짜", "시간", "인입호", "응답호", "평균처리시간"),
    "Swedish": ("Datum", "Tid", "Inkommande samtal", "Besvarade samtal", "Medelsamtalstid"),
}
for _n, _language in enumerate(WORDS):

    @export(f"{_language} headings")
    def _(folder: Path, seed: int = 140 + _n, language: str = _language) -> Written:
        told = intervals(seed)
        rows = [[f"{at:%d.%m.%Y}", f"{at:%H:%M}", *map(int, one)] for at, one in told.iterrows()]
        return put(folder / "own.csv", text([WORDS[language], *rows], ";")), {"": told}


@export("a workbook with true dates across, 00:00 in each, five minutes down")
def _(folder: Path) -> Written:
    told = intervals(151, size=8, every=5)[["offered"]]
    days = sorted(set(told.index.normalize()))
    rows: list[list[Any]] = [["5-Min Interval", *(day.to_pydatetime() for day in days)]]
    for hour, minute in sorted({(at.hour, at.minute) for at in told.index}):
        here = [int(told.offered[day + pd.Timedelta(hours=hour, minutes=minute)]) for day in days]
        rows.append([time(hour, minute), *here])
    return workbook(folder / "five.xlsx", {"Data": rows}), {"": told}


@export("days of a month as 1 to 31 across, a sheet a month, the year in the file's name")
def _(folder: Path) -> Written:
    told = intervals(152)[["offered"]]
    days = [frame.offered for _, frame in by_day(told)]
    rows = [["Hour", *(one.index[0].day for one in days)]]
    rows += [[f"{8 + n}-{9 + n}", *(int(one.iloc[n]) for one in days)] for n in range(len(days[0]))]
    return workbook(folder / "Calls 2026.xlsx", {"January": rows}), {"": told}


@export("queues over measures, their dates under a group of their own")
def _(folder: Path) -> Written:
    sales, support = intervals(153), intervals(154)
    rows = [["Interval", "", "Sales", "", "", "Support", "", ""],
            ["Date", "Time", *["Offered", "Answered", "AHT"] * 2]]  # fmt: skip
    for at, one in sales.iterrows():
        rows.append([at.normalize().to_pydatetime(), f"{at:%H:%M}", *map(int, one), *map(int, support.loc[at])])
    merged = ("A1:B1", "C1:E1", "F1:H1")
    return workbook(folder / "queues.xlsx", {"Report": rows}, merged), {"Sales": sales, "Support": support}


@export("dates over hours across, a queue a row")
def _(folder: Path) -> Written:
    told = {"Sales": intervals(155)[["offered"]], "Support": intervals(156)[["offered"]]}
    dates = [at.normalize().to_pydatetime() if at.hour == HOURS[0].hour else "" for at in HOURS]
    rows = [["Queue", *dates], ["", *(f"{at.hour}:00" for at in HOURS)]]
    rows += [[name, *map(int, frame.offered)] for name, frame in told.items()]
    return workbook(folder / "across.xlsx", {"S": rows}), dict(told)


@export("hours across as 08h às 09h")
def _(folder: Path) -> Written:
    told = intervals(157)[["offered"]]
    rows = [["Data", *(f"{hour:02d}h às {hour + 1:02d}h" for hour in range(8, 20)), "Total"]]
    rows += [[f"{day:%d/%m/%Y}", *map(int, one.offered), int(one.offered.sum())] for day, one in by_day(told)]
    return put(folder / "chamadas.csv", text(rows, ";"), "cp1252"), {"": told}


@export("dalle 08.00 alle 09.00, thousands with a point")
def _(folder: Path) -> Written:
    told = intervals(158, size=1500)[["offered"]]
    rows = [["Data", "Fascia oraria", "Chiamate entranti", "Durata media (sec)"]]
    for at, n in told.offered.items():
        rows.append(
            [f"{at:%d/%m/%Y}", f"dalle {at.hour:02d}.00 alle {at.hour + 1:02d}.00", f"{n:,}".replace(",", "."), "245,5"]
        )
    return put(folder / "chiamate.csv", text(rows, ";")), {"": told}


@export("Hour Ending 9 to 20")
def _(folder: Path) -> Written:
    told = intervals(159)[["offered"]]
    rows = [
        ["Date", "Hour Ending", "Calls"],
        *([f"{at.month}/{at.day}/{at.year}", at.hour + 1, n] for at, n in told.offered.items()),
    ]
    return put(folder / "ending.csv", text(rows)), {"": told}


@export("year, month, day and hour abbreviated")
def _(folder: Path) -> Written:
    told = intervals(160)[["offered"]]
    rows = [
        ["yr", "mo", "dy", "hr", "n_calls"],
        *([at.year, at.month, at.day, at.hour, n] for at, n in told.offered.items()),
    ]
    return put(folder / "parts.csv", text(rows)), {"": told}


@export("a timestamp and a value")
def _(folder: Path) -> Written:
    told = intervals(161)[["offered"]]
    return put(
        folder / "series.csv", text([["timestamp", "value"], *([f"{at}", n] for at, n in told.offered.items())])
    ), {"": told}


@export("JSON: a list of objects under a key")
def _(folder: Path) -> Written:
    told = intervals(162)[["offered"]]
    rows = [{"interval": f"{at:%Y-%m-%dT%H:%M:%S}", "calls": int(n)} for at, n in told.offered.items()]
    return put(folder / "answer.json", json.dumps({"status": "ok", "results": rows})), {"": told}


@export("Genesys aggregates: metrics down, an ISO interval with both ends")
def _(folder: Path) -> Written:
    told = intervals(163)[["offered"]]
    rows: list[list[Any]] = [["interval", "queue", "metric", "value"]]
    for at, n in told.offered.items():
        span = f"{at:%Y-%m-%dT%H:%M:%S}+08:00/{at + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%S}+08:00"
        rows += [[span, "Sales", "nOffered", int(n)], [span, "Sales", "nAbandon", 1]]
    return put(folder / "aggregates.csv", text(rows)), {"Sales": told}


@export("two waits, ASA and Avg Wait")
def _(folder: Path) -> Written:
    told = intervals(164)
    rows = [["Interval Start", "Offer", "Answer", "ASA", "Avg Wait", "AHT"]]
    rows += [
        [f"{at:%Y-%m-%d %H:%M}", int(one.offered), int(one.answered), 12, 13.5, one.aht] for at, one in told.iterrows()
    ]
    return put(folder / "waits.csv", text(rows)), {"": told}


@export("a database's dump: the columns' types below their names")
def _(folder: Path) -> Written:
    made = calls(165)
    rows = [
        ["callId", "dateTimeOrigination", "dateTimeConnect", "duration"],
        ["INTEGER", "INTEGER", "INTEGER", "VARCHAR(50)"],
    ]
    for n, one in enumerate(made):
        start = int(one.at.tz_localize("Asia/Shanghai").timestamp())
        rows.append([str(1000 + n), str(start), str(start + one.wait if one.answered else 0), str(one.talk)])
    return put(folder / "cdr.csv", text(rows)), counted(made)


@export("腾讯: 状态 as 队列放弃, 通话时长 as 3分5秒")
def _(folder: Path) -> Written:
    made = calls(166)
    rows = [["开始时间", "通话时长", "通话状态"]]
    for one in made:
        rows.append([f"{one.at}", f"{one.talk // 60}分{one.talk % 60}秒", "坐席已接听" if one.answered else "队列放弃"])
    return put(folder / "通话.csv", text(rows), "gb18030"), counted(made)


@export("a data set of 2020: Answered (Y/N), Resolved, AvgTalkDuration")
def _(folder: Path) -> Written:
    made = calls(167)
    rows = [
        [
            "Call Id",
            "Agent",
            "Date",
            "Time",
            "Topic",
            "Answered (Y/N)",
            "Resolved",
            "Speed of answer in seconds",
            "AvgTalkDuration",
        ]
    ]
    for n, one in enumerate(made):
        told = [one.wait, clock(one.talk)] if one.answered else ["", ""]
        rows.append(
            [
                f"ID{n}",
                "Ann",
                f"{one.at:%Y-%m-%d}",
                f"{one.at:%H:%M:%S}",
                f"Topic {n % 5}",
                "Y" if one.answered else "N",
                "Y" if n % 3 else "N",
                *told,
            ]
        )
    return put(folder / "calls.csv", text(rows)), counted(made)


@export("a column of words that nobody knows beside the times: no calls")
def _(folder: Path) -> Written:
    rows = [["timestamp", "forecast"], *([f"{at}", 30] for at in HOURS)]
    return put(folder / "planned.csv", text(rows)), None


@export("date (UTC) and time (UTC) beside numbers from and to")
def _(folder: Path) -> Written:
    made = calls(168)
    rows = [["line", "date (UTC)", "time (UTC)", "from", "to", "answered", "duration (in call)"]]
    for one in made:
        at = one.at.tz_localize("Asia/Shanghai").tz_convert("UTC")
        rows.append(
            ["Main", f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", "1", "2", "Yes" if one.answered else "No", str(one.talk)]
        )
    return put(folder / "utc.csv", text(rows)), counted(made)


@export("Agent answered and Caller abandoned")
def _(folder: Path) -> Written:
    made = calls(169)
    rows = [["Start time", "Result", "Duration (seconds)"]]
    for one in made:
        rows.append([f"{one.at}", "Agent answered" if one.answered else "Caller abandoned", str(one.talk)])
    return put(folder / "results.csv", text(rows)), counted(made)


@export("hours ending, HE 1 to 24, beside a date in words")
def _(folder: Path) -> Written:
    told = intervals(170)
    rows = [["Date", "HE", "Contacts Offered", "Contacts Handled"]]
    rows += [[f"{at:%B %d %Y}", at.hour + 1, one.offered, one.answered] for at, one in told.iterrows()]
    return put(folder / "he.csv", text(rows)), {"": told[["offered", "answered"]]}


@export("queue and measure in one heading: Sales Offered, Service Offered")
def _(folder: Path) -> Written:
    told = {"Sales": intervals(171, every=30), "Service": intervals(172, every=30)}
    rows = [["Interval", *(f"{queue} {what}" for queue in told for what in ("Offered", "Answered"))]]
    both = pd.concat([one[["offered", "answered"]] for one in told.values()], axis=1)
    rows += [[f"{at:%Y-%m-%d %H:%M}", *counts] for at, counts in zip(both.index, both.to_numpy().tolist(), strict=True)]
    return put(folder / "queues.csv", text(rows)), {queue: one[["offered", "answered"]] for queue, one in told.items()}


@export("JSON of objects within objects")
def _(folder: Path) -> Written:
    told = intervals(173)[["offered", "answered"]]
    held = [
        {"interval": at.tz_localize("Asia/Shanghai").isoformat(), "metrics": counts}
        for at, counts in zip(told.index, told.to_dict("records"), strict=True)
    ]
    return put(folder / "metrics.json", json.dumps({"data": held})), {"": told}


@export("columns that only blanks part, one below the other")
def _(folder: Path) -> Written:
    told = intervals(174)[["offered", "answered"]]
    lines = ["DATE        TIME   CALLS  ANSWERED"]
    lines += [f"{at:%Y-%m-%d}  {at:%H:%M}  {one.offered:5d}  {one.answered:8d}" for at, one in told.iterrows()]
    return put(folder / "aligned.txt", "\n".join(lines) + "\n"), {"": told}


@export("JSON lines: started_at as milliseconds")
def _(folder: Path) -> Written:
    made = calls(175)
    lines = [
        json.dumps(
            {"id": n, "started_at": one.at.tz_localize("Asia/Shanghai").value // 10**6, "answered": one.answered}
        )
        for n, one in enumerate(made)
    ]
    return put(folder / "calls.jsonl", "\n".join(lines)), counted(made, talk=False)


@export("quarters counted from 0, and the day's total below them")
def _(folder: Path) -> Written:
    told = intervals(181, every=15)[["offered"]]
    rows: list[list[Any]] = [["日期", "时段", "呼入量"]]
    for day, frame in by_day(told):
        rows += [[f"{day:%Y-%m-%d}", 4 * at.hour + at.minute // 15, one.offered] for at, one in frame.iterrows()]
        rows.append([f"{day:%Y-%m-%d}", "合计", int(frame.offered.sum())])
    assert rows[1][1] == 32
    rows.insert(1, [rows[1][0], 0, 0])
    return put(folder / "acd.csv", text(rows)), {"": told}


ERAS = {"the Buddhist calendar": (543, "{day}/{month}/{year}"), "the republic": (-1911, "{year}/{month}/{day}"),
        "Reiwa": (-2018, "令和{year}年{month}月{day}日")}  # fmt: skip
for _n, (_name, _era) in enumerate(ERAS.items()):

    @export(f"years of {_name}, a wave between times")
    def _(folder: Path, seed: int = 182 + _n, era: tuple[int, str] = _era) -> Written:
        told = intervals(seed)[["offered", "answered"]]
        ahead, form = era
        rows = [
            [
                form.format(year=at.year + ahead, month=f"{at:%m}", day=f"{at:%d}"),
                f"{at:%H:%M}\u301c{at.hour + 1}:00",
                *map(int, one),
            ]
            for at, one in told.iterrows()
        ]
        return put(folder / "era.csv", text([["日付", "時間帯", "着信数", "応答数"], *rows])), {"": told}


@export("a report a day below the other, its date beside its skill, the calls answered and abandoned")
def _(folder: Path) -> Written:
    told = intervals(186, every=30)
    rows: list[list[Any]] = []
    for day, frame in by_day(told):
        rows += [["Split/Skill:", "Care"], ["Date:", f"{day:%d %b %Y}"]]
        rows.append(["Time", "ACD Calls", "Avg Speed Ans", "Avg ACD Time", "Aban Calls"])
        rows.append(["Totals", int(frame.answered.sum()), 12, 201, int((frame.offered - frame.answered).sum())])
        for at, one in frame.iterrows():
            label = f"{at:%I:%M %p} - {at + pd.Timedelta(minutes=30):%I:%M %p}"
            rows.append([label, int(one.answered), 12, 201, int(one.offered - one.answered)])
        rows.append([])
    return put(folder / "skill.txt", text(rows, "\t")), {"": told[["offered", "answered"]]}


@export("Excel 2003's workbook in XML under the name of one, a cell passed over")
def _(folder: Path) -> Written:
    told = intervals(187)[["offered", "answered"]]

    def cell(kind: str, value: object, index: str = "") -> str:
        return f'<Cell{index}><Data ss:Type="{kind}">{value}</Data></Cell>'

    def row(*cells: str) -> str:
        return f"<Row>{''.join(cells)}</Row>"

    fourth = ' ss:Index="4"'
    rows = [row(*(cell("String", one) for one in ("Interval Start", "Offered")), cell("String", "Answered", fourth))]
    rows += [
        row(
            cell("DateTime", f"{at.isoformat()}.000"),
            cell("Number", one.offered),
            cell("Number", one.answered, fourth),
        )
        for at, one in told.iterrows()
    ]
    head = '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'
    return put(folder / "report.xls", f"{head}{''.join(rows)}</Table></Worksheet></Workbook>"), {"": told}


@export("a report a day, its queue told once at the head, weekdays before the dates")
def _(folder: Path) -> Written:
    told = intervals(188)
    rows: list[list[Any]] = [["Queue Performance by Period"], ["Queue: 400 Care"], []]
    for day, frame in by_day(told):
        rows += [[f"{day:%A}", f" {day:%d %B %Y}"], ["Period", "Offered", "Handled", "Avg. Talk"]]
        rows += [[f"{at:%H:%M}", int(one.offered), int(one.answered), "3:20"] for at, one in frame.iterrows()]
        rows += [["Total", int(frame.offered.sum()), "", ""], []]
    return put(folder / "periods.csv", text(rows)), {"400 Care": told[["offered", "answered"]]}


@export("days of a month below hours, as the corner of the heading says")
def _(folder: Path) -> Written:
    told = intervals(189)[["offered"]]
    rows: list[list[Any]] = [["2026年分时统计"], ["日\\时", *range(FIRST, LAST), "小计"]]
    rows += [[day.day, *frame.offered, frame.offered.sum()] for day, frame in by_day(told)]
    return workbook(folder / "corner.xlsx", {"1月": rows}), {"": told}


@export("year, month, day, hour and minute apart")
def _(folder: Path) -> Written:
    told = intervals(190, every=30)[["offered"]]
    rows = [[at.year, at.month, at.day, at.hour, at.minute, one.offered] for at, one in told.iterrows()]
    return put(folder / "parts.csv", text([["year", "month", "day", "hour", "minute", "n_calls"], *rows])), {"": told}


@export("calls of which not all were connected: when they started is their arrival")
def _(folder: Path) -> Written:
    made = calls(191)
    rows = [
        [n, "inbound", f"{one.at:%Y-%m-%d %H:%M:%S}", f"{one.at:%Y-%m-%d %H:%M:%S}" if one.answered else ""]
        for n, one in enumerate(made)
    ]
    return put(
        folder / "calls.csv", text([["call_id", "direction", "date_started", "date_connected"], *rows])
    ), counted(made, talk=False)


LETTERS = {  # date, time, offered, answered, in letters of their own
    "cp1250": ("Datum", "Čas", "Příchozí hovory", "Přijaté hovory"),
    "cp1253": ("Ημερομηνία", "Ώρα", "Εισερχόμενες κλήσεις", "Απαντημένες κλήσεις"),
    "cp1256": ("التاريخ", "الوقت", "المكالمات الواردة", "المكالمات المجابة"),
    "utf-8": ("Ngày", "Khung giờ", "Cuộc gọi đến", "Cuộc gọi trả lời"),
}
for _n, (_letters, _heads) in enumerate(LETTERS.items()):

    @export(f"headings in {_letters}: {_heads[0]}")
    def _(folder: Path, seed: int = 192 + _n, letters: str = _letters, heads: tuple[str, ...] = _heads) -> Written:
        told = intervals(seed)[["offered", "answered"]]
        rows = [[f"{at.day}. {at.month}. {at.year}", f"{at:%H:%M}", *map(int, one)] for at, one in told.iterrows()]
        return put(folder / "own.csv", text([heads, *rows], ";"), letters), {"": told}


@export("both unanswered and abandoned: the calls answered tell which")
def _(folder: Path) -> Written:
    told = intervals(196)[["offered", "answered"]]
    rows = [
        [f"{at:%Y-%m-%d %H:00}", one.offered, one.answered, one.offered - one.answered, 0]
        for at, one in told.iterrows()
    ]
    return put(folder / "hours.csv", text([["Hour", "Received", "Answered", "Unanswered", "Abandoned"], *rows])), {
        "": told
    }


@export("months in words, and the hour behind at")
def _(folder: Path) -> Written:
    told = intervals(197)[["offered"]]
    rows = [[f"{at:%B} {at.day}, {at.year} at {at:%I %p}", one.offered] for at, one in told.iterrows()]
    return put(folder / "hours.csv", text([["Hour of Call Start", "Number of Records"], *rows], "\t"), "utf-16"), {
        "": told
    }


for _n, _orient in enumerate(("columns", "split")):

    @export(f"a data frame as JSON by {_orient}")
    def _(folder: Path, seed: int = 198 + _n, orient: Any = _orient) -> Written:
        told = intervals(seed)[["offered", "answered"]]
        table = told.rename_axis("start").reset_index().assign(start=[at.isoformat() for at in told.index])
        return put(folder / "frame.json", table.to_json(orient=orient)), {"": told}


@export("a sheet a day, called by its date of two digits each")
def _(folder: Path) -> Written:
    told = intervals(200)[["offered"]]
    sheets = {
        f"{day:%d.%m.%y}": [["Hour", "Received"], *([f"{at:%H}", one.offered] for at, one in frame.iterrows())]
        for day, frame in by_day(told)
    }
    return workbook(folder / "days.xlsx", sheets), {"": told}


@export("R: rows numbered without a heading, datetime and n")
def _(folder: Path) -> Written:
    told = intervals(210)[["offered"]]
    rows = [["", "datetime", "n"], *([i + 1, f"{at}", n] for i, (at, n) in enumerate(told.offered.items()))]
    return put(folder / "by_hour.csv", text(rows)), {"": told}


@export("SAS: 05JAN2026:08:00:00 under dt")
def _(folder: Path) -> Written:
    told = intervals(211)[["offered", "answered"]]
    rows = [["dt", "offered", "answered"]]
    rows += [[f"{at:%d%b%Y:%H:%M:%S}".upper(), *map(int, one)] for at, one in told.iterrows()]
    return put(folder / "sas.csv", text(rows)), {"": told}


@export("days across without a year, above them Month: Jan-26")
def _(folder: Path) -> Written:
    told = intervals(212)[["offered"]]
    days = list(by_day(told))
    rows: list[list[Any]] = [["Arrival Pattern"], ["Prepared by WFM", "", "Month:", "Jan-26"], []]
    rows.append(["Interval", *(f"{day:%a %d-%b}" for day, _ in days), "Total"])
    hours = [one.offered.to_numpy() for _, one in days]
    for n in range(len(hours[0])):
        here = [int(one[n]) for one in hours]
        rows.append([f"{8 + n:02d}:00-{9 + n:02d}:00", *here, sum(here)])
    return workbook(folder / "pattern.xlsx", {"Jan": rows}), {"": told}


@export("日付, 時間帯 as 8時台, 着信呼数")
def _(folder: Path) -> Written:
    told = intervals(213)[["offered", "answered"]]
    rows = [["日付", "曜日", "時間帯", "着信呼数", "応答呼数", "放棄呼数", "応答率"]]
    for at, one in told.iterrows():
        lost = int(one.offered - one.answered)
        rows.append(
            [f"{at.year}年{at.month}月{at.day}日", "月火水木金土日"[at.weekday()], f"{at.hour}時台", *one, lost, "91%"]
        )
    return put(folder / "着信.csv", text(rows), "cp932"), {"": told}


@export("일자, 시간 as 08시, 인입호")
def _(folder: Path) -> Written:
    told = intervals(214)[["offered", "answered"]]
    rows = [["일자", "시간", "인입호", "응대호", "포기호"]]
    rows += [[f"{at:%Y-%m-%d}", f"{at.hour:02d}시", *one, one.offered - one.answered] for at, one in told.iterrows()]
    return put(folder / "calls.csv", text(rows), "cp949"), {"": told}


@export("日报: 呼入总量 beside 人工请求量, of which seats are asked for the latter")
def _(folder: Path) -> Written:
    told = intervals(215)[["offered", "answered"]]
    above = "热线话务日报\n统计时间：2026-01-05 至 2026-01-18\n"
    rows: list[list[Any]] = [["日期", "时段", "呼入总量", "人工请求量", "人工接通量", "接通率"]]
    rows += [[f"{at:%Y-%m-%d}", f"{at.hour}时", one.offered * 3, *one, "91%"] for at, one in told.iterrows()]
    return put(folder / "日报.csv", above + text([*rows, ["合计", "", 9, 8, 7, "90%"]]), "gbk"), {"": told}


@export("a service desk's log of changes: a row for each state of a number, minutes alone")
def _(folder: Path) -> Written:
    made = calls(216)
    rows: list[list[Any]] = [["number", "incident_state", "opened_at", "sys_updated_at", "contact_type"]]
    for n, one in enumerate(made):
        for step, state in enumerate(["New", "Active", "Closed"][: 1 + n % 3]):
            later = one.at + pd.Timedelta(hours=step)
            rows.append([f"INC{n:07d}", state, f"{one.at:%d/%m/%Y %H:%M}", f"{later:%d/%m/%Y %H:%M}", "Phone"])
    return put(folder / "incidents.csv", text(rows)), counted(made, outcome=False, talk=False)


@export("a switch's log: 接听时间 blank of calls that nobody took")
def _(folder: Path) -> Written:
    made = calls(217)
    rows: list[list[Any]] = [["通话ID", "呼叫类型", "呼叫开始时间", "接听时间", "挂断时间", "通话时长", "挂机方"]]
    for n, one in enumerate(made):
        taken = f"{one.at + pd.Timedelta(seconds=one.wait)}" if one.answered else ""
        rows.append([f"2026{n:08d}", "呼入", f"{one.at}", taken, f"{one.end}", one.talk, "客户"])
    return put(folder / "话单.csv", text(rows), "gb18030"), counted(made)


@export("ISO weeks: 2026-W02, the weekday beside")
def _(folder: Path) -> Written:
    told = intervals(220)[["offered"]]
    rows: list[list[Any]] = [["Week", "Weekday", "Hour", "Calls"]]
    for at, n in told.offered.items():
        rows.append([f"{at.isocalendar().year}-W{at.isocalendar().week:02d}", f"{at:%a}", at.hour, n])
    return put(folder / "weeks.csv", text(rows)), {"": told}


@export("ISO dates of weeks: 2026-W02-1")
def _(folder: Path) -> Written:
    told = intervals(221)[["offered"]]
    rows: list[list[Any]] = [["Date", "Hour", "Calls"]]
    rows += [["{}-W{:02d}-{}".format(*at.isocalendar()), at.hour, n] for at, n in told.offered.items()]
    return put(folder / "weeks.csv", text(rows)), {"": told}


@export("Jahr, KW and Wochentag")
def _(folder: Path) -> Written:
    told = intervals(222)[["offered"]]
    days = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
    rows: list[list[Any]] = [["Jahr", "KW", "Wochentag", "Stunde", "Anrufe"]]
    for at, n in told.offered.items():
        rows.append([at.isocalendar().year, at.isocalendar().week, days[at.weekday()], at.hour, n])
    return put(folder / "kw.csv", text(rows, ";")), {"": told}


@export("blanks between delimiter and quote, a delimiter within quotes")
def _(folder: Path) -> Written:
    told = intervals(223)[["offered"]]
    lines = [f'"{at:%d/%m/%Y}", "{at:%H:%M}", "Sales, east", "{n}"' for at, n in told.offered.items()]
    return put(folder / "spaced.csv", "\n".join(['"Date", "Time", "Queue", "Calls"', *lines])), {"Sales, east": told}


@export("every line in quotes of its own")
def _(folder: Path) -> Written:
    told = intervals(224)[["offered"]]
    lines = [f'"{at:%Y-%m-%d},{at:%H:%M},{n}"' for at, n in told.offered.items()]
    return put(folder / "pasted.csv", "\r\n".join(['"Date,Time,Calls"', *lines])), {"": told}


@export("a page whose cells and rows do not say where they end, called .xls")
def _(folder: Path) -> Written:
    told = intervals(225)[["offered", "answered"]]
    rows = "".join(f"<tr><td>{at:%d/%m/%Y}<td>{at:%H:%M}<td>{a}<td>{b}" for at, (a, b) in told.iterrows())
    page = f"<html><body><h1>Queues</h1><table><tr><th>Date<th>Time<th>Offered<th>Answered{rows}</table></body></html>"
    return put(folder / "queues.xls", page), {"": told}


@export("remarks above behind #, one of them with the headings")
def _(folder: Path) -> Written:
    told = intervals(226)[["offered"]]
    lines = [f"{at:%Y-%m-%dT%H:%M:%S},{n}" for at, n in told.offered.items()]
    head = ["# export of a queue", "# columns: ts, offered", "ts,offered"]
    return put(folder / "remarks.csv", "\n".join([*head, *lines])), {"": told}


@export("指标 down: 呼入量, 接通量 and 接通率, the date once a block, hours across")
def _(folder: Path) -> Written:
    told = intervals(227)[["offered", "answered"]]
    rows: list[list[Any]] = [["日期", "指标", *(f"{hour}:00-{hour + 1}:00" for hour in range(8, 20)), "合计"]]
    for day, one in by_day(told):
        rows.append([f"{day:%Y-%m-%d}", "呼入量", *one.offered, one.offered.sum()])
        rows.append(["", "接通量", *one.answered, one.answered.sum()])
        rows.append(["", "接通率", *[f"{rate:.0%}" for rate in one.answered / one.offered], ""])
    return put(folder / "指标.csv", text(rows), "gbk"), {"": told}


@export("JSON: lists within lists, pairs of an epoch and a number")
def _(folder: Path) -> Written:
    told = intervals(228)[["offered"]]
    epochs = (told.index.tz_localize("Asia/Shanghai") - pd.Timestamp(0, tz="UTC")).total_seconds().astype(int)
    values = [[int(at), str(n)] for at, n in zip(epochs, told.offered, strict=True)]
    held = {"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"q": "a"}, "values": values}]}}
    return put(folder / "query.json", json.dumps(held)), {"": told}


@export("a log without headings, ANSWERED in its first row")
def _(folder: Path) -> Written:
    made = calls(229)
    made = made[next(n for n, one in enumerate(made) if one.answered) :]
    said = {True: "ANSWERED", False: "NO ANSWER"}
    rows = [[f"{one.at}", "13800001234", "6001", said[one.answered], one.talk] for one in made]
    return put(folder / "log.csv", text(rows)), counted(made, talk=False)


@export("half hours as 1 to 48 under HH")
def _(folder: Path) -> Written:
    told = intervals(230, every=30)[["offered"]]
    rows: list[list[Any]] = [["Date", "HH", "Calls"]]
    rows += [[f"{at:%d-%b-%Y}", at.hour * 2 + at.minute // 30 + 1, n] for at, n in told.offered.items()]
    return put(folder / "hh.csv", text(rows)), {"": told}
