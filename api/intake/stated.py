"""What a table's surroundings say of it: date, month, year and queue above it, in its sheet's and its file's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from api.intake.columns import fits
from api.intake.dates import DateText, date_text, month_told, year_told
from api.intake.files import TextTable
from api.intake.vocabulary import month_named

KEY = re.compile(r"\s*([^:：=]{1,40}?)\s*[:：=]\s*(.*?)\s*")
DATE_IN = re.compile(
    r"(?<!\d)((?:19|20)\d\d[-_./年]?\d{1,2}[-_./月]?\d{1,2}日?|\d{1,2}[-._/]\d{1,2}[-._/](?:19|20)\d\d)(?!\d)"
)
SHORT_MONTH = re.compile(r"([^\W\d_]{3,12})\.?[\s'’/-]{1,2}(\d\d)")
REPORT = re.compile(r"^(report|for|selected|统计|报表|stat)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """What stands around a table: None and "" where nothing does.

    day_text, week_text
        Its one date, as written; and the date in words above it, such as a week's first (Week commencing 05/01/2026).
    beside
        Dates of the other tables of the file.
    """

    queue: str = ""
    day_text: str = ""
    month: tuple[int, int] | None = None
    year: int | None = None
    week_text: str = ""
    beside: tuple[str, ...] = ()

    @property
    def day(self) -> DateText | None:
        """Its one date."""
        return date_text(self.day_text) if self.day_text else None


def stated_of(table: TextTable) -> Stated:
    """Return what stands above a table after a key (`Date: 1/5/2026`), and in the names of its sheet and file."""
    title = " ".join(cell for row in table.preamble for cell in row if cell.strip())
    names = [table.sheet, _stem(table.path)]
    day = _keyed(table.preamble, "date", "arrival_at", wanted=lambda text: date_text(text) is not None)
    alone = [cell for row in table.preamble for cell in row if cell.strip() and date_text(cell) is not None]
    day = day or (alone[0] if len(alone) == 1 else "")
    day = day or next((found for text in names if (found := _date_in(text))), "")
    month = next((told for text in (title, *names) if (told := month_told(text)) is not None), None)
    month = month or _short_month(_keyed(table.preamble, "month"))
    year = month[0] if month else year_told([title, f"{_stem(table.path)} {table.sheet}"])
    if month is None and year is not None:  # a sheet a month, the year in the title or the file's name
        month = month_told(f"{year}-{table.sheet}")
    return Stated(_keyed(table.preamble, "queue"), day, month, year, _date_in(title))


def _short_month(text: str) -> tuple[int, int] | None:
    """Return the month that Oct-26 or Okt 26 is behind a key that asks for a month; elsewhere it could be a day."""
    match = SHORT_MONTH.fullmatch(text.strip())
    month = month_named(match[1]) if match else None
    return None if match is None or month is None else (2000 + int(match[2]), month)


def _stem(path: Path) -> str:
    return re.split(r"\.(?:csv|tsv|txt|xls|xlsx|xlsm|ods|parquet|gz|html?)\b", path.name, maxsplit=1)[0]


def _date_in(text: str) -> str:
    whole = date_text(text)
    if whole is not None and (whole.year is not None or whole.short_year):  # a sheet called 05.10.26
        return text
    found = [match.group(1).replace("_", "-") for match in DATE_IN.finditer(text)]
    return found[0] if len(found) == 1 and date_text(found[0]) is not None else ""


def _keyed(preamble: Sequence[Sequence[str]], *names: str, wanted: Callable[[str], bool] = bool) -> str:
    """Return what follows a key that is a heading of one of `names` above the table, in the same cell or the next."""
    for cells in preamble:
        for cell, after in pairwise((*cells, "")):
            match = KEY.fullmatch(cell)
            if match is None:
                continue
            key, value = match.group(1), match.group(2) or after.strip()
            found = {*fits("history", key), *fits("history", REPORT.sub("", key)), *fits("call_log", key)}
            if value and found & set(names) and wanted(value):
                return value
    return ""
