"""The rules that bind a roster, one file each: words, settings, judgement, what the search must know, how they give in.

A rule that stands in `BINDING` is told, judged, searched for and given in by its name; nothing else is to be changed.
A site's own can stand beside them in `RosterRules.also`. What is weighed rather than kept: `optimizer.law.comforts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from optimizer.law.rules.average_weekly_hours import AVERAGE_WEEKLY_HOURS
from optimizer.law.rules.breaks_in_window import BREAKS_IN_WINDOW
from optimizer.law.rules.daily_hours import DAILY_HOURS
from optimizer.law.rules.days_off_in_a_row_least import DAYS_OFF_IN_A_ROW_LEAST
from optimizer.law.rules.definitions import (
    INSIDE_THE_MONTH,
    KNOWN_SHIFT,
    ONE_SHIFT_A_DAY,
    SHIFT_TIMES,
    UNKNOWN_BADGE,
    WORKED_MINUTES,
)
from optimizer.law.rules.employed import EMPLOYED
from optimizer.law.rules.fixed_shift import FIXED_SHIFT
from optimizer.law.rules.holiday_standby import HOLIDAY_STANDBY
from optimizer.law.rules.hours_a_month import HOURS_A_MONTH
from optimizer.law.rules.hours_a_month_least import HOURS_A_MONTH_LEAST
from optimizer.law.rules.ladder_material import LADDER_MATERIAL
from optimizer.law.rules.leader_on_duty import LEADER_ON_DUTY
from optimizer.law.rules.leave import LEAVE
from optimizer.law.rules.leave_hours import LEAVE_HOURS
from optimizer.law.rules.meal_in_window import MEAL_IN_WINDOW
from optimizer.law.rules.morning_after_night import MORNING_AFTER_NIGHT
from optimizer.law.rules.night_eligible import NIGHT_ELIGIBLE
from optimizer.law.rules.nights_in_a_row import NIGHTS_IN_A_ROW
from optimizer.law.rules.overtime import OVERTIME_A_DAY, OVERTIME_A_MONTH
from optimizer.law.rules.pattern import PATTERN
from optimizer.law.rules.protected_staff import PROTECTED_STAFF
from optimizer.law.rules.rest_between_shifts import REST_BETWEEN_SHIFTS
from optimizer.law.rules.rest_day_a_week import REST_DAY_A_WEEK
from optimizer.law.rules.role_of_shift import ROLE_OF_SHIFT
from optimizer.law.rules.rule import Rule
from optimizer.law.rules.season_of_shift import SEASON_OF_SHIFT
from optimizer.law.rules.seat_limit import SEAT_LIMIT
from optimizer.law.rules.shifts_a_month import SHIFTS_A_MONTH
from optimizer.law.rules.shifts_a_month_least import SHIFTS_A_MONTH_LEAST
from optimizer.law.rules.split_consent import SPLIT_CONSENT
from optimizer.law.rules.split_shifts_a_month import SPLIT_SHIFTS_A_MONTH
from optimizer.law.rules.standby_callable import STANDBY_CALLABLE
from optimizer.law.rules.starts_a_week import STARTS_A_WEEK
from optimizer.law.rules.weekends_a_month import WEEKENDS_A_MONTH
from optimizer.law.rules.weekly_days_off import WEEKLY_DAYS_OFF
from optimizer.law.rules.weekly_hours import WEEKLY_HOURS
from optimizer.law.rules.working_days_in_a_row import WORKING_DAYS_IN_A_ROW
from optimizer.law.rules.working_days_in_a_row_least import WORKING_DAYS_IN_A_ROW_LEAST

BINDING: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            UNKNOWN_BADGE, ONE_SHIFT_A_DAY, INSIDE_THE_MONTH, KNOWN_SHIFT, ROLE_OF_SHIFT, SEASON_OF_SHIFT, SHIFT_TIMES,
            MEAL_IN_WINDOW, BREAKS_IN_WINDOW, WORKED_MINUTES, DAILY_HOURS, LEAVE, LEAVE_HOURS, EMPLOYED,
            FIXED_SHIFT, PATTERN, WEEKLY_DAYS_OFF, SPLIT_CONSENT,
            WEEKLY_HOURS, REST_DAY_A_WEEK,
            AVERAGE_WEEKLY_HOURS, REST_BETWEEN_SHIFTS, MORNING_AFTER_NIGHT, WORKING_DAYS_IN_A_ROW, NIGHTS_IN_A_ROW,
            PROTECTED_STAFF, NIGHT_ELIGIBLE, STANDBY_CALLABLE, WORKING_DAYS_IN_A_ROW_LEAST, DAYS_OFF_IN_A_ROW_LEAST,
            WEEKENDS_A_MONTH, HOURS_A_MONTH, HOURS_A_MONTH_LEAST, SHIFTS_A_MONTH, SHIFTS_A_MONTH_LEAST, STARTS_A_WEEK,
            SPLIT_SHIFTS_A_MONTH,
            SEAT_LIMIT, LADDER_MATERIAL, LEADER_ON_DUTY,
            HOLIDAY_STANDBY, OVERTIME_A_DAY, OVERTIME_A_MONTH,
        )
    }
)  # fmt: skip

__all__ = [
    "BINDING", "NIGHTS_IN_A_ROW", "ONE_SHIFT_A_DAY", "REST_BETWEEN_SHIFTS", "WEEKLY_HOURS", "WORKING_DAYS_IN_A_ROW",
    "Rule",
]  # fmt: skip
