"""The roster as an Excel grid: the pages' colours, a legend of the codes, hours and counts as live formulas."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from api.reports.colours import BLUE
from api.reports.sheet_paper import fit_to_paper
from api.reports.shift_words import DAY_KINDS, day_kind, parts
from api.reports.workbook_charts import WORKBOOK_FONT
from api.whole_files import whole_workbook
from forecaster.history.periods import day_heads, days_of_period, in_period, period_title
from forecaster.messages import Languages, Words
from forecaster.names import CHINESE_WEEKDAYS, ROLE_WORDS
from optimizer.law.shifts import LEAVE, STANDBY

FIRST_ROW = 3  # of the people, from 0
LEGEND = Words("图例", "Legend")
ROSTER = Words("班表", "Roster")
BADGE_HEADS = (Words("岗位", "Role"), Words("工号", "Badge"))
SUMS = (
    Words("工时", "hours"), Words("班数", "shifts"), Words("夜班", "nights"), Words("休假", "leave"),
    Words("休息", "off"), Words("周末", "weekends"),
)  # fmt: skip
ON_DUTY = Words("在班人数", "On duty")
LEGEND_HEADS = (
    Words("代码", "Code"), Words("班次", "Shift"), Words("时间", "From–to"), Words("计时（分钟）", "Minutes worked"),
    Words("次数", "Times"),
)  # fmt: skip


@dataclass(frozen=True)
class _Code:
    """A shift's code as the legend tells it; `minutes` None where the same code stands for different times."""

    kind: str
    hours: str
    minutes: float | None


def roster_grid(roster: pd.DataFrame, *, month: pd.Period) -> pd.DataFrame:
    """Return the roster as people × days: index `role, badge`, a column per date with the shift's code, or empty.

    Where a day has both a shift and standby, the shift stands.
    """
    days = days_of_period(month)
    shown = roster.assign(date=[pd.Timestamp(day).date() for day in roster["date"]])
    shown = shown[shown["date"].isin(days)].assign(order=lambda f: f["shift"].isin([LEAVE, STANDBY]).astype(int))
    shown = shown.sort_values("order").drop_duplicates(["badge", "date"])
    cells = {(r["role"], r["badge"], r["date"]): r["shift"] for r in shown.to_dict("records")}
    people = sorted({(role, badge) for role, badge, _ in cells}, key=lambda p: (list(ROLE_WORDS).index(p[0]), p[1]))
    index = pd.MultiIndex.from_tuples(people, names=["role", "badge"]) if people else None
    return pd.DataFrame([[cells.get((*p, day), "") for day in days] for p in people], index=index, columns=days)


def write_roster_grid(
    roster: pd.DataFrame, path: str | Path, *, month: pd.Period, title: str = "", language: Languages = "both"
) -> Path:
    """Write the roster as a coloured Excel grid with the hours, days and nights of each person; return its path.

    Hours and counts are formulas over the grid and the legend's minutes, so that a changed cell changes them.
    """
    path = Path(path)
    grid = roster_grid(roster, month=month)
    shown = roster[[in_period(day, month) for day in roster["date"]]]
    with whole_workbook(path) as book:
        _GridWriter(book, grid, shown, month, language).write(title)
    return path


def _codes(roster: pd.DataFrame) -> dict[str, _Code]:
    """Return what every code of the roster means, in order of its hours; standby and leave come last."""
    found: dict[str, _Code] = {}
    for shift, rows in roster.groupby(roster["shift"].astype(str)):
        row = rows.iloc[0].to_dict()
        hours = " ".join(f"{start}–{end}" for start, end in parts(row)) if shift not in (LEAVE, STANDBY) else ""
        same = bool((rows["worked_minutes"] == row["worked_minutes"]).all())
        found[str(shift)] = _Code(day_kind(row), hours, float(row["worked_minutes"]) if same else None)
    return dict(sorted(found.items(), key=lambda one: (list(DAY_KINDS).index(one[1].kind), one[1].hours, one[0])))


class _GridWriter:
    """The workbook being written."""

    def __init__(
        self, book: xlsxwriter.Workbook, grid: pd.DataFrame, shown: pd.DataFrame, month: pd.Period, language: Languages
    ) -> None:
        self.book, self.grid, self.shown, self.month, self.language = book, grid, shown, month, language
        self.days = [pd.Timestamp(day) for day in grid.columns]
        self.codes = _codes(shown)
        own = language == "zh"
        self.leave, self.standby = (DAY_KINDS[one].zh if own else one for one in (LEAVE, STANDBY))
        self.legend = f"{LEGEND.zh} {LEGEND.en}" if language == "both" else LEGEND.said(language)
        self.base = {"font_name": WORKBOOK_FONT, "font_size": 8, "align": "center", "valign": "vcenter", "shrink": True}
        self.plain, self.number = self._format(), self._format(num_format="0.0")
        self.head = self._format(shrink=False, bold=True, bg_color=BLUE, font_color="#FFFFFF", text_wrap=True)
        looks = {kind: {"bg_color": one.ground, "font_color": one.ink} for kind, one in DAY_KINDS.items()}
        self.looks = {kind: self._format(**look) for kind, look in looks.items()}

    def _format(self, **look: Any) -> Any:
        return self.book.add_format(self.base | look)

    def words(self, words: Words, joint: str = "\n") -> str:
        return f"{words.zh}{joint}{words.en}" if self.language == "both" else words.said(self.language)

    def write(self, title: str) -> None:
        sheet = self.book.add_worksheet(
            f"{self.words(ROSTER, ' ')} {self.month}"
        )  # a sheet's name is short: of weeks the first day
        large = self.book.add_format({"bold": True, "font_size": 14})
        sheet.write(0, 0, f"{self.words(ROSTER, ' ')} {period_title(self.month, self.language)} {title}".strip(), large)
        self._write_heads(sheet)
        hours = self.shown.groupby("badge")["worked_minutes"].sum() / 60
        lines = zip(self.grid.index, self.grid.to_numpy(), strict=True)
        for row, ((role, badge), cells) in enumerate(lines, start=FIRST_ROW):
            sheet.write(
                row, 0, self.words(ROLE_WORDS[role], " ") if self.language == "en" else ROLE_WORDS[role].zh, self.plain
            )
            sheet.write_string(row, 1, str(badge), self.plain)
            for column, code in enumerate(cells, start=2):
                look = self.looks[self.codes[code].kind] if code else self.plain
                sheet.write(row, column, self._shown(code), look)
            self._write_sums(sheet, row, list(cells), float(hours.get(badge, 0.0)))
        self._write_on_duty(sheet)
        self._set_up(sheet)
        self._write_legend()

    def _shown(self, code: str) -> str:
        """Return a code as it is written: in Chinese leave and standby by their names, which are read back too."""
        return {LEAVE: self.leave, STANDBY: self.standby}.get(code, code)

    def _write_heads(self, sheet: Any) -> None:
        weekdays = [f"{d:%a}" if self.language == "en" else CHINESE_WEEKDAYS[d.day_of_week] for d in self.days]
        names = [f"{head}\n{weekday}" for head, weekday in zip(day_heads(self.month), weekdays, strict=True)]
        titles = [*(self.words(one, " ") for one in BADGE_HEADS), *names, *(self.words(one) for one in SUMS)]
        for column, text in enumerate(titles):
            sheet.write(FIRST_ROW - 1, column, text, self.head)

    def _span(self, row: int) -> str:
        return f"{xl_col_to_name(2)}{row + 1}:{xl_col_to_name(1 + len(self.days))}{row + 1}"

    def _write_sums(self, sheet: Any, row: int, cells: list[str], hours: float) -> None:
        """Write one person's hours, shifts, nights, leave, days off and weekend days, as formulas with their values."""
        span, column = self._span(row), 2 + len(self.days)
        aside = f'COUNTIF({span},"{self.leave}")+COUNTIF({span},"{self.standby}")'
        nights = [code for code, one in self.codes.items() if one.kind == "night"]
        worked = [code not in {"", LEAVE, STANDBY} for code in cells]
        weekend = [xl_col_to_name(2 + n) for n, day in enumerate(self.days) if day.day_of_week >= 5]
        is_worked = "+".join(
            f'({at}{row + 1}<>"")*({at}{row + 1}<>"{self.leave}")*({at}{row + 1}<>"{self.standby}")' for at in weekend
        )
        last = FIRST_ROW + len(self.codes)
        of_legend = f"'{self.legend}'!"
        codes, minutes = (f"{of_legend}${name}${FIRST_ROW + 1}:${name}${last}" for name in "AD")
        formulas = (
            (f"=SUMPRODUCT(COUNTIF({span},{codes}),{minutes})/60", hours, self.number),
            (f'=COUNTIF({span},"?*")-({aside})', sum(worked), self.plain),
            ("=" + ("+".join(f'COUNTIF({span},"{code}")' for code in nights) or "0"), sum(c in nights for c in cells),
             self.plain),
            (f'=COUNTIF({span},"{self.leave}")', cells.count(LEAVE), self.plain),
            (f'={len(self.days)}-COUNTIF({span},"?*")+COUNTIF({span},"{self.standby}")',
             cells.count("") + cells.count(STANDBY), self.plain),
            (f"={is_worked}", sum(w for w, day in zip(worked, self.days, strict=True) if day.day_of_week >= 5),
             self.plain),
        )  # fmt: skip
        if all(one.minutes is not None for one in self.codes.values()):
            sheet.write_formula(row, column, formulas[0][0], self.number, hours)
        else:  # the same code stands for different times: no formula can tell them apart
            sheet.write_number(row, column, hours, self.number)
        for n, (formula, value, form) in enumerate(formulas[1:], start=1):
            sheet.write_formula(row, column + n, formula, form, value)

    def _write_on_duty(self, sheet: Any) -> None:
        """Write above the days how many people work on each."""
        above, first, last = FIRST_ROW - 2, FIRST_ROW + 1, FIRST_ROW + len(self.grid)
        form = self._format(bold=True)
        sheet.write(above, 0, self.words(ON_DUTY, " "), form)
        for column, day in enumerate(self.grid.columns, start=2):
            letter = xl_col_to_name(column)
            span = f"{letter}{first}:{letter}{last}"
            formula = f'=COUNTIF({span},"?*")-COUNTIF({span},"{self.leave}")-COUNTIF({span},"{self.standby}")'
            value = int((~self.grid[day].isin(["", LEAVE, STANDBY])).sum())
            sheet.write_formula(above, column, formula, form, value)

    def _set_up(self, sheet: Any) -> None:
        days = len(self.days)
        sheet.set_row(FIRST_ROW - 1, 26)
        sheet.set_column(0, 0, 9 if self.language != "en" else 22)
        sheet.set_column(1, 1, 7)
        sheet.set_column(2, 1 + days, 7.4)
        sheet.set_column(2 + days, 1 + days + len(SUMS), 6.5)
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        sheet.freeze_panes(FIRST_ROW, 2)
        fit_to_paper(sheet, paper="A3", head_rows=FIRST_ROW)  # the PDF is for A4
        sheet.set_footer("&R&8&P / &N")

    def _write_legend(self) -> None:
        sheet = self.book.add_worksheet(self.legend)
        sheet.write(0, 0, self.legend, self.book.add_format({"bold": True, "font_size": 14}))
        for column, words in enumerate(LEGEND_HEADS):
            sheet.write(FIRST_ROW - 1, column, self.words(words), self.head)
        times = Counter(self.shown["shift"].astype(str))
        for row, (code, one) in enumerate(self.codes.items(), start=FIRST_ROW):
            kind = self.words(DAY_KINDS[one.kind], " ")
            for column, text in enumerate((self._shown(code), kind, one.hours)):
                sheet.write_string(row, column, text, self.looks[one.kind])
            if one.minutes is None:
                sheet.write_string(row, 3, "≠", self.plain)
            else:
                sheet.write_number(row, 3, one.minutes, self.plain)
            sheet.write_number(row, 4, times[code], self.plain)
        sheet.set_row(FIRST_ROW - 1, 26)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 4, 16)
        fit_to_paper(sheet, landscape=False)
