"""The law's overtime of a day and of a month; they bind work beyond the roster (`optimizer.desk.cover`)."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.rule import Rule, Setting

A_DAY = Setting("overtime_minutes_a_day", 180, "minutes")  # the law's three hours
A_MONTH = Setting("overtime_minutes_a_month", 2160, "minutes")  # its 36 hours
OVERTIME_A_DAY = Rule(
    "overtime_a_day", "overtime", "minutes", Words("每日加班", "overtime a day"),
    Words("当日加班将达 {wanted:g} 分钟，最多 {most:g} 分钟",
          "{wanted:g} minutes of overtime that day, {most:g} are allowed"),
    settings=(A_DAY,),
)  # fmt: skip
OVERTIME_A_MONTH = Rule(
    "overtime_a_month", "overtime", "minutes", Words("每月加班", "overtime a month"),
    Words("当月加班将达 {wanted:g} 分钟，最多 {most:g} 分钟",
          "{wanted:g} minutes of overtime in the month, {most:g} are allowed"),
    settings=(A_MONTH,),
)  # fmt: skip
