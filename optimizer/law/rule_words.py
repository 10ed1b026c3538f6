"""The name of every rule of the roster, and what it is called and says in Chinese and in English.

A rule has one name wherever it occurs: in the model's constraints, the checker, the tests, the messages, the reports.
The words of those that bind stand in their files (`optimizer.law.rules`), of those that are weighed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from forecaster.messages import NOTHING, Words
from forecaster.names import ROLE_WORDS, called
from optimizer.law.comforts import COMFORTS
from optimizer.law.rules import BINDING, Rule
from optimizer.law.rules.rule import Found, RuleKind
from optimizer.sentences import say

OVERTIME = "overtime"
TERMS: Mapping[str, Words] = {
    **ROLE_WORDS,
    "off": Words("休息", "off"),
    "leave": Words("休假", "leave"),
    "standby": Words("备班", "standby"),
    OVERTIME: Words("加班", OVERTIME),
    "by day": Words("白天", "by day"),
    "at night": Words("夜间", "at night"),
}


def _rule(name: str, kind: RuleKind, unit: str, zh: str, en: str, says_zh: str, says_en: str) -> Rule:
    return Rule(name, kind, unit, Words(zh, en), Words(says_zh, says_en))


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        *BINDING.values(),
        _rule(
            "shortage", "soft", "seat-hours", "台席缺口", "shortage",
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
            "worth_of_seats", "soft", "seat-hours", "台席价值", "worth of seats",
            "按预测分布计，缺 {hours:g} 席时", "{hours:g} seat-hours short, valued over the forecast's band",
        ),
        _rule(
            "ladder_spread", "soft", "person-hours", "非话务岗位均衡", "spread of other roles",
            "非话务岗位偏离均衡 {hours:g} 人时", "{hours:g} person-hours off an even spread of the other roles",
        ),
        _rule(
            "standby_target", "soft", "person-hours", "备班目标", "standby target",
            "备班偏离目标 {hours:g} 人时", "{hours:g} person-hours off the standby target",
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
            "preferred_pattern", "soft", "days", "轮班模式尽量满足", "patterns that are weighed",
            "{count:g} 天不合轮班模式", "{count:g} days off a pattern",
        ),
        _rule(
            "unled", "soft", "person-hours", "班组无班长带班", "team without its leader",
            "班组有 {hours:g} 人时无班长在岗", "{hours:g} person-hours of teams with nobody on duty who leads them",
        ),
        _rule(
            "skill", "soft", "seat-hours", "技能台席", "seats of a skill",
            "技能台席少 {hours:g} 席时", "{hours:g} seat-hours of a skill short",
        ),
        *(Rule(one.name, "soft", one.unit, one.label, one.says) for one in COMFORTS.values()),
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


def breach(name: str, badge: str, day: date | None, amount: float, **fields: object) -> Breach:
    """Return the breach of a rule in words; `fields` are those of its sentence."""
    return breach_of(RULES[name], badge, (day, amount, fields))


def without_badge(message: Words, badge: str, day: date | None) -> Words:
    """Return a breach's message as it reads beside the badge, which it begins with where it stands alone."""
    begins = say("breach.on" if day else "breach.of", badge=badge, day=day, told=NOTHING)
    told = Words(message.zh.removeprefix(begins.zh), message.en.removeprefix(begins.en))
    return say("breach.day", day=day, told=told) if day else told


def breach_of(rule: Rule, badge: str, found: Found) -> Breach:
    """Return what a rule's check found in words."""
    day, amount, fields = found
    named = {name: called(value, TERMS) if isinstance(value, str) else value for name, value in fields.items()}
    told: Words = rule.says.filled(**named)
    if badge:
        told = say("breach.on" if day else "breach.of", badge=badge, day=day, told=told)
    elif day:
        told = say("breach.day", day=day, told=told)
    return Breach(rule.name, badge, day, float(amount), told)
