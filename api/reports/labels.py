"""What every column of the reports is called, in Chinese and in English, how it is written, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecaster.forecast.effects import WEEKDAYS
from forecaster.messages import Language, Languages, Words
from forecaster.names import CHINESE_HOLIDAYS, CHINESE_WEEKDAYS

FigureKind = Literal["date", "calls", "seats", "people", "hours", "rate", "share", "number", "text", "flag"]


@dataclass(frozen=True)
class Label(Words):
    """One column: its heads, the kind of number it holds, and its definition."""

    kind: FigureKind
    means_zh: str = ""
    means_en: str = ""

    def means(self, language: Language) -> str:
        """Return the column's definition."""
        return self.means_zh if language == "zh" else self.means_en


LABELS: dict[str, Label] = {
    "date": Label("日期", "Date", "date"),
    "weekday": Label("星期", "Weekday", "text"),
    "day_type": Label(
        "日类型", "Day", "text", "工作日、休息日或节假日名称", "Workday, rest day, or the holiday's name"
    ),
    "level_expected": Label(
        "预期服务水平",
        "Level expected",
        "share",
        "计划所承诺的当天服务水平：对预测的各种可能取期望，缺勤随机",
        "The share answered in time that the plan promised of the day, over the forecast's futures",
    ),
    "average_seats": Label(
        "日平均席数",
        "Average seats",
        "rate",
        "当天营业时段各时段座席数的平均值",
        "Mean of the day's staffed seats over its opening hours",
    ),
    "seat_hours": Label(
        "席时", "Seat-hours", "hours", "各时段座席数 × 时段时长之和", "Seats × length, summed over the intervals"
    ),
    "calls_forecast": Label(
        "预测话务量",
        "Forecast calls",
        "calls",
        "预测的呼入量，取整后各日之和与合计一致",
        "Calls expected, whole calls that add up to the total",
    ),
    "calls_lower_80": Label(
        "预测下限（80%）",
        "Lower limit (80%)",
        "calls",
        "当天话务量 80% 区间的下限，取预测本身的日分布（不是各时段下限之和）",
        "Lower limit of the day's own 80 % band in the stored forecast (not the sum of the intervals' limits)",
    ),
    "calls_upper_80": Label(
        "预测上限（80%）", "Upper limit (80%)", "calls", "当天话务量的 80% 区间上限，同上", "Its upper limit, likewise"
    ),
    "calls_bearable": Label(
        "可承受话务量",
        "Bearable calls",
        "calls",
        "排班座席（扣除损耗后）在服务目标下各时段最多可承受的话务量之和",
        "Most calls the rostered seats, less shrinkage, carry at the service target, interval by interval, summed",
    ),
    "calls_bearable_busy_hour": Label(
        "座席×忙时接通量",
        "Seats × busy-hour capacity",
        "calls",
        "排班座席（扣除损耗后）× 忙时每席每小时最高接通量 × 时段时长",
        "Rostered seats, less shrinkage, × most calls one seat connects in a busy hour × interval length",
    ),
    "margin": Label("富余量", "Margin", "calls", "可承受话务量 − 预测话务量", "Bearable less forecast"),
    "margin_share": Label("富余率", "Margin %", "share", "富余量 ÷ 预测话务量", "Margin ÷ forecast"),
    "intervals_over": Label(
        "超载时段数",
        "Intervals over",
        "number",
        "预测话务量超过可承受话务量的时段数",
        "Intervals in which the forecast exceeds the bearable calls",
    ),
    "calls_offered": Label("呼入话务量", "Calls offered", "calls", "实际呼入量", "Calls that came in"),
    "calls_handled": Label("人员接听量", "Calls handled", "calls", "由话务员接听的呼入量", "Calls answered by staff"),
    "answer_rate": Label("接通率", "Answer rate", "share", "人员接听量 ÷ 呼入话务量", "Calls handled ÷ calls offered"),
    "seats_signed_in": Label(
        "平均签入人数",
        "Signed-in heads",
        "rate",
        "有数据时段签入座席数的平均值",
        "Mean of the signed-in seats over the intervals that have them",
    ),
    "signed_in_seat_hours": Label(
        "签入席时", "Signed-in seat-hours", "hours", "签入座席数 × 时段时长之和", "Signed-in seats × length, summed"
    ),
    "calls_per_head": Label(
        "人均接听量", "Calls per head", "rate", "人员接听量 ÷ 平均签入人数", "Calls handled ÷ signed-in heads"
    ),
    "calls_per_seat_hour": Label(
        "每席时接听量", "Calls per seat-hour", "rate", "人员接听量 ÷ 签入席时", "Calls handled ÷ signed-in seat-hours"
    ),
    "error": Label("预测误差", "Error", "calls", "预测 − 实际", "Forecast less offered"),
    "error_share": Label("误差率", "Error %", "share", "误差 ÷ 实际呼入量", "Error ÷ calls offered"),
    "in_band": Label(
        "区间内",
        "In band",
        "flag",
        "实际值是否在 80% 预测区间内（✓ 是，✗ 否；数据文件中为 1、0）",
        "Whether the day lay within the 80 % band (✓ yes, ✗ no; 1 and 0 in data files)",
    ),
    "absolute_error_by_interval": Label(
        "时段误差合计",
        "Σ |interval error|",
        "calls",
        "各时段预测与实际之差绝对值之和",
        "Absolute errors of the intervals, summed",
    ),
    "calls_planned": Label(
        "人员预测话务量",
        "Calls planned",
        "calls",
        "各时段 min（预测，可承受）之和，取开始前发布的版本",
        "Σ over intervals of min(forecast, bearable), as published before it began",
    ),
    "difference": Label("差异", "Difference", "calls", "实际接听 − 计划接听", "Handled less planned"),
    "seat_hours_planned": Label(
        "计划席时", "Planned seat-hours", "hours", "发布班表中的席时", "Seat-hours of the published roster"
    ),
    "calls_per_seat_hour_planned": Label(
        "计划每席时话务量",
        "Planned per seat-hour",
        "rate",
        "计划接听量 ÷ 计划席时",
        "Calls planned ÷ planned seat-hours",
    ),
    "intervals_missing": Label(
        "缺数时段",
        "Intervals missing",
        "number",
        "没有观测到呼入量的时段数；这些时段不参与比较",
        "Intervals whose calls were not observed; they are left out of every comparison",
    ),
}

WEEKDAY_WORDS = tuple(Words(f"星期{zh}", day) for day, zh in zip(WEEKDAYS, CHINESE_WEEKDAYS, strict=True))
WEEKDAY_HEADS = tuple(Words(f"周{one.zh[-1]}", one.en[:3]) for one in WEEKDAY_WORDS)
WEEKDAYS_IN_BOTH = [f"{one.zh[-1]} {one.en[:3]}" for one in WEEKDAY_WORDS]  # in pictures
DAY_WORDS: dict[str, str] = {
    "workday": "工作日",
    "rest_day": "休息日",
    "holiday": "节假日",
    **CHINESE_HOLIDAYS,
    "Victory Day": "抗战胜利纪念日",
    "Telecom Day": "世界电信日",
} | {one.en: one.zh for one in WEEKDAY_WORDS}


def day_words(kind: str, language: Languages) -> str:
    """Return what a day is called: its kind, or the name of its holiday."""
    en = kind.replace("_", " ")
    zh = DAY_WORDS.get(kind, en)
    return {"zh": zh, "en": en}.get(language, en if zh == en else f"{zh} {en}")


def figure_text(kind: FigureKind, value: float) -> str:
    """Return a figure as it is written: a share in percent, rates and hours with a decimal, all else whole."""
    if kind == "share":
        return f"{value:.1%}"
    return f"{value:,.1f}" if kind in ("rate", "hours") else f"{value:,.0f}"


MEASURE_LABELS: dict[str, Label] = {
    "wape": Label(
        "日 WAPE", "Daily WAPE", "share", "Σ|预测−实际| ÷ Σ实际（按日）", "Σ|forecast − offered| ÷ Σ offered, by day"
    ),
    "bias": Label("偏差", "Bias", "share", "Σ（预测−实际）÷ Σ实际", "Σ(forecast − offered) ÷ Σ offered"),
    "hourly_wape": Label(
        "时段 WAPE",
        "Interval WAPE",
        "share",
        "Σ|预测−实际| ÷ Σ实际（按时段）",
        "Σ|forecast − offered| ÷ Σ offered, by interval",
    ),
    "days_in_band": Label(
        "区间内天数占比",
        "Days in band",
        "share",
        "落入 80% 区间的天数 ÷ 有数据天数",
        "Days within the 80 % band ÷ days observed",
    ),
}
