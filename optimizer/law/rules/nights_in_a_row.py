"""Nights in a row."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import rules_with
from optimizer.law.rules.rule import Rule, Setting
from optimizer.law.rules.shapes import more_in_a_row

NIGHTS = Setting("nights_in_a_row", 3, "nights", 1, 31)  # what a person bears; the rulebook gives no number
NIGHTS_IN_A_ROW = Rule(
    "nights_in_a_row", "person", "nights", Words("连续夜班", "nights in a row"),
    Words("连续夜班 {run} 个，最多 {most} 个", "{run} nights in a row, {most} are allowed"),
    lambda mine: more_in_a_row(
        {row.day for row in mine.worked if row in mine.nights}, mine.rules.nights_in_a_row, mine.first
    ),
    settings=(NIGHTS,),
    arrays=("TourRules.class_after", "TourRules.carried_class"),
    set_aside=rules_with(lambda _: {NIGHTS.key: NIGHTS.most}),
    rank=5,
    given_in=Words("多一个夜班", "one night more"),
    gives=rules_with(lambda rules: {NIGHTS.key: rules.nights_in_a_row + 1}),
)  # fmt: skip
