"""A hundred and twenty awkward files, each as some planner's export shows it: read right, or refused by its place.

The truth is two weeks of hourly calls; every file writes it in its own way.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from api.intake import InputError, read_histories, read_history

ZONE = "Asia/Shanghai"
HOURS = pd.date_range("2026-01-05", periods=14 * 24, freq="60min")
CALLS = np.array([int(20 + 15 * np.sin(i / 24 * 6.28) + (i * 7919) % 13) * 40 for i in range(len(HOURS))])
Write = Callable[[Path], Path]
CORPUS: dict[str, tuple[Write, dict[str, Any]]] = {}
FAULTS: dict[str, tuple[Write, dict[str, Any], list[str]]] = {}


def case(name: str, **options: Any) -> Callable[[Write], Write]:
    def add(write: Write) -> Write:
        CORPUS[name] = (write, options)
        return write

    return add


def fault(name: str, *words: str, **options: Any) -> Callable[[Write], Write]:
    def add(write: Write) -> Write:
        FAULTS[name] = (write, options, list(words))
        return write

    return add


def text_of(rows: list[list[Any]], *, delimiter: str = ",", end: str = "\n", quote: bool = False) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quote else 0).writerows(rows)
    return out.getvalue()


def long_rows(head: list[str], form: str = "%Y-%m-%d %H:%M") -> list[list[Any]]:
    return [head, *([t.strftime(form), c] for t, c in zip(HOURS, CALLS, strict=True))]


def put(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def sheet(path: Path, rows: list[list[Any]], *, before: int = 0) -> Path:
    book = openpyxl.Workbook()
    for _ in range(before):
        book.active.append(["说明"])
        book.create_sheet()
    target = book.worksheets[-1]
    for row in rows:
        target.append(row)
    book.save(path)
    return path


def sheets_of(path: Path, sheets: dict[str, list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (first, last_cell) in sheets.items():
        target = book.create_sheet(name)
        for row in (
            ["时间", "话务量"],
            [HOURS[first].to_pydatetime(), 5],
            [HOURS[first + 1].to_pydatetime(), last_cell],
        ):
            target.append(row)
    book.save(path)
    return path


# How the text is encoded and parted.
for _name, _encoding in (
    ("utf-8", "utf-8"),
    ("bom", "utf-8-sig"),
    ("gbk", "gbk"),
    ("gb18030", "gb18030"),
    ("utf-16", "utf-16"),
):
    case(f"Chinese headings, {_name}")(
        lambda d, e=_encoding: put(d / "话务.csv", text_of(long_rows(["时间", "话务量"])), e)
    )
for _name, _delimiter, _file in (
    ("tab", "\t", "a.tsv"),
    ("semicolon", ";", "a.csv"),
    ("pipe", "|", "a.txt"),
    ("tab in csv", "\t", "a.csv"),
):
    case(f"parted by {_name}")(
        lambda d, m=_delimiter, f=_file: put(d / f, text_of(long_rows(["interval_start", "calls"]), delimiter=m))
    )
case("packed with gzip")(
    lambda d: put(d / "a.csv.gz", gzip.compress(text_of(long_rows(["interval_start", "calls"])).encode()))
)
case("lines end CR LF")(lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"]), end="\r\n")))
case("lines end CR")(lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"]), end="\r")))
case("everything quoted")(lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"]), quote=True)))
case("no line end at the end")(lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])).rstrip("\n")))
case("no suffix")(lambda d: put(d / "export", text_of(long_rows(["interval_start", "calls"]))))

# How instants are written.
for _form in (
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y.%m.%d %H:%M", "%Y%m%d %H%M", "%Y年%m月%d日 %H时",
    "%Y年%m月%d日%H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M+08:00", "%Y-%m-%dT%H:%M:%S+0800",
    "%Y-%m-%d %H",
):  # fmt: skip
    case(f"instants as {_form}")(
        lambda d, f=_form: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"], f)))
    )


@case("instants in UTC with Z")
def _(d: Path) -> Path:
    at = HOURS.tz_localize(ZONE).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    return put(d / "a.csv", text_of([["interval_start", "calls"], *map(list, zip(at, CALLS, strict=True))]))


@case("ranges of time")
def _(d: Path) -> Path:
    rows = [[f"{t:%Y-%m-%d %H:%M}-{t + pd.Timedelta(hours=1):%H:%M}", c] for t, c in zip(HOURS, CALLS, strict=True)]
    return put(d / "a.csv", text_of([["统计时段", "来电量"], *rows]))


@case("Excel's day numbers")
def _(d: Path) -> Path:
    days = (HOURS - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)
    return put(
        d / "a.csv",
        text_of([["interval_start", "calls"], *([f"{n:.6f}", c] for n, c in zip(days, CALLS, strict=True))]),
    )


def apart_rows(hour: Callable[[pd.Timestamp], Any]) -> list[list[Any]]:
    rows = ([f"{t:%Y/%m/%d}", hour(t), c] for t, c in zip(HOURS, CALLS, strict=True))
    return [["日期", "时段", "呼入量"], *rows]


for _name, _hour in (
    ("a number", lambda t: t.hour),
    ("HH:MM", lambda t: f"{t:%H:%M}"),
    ("with 时", lambda t: f"{t.hour}时"),
    ("a range", lambda t: f"{t:%H:%M}~{(t.hour + 1) % 24:02d}:00"),
    ("a Chinese range", lambda t: f"{t.hour}点至{t.hour + 1}点"),
    ("halves of the day", lambda t: f"{t:%I:%M %p}"),
    ("上午 and 下午", lambda t: f"{'上午' if t.hour < 12 else '下午'}{t:%I:%M}"),
):  # fmt: skip
    case(f"date and hour apart, {_name}")(lambda d, h=_hour: put(d / "a.csv", text_of(apart_rows(h))))


@case("intervals labelled by their end", mapping={"cells": {"interval_label": "end"}})
def _(d: Path) -> Path:
    ends = (HOURS + pd.Timedelta(hours=1)).strftime("%Y-%m-%d %H:%M")
    return put(d / "a.csv", text_of([["interval_start", "calls"], *map(list, zip(ends, CALLS, strict=True))]))


@case("day before month, said by the mapping", mapping={"cells": {"date_order": "dmy"}})
def _(d: Path) -> Path:
    rows = long_rows(["interval_start", "calls"], "%d/%m/%Y %H:%M")
    return put(d / "a.csv", text_of(rows))


@case("headings only a mapping knows", mapping={"columns": {"interval_start": "Zeitpunkt", "calls_offered": "Anrufe"}})
def _(d: Path) -> Path:
    return put(d / "a.csv", text_of(long_rows(["Zeitpunkt", "Anrufe"])))


# What stands around the numbers and in them.
@case("a title, a blank line and a note above")
def _(d: Path) -> Path:
    above = "热线话务量统计表\n\n统计周期:2026-01-05 至 2026-01-18,单位:次\n"
    return put(d / "a.csv", above + text_of(long_rows(["时间", "话务量"])))


@case("Excel's sep line")
def _(d: Path) -> Path:
    return put(d / "a.csv", "sep=;\n" + text_of(long_rows(["interval_start", "calls"]), delimiter=";"))


@case("totals and blank lines below")
def _(d: Path) -> Path:
    return put(
        d / "a.csv",
        text_of([*long_rows(["时间", "话务量"]), [], ["合计", int(CALLS.sum())], ["平均", 12.5], [""]]),
    )


@case("blank lines between")
def _(d: Path) -> Path:
    return put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])).replace("\n2026-01-06", "\n\n2026-01-06"))


@case("trailing commas")
def _(d: Path) -> Path:
    return put(d / "a.csv", text_of([[*row, "", ""] for row in long_rows(["interval_start", "calls"])]))


@case("rows that end early")
def _(d: Path) -> Path:
    rows = long_rows(["interval_start", "calls", "note"])
    return put(d / "a.csv", text_of(rows))


@case("thousands with commas")
def _(d: Path) -> Path:
    return put(
        d / "a.csv",
        text_of(
            [
                [row[0], f"{row[1]:,}" if isinstance(row[1], np.integer) else row[1]]
                for row in long_rows(["interval_start", "calls"])
            ]
        ),
    )


@case("full-width digits")
def _(d: Path) -> Path:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return put(d / "a.csv", text_of([[row[0], str(row[1]).translate(wide)] for row in long_rows(["时间", "话务量"])]))


@case("calls written with decimals")
def _(d: Path) -> Path:
    return put(
        d / "a.csv",
        text_of(
            [
                [row[0], f"{row[1]}.0" if isinstance(row[1], np.integer) else row[1]]
                for row in long_rows(["interval_start", "calls"])
            ]
        ),
    )


@case("rows out of order")
def _(d: Path) -> Path:
    rows = long_rows(["interval_start", "calls"])
    order = np.random.default_rng(1).permutation(len(HOURS)) + 1
    return put(d / "a.csv", text_of([rows[0], *(rows[i] for i in order)]))


@case("headings in capitals with spaces")
def _(d: Path) -> Path:
    return put(d / "a.csv", text_of(long_rows(["  Interval Start ", "CALLS OFFERED"])))


@case("line ends within quotes")
def _(d: Path) -> Path:
    rows = [[*row, "two\nlines" if i == 3 else ""] for i, row in enumerate(long_rows(["interval_start", "calls"]))]
    rows[0][2] = "note"
    return put(d / "a.csv", text_of(rows))


# Wide tables.
def wide(heads: list[Any], *, total: bool = False) -> list[list[Any]]:
    rows: list[list[Any]] = [["日期", *heads, *(["合计"] if total else [])]]
    for day in range(14):
        cells = [int(c) for c in CALLS[day * 24 : day * 24 + 24]]
        rows.append([f"{HOURS[day * 24]:%Y-%m-%d}", *cells, *([sum(cells)] if total else [])])
    return rows


for _name, _heads in (
    ("0 to 23", list(range(24))), ("1 to 24", list(range(1, 25))), ("HH:MM", [f"{h:02d}:00" for h in range(24)]),
    ("with 时", [f"{h}时" for h in range(24)]), ("ranges", [f"{h}:00-{h + 1}:00" for h in range(24)]),
):  # fmt: skip
    case(f"days down, hours across, {_name}")(lambda d, h=_heads: put(d / "a.csv", text_of(wide(h))))
case("days down, hours across, with totals")(
    lambda d: put(d / "a.csv", text_of([["话务量日报"], *wide(list(range(24)), total=True), ["合计", *range(24), 9]]))
)
case("days down, hours across, in Excel")(
    lambda d: sheet(d / "a.xlsx", wide([f"{h:02d}:00" for h in range(24)], total=True))
)


@case("hours down, days across")
def _(d: Path) -> Path:
    days = [f"{HOURS[i * 24]:%Y-%m-%d}" for i in range(14)]
    rows = [[f"{h:02d}:00", *(int(CALLS[day * 24 + h]) for day in range(14))] for h in range(24)]
    return put(d / "a.csv", text_of([["时段", *days], *rows, ["合计", *range(14)]]))


# Other containers.
case("Excel with real dates")(
    lambda d: sheet(
        d / "a.xlsx", [["时间", "话务量"], *([t.to_pydatetime(), int(c)] for t, c in zip(HOURS, CALLS, strict=True))]
    )
)
case("Excel with date and time cells")(
    lambda d: sheet(
        d / "a.xlsx",
        [["日期", "时段", "话务量"], *([t.date(), t.time(), int(c)] for t, c in zip(HOURS, CALLS, strict=True))],
    )
)
case("Excel with the table on the last sheet, below a title")(
    lambda d: sheet(
        d / "a.xlsx",
        [
            ["热线"],
            [],
            *[
                [row[0], int(row[1]) if isinstance(row[1], np.integer) else row[1]]
                for row in long_rows(["时间", "话务量"])
            ],
        ],
        before=1,
    )
)
for _name, _index in (
    ("naive", HOURS),
    ("aware", HOURS.tz_localize(ZONE)),
    ("as text", HOURS.strftime("%Y-%m-%d %H:%M")),
):

    def _parquet(d: Path, index: Any = _index) -> Path:
        pd.DataFrame({"interval_start": index, "calls": CALLS}).to_parquet(d / "a.parquet")
        return d / "a.parquet"

    case(f"Parquet, {_name}")(_parquet)


# The exports of particular systems.
@case("Genesys Cloud")
def _(d: Path) -> Path:
    head = ["Interval Start", "Interval End", "Interval Complete", "Filters", "Media Type", "Queue Id", "Queue Name",
            "Offer", "Answer", "Answer %", "Abandon", "Abandon %", "ASA", "Service Level %", "Avg Handle"]  # fmt: skip
    rows: list[list[Any]] = [head]
    for t, c in zip(HOURS, CALLS, strict=True):
        at = [t.strftime("%m/%d/%y %I:%M %p"), (t + pd.Timedelta(hours=1)).strftime("%m/%d/%y %I:%M %p"), "TRUE", ""]
        rows.append([*at, "voice", "a1-b2", "hotline", c, c - 5, "0.9", 5, "0.1", 12345, "0.8", 181500])
        rows.append([*at, "chat", "a1-b2", "hotline", 7, 7, "1", 0, "0", 100, "1", 99000])
    return put(d / "a.csv", text_of(rows), "utf-8-sig")


@case("Genesys import form")
def _(d: Path) -> Path:
    at = HOURS.tz_localize(ZONE).tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000Z")
    head = [
        "Interval Start UTC Date",
        "Queue",
        "Media Type",
        "Offered",
        "Interactions Handled",
        "Total Handle Time (Seconds)",
    ]
    return put(
        d / "a.csv",
        text_of([head, *([a, "hotline", "Voice", c, c - 5, (c - 5) * 180] for a, c in zip(at, CALLS, strict=True))]),
    )


@case("Amazon Connect")
def _(d: Path) -> Path:
    head = ["Queue", "StartInterval", "EndInterval", "Contacts queued", "Contacts handled", "Contacts abandoned",
            "Average handle time", "Average queue answer time"]  # fmt: skip
    aware = HOURS.tz_localize(ZONE)
    rows = [
        ["hotline", a.isoformat(), (a + pd.Timedelta(hours=1)).isoformat(), c, c - 5, 5, 182.5, 11.2]
        for a, c in zip(aware, CALLS, strict=True)
    ]
    return put(d / "a.csv", text_of([head, *rows]))


@case("Alibaba Cloud CCC")
def _(d: Path) -> Path:
    head = [
        "时间",
        "技能组ID",
        "技能组名称",
        "呼入量",
        "呼入接听量",
        "呼入放弃量",
        "呼入平均处理时长(秒)",
        "平均等待时长",
    ]
    rows = [
        [f"{t:%Y-%m-%d %H:%M:%S}", "skg@ccc", "hotline", c, c - 5, 5, 180, "00:00:11"]
        for t, c in zip(HOURS, CALLS, strict=True)
    ]
    return put(d / "a.csv", text_of([head, *rows]), "gbk")


@case("Avaya CMS", days=1, mapping={"cells": {"date_order": "mdy"}})
def _(d: Path) -> Path:
    head = [
        "Time",
        "Avg Speed Ans",
        "Avg Aban Time",
        "ACD Calls",
        "Avg ACD Time",
        "Avg ACW Time",
        "Aban Calls",
        "Max Delay",
    ]
    rows: list[list[Any]] = [
        ["Split/Skill Interval Report"],
        ["Date:", "1/5/2026"],
        ["Split/Skill:", "hotline"],
        [],
        head,
    ]
    for t, c in zip(HOURS[:24], CALLS[:24], strict=True):
        end = t + pd.Timedelta(hours=1)
        rows.append(
            [
                f"{t:%I:%M}- {end:%I:%M} {end:%p}".replace(" 0", " ").lstrip("0"),
                ":11",
                "0:20",
                c - 5,
                "2:40",
                ":20",
                5,
                "1:02",
            ]
        )
    rows.append(["Totals", ":11", "0:20", 1, "2:40", ":20", 1, "1:02"])
    return put(d / "a.csv", text_of(rows))


@case("Asterisk queue_log", days=1)
def _(d: Path) -> Path:
    lines = []
    for n, (t, c) in enumerate(zip(HOURS[:24].tz_localize(ZONE), CALLS[:24], strict=True)):
        at = int(t.timestamp())
        for k in range(c):
            moment, call = at + (k * 3599) // c, f"{at}.{n}-{k}"
            lines.append((moment, f"{moment}|{call}|hotline|NONE|ENTERQUEUE||138|1"))
            if k < 5:
                lines.append((moment + 9, f"{moment + 9}|{call}|hotline|NONE|ABANDON|1|1|9"))
            else:
                lines.append((moment + 11, f"{moment + 11}|{call}|hotline|Agent1|CONNECT|11|{call}|1"))
                lines.append((moment + 191, f"{moment + 191}|{call}|hotline|Agent1|COMPLETECALLER|11|180|1"))
    lines = [line for line in sorted(lines) if line[0] < int(HOURS[24].tz_localize(ZONE).timestamp())]
    return put(d / "queue_log", "\n".join(line for _, line in lines) + "\n")


@pytest.mark.parametrize("name", CORPUS)
def test_the_file_reads_to_the_truth(name: str, tmp_path: Path) -> None:
    write, options = CORPUS[name]
    options = dict(options)
    days = options.pop("days", 14)
    history = read_history(write(tmp_path), timezone=ZONE, **options)
    assert history.interval_minutes == 60
    assert list(history.frame.index) == list(HOURS[: days * 24].tz_localize(ZONE))
    np.testing.assert_array_equal(history.frame["calls_offered"], CALLS[: days * 24])


@pytest.mark.parametrize(
    "name",
    ["Genesys Cloud", "Genesys import form", "Amazon Connect", "Alibaba Cloud CCC", "Avaya CMS", "Asterisk queue_log"],
)
def test_a_systems_export_gives_answered_calls_and_handle_times_in_seconds(name: str, tmp_path: Path) -> None:
    write, options = CORPUS[name]
    frame = read_history(write(tmp_path), timezone=ZONE, mapping=options.get("mapping")).frame
    np.testing.assert_array_equal(frame["calls_answered"].iloc[:-1], frame["calls_offered"].iloc[:-1] - 5)
    assert frame["aht_seconds"].iloc[:-1].between(180, 183).all()
    if "mean_wait_seconds" in frame and name != "Asterisk queue_log":
        assert frame["mean_wait_seconds"].between(11, 13).all()


# What planners' own workbooks look like.
for _name, _heads in (
    ("0-1点", [f"{h}-{h + 1}点" for h in range(24)]), ("00:00-00:59", [f"{h:02d}:00-{h:02d}:59" for h in range(24)]),
    ("第1小时", [f"第{h + 1}小时" for h in range(24)]), ("0000", [f"{h:02d}00" for h in range(24)]),
    ("00时段", [f"{h:02d}时段" for h in range(24)]), ("12 AM", [f"{h % 12 or 12} {'AP'[h // 12]}M" for h in range(24)]),
):  # fmt: skip
    case(f"days down, hours across, {_name}")(lambda d, h=_heads: put(d / "a.csv", text_of(wide(h))))


def days_of(cells: Callable[[pd.Timestamp, int], list[Any]], head: list[str]) -> list[list[Any]]:
    return [head, *(cells(t, int(c)) for t, c in zip(HOURS, CALLS, strict=True))]


def once(t: pd.Timestamp) -> str:
    return f"{t:%Y-%m-%d}" if t.hour == 0 else ""


case("a date once for its day, as merged cells leave it")(
    lambda d: sheet(d / "a.xlsx", days_of(lambda t, c: [once(t) or None, f"{t:%H:%M}", c], ["日期", "时段", "话务量"]))
)
case("the same in csv")(
    lambda d: put(d / "a.csv", text_of(days_of(lambda t, c: [once(t), f"{t:%H:%M}", c], ["日期", "时段", "话务量"])))
)
case("a heading of two lines")(
    lambda d: sheet(
        d / "a.xlsx",
        [
            ["日期", "时段", "热线", None],
            [None, None, "呼入量", "接通量"],
            *days_of(lambda t, c: [f"{t:%Y-%m-%d}", t.hour, c, c - 1], [])[1:],
        ],
    )
)
case("a heading of two lines with groups that share their columns")(
    lambda d: put(
        d / "a.csv",
        text_of(
            [
                ["日期", "时段", "人工", "", "自助", ""],
                ["", "", "呼入量", "接通量", "呼入量", "接通量"],
                *days_of(lambda t, c: [f"{t:%Y-%m-%d}", t.hour, c, c - 1, 3, 3], [])[1:],
            ]
        ),
    )
)
case("hours 1 to 24 in a column")(
    lambda d: put(
        d / "a.csv", text_of(days_of(lambda t, c: [f"{t:%Y-%m-%d}", t.hour + 1, c], ["日期", "小时", "话务量"]))
    )
)
for _name, _mapping in (("", None), (", said by the mapping", {"cells": {"interval_label": "end"}})):
    case(f"times to 24:00{_name}", mapping=_mapping)(
        lambda d: put(
            d / "a.csv",
            text_of(days_of(lambda t, c: [f"{t:%Y-%m-%d}", f"{t.hour + 1:02d}:00", c], ["日期", "时间", "话务量"])),
        )
    )
case("instants to 24:00")(
    lambda d: put(
        d / "a.csv", text_of(days_of(lambda t, c: [f"{t:%Y-%m-%d} {t.hour + 1:02d}:00", c], ["时间", "话务量"]))
    )
)


@case("a subtotal after each day, named in the date's column")
def _(d: Path) -> Path:
    rows = days_of(lambda t, c: [f"{t:%Y-%m-%d}", f"{t:%H:%M}", c], ["日期", "时段", "话务量"])
    by_day = [row for i in range(14) for row in [*rows[1 + 24 * i : 25 + 24 * i], [f"{i + 5}日小计:", "", 9]]]
    return put(d / "a.csv", text_of([rows[0], *by_day, ["总 计", "", 99]]))


case("notes and names below")(
    lambda d: put(
        d / "a.csv",
        text_of([*long_rows(["时间", "话务量"]), [], ["注:数据来源于话务平台"], ["制表人:8801", "审核:"]]),
    )
)
case("the heading again on every page")(
    lambda d: put(
        d / "a.csv",
        text_of(
            [
                r
                for i, r in enumerate(long_rows(["时间", "话务量"])[1:])
                for r in ([["时间", "话务量"]] if i % 50 == 0 else []) + [r]
            ]
        ),
    )
)
for _name, _number in (
    ("a point", lambda c: f"{c:,}".replace(",", ".")), ("a blank", lambda c: f"{c:,}".replace(",", " ")),
    ("a narrow blank", lambda c: f"{c:,}".replace(",", "\u202f")),
    ("an apostrophe", lambda c: f"{c:,}".replace(",", "'")),
    ("no sign, and a comma before decimals", lambda c: f"{c},0"), ("no sign, and a unit behind", lambda c: f"{c}次"),
):  # fmt: skip
    case(f"thousands parted by {_name}")(
        lambda d, n=_number: put(
            d / "a.csv", text_of(days_of(lambda t, c: [f"{t:%Y-%m-%d %H:%M}", n(c)], ["时间", "话务量"]), delimiter=";")
        )
    )
for _name, _form in (("Jan 05, 2026", "%b %d, %Y %H:%M"), ("05-Jan-2026", "%d-%b-%Y %H:%M")):
    case(f"instants as {_name}")(
        lambda d, f=_form: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"], f)))
    )
case("the weekday within the date")(
    lambda d: put(
        d / "a.csv",
        text_of(
            days_of(
                lambda t, c: [f"{t:%Y-%m-%d}(周{'一二三四五六日'[t.weekday()]})", f"{t:%H:%M}", c],
                ["日期", "时段", "话务量"],
            )
        ),
    )
)
case("seconds since 1970")(
    lambda d: put(
        d / "a.csv",
        text_of(days_of(lambda t, c: [int(t.tz_localize(ZONE).timestamp()), c], ["timestamp", "calls"])),
    )
)
case("dates without a year, which the title has")(
    lambda d: put(
        d / "a.csv",
        "2026年1月热线话务量\n"
        + text_of([["日期", *range(24)], *([f"1月{i + 5}日", *row[1:]] for i, row in enumerate(wide([])[1:]))]),
    )
)
case("dates without a year across, said by the mapping", mapping={"cells": {"year": 2026}})(
    lambda d: put(
        d / "a.csv",
        text_of(
            [
                ["时段", *(f"1月{i + 5}日" for i in range(14))],
                *([f"{h}:00", *(int(CALLS[i * 24 + h]) for i in range(14))] for h in range(24)),
            ]
        ),
    )
)
case("headings in both languages")(lambda d: put(d / "a.csv", text_of(long_rows(["时间 Time", "话务量\nCalls"]))))
case("traditional characters in Big5")(lambda d: put(d / "a.csv", text_of(long_rows(["統計時間", "話務總量"])), "big5"))
case("a pivot table's headings")(lambda d: put(d / "a.csv", text_of(long_rows(["行标签", "求和项:话务量"]))))
case("cells that keep Excel from reading them")(
    lambda d: put(d / "a.csv", text_of(days_of(lambda t, c: [f'="{t:%Y-%m-%d %H:%M}"', f"'{c}"], ["时间", "话务量"])))
)
case("tabs under the name of an old workbook")(
    lambda d: put(d / "a.xls", text_of(long_rows(["时间", "话务量"]), delimiter="\t"), "gbk")
)


@case("a web page under the name of an old workbook")
def _(d: Path) -> Path:
    rows = "".join(f"<tr><td>{t}</td><td align=right>{c}&nbsp;</td></tr>" for t, c in zip(HOURS, CALLS, strict=True))
    title = "<tr><td colspan=2>热线话务量</td></tr><tr><th>时间</th><th>话务量</th></tr>"
    return put(d / "a.xls", f"<html><body><table>{title}{rows}</table></body></html>", "gbk")


@case("a sheet a week, between a cover and a summary")
def _(d: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["说明", "数据来源于话务平台"])
    for week in range(2):
        target = book.create_sheet(f"第{week + 1}周")
        target.append(["时间", "话务量"])
        for t, c in list(zip(HOURS, CALLS, strict=True))[168 * week : 168 * (week + 1)]:
            target.append([t.to_pydatetime(), int(c)])
    book.create_sheet("汇总").append(["日期", "总量"])
    book["汇总"].append(["2026-01-05", 5])
    book.save(d / "a.xlsx")
    return d / "a.xlsx"


def test_a_sheet_a_queue_is_read_as_queues_of_these_names(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, name in enumerate(("投诉", "咨询")):
        target = book.create_sheet(name)
        target.append(["时间", "话务量"])
        for t, c in zip(HOURS, CALLS, strict=True):
            target.append([t.to_pydatetime(), int(c) + number])
    book.save(tmp_path / "a.xlsx")
    intake = read_histories(tmp_path / "a.xlsx", timezone=ZONE)
    got = {name: history.frame["calls_offered"].sum() for name, history in intake.histories.items()}
    assert got == {"投诉": CALLS.sum(), "咨询": CALLS.sum() + len(CALLS)}
    assert "a queue each" in intake.notes[0].en
    with pytest.raises(InputError, match="holds 2 queues"):
        read_history(tmp_path / "a.xlsx", timezone=ZONE)


def test_groups_over_the_same_measure_are_queues(tmp_path: Path) -> None:
    path = put(tmp_path / "a.csv", "日期,时段,投诉,咨询\n,,呼入量,呼入量\n2026-01-05,0,3,4\n2026-01-05,1,5,6\n")
    intake = read_histories(path, timezone=ZONE)
    assert {name: list(one.frame["calls_offered"]) for name, one in intake.histories.items()} == {
        "投诉": [3, 5], "咨询": [4, 6],
    }  # fmt: skip


def test_what_was_decided_is_said_in_both_languages(tmp_path: Path) -> None:
    for name in ("a date once for its day, as merged cells leave it", "notes and names below", "times to 24:00",
                 "a sheet a week, between a cover and a summary"):  # fmt: skip
        write, options = CORPUS[name]
        folder = tmp_path / str(abs(hash(name)))
        folder.mkdir()
        notes = read_histories(write(folder), timezone=ZONE, **options).notes
        assert notes
        for note in notes:
            assert any("\u4e00" <= c <= "\u9fff" for c in note.zh), note
            assert any("a" <= c <= "z" for c in note.en), note


# What is refused.
fault("a fault on one of several sheets", "sheet 第2周", "row 3", "'many'")(
    lambda d: sheets_of(d / "a.xlsx", {"第1周": [0, 5], "第2周": [168, "many"]})
)
fault("24:00 beside 00:00", "'24:00'", "beside 00:00")(
    lambda d: put(d / "a.csv", "date,time,calls\n2026-01-05,00:00,3\n2026-01-05,24:00,3\n")
)
fault("dates without any year", "row 2", "'1月5日'", "no year")(
    lambda d: put(d / "a.csv", "日期,时段,话务量\n1月5日,0:00,3\n1月5日,1:00,3\n")
)
fault("a year of two digits in front", "year/month/day")(
    lambda d: put(d / "a.csv", "date,time,calls\n26/01/05,0:00,3\n26/01/06,0:00,3\n")
)
fault("JSON", "is JSON and no table")(lambda d: put(d / "a.json", '{"queue": {"calls": [3, 4]}}'))
fault("a web page without a table", "web page")(lambda d: put(d / "a.xls", "<html><p>login</p></html>"))
fault("a picture", "not a text file")(lambda d: put(d / "a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00" * 9))
fault("a workbook called csv", "Excel")(lambda d: sheet(d / "a.xlsx", [["a"]]).rename(d / "a.csv"))
fault("an old workbook", ".xls")(lambda d: put(d / "a.xls", b"\xd0\xcf\x11\xe0"))
fault("an empty workbook", "empty")(lambda d: sheet(d / "a.xlsx", []))
fault("a torn workbook", "workbook")(lambda d: put(d / "a.xlsx", b"PK\x03\x04torn"))
fault("a torn Parquet", "Parquet")(lambda d: put(d / "a.parquet", b"PAR1torn"))
fault("bytes of no encoding", "GB 18030")(
    lambda d: put(d / "a.csv", b"\xff\xfe\xfd,\x81\n".replace(b"\xff\xfe", b"\xff\xff"))
)
fault("calls of another medium alone", "no row is about calls", "chat")(
    lambda d: put(d / "a.csv", "interval_start,calls,media type\n2026-01-05 00:00,3,chat\n")
)
fault("text in a wide cell", "row 3", "'many'", "column 5")(
    lambda d: put(
        d / "a.csv",
        text_of([[*row[:6], "many", *row[7:]] if i == 2 else row for i, row in enumerate(wide(list(range(24))))]),
    )
)
fault("a wide day twice", "row 3", "already in row 2")(
    lambda d: put(d / "a.csv", text_of([*wide(list(range(24)))[:2], *wide(list(range(24)))[1:]]))
)
fault("a month of days without times", "one row a day")(
    lambda d: put(d / "a.csv", text_of([["日期", "话务量"], *([f"{t:%Y-%m-%d}", 5] for t in HOURS[::24])]))
)
fault("30 February", "row 3", "'2026-02-30 00:00'")(
    lambda d: put(d / "a.csv", "interval_start,calls\n2026-02-28 00:00,3\n2026-02-30 00:00,3\n")
)
fault("hour 25", "row 2", "'25:00'")(lambda d: put(d / "a.csv", "date,time,calls\n2026-01-05,25:00,3\n"))
fault("no instant beside a count", "row 3", "empty")(
    lambda d: put(d / "a.csv", "interval_start,calls\n2026-01-05 00:00,3\n,4\n2026-01-05 02:00,3\n")
)
fault("an unknown mapped heading", "'Anrufe'", mapping={"columns": {"calls_offered": "Anrufe"}})(
    lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])))
)
fault("a mapping with an unknown key", "colums", mapping={"colums": {}})(
    lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])))
)
for table, told, way_out in (
    ("columns", "Calls", "write [columns]"),
    ("file", {"heading_row": "two"}, "write 3"),
    ("file", {"delimiter": ";;"}, 'write ";"'),
    ("cells", {"year": 26}, "write 2026"),
    ("treat", {"retry_share": 2}, "0 to 1"),
    ("outcomes", {"answered": "yes"}, '["…"]'),
):
    fault(f"a mapping with {told!r} in {table}", way_out, mapping={table: told})(
        lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])))
    )
fault("an interval that does not fit", "45", interval_minutes=45)(
    lambda d: put(d / "a.csv", text_of(long_rows(["interval_start", "calls"])))
)
fault("an outcome nobody knows", "row 3", "'vanished'")(
    lambda d: put(d / "a.csv", "arrival,outcome\n2026-01-05 00:00:01,answered\n2026-01-05 00:01:01,vanished\n")
)
fault("a torn queue_log", "row 2", "queue_log")(
    lambda d: put(d / "queue_log", "1795276949|17.0|hotline|NONE|ENTERQUEUE||138|1\n17952|half\n")
)


@pytest.mark.parametrize("name", FAULTS)
def test_the_file_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    write, options, words = FAULTS[name]
    path = write(tmp_path)
    with pytest.raises(InputError) as caught:
        read_history(path, timezone=ZONE, **options)
    line = str(caught.value)
    assert "\n" not in line
    for word in words:
        assert word in line, line


def test_the_corpus_is_as_large_as_it_claims() -> None:
    assert len(CORPUS) + len(FAULTS) >= 120
