"""The cover of the Five Tables: the month's key figures, and three sentences that say what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

import pandas as pd

from api.reports.five_tables import VERSION_SAID, FiveTables, Table
from api.reports.labels import WEEKDAY_WORDS, Label
from api.reports.table_heads import target_words
from api.reports.table_kinds import (
    FORECAST_AND_BEARABLE,
    HANDLED_AND_PLANNED,
    OFFERED_AND_FORECAST,
    OFFERED_AND_HANDLED,
    STAFFED_SEATS,
)
from forecaster.history.periods import is_month, period_words
from forecaster.messages import Words

TITLE = Words("五表", "The Five Tables")
SIGNED = (Words("编制", "Made by"), Words("审核", "Checked by"), Words("批准", "Approved by"))
THIS_MONTH, LAST_MONTH = Words("本月 {month}", "This month, {month}"), Words("上月 {month}", "Last month, {month}")
THIS_PERIOD, LAST_PERIOD = (
    Words("本期 {month}", "This period, {month}"),
    Words("上期 {month}", "The one before, {month}"),
)
COMPARED, COMPARED_OF_WEEKS = (
    Words("上月对照：{said}", "Last month's: {said}"),
    Words("上期对照：{said}", "The period before: {said}"),
)
CALLS = Words(
    "{month}预计来电 {calls} 通，日均 {mean} 通：最忙的是{busy}（{most} 通），最闲的是{quiet}（{least} 通）。",
    "{month}: {calls} calls are forecast, {mean} a day; the busiest day is {busy} ({most}), the quietest {quiet} "
    "({least}).",
)
SEATS = Words(
    "排班 {hours} 席时，可承受 {bearable} 通，比预测{more} {margin}；{over}。",
    "The {hours} rostered seat-hours bear {bearable} calls, {margin} {more} than forecast; {over}.",
)
MORE, FEWER = Words("多", "more"), Words("少", "fewer")
OVER = Words(
    "{days} 天中有 {count} 个时段预测超过可承受，最多的是{worst}（{most} 个时段）",
    "in {count} intervals of {days} days the forecast exceeds what can be borne, most of them on {worst} ({most})",
)
NONE_OVER = Words("没有一个时段预测超过可承受", "in no interval does the forecast exceed what can be borne")
NOTHING_SEEN = Words("{month}没有观测数据。", "{month}: nothing was observed.")
ANSWERED_SAID = Words(
    "{month}（有数据的 {days} 天）来电 {calls} 通，接通率 {rate}；{forecast}。",
    "{month} ({days} days observed): {calls} calls came, {rate} were answered; {forecast}.",
)
ACCURACY = Words(
    "所对照的预测总量偏{side} {bias}，日误差 {wape}，{days} 天中有 {inside} 天落在 80% 区间内",
    "the forecast compared with was {bias} too {side} in total and {wape} off by day, and {inside} of {days} days lay "
    "within its 80 % band",
)
HIGH, LOW = Words("高", "high"), Words("低", "low")
NO_FORECAST = Words(
    "开始前没有发布预测，无从比较", "no forecast was published before it, so there is nothing to compare"
)
UNKNOWN_RATE = Words("未知", "an unknown share")


@dataclass(frozen=True)
class Figure:
    """A figure of the cover: what it is, and the total or measure of which table it is."""

    label: Label
    table: Table
    name: str
    is_measure: bool = False

    @property
    def value(self) -> float:
        """The figure; NaN where it is not known."""
        return float((self.table.measures if self.is_measure else self.table.total).get(self.name, float("nan")))


COVER_FIGURES = (
    (FORECAST_AND_BEARABLE, "calls_forecast"),
    (FORECAST_AND_BEARABLE, "calls_bearable"),
    (FORECAST_AND_BEARABLE, "margin_share"),
    (FORECAST_AND_BEARABLE, "intervals_over"),
    (STAFFED_SEATS, "average_seats"),
    (STAFFED_SEATS, "seat_hours"),
    (OFFERED_AND_HANDLED, "calls_offered"),
    (OFFERED_AND_HANDLED, "answer_rate"),
    (OFFERED_AND_HANDLED, "calls_per_seat_hour"),
    (OFFERED_AND_FORECAST, "wape"),
    (OFFERED_AND_FORECAST, "bias"),
    (OFFERED_AND_FORECAST, "days_in_band"),
    (HANDLED_AND_PLANNED, "difference"),
)


def head_lines(five: FiveTables) -> list[Words]:
    """Return what stands below the title: the version, what it is compared with, the service target."""
    compared = COMPARED if is_month(five.month) else COMPARED_OF_WEEKS
    return [VERSION_SAID.filled(said=five.said), compared.filled(said=five.last_said), target_words(five)]


def figures_by_month(five: FiveTables) -> list[tuple[Words, list[Figure]]]:
    """Return the figures of the cover under the month that each is of, this month's first."""
    heads = (THIS_MONTH, LAST_MONTH) if is_month(five.month) else (THIS_PERIOD, LAST_PERIOD)
    months = {
        False: heads[0].filled(month=period_words(five.month)),
        True: heads[1].filled(month=period_words(five.last_month)),
    }
    runs = groupby(key_figures(five), lambda figure: figure.table.kind.of_last_month)
    return [(months[of_last_month], list(figures)) for of_last_month, figures in runs]


def key_figures(five: FiveTables) -> list[Figure]:
    """Return the figures of the cover, this month's first."""
    found = []
    for kind, name in COVER_FIGURES:
        table = five.table(kind.number)
        is_measure = name in kind.measures
        found.append(Figure(kind.measure(name) if is_measure else kind.label(name), table, name, is_measure))
    return found


def sentences(five: FiveTables) -> list[Words]:
    """Return three sentences: the calls to come, whether the seats bear them, and how last month went."""
    return [_calls(five), _seats(five), _last_month(five)]


def _calls(five: FiveTables) -> Words:
    calls = five.table(2).frame["calls_forecast"]
    busy, quiet = _where(calls, most=True), _where(calls, most=False)
    return CALLS.filled(
        month=_month(five.month), calls=_count(calls.sum()), mean=_count(calls.mean()), busy=_day(busy),
        most=_count(calls.max()), quiet=_day(quiet), least=_count(calls.min()),
    )  # fmt: skip


def _seats(five: FiveTables) -> Words:
    table = five.table(2)
    over, share = table.frame["intervals_over"], table.total["margin_share"]
    worst = _where(over, most=True)
    said = NONE_OVER
    if over.sum() > 0:
        said = OVER.filled(days=len(over), count=_count(over.sum()), worst=_day(worst), most=_count(over.max()))
    hours, bearable = five.table(1).total["seat_hours"], table.total["calls_bearable"]
    return SEATS.filled(
        hours=_count(hours), bearable=_count(bearable), margin=_share(abs(share)), over=said,
        more=MORE if pd.isna(share) or share >= 0 else FEWER,
    )  # fmt: skip


def _last_month(five: FiveTables) -> Words:
    actual, compared = five.table(3), five.table(4)
    days = int(actual.frame["calls_offered"].notna().sum())
    if days == 0:
        return NOTHING_SEEN.filled(month=_month(five.last_month))
    said, inside = NO_FORECAST, compared.frame["in_band"].dropna()
    measures = compared.measures
    if measures and not pd.isna(measures["wape"]):
        said = ACCURACY.filled(
            bias=_share(abs(measures["bias"])), side=HIGH if measures["bias"] >= 0 else LOW, days=len(inside),
            wape=_share(measures["wape"]), inside=_count(inside.sum()),
        )  # fmt: skip
    rate = actual.total["answer_rate"]
    return ANSWERED_SAID.filled(
        month=_month(five.last_month), days=days, calls=_count(actual.total["calls_offered"]), forecast=said,
        rate=UNKNOWN_RATE if pd.isna(rate) else _share(rate),
    )  # fmt: skip


def _where(values: pd.Series, *, most: bool) -> date:
    """Return the day of the largest, or the smallest, value."""
    at = int(values.argmax() if most else values.argmin())
    day: date = values.index[at]
    return day


def _month(month: pd.Period) -> Words:
    if not is_month(month):
        words = period_words(month)
        return Words(f"{words.zh} ", words.en)  # a space between figures and what follows
    return Words(f"{month.year} 年 {month.month} 月", f"{month:%B %Y}")


def _day(day: date) -> Words:
    name = WEEKDAY_WORDS[day.weekday()]
    return Words(f" {day.month} 月 {day.day} 日（{name.zh}）", f"{name.en[:3]} {day.day} {day:%b}")


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float) -> str:
    return f"{value:.1%}"
