"""No run of free days shorter than wanted."""

from __future__ import annotations

from forecaster.messages import Words
from optimizer.law.rules.giving_in import limit_looser, without_limit
from optimizer.law.rules.rule import Limit, Rule
from optimizer.law.rules.shapes import DaysDue, fewer_in_a_row, runs_of_kinds

_NAME = "days_off_in_a_row_least"
DAYS_OFF_IN_A_ROW_LEAST = Rule(
    _NAME, "person", "days", Words("最短连续休息", "fewest free days in a row"),
    Words("只连续休息 {run} 天，至少 {least} 天", "{run} free days in a row, at least {least} are wanted"),
    lambda mine: fewer_in_a_row(mine, mine.limits.days_off_in_a_row_least, on_duty=False),
    limit=Limit(
        Words("至少连续休息几天；休假算休息，备班算值守", "fewest free days in a row; leave is free, standby is duty"),
        lowest=1,
    ),
    state=lambda least, _: DaysDue(least, on_duty=False),
    rows=lambda kinds, least_of: runs_of_kinds(kinds, least_of, on_duty=False),
    set_aside=without_limit(_NAME),
    given_in=Words("少一天", "one day fewer"),
    gives=limit_looser(_NAME, -1),
    mendable=True,
)  # fmt: skip
