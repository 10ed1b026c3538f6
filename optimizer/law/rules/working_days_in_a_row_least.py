"""No run of days on duty shorter than wanted."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Limit, Rule
from optimizer.law.rules.shapes import DaysDue, fewer_in_a_row, runs_of_kinds

_NAME = "working_days_in_a_row_least"
WORKING_DAYS_IN_A_ROW_LEAST = Rule(
    _NAME, "person", "days", Words("最短连续上班", "fewest days on duty in a row"),
    Words("只连续上班 {run} 天，至少 {least} 天", "{run} days on duty in a row, at least {least} are wanted"),
    lambda mine: fewer_in_a_row(mine, mine.limits.working_days_in_a_row_least, on_duty=True),
    limit=Limit(
        Words(
            "至少连续值守几天；休假算休息，备班算值守", "fewest days on duty in a row; leave is free, standby is duty"
        ),
        lowest=1,
    ),
    state=lambda least, _: DaysDue(least, on_duty=True),
    rows=lambda kinds, least_of: runs_of_kinds(kinds, least_of, on_duty=True),
    set_aside=without_limit(_NAME),
    given_in=Words("少一天", "one day fewer"),
    gives=limit_looser(_NAME, -1),
    mendable=True,
)  # fmt: skip
