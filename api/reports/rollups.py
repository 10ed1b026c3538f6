"""Reports by week, month, quarter, half-year and year (N5), from the same daily columns as the Five Tables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from api.reports.colours import BLUE
from api.reports.labels import LABELS, MEASURE_LABELS, Label
from api.reports.sheet_paper import fit_to_paper
from api.reports.sheet_writer import FORMATS
from api.reports.workbook_charts import WORKBOOK_FONT
from api.sentences import refusal
from api.whole_files import whole_workbook
from forecaster.history.intervals import wall_clock
from forecaster.history.observed import History

ReportPeriod = Literal["week", "month", "quarter", "half_year", "year"]


def rollup(history: History, *, by: ReportPeriod, forecast: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row per period with the sums of what was observed and the rates that follow from them.

    Columns: `calls_offered, calls_handled, calls_abandoned, answer_rate, abandon_rate, aht_seconds, mean_wait_seconds,
    signed_in_seat_hours, calls_per_seat_hour, calls_forecast, bias, wape` (daily), `days, intervals_missing`. Weeks run
    from Monday and are named after it; a column without data is NaN. A forecast counts where the interval was observed.

    Raises
    ------
    ValueError
        If `by` is not a known period.
    """
    if by not in get_args(ReportPeriod):
        raise refusal("rollup.by", by=by, known=list(get_args(ReportPeriod)))
    frame = history.frame
    local = wall_clock(pd.DatetimeIndex(frame.index))
    period = pd.Index(_periods(local, by), name=by)
    hours = history.interval_minutes / 60

    def total(values: pd.Series) -> pd.Series:
        return values.groupby(period).sum(min_count=1)

    def column(name: str) -> pd.Series:
        return frame[name] if name in frame else pd.Series(np.nan, index=frame.index)

    offered, handled = frame["calls_offered"], column("calls_answered")
    out = pd.DataFrame({"calls_offered": total(offered), "calls_handled": total(handled)})
    out["calls_abandoned"] = total(column("calls_abandoned"))
    both = offered.where(handled.notna())
    out["answer_rate"] = total(handled) / total(both)
    out["abandon_rate"] = out["calls_abandoned"] / total(offered.where(column("calls_abandoned").notna()))
    weight = handled.where(handled.notna(), offered)
    out["aht_seconds"] = _mean(column("aht_seconds"), weight, period)
    out["mean_wait_seconds"] = _mean(column("mean_wait_seconds"), offered, period)
    seats = column("seats_signed_in")
    out["signed_in_seat_hours"] = total(seats) * hours
    out["calls_per_seat_hour"] = total(handled.where(seats.notna())) / total(seats.where(handled.notna())) / hours
    expected = pd.Series(np.nan, index=frame.index) if forecast is None else forecast["calls"].reindex(frame.index)
    expected = expected.where(offered.notna())
    out["calls_forecast"] = total(expected)
    compared = total(offered.where(expected.notna()))
    out["bias"] = (out["calls_forecast"] - compared) / compared
    out["wape"] = _daily_absolute_error(expected, offered, local, by) / compared
    out["days"] = pd.Series(local.normalize(), index=frame.index).groupby(period).nunique()
    out["intervals_missing"] = offered.isna().groupby(period).sum()
    return out


def rollup_heads() -> dict[str, Label]:
    """Return what the columns of a roll-up are called and how they are written."""
    of_tables = ("calls_offered", "calls_handled", "answer_rate", "signed_in_seat_hours", "calls_per_seat_hour")
    return {
        **{name: LABELS[name] for name in of_tables},
        "calls_abandoned": Label("放弃量", "Calls abandoned", "calls"),
        "abandon_rate": Label("放弃率", "Abandon rate", "share"),
        "aht_seconds": Label("平均处理时长（秒）", "AHT, seconds", "rate"),
        "mean_wait_seconds": Label("平均等待（秒）", "Mean wait, seconds", "rate"),
        "calls_forecast": LABELS["calls_forecast"],
        "bias": MEASURE_LABELS["bias"],
        "wape": MEASURE_LABELS["wape"],
        "days": Label("天数", "Days", "number"),
        "intervals_missing": LABELS["intervals_missing"],
    }


def write_rollup(table: pd.DataFrame, path: Path, *, title: str) -> Path:
    """Write a roll-up as an Excel sheet with Chinese and English heads, ready to print; return its path."""
    heads = rollup_heads()
    with whole_workbook(path) as book:
        sheet = book.add_worksheet("汇总 Report")
        base = {"font_name": WORKBOOK_FONT, "font_size": 9}
        head = book.add_format(
            base | {"bold": True, "bg_color": BLUE, "font_color": "#FFFFFF", "text_wrap": True, "align": "center"}
        )
        forms = {kind: book.add_format(base | {"num_format": form}) for kind, form in FORMATS.items()}
        sheet.write(0, 0, title, book.add_format(base | {"bold": True, "font_size": 14, "font_color": BLUE}))
        names = [str(name) for name in table.columns]
        for column, text in enumerate(["周期\nPeriod", *(f"{heads[n].zh}\n{heads[n].en}" for n in names)]):
            sheet.write(2, column, text, head)
        for row, (period, values) in enumerate(table.iterrows(), start=3):
            sheet.write_string(row, 0, str(period), forms["text"])
            for column, name in enumerate(names, start=1):
                if not pd.isna(values[name]):
                    sheet.write_number(row, column, float(values[name]), forms[heads[name].kind])
        sheet.set_row(2, 40)
        sheet.set_column(0, len(names), 11.5)
        sheet.freeze_panes(3, 1)
        fit_to_paper(sheet, head_rows=3)
    return path


def _periods(local: pd.DatetimeIndex, by: ReportPeriod) -> list[str]:
    """Return the name of the period of each instant: 2026-12-07 (its Monday), 2026-12, 2026-Q4, 2026-H2, 2026."""
    if by == "week":
        monday = local.normalize() - pd.to_timedelta(local.day_of_week, unit="D")
        return list(monday.strftime("%Y-%m-%d"))
    if by == "month":
        return list(local.strftime("%Y-%m"))
    if by == "quarter":
        return [f"{y}-Q{q}" for y, q in zip(local.year, local.quarter, strict=True)]
    if by == "half_year":
        return [f"{y}-H{1 if m <= 6 else 2}" for y, m in zip(local.year, local.month, strict=True)]
    return [str(y) for y in local.year]


def _mean(values: pd.Series, weight: pd.Series, period: pd.Index) -> pd.Series:
    known = values.notna() & weight.notna()
    top = (values * weight).where(known).groupby(period).sum(min_count=1)
    below = weight.where(known).groupby(period).sum(min_count=1)
    return top / below.where(below > 0)


def _daily_absolute_error(
    expected: pd.Series, offered: pd.Series, local: pd.DatetimeIndex, by: ReportPeriod
) -> pd.Series:
    day = pd.Index(local.normalize(), name="day")
    both = (expected - offered).groupby(day).sum(min_count=1).abs()
    return both.groupby(pd.Index(_periods(pd.DatetimeIndex(both.index), by), name=by)).sum(min_count=1)
