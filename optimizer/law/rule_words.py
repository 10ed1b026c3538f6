"""The name of every rule of the roster, and what it is called and says in Chinese and in English.

A rule has one name wherever it occurs: in the model's constraints, the checker, the tests, the messages, the reports.
This is the one place where it gets its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from forecaster.messages import Words
from forecaster.names import ROLES, called
from optimizer.sentences import say

Kind = Literal["person", "cover", "overtime", "soft"]
OVERTIME = "overtime"
TERMS: Mapping[str, Words] = {
    **ROLES,
    "off": Words("休息", "off"),
    "leave": Words("休假", "leave"),
    "standby": Words("待命", "standby"),
    OVERTIME: Words("加班", OVERTIME),
    "by day": Words("白天", "by day"),
    "at night": Words("夜间", "at night"),
}


@dataclass(frozen=True)
class Rule:
    """One rule's words.

    kind
        `person`: of one person's rows. `cover`: of everybody's together. `overtime`: of work beyond the roster.
        `soft`: weighed, not binding.
    unit
        What an amount of it counts.
    label, says
        What it is called; and the sentence of a breach, or for a soft rule of a departure, with the fields it is
        given in braces.
    """

    name: str
    kind: Kind
    unit: str
    label: Words
    says: Words


def _rule(name: str, kind: Kind, unit: str, zh: str, en: str, says_zh: str, says_en: str) -> Rule:
    return Rule(name, kind, unit, Words(zh, en), Words(says_zh, says_en))


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        _rule(
            "unknown_badge", "person", "people", "未知工号", "unknown badge",
            "不在人员名单中", "is not in the people list",
        ),
        _rule(
            "one_shift_a_day", "person", "entries", "一天一班", "one shift a day",
            "同一天有 {count} 条记录", "{count} entries for one day",
        ),
        _rule(
            "inside_the_month", "person", "days", "在本月内", "inside the month",
            "该日不在 {month} 内", "the day lies outside {month}",
        ),
        _rule(
            "known_shift", "person", "shifts", "班次代码", "known shift",
            "班次表中没有班次 {shift}", "shift {shift} is not in the catalogue",
        ),
        _rule(
            "role_of_shift", "person", "shifts", "岗位与班次", "role of the shift",
            "班次 {shift} 不适用于岗位 {role}", "shift {shift} is not for role {role}",
        ),
        _rule(
            "season_of_shift", "person", "shifts", "季节班次", "season of the shift",
            "班次 {shift} 本季节不排", "shift {shift} is not worked in this season",
        ),
        _rule(
            "shift_times", "person", "minutes", "班次时间", "shift times",
            "{shift} 的起止时间与班次表不符", "times of {shift} differ from the catalogue",
        ),
        _rule(
            "meal_in_window", "person", "minutes", "用餐时间", "meal in its window",
            "{shift} 的用餐缺失、时长不对或不在规定时段内",
            "the meal of {shift} is missing, of another length or outside its window",
        ),
        _rule(
            "worked_minutes", "person", "minutes", "工时分钟", "worked minutes",
            "工时记为 {given:g} 分钟，应为 {due:g} 分钟", "{given:g} minutes, it is {due:g}",
        ),
        _rule(
            "daily_hours", "person", "minutes", "每日工时", "hours a day",
            "超过每日工时 {over:g} 分钟", "{over:g} minutes over the day's hours",
        ),
        _rule(
            "leave", "person", "days", "休假", "leave",
            "休假日排了 {given}", "{given} on a day of leave",
        ),
        _rule(
            "fixed_shift", "person", "days", "固定班次", "fixed shift",
            "固定为 {wanted}，却排了 {given}", "{given} where {wanted} is fixed",
        ),
        _rule(
            "weekly_hours", "person", "minutes", "每周工时", "weekly hours",
            "当周 {worked_hours:.2f} 小时，上限 {most_hours:g} 小时，超出 {over:g} 分钟",
            "{worked_hours:.2f} h in the week, {over:g} minutes over {most_hours:g} h",
        ),
        _rule(
            "rest_day_a_week", "person", "days", "每周休息日", "rest day a week",
            "当周休息 {given} 天，至少应有 {least} 天", "{given} rest days in the week, {least} are needed",
        ),
        _rule(
            "average_weekly_hours", "person", "minutes", "月均周工时", "average weekly hours",
            "全月 {worked_hours:.1f} 小时，允许 {most_hours:.1f} 小时",
            "{worked_hours:.1f} h in the month, allowed {most_hours:.1f} h",
        ),
        _rule(
            "rest_between_shifts", "person", "minutes", "班间休息", "rest between shifts",
            "{shift} 之前只休息 {rest_hours:.2f} 小时，需要 {least_hours:g} 小时",
            "{rest_hours:.2f} h of rest before {shift}, {least_hours:g} h are needed",
        ),
        _rule(
            "morning_after_night", "person", "minutes", "夜班后早班", "morning after a night",
            "夜班结束 {rest_hours:.2f} 小时后就上 {shift}，需要 {least_hours:g} 小时",
            "{shift} begins {rest_hours:.2f} h after a night ends, {least_hours:g} h are needed",
        ),
        _rule(
            "working_days_in_a_row", "person", "days", "连续上班", "working days in a row",
            "连续上班 {run} 天，最多 {most} 天", "{run} working days in a row, {most} are allowed",
        ),
        _rule(
            "nights_in_a_row", "person", "nights", "连续夜班", "nights in a row",
            "连续夜班 {run} 个，最多 {most} 个", "{run} nights in a row, {most} are allowed",
        ),
        _rule(
            "protected_staff", "person", "minutes", "受保护员工", "protected staff",
            "受保护员工（孕期、哺乳期）不上夜班、不待命、不加班，却排了 {shift}",
            "{shift} for protected staff, who work no night, no standby and no overtime",
        ),
        _rule(
            "night_eligible", "person", "shifts", "可上夜班", "night eligible",
            "此人不上夜班，却排了 {shift}", "{shift} is a night, and this person works none",
        ),
        _rule(
            "standby_callable", "person", "minutes", "待命可召", "standby callable",
            "当周剩余工时少 {over:g} 分钟，无法应召", "{over:g} minutes too few left in the week to be called",
        ),
        _rule(
            "working_days_in_a_row_least", "person", "days", "最短连续上班", "fewest days on duty in a row",
            "只连续上班 {run} 天，至少 {least} 天", "{run} days on duty in a row, at least {least} are wanted",
        ),
        _rule(
            "days_off_in_a_row_least", "person", "days", "最短连续休息", "fewest free days in a row",
            "只连续休息 {run} 天，至少 {least} 天", "{run} free days in a row, at least {least} are wanted",
        ),
        _rule(
            "weekends_a_month", "person", "weekends", "每月周末班", "weekends a month",
            "周末上班 {given} 个，最多 {most} 个", "{given} weekends with duty, {most} are allowed",
        ),
        _rule(
            "hours_a_month", "person", "minutes", "每月工时上限", "hours a month",
            "全月 {worked_hours:.1f} 小时，最多 {most_hours:g} 小时",
            "{worked_hours:.1f} h in the month, at most {most_hours:g} h are allowed",
        ),
        _rule(
            "hours_a_month_least", "person", "minutes", "每月工时下限", "fewest hours a month",
            "全月 {worked_hours:.1f} 小时，至少 {least_hours:g} 小时",
            "{worked_hours:.1f} h in the month, at least {least_hours:g} h are wanted",
        ),
        _rule(
            "shifts_a_month", "person", "shifts", "每月班次数", "shifts of a kind a month",
            "全月班次 {shift} 共 {given} 个，最多 {most} 个", "{given} shifts {shift} in the month, {most} are allowed",
        ),
        _rule(
            "seat_limit", "cover", "people", "物理台席", "seat limit",
            "比 {limit} 个台席多 {over} 人", "{over} more people than the {limit} seats",
        ),
        _rule(
            "ladder_material", "cover", "people", "应急人员在岗", "ladder material on site",
            "{part}{role}在岗少 {missing} 人（应有 {least} 人），共 {minutes:g} 分钟",
            "{missing} too few of {least} {role} on duty {part}, for {minutes:g} minutes",
        ),
        _rule(
            "holiday_standby", "cover", "people", "节假日待命", "holiday standby",
            "待命少 {missing} 人（应有 {least} 人），共 {minutes:g} 分钟",
            "{missing} too few of {least} people on standby, for {minutes:g} minutes",
        ),
        _rule(
            "shortage", "soft", "seat-hours", "席位缺口", "shortage",
            "缺 {hours:g} 席时", "{hours:g} seat-hours short",
        ),
        _rule(
            "deep_shortage", "soft", "seat-hours", "严重缺口", "deep shortage",
            "{hours:g} 席时的缺口超过所需的一成", "{hours:g} seat-hours short beyond a tenth of the need",
        ),
        _rule(
            "month_start", "soft", "seat-hours", "月初缺口", "shortage at the month's start",
            "月初缺 {hours:g} 席时", "{hours:g} seat-hours short in the days after billing",
        ),
        _rule(
            "reserve", "soft", "seat-hours", "应急余量", "reserve",
            "余量少 {hours:g} 席时", "{hours:g} seat-hours of reserve missing",
        ),
        _rule(
            "surplus", "soft", "seat-hours", "富余", "surplus",
            "富余 {hours:g} 席时", "{hours:g} seat-hours beyond need and reserve",
        ),
        _rule(
            "worth_of_seats", "soft", "seat-hours", "席位价值", "worth of seats",
            "按预测分布计，缺 {hours:g} 席时", "{hours:g} seat-hours short, valued over the forecast's band",
        ),
        _rule(
            "ladder_spread", "soft", "person-hours", "非话务岗位均衡", "spread of other roles",
            "非话务岗位偏离均衡 {hours:g} 人时", "{hours:g} person-hours off an even spread of the other roles",
        ),
        _rule(
            "standby_target", "soft", "person-hours", "待命目标", "standby target",
            "待命偏离目标 {hours:g} 人时", "{hours:g} person-hours off the standby target",
        ),
        _rule(
            "nights", "soft", "nights", "夜班均衡", "fair nights",
            "超出均分 {count:g} 个夜班", "{count:g} nights beyond a fair share",
        ),
        _rule(
            "weekends", "soft", "days", "周末均衡", "fair weekends",
            "超出均分 {count:g} 个周末日", "{count:g} weekend days beyond a fair share",
        ),
        _rule(
            "holidays", "soft", "days", "节假日均衡", "fair holidays",
            "超出均分 {count:g} 个节假日", "{count:g} holidays beyond a fair share",
        ),
        _rule(
            "holiday_work", "soft", "shifts", "节假日上班", "work on holidays",
            "节假日共上 {count:g} 个班", "{count:g} shifts worked on holidays",
        ),
        _rule(
            "wish", "soft", "wishes", "意愿", "wishes",
            "{count:g} 个意愿未满足", "{count:g} wishes not met",
        ),
        _rule(
            "backward_rotation", "soft", "shifts", "逆向轮换", "forward rotation",
            "{count:g} 个班次比前一天明显提早", "{count:g} shifts clearly earlier than the day before's",
        ),
        _rule(
            "start_change", "soft", "shifts", "上班时间稳定", "stable start times",
            "{count:g} 个班次与前一天不在同一时段", "{count:g} shifts in another part of the day than the day before's",
        ),
        _rule(
            "skill", "soft", "seat-hours", "技能席位", "seats of a skill",
            "技能席位少 {hours:g} 席时", "{hours:g} seat-hours of a skill short",
        ),
        _rule(
            "overtime_a_day", "overtime", "minutes", "每日加班", "overtime a day",
            "当日加班将达 {wanted:g} 分钟，最多 {most:g} 分钟",
            "{wanted:g} minutes of overtime that day, {most:g} are allowed",
        ),
        _rule(
            "overtime_a_month", "overtime", "minutes", "每月加班", "overtime a month",
            "当月加班将达 {wanted:g} 分钟，最多 {most:g} 分钟",
            "{wanted:g} minutes of overtime in the month, {most:g} are allowed",
        ),
    )
}  # fmt: skip


def rule_named(name: str) -> Words:
    """Return a rule as people are told to write it: in English as it is, in Chinese by its label."""
    return Words(RULES[name].label.zh, name)


@dataclass(frozen=True)
class Breach:
    """A rule broken by somebody (or, without a badge, by everybody together) on a day, and by how much."""

    rule: str
    badge: str
    day: date | None
    amount: float
    message: Words


def breach(rule: str, badge: str, day: date | None, amount: float, **fields: object) -> Breach:
    """Return the breach of `rule` in words; `fields` are those of its sentence."""
    named = {name: called(value, TERMS) if isinstance(value, str) else value for name, value in fields.items()}
    told: Words = RULES[rule].says.filled(**named)
    if badge:
        told = say("breach.on" if day else "breach.of", badge=badge, day=day, told=told)
    elif day:
        told = say("breach.day", day=day, told=told)
    return Breach(rule, badge, day, float(amount), told)
