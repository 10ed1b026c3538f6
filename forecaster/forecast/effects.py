"""The effects by name, one entry each: the days that carry it, how far it may go, what people call it.

`EFFECTS` are learned as one number each from the days that carry them; a calendar may add its own (`Calendar.effects`).
`OWN_EFFECTS` are parts of the day model itself, told apart by name so that they can be listed and set. What stands
here is learned, listed, explained, set by its name and called by its words; nothing else has to know of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from forecaster.forecast.day_series import BILLING, DaySeries
from forecaster.history.calendar import Calendar, CampaignKind, Effect
from forecaster.history.day_grid import EPOCH
from forecaster.messages import Words

Flags = NDArray[np.bool_]
AROUND, DAY_BEFORE = "around ", "day before a holiday"
BILLING_DAYS_AFTER = 5  # bills arrive over some days, and so do the questions
OBSERVANCE_SD = 0.2  # of the logarithm: a day with a name and no day off is rarely a fifth off
EVE_SD = 0.2  # of one holiday's eve beside the others'
BETWEEN_THE_YEARS = "between Christmas and New Year"
YEARS_END_NAMES = {
    (12, 24): "24 December",
    (12, 26): "26 December",
    **{(12, day): BETWEEN_THE_YEARS for day in range(27, 31)},
    (12, 31): "31 December",
}
# What is left of an ordinary day's calls on a line that holidays leave without any, and how far that may be wrong.
YEARS_END_LEFT = {
    "24 December": (0.5, 0.35, Words("12 月 24 日", "24 December")),
    "26 December": (0.8, 0.3, Words("12 月 26 日", "26 December")),
    "31 December": (0.55, 0.35, Words("12 月 31 日", "31 December")),
    BETWEEN_THE_YEARS: (0.85, 0.2, Words("圣诞与新年之间", BETWEEN_THE_YEARS)),
}
# Where the evening of 24 December is the feast, less is left.
FEAST_ON_THE_EVE = {"24 December": 0.4, "31 December": 0.45}
FEAST_ON_THE_EVE_IN = {"AT", "CH", "CZ", "DE", "DK", "FI", "HU", "NO", "PL", "SE", "SK"}
# Where holidays are kept as the weekly day of rest is, their eves are half days as a Friday is there, and the days
# between the first and the last of a feast are half holidays: what is left, as above, and how far that may be wrong.
KEPT_AS_THE_DAY_OF_REST_IN = {"IL"}
EVE_OF_REST = (0.4, 0.3)
FEASTS = {"Pesach": "Seventh day of Pesach", "Sukkot": "Simchat Torah / Shemini Atzeret"}
WITHIN_A_FEAST, LEFT_WITHIN_A_FEAST, LONGEST_FEAST_DAYS = "within a feast", (0.7, 0.25), 8
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def takes_a_day(calendar: Calendar, day: date) -> bool:
    """Return whether a holiday takes `day` from work; on a rest day it takes nothing from the days around it.

    Where holidays are kept as the weekly day of rest is, one on a Friday makes that Thursday a half day.
    """
    at_work = day.weekday() not in calendar.rest_weekdays or kept_as_the_day_of_rest(calendar)
    return calendar.day_type(day) == "holiday" and at_work


def _beside_a_holiday(calendar: Calendar, day: date, side: int) -> bool:
    return calendar.day_type(day) == "workday" and takes_a_day(calendar, day + timedelta(days=side))


def is_bridge(calendar: Calendar, day: date) -> bool:
    """Return whether `day` is a workday between days off, one of which is a holiday that takes a day from work."""
    off = all(calendar.day_type(day + timedelta(days=side)) != "workday" for side in (-1, 1))
    return off and any(_beside_a_holiday(calendar, day, side) for side in (-1, 1))


def years_end_name(calendar: Calendar, day: date) -> str:
    """Return the name of a day at the year's end where 25 December is a holiday, or nothing for any other day.

    Such days go their own way: 24 December teaches nothing of the day before another holiday.
    """
    name = YEARS_END_NAMES.get((day.month, day.day), "")
    kinds = [calendar.day_type(at) == "holiday" for at in (date(day.year, 12, 25), day)]
    return name if name and kinds == [True, False] else ""


def _eve_of(calendar: Calendar, day: date) -> str:
    """Return the name of the holiday that takes the day after the workday `day`, or nothing."""
    special = calendar.days.get(day + timedelta(days=1))
    if special is None or special.kind != "holiday" or years_end_name(calendar, day):
        return ""
    return special.name if _beside_a_holiday(calendar, day, 1) else ""


def kept_as_the_day_of_rest(calendar: Calendar) -> bool:
    """Return whether holidays in the calendar's country are kept as strictly as the weekly day of rest."""
    return calendar.nation in KEPT_AS_THE_DAY_OF_REST_IN


def _is_within_a_feast(calendar: Calendar, day: date) -> bool:
    names: list[dict[int, str]] = [{}, {}]
    for at, side in enumerate((-1, 1)):
        for days in range(1, LONGEST_FEAST_DAYS):
            special = calendar.days.get(day + timedelta(days=side * days))
            if special is not None and special.kind == "holiday":
                names[at][days] = special.name
    joined = any(FEASTS.get(first) == last for first in names[0].values() for last in names[1].values())
    return joined and calendar.day_type(day) == "workday"


def _is_make_up(calendar: Calendar, day: date) -> bool:
    special = calendar.days.get(day)
    return special is not None and special.kind == "make_up_workday"


def _days_since_bills(calendar: Calendar, day: date) -> int | None:
    """Return how many days ago the latest bills went out, None where that is too long ago to be felt."""
    after = range(BILLING_DAYS_AFTER)
    return next((n for n in after if (day - timedelta(days=n)).day in calendar.billing_days), None)


def _push(calendar: Calendar, day: date, kind: CampaignKind) -> float:
    """Return what is left on `day` of the strongest campaign of unknown size, 1 on its first day."""
    pushes = (campaign for campaign in calendar.campaigns if campaign.kind == kind and campaign.size is None)
    return max((campaign.left_on(day) for campaign in pushes), default=0.0)


def _billing_effect(after: int) -> Effect:
    words = Words(f"出账后第 {after} 天", f"{after} d after bills") if after else Words("出账日", "billing day")
    return Effect(f"{BILLING}{after}", lambda cal, day: _days_since_bills(cal, day) == after, 0.15, words)


# How far each may reasonably go before anything was seen of it is a standard deviation of the logarithm: .25 is about a
# quarter more or less; RESULTS.md tells what halving or doubling them does.
EFFECTS = (
    Effect(
        DAY_BEFORE,
        lambda cal, day: bool(_eve_of(cal, day)),
        0.15,
        Words("节前一天", DAY_BEFORE),
    ),
    Effect(
        "day after a holiday",
        lambda cal, day: _beside_a_holiday(cal, day, -1),
        0.12,
        Words("节后一天", "day after a holiday"),
    ),
    Effect("bridge day", is_bridge, 0.15, Words("夹在假期间", "between days off")),
    Effect("make-up working day", _is_make_up, 0.25, Words("调休上班", "make-up working day")),
    Effect("campaign", lambda cal, day: _push(cal, day, "campaign"), 0.4, Words("营销活动", "campaign")),
    Effect("sms", lambda cal, day: _push(cal, day, "sms"), 0.4, Words("短信群发", "text message to all")),
    *(_billing_effect(after) for after in range(BILLING_DAYS_AFTER)),
)


def effects_of(calendar: Calendar) -> dict[str, Effect]:
    """Return by name the effects that a day of `calendar` can carry; of two with one name, the calendar's own."""
    observed = {day.name for day in calendar.days.values() if day.kind == "observance"}
    shipped = [effect for effect in EFFECTS if calendar.billing_days or not effect.name.startswith(BILLING)]
    own = (*(_observance(name) for name in sorted(observed)), *_eves(calendar), *_years_end(calendar), *_rest(calendar))
    every = (*shipped, *own, *calendar.effects)
    return {effect.name: effect for effect in every}


def _eves(calendar: Calendar) -> list[Effect]:
    """Return an effect for the day before each holiday, beside that of all of them."""
    names = {_eve_of(calendar, day - timedelta(days=1)) for day in calendar.days} - {""}

    def eve(name: str) -> Effect:
        words = Words(f"{name}前一天", f"day before {name}")
        return Effect(f"day before {name}", lambda cal, day: _eve_of(cal, day) == name, EVE_SD, words)

    return [eve(name) for name in sorted(names)]


def _years_end(calendar: Calendar) -> list[Effect]:
    if not any((day.month, day.day) == (12, 25) for day in calendar.days):
        return []
    feast = FEAST_ON_THE_EVE if calendar.nation in FEAST_ON_THE_EVE_IN else {}

    def about_new_year(name: str) -> Effect:
        left, sd, words = YEARS_END_LEFT[name]
        expected = float(np.log(feast.get(name, left)))
        return Effect(name, lambda cal, day: years_end_name(cal, day) == name, sd, words, expected)

    return [about_new_year(name) for name in YEARS_END_LEFT]


def _rest(calendar: Calendar) -> list[Effect]:
    """Return what goes around holidays that are kept as the weekly day of rest is."""
    if not kept_as_the_day_of_rest(calendar):
        return []
    within, sd = LEFT_WITHIN_A_FEAST
    eve = next(effect for effect in EFFECTS if effect.name == DAY_BEFORE)
    return [
        replace(eve, sd=EVE_OF_REST[1], expected_log=float(np.log(EVE_OF_REST[0]))),
        Effect(WITHIN_A_FEAST, _is_within_a_feast, sd, Words("节中工作日", WITHIN_A_FEAST), float(np.log(within))),
    ]


def _observance(name: str) -> Effect:
    def observes(calendar: Calendar, day: date) -> bool:
        special = calendar.days.get(day)
        return special is not None and special.kind == "observance" and special.name == name

    return Effect(name, observes, OBSERVANCE_SD)


@dataclass(frozen=True)
class OwnEffect:
    """A part of the day model, or of what is made of its days, told by name.

    name
        Of the effect, or what the names of its kind begin with (`weekday ` for `weekday Monday`).
    words
        What people call it; `{follows}` stands for what follows in the name.
    follows
        What may follow in the name (a regular expression).
    carried
        Of a series: by what follows in the name, which of its days carry the effect. None: it cannot be set.
    special
        Whether it makes a day a special one: most parts are there every day.
    """

    name: str
    words: Words
    follows: str = ""
    carried: Callable[[DaySeries], dict[str, Flags]] | None = None
    special: bool = False

    def matches(self, name: str) -> bool:
        """Return whether `name` is this effect, or one of its kind."""
        return re.fullmatch(re.escape(self.name) + self.follows, name) is not None


def _every_day(series: DaySeries) -> dict[str, Flags]:
    return {"": np.ones(len(series.day), dtype=bool)}


def _by_weekday(series: DaySeries) -> dict[str, Flags]:
    return {name: series.weekday == at for at, name in enumerate(WEEKDAYS)}


def _by_day_of_month(series: DaySeries) -> dict[str, Flags]:
    free = ~series.is_billing
    return {str(at): (series.day_of_month == at) & free for at in range(1, 32)}


def _around(series: DaySeries) -> dict[str, Flags]:
    return {name: np.isfinite(distance) for name, distance in series.around.items()}


def _after_steps(series: DaySeries) -> dict[str, Flags]:
    return {str(EPOCH + np.timedelta64(step, "D")): series.day >= step for step in series.steps}


OWN_EFFECTS = (
    OwnEffect(
        "level step ", Words("{follows} 起水平变化", "level step from {follows}"), r"\d{4}-\d\d-\d\d", _after_steps
    ),
    OwnEffect("weekday ", Words("{follows}", "{follows}"), f"(?:{'|'.join(WEEKDAYS)})", _by_weekday),
    OwnEffect(
        "day of month ",
        Words("每月 {follows} 日", "day of month {follows}"),
        r"(?:[1-9]|[12]\d|3[01])",
        _by_day_of_month,
    ),
    OwnEffect("season", Words("季节", "season"), carried=_every_day),
    OwnEffect("recent weeks", Words("近几周水平", "recent weeks"), carried=_every_day),
    OwnEffect(AROUND, Words("{follows}前后", "around {follows}"), ".+", _around, special=True),
    OwnEffect("weekday", Words("星期", "weekday")),
    OwnEffect("day of month", Words("月内位置", "day of the month")),
    OwnEffect("holiday", Words("节假日", "holiday"), special=True),
    OwnEffect("latest days", Words("最近几天", "latest days")),
    OwnEffect("today so far", Words("今日至今", "today so far")),
    OwnEffect("past misses", Words("以往偏差", "past misses")),
    OwnEffect("step to come", Words("可能的水平变化", "step to come")),
    OwnEffect("opening hours", Words("营业时间", "opening hours")),
    OwnEffect("rounding", Words("取整", "rounding")),
)


def own_effect(name: str) -> OwnEffect | None:
    """Return the entry of a part of the model by the name of one of its effects."""
    return next((effect for effect in OWN_EFFECTS if effect.matches(name)), None)
