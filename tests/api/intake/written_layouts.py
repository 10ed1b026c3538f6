"""A known history written as planners and systems write it: shape, language, numbers, dates, times, clutter, container.

The truth is a fortnight of hours of one to three queues; what comes of reading a file back must be it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from api.intake.history import Intake, read_histories

ZONE = "Asia/Shanghai"
DAYS, FIRST, LAST = 14, 8, 20  # hours of the day that are open


@dataclass(frozen=True)
class Truth:
    """Calls offered, answered, abandoned by hour, and handle times, of each queue: arrays of days × hours."""

    start: pd.Timestamp
    offered: dict[str, np.ndarray]
    answered: dict[str, np.ndarray]
    handled: dict[str, np.ndarray]

    @property
    def days(self) -> list[pd.Timestamp]:
        return [self.start + pd.Timedelta(days=n) for n in range(DAYS)]


def truth_of(seed: int, queues: int, *, size: int = 40) -> Truth:
    random = np.random.default_rng(seed)
    names = [["Sales"], ["Sales", "Support"], ["Sales", "Support", "Billing"]][queues - 1]
    start = pd.Timestamp("2026-01-01") + pd.Timedelta(days=int(random.integers(0, 300)))
    offered = {name: random.poisson(size * (n + 1), (DAYS, LAST - FIRST)) + 3 for n, name in enumerate(names)}
    answered = {name: calls - random.integers(1, 3, calls.shape) for name, calls in offered.items()}
    handled = {name: random.integers(1200, 4000, calls.shape) / 10 for name, calls in offered.items()}
    return Truth(start, offered, answered, handled)


# date and time styles -------------------------------------------------------------------------------------------
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
SPANISH = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre",
]  # fmt: skip
DATES: dict[str, Callable[[pd.Timestamp], str]] = {
    "iso": lambda t: f"{t:%Y-%m-%d}",
    "slashes": lambda t: f"{t.year}/{t.month}/{t.day}",
    "day first": lambda t: f"{t:%d/%m/%Y}",
    "day first, points": lambda t: f"{t.day}.{t.month}.{t.year}",
    "month first": lambda t: f"{t.month}/{t.day}/{t.year}",
    "short year": lambda t: f"{t:%d/%m/%y}",
    "Chinese": lambda t: f"{t.year}年{t.month}月{t.day}日",
    "English words": lambda t: f"{t.day}-{MONTHS[t.month - 1]}-{t.year}",
    "American words": lambda t: f"{MONTHS[t.month - 1]} {t.day}, {t.year}",
    "Spanish words": lambda t: f"{t.day} de {SPANISH[t.month - 1]} de {t.year}",
    "weekday before": lambda t: f"{t:%a} {t:%d/%m/%Y}",
    "weekday behind": lambda t: f"{t:%Y-%m-%d}(周{'一二三四五六日'[t.weekday()]})",
    "compact": lambda t: f"{t:%Y%m%d}",
}


def _half(hour: int) -> str:
    return f"{hour % 12 or 12}:00 {'AM' if hour % 24 < 12 else 'PM'}"


def _pointed(hour: int) -> str:
    return f"{hour % 12 or 12}.00{'am' if hour < 12 else 'pm'}"


TIMES: dict[str, Callable[[int], str]] = {
    "HH:MM": lambda h: f"{h:02d}:00",
    "H:MM:SS": lambda h: f"{h}:00:00",
    "AM": _half,
    "am with points": _pointed,
    "range": lambda h: f"{h:02d}:00 - {h + 1:02d}:00",
    "range to the minute": lambda h: f"{h:02d}:00-{h:02d}:59",
    "range in halves": lambda h: f"{_half(h)} - {_half(h + 1)}",
    "range with points": lambda h: f"{_pointed(h)} - {_pointed(h + 1)}",
    "时": lambda h: f"{h}时",
    "点至": lambda h: f"{h}点至{h + 1}点",
    "9h": lambda h: f"{h}h00",
    "Uhr": lambda h: f"{h}:00 Uhr",
    "上午": lambda h: f"{'上午' if h < 12 else '下午'}{h if h < 13 else h - 12}:00",
    "tilde": lambda h: f"{h:02d}:00~{h + 1:02d}:00",
}
NUMBERS: dict[str, tuple[Callable[[int], str], str]] = {  # of whole numbers; and the sign before decimals
    "plain": (str, "."),
    "plain, comma": (str, ","),
    "commas": (lambda n: f"{n:,}", "."),
    "points": (lambda n: f"{n:,}".replace(",", "."), ","),
    "blanks": (lambda n: f"{n:,}".replace(",", " "), ","),
    "narrow blanks": (lambda n: f"{n:,}".replace(",", "\u202f"), ","),
    "apostrophes": (lambda n: f"{n:,}".replace(",", "'"), "."),
}
HEADS = {  # date, time, start, queue, offered, answered, abandoned, handle time, total, title, note
    "zh": ("日期", "时段", "开始时间", "技能组", "呼入量", "接通量", "放弃量", "平均处理时长(秒)", "合计",
           "热线话务统计表", "数据来源：话务平台"),
    "en": ("Date", "Time", "Interval Start", "Queue", "Calls Offered", "Calls Answered", "Calls Abandoned",
           "AHT (sec)", "Total", "Call report", "Source: telephone system"),
    "es": ("Fecha", "Hora", "Inicio", "Cola", "Llamadas recibidas", "Atendidas", "Abandonadas", "TMO", "Total",
           "Informe de llamadas", "Fuente: central"),
    "pt": ("Data", "Hora", "Data e hora", "Fila", "Chamadas recebidas", "Atendidas", "Abandonadas", "TMA",
           "Total", "Relatório de chamadas", "Fonte: central"),
    "fr": ("Date", "Heure", "Début", "File d'attente", "Appels reçus", "Appels traités", "Abandonnés", "DMT",
           "Total", "Rapport des appels", "Source : autocommutateur"),
    "de": ("Datum", "Uhrzeit", "Beginn", "Warteschlange", "Eingehende Anrufe", "Angenommene Anrufe",
           "Verlorene Anrufe", "Bearbeitungszeit", "Summe", "Anrufbericht", "Quelle: Telefonanlage"),
    "it": ("Data", "Ora", "Inizio", "Coda", "Chiamate ricevute", "Risposte", "Abbandonate",
           "Tempo medio di gestione", "Totale", "Rapporto chiamate", "Fonte: centralino"),
    "ja": ("日付", "時間帯", "開始日時", "キュー", "着信数", "応答数", "放棄数", "平均処理時間", "合計",
           "コールレポート", "出典：PBX"),
    "ru": ("Дата", "Время", "Начало", "Очередь", "Поступило звонков", "Отвечено", "Потеряно",
           "Среднее время обработки", "Итого", "Отчёт о звонках", "Источник: АТС"),
}  # fmt: skip
SHAPES = ("instant", "date and time", "date once", "days down", "times down", "a column a queue", "queue over measure",
          "date over measure", "measures down", "calls", "a sheet a queue", "a sheet a week")  # fmt: skip
CLUTTER = ("title", "note below", "totals", "blank lines", "weekday", "unknown column", "heading again", "index column")
CONTAINERS = ("csv", "semicolons", "tabs", "xlsx", "gbk", "utf-16", "bom")


@dataclass(frozen=True)
class Form:
    """How a history is written."""

    shape: str = "date and time"
    language: str = "en"
    numbers: str = "plain"
    dates: str = "iso"
    times: str = "HH:MM"
    container: str = "csv"
    clutter: frozenset[str] = field(default_factory=frozenset)
    queues: int = 1


Rows = list[list[Any]]


def tables(truth: Truth, form: Form) -> dict[str, Rows]:
    """The sheets that a history is written on."""
    if form.shape == "a sheet a queue":
        return {name: _decorated(_long(truth, form, [name], queue=False), form) for name in truth.offered}
    if form.shape == "a sheet a week":
        halves = {"Week 1": range(7), "Week 2": range(7, 14)}
        return {
            sheet: _decorated(_long(truth, form, list(truth.offered), days=days), form)
            for sheet, days in halves.items()
        }
    rows = {
        "instant": lambda: _long(truth, form, list(truth.offered)),
        "date and time": lambda: _long(truth, form, list(truth.offered)),
        "date once": lambda: _once(_long(truth, form, list(truth.offered)[:1], queue=False)),
        "days down": lambda: _days_down(truth, form),
        "times down": lambda: _times_down(truth, form),
        "a column a queue": lambda: _queue_columns(truth, form),
        "queue over measure": lambda: _queue_over_measure(truth, form),
        "date over measure": lambda: _date_over_measure(truth, form),
        "measures down": lambda: _measures_down(truth, form),
        "calls": lambda: _calls(truth, form),
    }[form.shape]()
    return {"Sheet1": _decorated(rows, form)}


def _number(form: Form, n: float) -> str:
    whole, sign = NUMBERS[form.numbers]
    return whole(int(n)) if float(n).is_integer() else f"{whole(int(n))}{sign}{round(n % 1 * 10):d}"


def _hours() -> range:
    return range(FIRST, LAST)


def _long(truth: Truth, form: Form, queues: list[str], *, queue: bool = True, days: range = range(DAYS)) -> Rows:
    date, time, start, group, offered, answered, abandoned, handled = HEADS[form.language][:8]
    named = queue and len(queues) > 1
    instant = form.shape == "instant"
    head = [*([start] if instant else [date, time]), *([group] if named else []), offered, answered, abandoned, handled]
    rows: Rows = [head]
    for name in queues:
        for day in days:
            at = truth.days[day]
            for hour in _hours():
                clock = TIMES[form.times](hour)
                place = [f"{DATES[form.dates](at)} {clock}"] if instant else [DATES[form.dates](at), clock]
                calls, taken = int(truth.offered[name][day, hour - FIRST]), int(truth.answered[name][day, hour - FIRST])
                numbers = [calls, taken, calls - taken, float(truth.handled[name][day, hour - FIRST])]
                rows.append([*place, *([name] if named else []), *(_number(form, n) for n in numbers)])
    return rows


def _once(rows: Rows) -> Rows:
    per_day = LAST - FIRST
    return [rows[0], *(["" if n % per_day else row[0], *row[1:]] for n, row in enumerate(rows[1:]))]


def _days_down(truth: Truth, form: Form) -> Rows:
    date, group, total = HEADS[form.language][0], HEADS[form.language][3], HEADS[form.language][8]
    named, totals = len(truth.offered) > 1, "totals" in form.clutter
    rows: Rows = [
        [*([group] if named else []), date, *(TIMES[form.times](h) for h in _hours()), *([total] if totals else [])]
    ]
    for name, calls in truth.offered.items():
        for n, at in enumerate(truth.days):
            row = [int(c) for c in calls[n]]
            cells = [_number(form, c) for c in [*row, *([sum(row)] if totals else [])]]
            rows.append([*([name] if named else []), DATES[form.dates](at), *cells])
    return rows


def _times_down(truth: Truth, form: Form) -> Rows:
    calls = next(iter(truth.offered.values()))
    corner = "" if "unknown column" in form.clutter else HEADS[form.language][1]
    rows: Rows = [[corner, *(DATES[form.dates](at) for at in truth.days)]]
    for hour in _hours():
        rows.append([TIMES[form.times](hour), *(_number(form, int(c)) for c in calls[:, hour - FIRST])])
    if "totals" in form.clutter:
        rows.append([HEADS[form.language][8], *(_number(form, int(c)) for c in calls.sum(axis=1))])
    return rows


def _queue_columns(truth: Truth, form: Form) -> Rows:
    date, time, total = HEADS[form.language][0], HEADS[form.language][1], HEADS[form.language][8]
    rows: Rows = [[date, time, *truth.offered, total]]
    for n, at in enumerate(truth.days):
        for hour in _hours():
            calls = [int(c[n, hour - FIRST]) for c in truth.offered.values()]
            place = [DATES[form.dates](at), TIMES[form.times](hour)]
            rows.append([*place, *(_number(form, c) for c in [*calls, sum(calls)])])
    return rows


def _queue_over_measure(truth: Truth, form: Form) -> Rows:
    date, time, _, _, offered, answered = HEADS[form.language][:6]
    rows: Rows = [
        ["", "", *(cell for name in truth.offered for cell in (name, ""))],
        [date, time, *([offered, answered] * len(truth.offered))],
    ]
    for n, at in enumerate(truth.days):
        for hour in _hours():
            pairs = [(truth.offered[q][n, hour - FIRST], truth.answered[q][n, hour - FIRST]) for q in truth.offered]
            cells = [_number(form, int(c)) for pair in pairs for c in pair]
            rows.append([DATES[form.dates](at), TIMES[form.times](hour), *cells])
    return rows


def _date_over_measure(truth: Truth, form: Form) -> Rows:
    _, time, _, _, offered, answered = HEADS[form.language][:6]
    name = next(iter(truth.offered))
    rows: Rows = [
        ["", *(cell for at in truth.days for cell in (DATES[form.dates](at), ""))],
        [time, *([offered, answered] * DAYS)],
    ]
    for hour in _hours():
        pairs = [(truth.offered[name][n, hour - FIRST], truth.answered[name][n, hour - FIRST]) for n in range(DAYS)]
        rows.append([TIMES[form.times](hour), *(_number(form, int(c)) for pair in pairs for c in pair)])
    return rows


def _measures_down(truth: Truth, form: Form) -> Rows:
    date, _, _, _, offered, answered = HEADS[form.language][:6]
    name = next(iter(truth.offered))
    rows: Rows = [[date, "KPI", *(TIMES[form.times](h) for h in _hours())]]
    for n, at in enumerate(truth.days):
        for measure, calls in ((offered, truth.offered), (answered, truth.answered)):
            rows.append([DATES[form.dates](at), measure, *(_number(form, int(c)) for c in calls[name][n])])
    return rows


OUTCOMES = {
    "zh": ("已接", "放弃"), "en": ("Answered", "Abandoned"), "es": ("Atendida", "Abandonada"),
    "pt": ("Atendida", "Perdida"), "fr": ("Répondu", "Abandonné"), "de": ("Angenommen", "Verloren"),
    "it": ("Risposta", "Persa"), "ja": ("応答", "放棄"), "ru": ("Отвечен", "Пропущен"),
}  # fmt: skip
OUTCOME_HEADS = {
    "zh": "通话状态", "en": "Status", "es": "Resultado", "pt": "Resultado", "fr": "Résultat", "de": "Ergebnis",
    "it": "Esito", "ja": "結果", "ru": "Результат",
}  # fmt: skip


def _calls(truth: Truth, form: Form) -> Rows:
    date, time, start, group = HEADS[form.language][:4]
    together = form.times != "HH:MM"
    yes, no = OUTCOMES[form.language]
    rows: Rows = []
    for name, calls in truth.offered.items():
        for n, at in enumerate(truth.days):
            for hour in _hours():
                count, taken = int(calls[n, hour - FIRST]), int(truth.answered[name][n, hour - FIRST])
                for k in range(count):
                    clock = f"{hour:02d}:{k * 59 // count:02d}:{(7 * k + 1) % 60:02d}"
                    place = [f"{DATES[form.dates](at)} {clock}"] if together else [DATES[form.dates](at), clock]
                    talk = "0:03:05" if k < taken else ""
                    rows.append([f"C{len(rows):06d}", *place, name, yes if k < taken else no, talk])
    order = np.random.default_rng(3).permutation(len(rows)) if "blank lines" in form.clutter else range(len(rows))
    head = ["Call ID", *([start] if together else [date, time]), group, OUTCOME_HEADS[form.language], "Talk Time"]
    return [head, *(rows[int(k)] for k in order)]


def _decorated(rows: Rows, form: Form) -> Rows:
    total, title, note = HEADS[form.language][8:]
    lines = 2 if form.shape in ("queue over measure", "date over measure") else 1
    heads, body = rows[:lines], rows[lines:]
    if "weekday" in form.clutter and form.shape in ("date and time", "a column a queue"):
        heads = [[row[0], "Weekday", *row[1:]] for row in heads]
        when = {DATES[form.dates](pd.Timestamp("2026-01-01") + pd.Timedelta(days=n)): (n + 3) % 7 for n in range(700)}
        names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        body = [[row[0], names[when[row[0]]], *row[1:]] for row in body]
    if "unknown column" in form.clutter and form.shape in ("instant", "date and time", "calls", "date once"):
        heads = [[*row, "Frobnication"] for row in heads]
        body = [[*row, f"x{n % 5}"] for n, row in enumerate(body)]
    if "index column" in form.clutter and form.shape in ("instant", "date and time"):
        heads = [["No.", *row] for row in heads]
        body = [[n + 1, *row] for n, row in enumerate(body)]
    if "heading again" in form.clutter and form.shape in ("instant", "date and time", "calls"):
        body = [row for n, one in enumerate(body) for row in ([*heads, one] if n and n % 60 == 0 else [one])]
    if "totals" in form.clutter and form.shape in (
        "instant",
        "date and time",
        "date once",
        "a column a queue",
        "calls",
    ):
        body = [*body, [total, *[""] * (len(heads[0]) - 1)]]
    if "blank lines" in form.clutter and form.shape != "calls":
        body = [*body[:30], [], *body[30:]]
    above: Rows = [[title], []] if "title" in form.clutter else []
    below: Rows = [[], [note]] if "note below" in form.clutter else []
    return [*above, *heads, *body, *below]


def write(sheets: dict[str, Rows], form: Form, folder: Path) -> Path:
    """Write the sheets; several need a workbook."""
    if form.container == "xlsx" or len(sheets) > 1:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append([None if cell == "" else cell for cell in row])
        book.save(folder / "calls.xlsx")
        return folder / "calls.xlsx"
    delimiter = {"semicolons": ";", "tabs": "\t"}.get(form.container, ",")
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(next(iter(sheets.values())))
    encoding = {"gbk": "gb18030", "utf-16": "utf-16", "bom": "utf-8-sig"}.get(form.container, "utf-8")
    path = folder / ("calls.tsv" if delimiter == "\t" else "calls.csv")
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def expected(truth: Truth, form: Form) -> dict[str, np.ndarray]:
    """The calls offered of each queue that a file of this form tells, days × hours."""
    alone = form.shape in ("date once", "times down", "date over measure", "measures down")
    return {name: calls for n, (name, calls) in enumerate(truth.offered.items()) if not alone or n == 0}


def draw(random: Random) -> Form:
    """One form, by chance, of those that such a file can have."""
    shape = random.choice(SHAPES)
    several = shape in ("a column a queue", "queue over measure", "a sheet a queue")
    clutter = frozenset(one for one in CLUTTER if random.random() < 0.25)
    language, container, numbers = random.choice([*HEADS]), random.choice(CONTAINERS), random.choice([*NUMBERS])
    times = random.choice([*TIMES])
    if container == "gbk" and language not in ("zh", "en"):
        container = "csv"
    if shape == "calls":
        numbers, times = "plain", random.choice(["HH:MM", "range"])
    if NUMBERS[numbers][1] == "," and container in ("csv", "gbk"):
        container = "semicolons"  # as a spreadsheet of such a country writes it
    if shape == "instant" and times in ("range to the minute", "range in halves", "range with points", "点至", "Uhr"):
        times = "HH:MM"
    dates = random.choice([*DATES])
    return Form(shape, language, numbers, dates, times, container, clutter, random.randint(2 if several else 1, 3))


def read_back(form: Form, seed: int, folder: Path) -> tuple[Truth, Intake]:
    """Write a history in a form and read it."""
    size = 3 if form.shape == "calls" else (40, 700)[seed % 2]
    truth = truth_of(seed, form.queues, size=size)
    return truth, read_histories(write(tables(truth, form), form, folder), timezone=ZONE)


def differences(truth: Truth, form: Form, intake: Intake) -> list[str]:
    """What is not as it was written: queues, calls by hour, calls where none were, calls answered, handle times."""
    wanted, found = expected(truth, form), intake.histories
    if len(found) != len(wanted):
        return [f"queues {[*found]}, not {[*wanted]}"]
    said = []
    hours = [day + pd.Timedelta(hours=hour) for day in truth.days for hour in _hours()]
    for name, calls in wanted.items():
        frame = (found[name] if len(found) > 1 else next(iter(found.values()))).frame
        frame = frame.set_axis(pd.DatetimeIndex(frame.index).tz_localize(None))
        columns = {"calls_offered": calls}
        if "calls_answered" in frame:
            columns["calls_answered"] = truth.answered[name]
        if "aht_seconds" in frame and form.shape != "calls":
            columns["aht_seconds"] = truth.handled[name]
        for column, values in columns.items():
            got = frame[column].reindex(hours).to_numpy()
            if not np.allclose(got, values.ravel()):
                said.append(f"{name} {column}: {got[:3]}, not {values.ravel()[:3]}")
        if frame["calls_offered"].drop(index=hours, errors="ignore").fillna(0).any():
            said.append(f"{name}: calls outside of its hours")
    return said
