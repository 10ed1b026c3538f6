"""Call logs and tickets as switches and ticketing systems write them, each with the truth it tells.

As `tests.api.intake.exports_of_systems`; kept apart for its size.
"""

# ruff: noqa: E501, PERF401 (a table is written as its rows stand)

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.api.intake.exports_of_systems import (
    Written,
    calls,
    clock,
    counted,
    export,
    half,
    intervals,
    put,
    text,
    workbook,
)


@export("Asterisk Master.csv without a heading")
def _(folder: Path) -> Written:
    made = calls(51)
    rows = [
        ["", f"+44207{n:07d}", "600", "from-trunk", f'"C" <{n}>', "PJSIP/trunk-0001", "PJSIP/61-02" if c.answered else "",
         "Queue", "600,tT,,,90", f"{c.at}", f"{c.at + pd.Timedelta(seconds=c.wait)}" if c.answered else "", f"{c.end}", c.wait + c.talk,
         c.talk, "ANSWERED" if c.answered else "NO ANSWER", "DOCUMENTATION", f"1767.{n}", ""]
        for n, c in enumerate(made)
    ]  # fmt: skip
    return put(folder / "Master.csv", text(rows)), counted(made)


@export("3CX call log with a totals row")
def _(folder: Path) -> Written:
    made = calls(52)
    rows: list[list[Any]] = [
        ["Call Time", "Caller ID", "Destination", "Status", "Ringing", "Talking", "Totals", "Cost", "Reason"]
    ]
    for n, c in enumerate(made):
        rows.append([f"{c.at:%Y-%m-%dT%H:%M:%S}", f"0161{n:06d}", "Sales (800)", "answered" if c.answered else "unanswered",
                     clock(c.wait), clock(c.talk), clock(c.wait + c.talk), "", "Terminated by caller"])  # fmt: skip
    rows.append(["", "", "", "Totals", clock(9999), clock(9999), clock(9999), "0.00", ""])
    return put(folder / "calllog.csv", text(rows), "utf-8-sig"), counted(made)


@export("阿里云 通话记录, 呼出 between")
def _(folder: Path) -> Written:
    made = calls(53, ("售前", "售后"))
    rows = [
        [
            "通话ID",
            "主叫号码",
            "被叫号码",
            "呼叫类型",
            "开始时间",
            "技能组",
            "坐席",
            "排队时长(秒)",
            "通话时长(秒)",
            "接听状态",
        ]
    ]
    for n, c in enumerate(made):
        rows.append([f"job-{n}", f"138{n:08d}", "4001234567", "呼入", f"{c.at:%Y-%m-%d %H:%M:%S}", c.queue, "8001" if c.answered else "",
                     c.wait, c.talk or "", "已接听" if c.answered else "未接听"])  # fmt: skip
        if n % 3 == 0:
            rows.append(
                [
                    f"out-{n}",
                    "4001234567",
                    f"139{n:08d}",
                    "呼出",
                    f"{c.at:%Y-%m-%d %H:%M:%S}",
                    c.queue,
                    "8002",
                    0,
                    33,
                    "已接听",
                ]
            )
    return put(folder / "通话记录.csv", text(rows), "gb18030"), counted(made, queues=True)


@export("Zendesk tickets: lines within quotes, no outcome")
def _(folder: Path) -> Written:
    made = calls(54)
    rows = [["Ticket ID", "Created at", "Subject", "Status", "Priority", "Group", "Updated at"]]
    for n, c in enumerate(made):
        rows.append([n + 1000, f"{c.at:%Y-%m-%d %H:%M}", f"Order {n}\nplease call, back", ["Closed", "Open", "Pending"][n % 3],
                     "Normal", "Support", f"{c.end:%Y-%m-%d %H:%M}"])  # fmt: skip
    return put(folder / "tickets.csv", text(rows)), counted(made, outcome=False, talk=False)


@export("Zendesk Talk: US dates, AM and PM apart from the date")
def _(folder: Path) -> Written:
    made = calls(55)
    rows = [["Date", "Time", "Call ID", "Call direction", "Call status", "Wait time (sec)", "Talk time (sec)", "Line"]]
    for n, c in enumerate(made):
        rows.append([f"{c.at:%m/%d/%Y}", f"{c.at:%I:%M:%S %p}", n, "Inbound", "Completed" if c.answered else "Abandoned in queue",
                     c.wait, c.talk or "", "+1 555 0100"])  # fmt: skip
    return put(folder / "talk.csv", text(rows)), counted(made)


@export("Talkdesk: the call type tells how it ended")
def _(folder: Path) -> Written:
    made = calls(56)
    rows = [["Interaction ID", "Call Type", "Start Time", "End Time", "Talkdesk Phone Number", "Customer Phone Number", "Talk Time",
             "Wait Time", "Hold Time", "Ring Groups"]]  # fmt: skip
    for n, c in enumerate(made):
        rows.append([f"{n:032x}", "Inbound" if c.answered else "Abandoned", f"{c.at}", f"{c.end}", "+18005550100", f"+1555{n:07d}",
                     clock(c.talk), clock(c.wait), "0:00:00", "sales"])  # fmt: skip
        if n % 4 == 0:
            rows.append(
                [
                    f"{n + 9**9:032x}",
                    "Outbound",
                    f"{c.at}",
                    f"{c.end}",
                    "+18005550100",
                    "+15550000000",
                    clock(44),
                    "",
                    "",
                    "",
                ]
            )
    return put(folder / "calls.csv", text(rows)), counted(made)


@export("epoch milliseconds, true and false")
def _(folder: Path) -> Written:
    made = calls(57)
    rows = [["id", "created_ms", "answered", "handle_ms"]]
    for n, c in enumerate(made):
        stamp = int(c.at.tz_localize("Asia/Shanghai").timestamp() * 1000)
        rows.append([f"c{n}", stamp, str(c.answered).lower(), c.talk * 1000 if c.answered else ""])
    return put(folder / "events.csv", text(rows)), counted(made)


@export("epoch seconds an interval")
def _(folder: Path) -> Written:
    hours = intervals(58)
    rows = [
        ["epoch", "calls"],
        *([int(at.tz_localize("Asia/Shanghai").timestamp()), int(o.offered)] for at, o in hours.iterrows()),
    ]
    return put(folder / "epochs.csv", text(rows)), {"": hours[["offered"]]}


@export("abandoned as Y and N")
def _(folder: Path) -> Written:
    made = calls(59)
    rows = [["Call Start", "Queue", "Abandoned", "Handle Time"]]
    for c in made:
        rows.append(
            [f"{c.at:%d/%m/%Y %H:%M:%S}", "Sales", "N" if c.answered else "Y", clock(c.talk) if c.answered else ""]
        )
    return put(folder / "abandoned.csv", text(rows)), counted(made)


@export("abandonné, oui et non, heures à la française")
def _(folder: Path) -> Written:
    made = calls(60)
    rows = [["Date appel", "Heure appel", "File", "Abandonné", "Attente", "Durée de conversation"]]
    for c in made:
        rows.append(
            [
                f"{c.at:%d/%m/%Y}",
                f"{c.at:%Hh%M}",
                "Ventes",
                "non" if c.answered else "oui",
                clock(c.wait),
                clock(c.talk),
            ]
        )
    return put(folder / "appels.csv", text(rows, ";"), "cp1252"), counted(made)


@export("是否放弃 0 and 1, 接起 1")
def _(folder: Path) -> Written:
    made = calls(61)
    rows = [
        ["来电时间", "队列", "是否放弃", "通话时长"],
        *([f"{c.at:%Y/%m/%d %H:%M:%S}", "热线", int(not c.answered), clock(c.talk)] for c in made),
    ]
    return put(folder / "来电.csv", text(rows), "gbk"), counted(made)


@export("Genesys segments: a call in several legs")
def _(folder: Path) -> Written:
    made = calls(62)
    rows = [["Conversation ID", "Date", "Direction", "Queue", "Media Type", "Abandoned", "Total Handle"]]
    for n, c in enumerate(made):
        rows.append(
            [
                f"conv-{n:05d}",
                f"{c.at:%Y-%m-%d %H:%M:%S}",
                "Inbound",
                "Sales",
                "voice",
                "NO" if c.answered else "YES",
                c.talk * 1000 or "",
            ]
        )
        if n % 5 == 0 and c.answered:
            later = c.at + pd.Timedelta(seconds=5)
            rows.append([f"conv-{n:05d}", f"{later:%Y-%m-%d %H:%M:%S}", "Inbound", "Sales", "voice", "NO", ""])
    return put(folder / "interactions.csv", text(rows)), counted(made)


@export("a call log by minutes, Spanish Excel: 8:13 a. m.")
def _(folder: Path) -> Written:
    made = calls(63)
    rows = [["Fecha y hora", "Cola", "Estado", "Duración"]]
    for c in made:
        time = half(c.at).replace("AM", "a.\u00a0m.").replace("PM", "p.\u00a0m.")
        rows.append(
            [
                f"{c.at.day}/{c.at.month}/{c.at.year} {time}",
                "Ventas",
                "Atendida" if c.answered else "Abandonada",
                clock(c.talk),
            ]
        )
    return put(folder / "registro.csv", text(rows, ";"), "utf-8-sig"), counted(made)


@export("Excel's day numbers, durations as fractions of a day")
def _(folder: Path) -> Written:
    made = calls(64)
    rows: list[list[Any]] = [["Arrival", "Answered (Y/N)", "Talk Time"]]
    for c in made:
        serial = (c.at - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)
        rows.append([round(serial, 6), "Y" if c.answered else "N", pd.Timedelta(seconds=c.talk).to_pytimedelta()])
    return workbook(folder / "log.xlsx", {"Log": rows}), counted(made)


@export("newest first, a heading of several words, a note below")
def _(folder: Path) -> Written:
    made = calls(65)
    rows = [
        ["Report run: 19/01/2026 07:00"],
        [],
        ["Contact Start Date/Time", "Contact Queue Name", "Contact Outcome", "Agent Talk Duration (hh:mm:ss)"],
    ]
    for c in reversed(made):
        rows.append(
            [
                f"{c.at:%d/%m/%Y %H:%M:%S}",
                "Sales",
                "Handled" if c.answered else "Abandoned",
                f"{c.talk // 3600:02d}:{c.talk // 60 % 60:02d}:{c.talk % 60:02d}",
            ]
        )
    rows += [[], ["End of report"]]
    return put(folder / "contacts.csv", text(rows)), counted(made)


@export("Amazon Connect contact search, outbound between, no outcome")
def _(folder: Path) -> Written:
    made = calls(66)
    rows = [["Contact ID", "Channel", "Initiation method", "Initiation timestamp", "System phone number", "Queue", "Agent",
             "Disconnect timestamp", "Contact duration"]]  # fmt: skip
    for n, c in enumerate(made):
        rows.append([f"id-{n}", "VOICE", "INBOUND", f"{c.at:%Y-%m-%dT%H:%M:%S}+08:00", "+1800", "BasicQueue", "ag1" if c.answered else "",
                     f"{c.end:%Y-%m-%dT%H:%M:%S}+08:00", clock(c.wait + c.talk)])  # fmt: skip
        if n % 6 == 0:
            rows.append(
                [
                    f"o-{n}",
                    "VOICE",
                    "OUTBOUND",
                    f"{c.at:%Y-%m-%dT%H:%M:%S}+08:00",
                    "+1800",
                    "",
                    "ag1",
                    f"{c.end:%Y-%m-%dT%H:%M:%S}+08:00",
                    clock(30),
                ]
            )
    return put(folder / "contacts.csv", text(rows)), counted(made, outcome=False, talk=False)


@export("工单: 渠道 phone among others, 处理状态 is no outcome")
def _(folder: Path) -> Written:
    made, random = calls(67), np.random.default_rng(1)
    rows = [["工单编号", "创建时间", "受理渠道", "工单类型", "处理状态", "处理人", "完结时间"]]
    for n, c in enumerate(made):
        rows.append(
            [
                f"GD{n:08d}",
                f"{c.at:%Y-%m-%d %H:%M:%S}",
                "电话",
                "咨询",
                ["已完结", "处理中"][n % 2],
                "张三",
                f"{c.end:%Y-%m-%d %H:%M:%S}",
            ]
        )
        if random.random() < 0.4:
            rows.append([f"GX{n:08d}", f"{c.at:%Y-%m-%d %H:%M:%S}", "在线客服", "投诉", "已完结", "李四", ""])
    return put(folder / "工单.csv", text(rows), "utf-8-sig"), counted(made, outcome=False, talk=False)


@export("an answer time instead of an outcome")
def _(folder: Path) -> Written:
    made = calls(68)
    rows = [["Call ID", "Queue Start", "Answer Time", "Call End"]]
    for n, c in enumerate(made):
        rows.append([n, f"{c.at}", f"{c.at + pd.Timedelta(seconds=c.wait)}" if c.answered else "", f"{c.end}"])
    return put(folder / "answer.csv", text(rows)), counted(made, outcome=False, talk=False)


@export("two clocks: UTC and local")
def _(folder: Path) -> Written:
    made = calls(69)
    rows = [["Call ID", "Start Time (UTC)", "Start Time (Local)", "Status", "Talk Time"]]
    for n, c in enumerate(made):
        rows.append([n, f"{c.at - pd.Timedelta(hours=8)}", f"{c.at}", "Answered" if c.answered else "Missed", c.talk])
    return put(folder / "clocks.csv", text(rows)), counted(made)


@export("a call log of days and hours alone")
def _(folder: Path) -> Written:
    made = calls(70)
    rows = [
        ["Date", "Hour", "Caller", "Result"],
        *(
            [f"{c.at:%Y-%m-%d}", c.at.hour, f"07{n:09d}", "Answered" if c.answered else "Lost"]
            for n, c in enumerate(made)
        ),
    ]
    return put(folder / "hours.csv", text(rows)), counted(made, talk=False)


@export("Genesys Cloud interactions, milliseconds, abandoned YES or NO")
def _(folder: Path) -> Written:
    made = calls(71)
    rows = [
        [
            "Full Export Completed",
            "Filters",
            "Date",
            "End Date",
            "Duration",
            "Direction",
            "Queue",
            "Media Type",
            "Abandoned",
            "Total Queue",
            "Total Talk",
        ]
    ]
    for c in made:
        rows.append(["YES", "", f"{c.at:%m/%d/%Y %I:%M:%S %p}", f"{c.end:%m/%d/%Y %I:%M:%S %p}", (c.wait + c.talk) * 1000, "Inbound", "Service", "voice", "NO" if c.answered else "YES", c.wait * 1000, c.talk * 1000])  # fmt: skip
    return put(folder / "interactions.csv", text(rows)), counted(made, talk=False)


@export("Twilio: UTC between time and date")
def _(folder: Path) -> Written:
    made = calls(72)
    rows = [["Call Sid", "Start Time", "Duration", "Direction", "Status"]]
    for n, c in enumerate(made):
        rows.append([f"CA{n:08x}", f"{c.at - pd.Timedelta(hours=8):%H:%M:%S UTC %Y-%m-%d}", c.talk, "inbound", "completed" if c.answered else "no-answer"])  # fmt: skip
    return put(folder / "twilio.csv", text(rows)), counted(made, talk=False)


@export("話務記録: ja, 応答 and 放棄")
def _(folder: Path) -> Written:
    made = calls(121)
    rows = [
        ["受付日時", "キュー", "結果", "通話時間"],
        *([f"{c.at:%Y/%m/%d %H:%M:%S}", "代表", "応答" if c.answered else "放棄", clock(c.talk)] for c in made),
    ]
    return put(folder / "log.csv", text(rows), "shift_jis"), counted(made)


@export("отчёт: cp1251, отвечен and пропущен")
def _(folder: Path) -> Written:
    made = calls(122)
    rows = [
        ["Дата", "Время", "Линия", "Статус", "Длительность разговора"],
        *(
            [f"{c.at:%d.%m.%Y}", f"{c.at:%H:%M:%S}", "Продажи", "Отвечен" if c.answered else "Пропущен", clock(c.talk)]
            for c in made
        ),
    ]
    return put(folder / "log.csv", text(rows, ";"), "cp1251"), counted(made)


@export("answered and abandoned both as 0 and 1")
def _(folder: Path) -> Written:
    made = calls(123)
    rows = [
        ["Timestamp", "Answered", "Abandoned", "Talk (s)"],
        *([f"{c.at}", int(c.answered), int(not c.answered), c.talk] for c in made),
    ]
    return put(folder / "flags.csv", text(rows)), counted(made)


@export("the date once a day in a call log")
def _(folder: Path) -> Written:
    made = calls(124)
    rows = [["Date", "Call Time", "Outcome"]]
    for n, c in enumerate(made):
        rows.append(
            [
                f"{c.at:%d/%m/%Y}" if n == 0 or made[n - 1].at.date() != c.at.date() else "",
                f"{c.at:%H:%M:%S}",
                "Answered" if c.answered else "Abandoned",
            ]
        )
    return put(folder / "once.csv", text(rows)), counted(made, talk=False)
