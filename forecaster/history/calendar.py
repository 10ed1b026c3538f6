"""The calendar a planner knows: holidays, make-up working days, billing days, campaigns and faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args

from forecaster.messages import Words
from forecaster.sentences import refusal

# Where chinesecalendar or the holidays package calls a festival otherwise than the calendar files do.
FESTIVALS = {
    "Chinese New Year's Eve": "Spring Festival",
    "Chinese New Year (Spring Festival)": "Spring Festival",
    "Tomb-sweeping Day": "Tomb-Sweeping Day",
    "Labor Day": "Labour Day",
    "Mid-autumn Festival": "Mid-Autumn Festival",
}

DayType = Literal["workday", "rest_day", "holiday"]
CampaignKind = Literal["campaign", "sms"]
CAMPAIGN_KINDS: tuple[CampaignKind, ...] = get_args(CampaignKind)


@dataclass(frozen=True)
class SpecialDay:
    """One named day.

    kind
        `holiday` (a day off by law or notice), `make_up_workday` (调休: a weekend day worked), or `observance` (a
        working day with a name, such as 17 May Telecom Day).
    statutory
        True on the days that law pays at 300 %; the other days of a holiday are rest days at 200 %.
    name
        The holiday's name without its year; the same on every day of the holiday.
    day_of_holiday
        1 on the holiday's first day, 2 on its second, and so on; 0 for the other kinds.
    """

    name: str
    kind: Literal["holiday", "make_up_workday", "observance"]
    statutory: bool = False
    day_of_holiday: int = 0


@dataclass(frozen=True)
class Campaign:
    """A push that brings calls: `size` is the share added on the first day, halved every `half_life_days`."""

    name: str
    start: date
    days: int
    size: float | None = None
    half_life_days: float = 3.0
    kind: CampaignKind = "campaign"

    def left_on(self, day: date) -> float:
        """Return what is left of it on `day`: 1 on its first day, 0 before it and once it has died away."""
        since = (day - self.start).days
        inside = 0 <= since <= self.days + 5 * self.half_life_days
        return float(0.5 ** (since / self.half_life_days)) if inside else 0.0


@dataclass(frozen=True)
class Fault:
    """A system fault: what was observed between the two local, naive instants is no guide to ordinary days.

    kept
        True turns it round: what was observed is to be learned from, even if it looks like a silent counter.
    """

    name: str
    start_at: datetime
    end_at: datetime
    kept: bool = False


@dataclass(frozen=True)
class Effect:
    """Something that multiplies the calls of the days that carry it, by as much as the history teaches.

    name
        By which it is listed, explained and set.
    weight
        Of a calendar and a day: how much of the effect that day carries, from 0 (nothing) to 1 (all of it).
    sd
        How far it may reasonably go before anything was seen of it (standard deviation of the logarithm).
    words
        What people call it; None: by its name.
    expected_log
        What it does before anything was seen of it (logarithm) on a line that holidays leave without calls; as much
        less of that as holidays leave the line.
    slope
        What a weight of 1 adds to the logarithm before anything was seen of it, on whatever line.
    """

    name: str
    weight: Callable[[Calendar, date], float]
    sd: float = 0.2
    words: Words | None = None
    expected_log: float = 0.0
    slope: float = 0.0


@dataclass(frozen=True)
class Calendar:
    """Everything special about the days of a site.

    provisional_years
        Years whose official notice is not out: computed from the law, and to be marked so wherever shown.
    billing_days
        Days of the month on which bills go out.
    rest_weekdays
        Weekday numbers (Monday = 0) that are days off when nothing else is said.
    opening_minutes
        By weekday number, the minutes of the day from which and until which the line is open; a weekday that is not
        named is closed. Empty: not told, to be learned from the history.
    opening_on
        The same by date, for days that open at other hours than their weekday, past or to come. The line is open then
        whatever the day is otherwise, and past days teach only by these hours.
    closed
        Days on which the line is shut, past or to come; they teach nothing of other days.
    learn_from
        The first day to learn from; None: the first there is.
    told_effects
        By the name of an effect (`billing day +0`, `day before a holiday`, an observance …), the factor that the
        planner sets in place of what would be learned. 0: the line is shut on days that carry it.
    effects
        Effects of this site's own, beside those that every calendar has (`forecaster.forecast.effects`).
    """

    country: str | None = None
    days: Mapping[date, SpecialDay] = field(default_factory=dict)
    provisional_years: frozenset[int] = frozenset()
    billing_days: tuple[int, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    faults: tuple[Fault, ...] = ()
    rest_weekdays: frozenset[int] = frozenset({5, 6})
    opening_minutes: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    opening_on: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    closed: frozenset[date] = frozenset()
    learn_from: date | None = None
    told_effects: Mapping[str, float] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()

    @property
    def nation(self) -> str:
        """The country's code without its part; empty where none is told."""
        return (self.country or "").partition("-")[0]

    def day_type(self, day: date) -> DayType:
        """Return how people work on `day`."""
        special = self.days.get(day)
        if special is not None and special.kind == "holiday":
            return "holiday"
        if special is not None and special.kind == "make_up_workday":
            return "workday"
        return "rest_day" if day.weekday() in self.rest_weekdays else "workday"

    def holiday_name(self, day: date) -> str | None:
        """Return the name of the holiday or observance on `day`, if any (make-up days have none)."""
        special = self.days.get(day)
        return special.name if special is not None and special.kind != "make_up_workday" else None


def country_calendar(country: str | None, years: Iterable[int]) -> Calendar:
    """Return the public holidays of a country (ISO 3166 code, with a part after a dash such as `DE-BY`) in `years`.

    `None` gives a calendar without holidays. Mainland China comes with its make-up working days; a year whose notice
    is not out holds the days that the law names, and is listed in `provisional_years`.

    Raises
    ------
    ValueError
        If no calendar is known for `country`.
    """
    wanted = tuple(sorted(set(years)))
    return Calendar() if country is None else _country_calendar(country, wanted)


@lru_cache(maxsize=64)
def _country_calendar(country: str, years: tuple[int, ...]) -> Calendar:
    by_law = _public_holidays(country, years)
    named = {day: _plain_name(name) for day, name in by_law.items()}
    provisional: frozenset[int] = frozenset()
    make_up: dict[date, SpecialDay] = {}
    if country == "CN":
        import chinese_calendar

        noticed = range(min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year + 1)
        provisional = frozenset(years) - frozenset(noticed)
        named = {day: name for day, name in named.items() if day.year in provisional}
        named |= {day: name for day, name in chinese_calendar.holidays.items() if day.year in years}
        named = {day: FESTIVALS.get(name, name) for day, name in named.items()}
        make_up = {
            day: SpecialDay(FESTIVALS.get(name, name), "make_up_workday")
            for day, name in chinese_calendar.workdays.items()
            if day.year in years
        }
    days: dict[date, SpecialDay] = {}
    for day in sorted(named):
        before = days.get(day - timedelta(days=1))
        position = before.day_of_holiday + 1 if before is not None and before.name == named[day] else 1
        legal_name = str(by_law.get(day, "substituted"))
        statutory = "substituted" not in legal_name and not (country == "CN" and "observed" in legal_name)
        days[day] = SpecialDay(named[day], "holiday", statutory, position)
    weekend = frozenset(int(day) for day in by_law.weekend)
    return Calendar(country=country, days=days | make_up, provisional_years=provisional, rest_weekdays=weekend)


def _public_holidays(country: str, years: tuple[int, ...]) -> Any:
    import holidays

    code, _, part = country.partition("-")
    try:
        return holidays.country_holidays(code, subdiv=part or None, years=years, language="en_US")
    except NotImplementedError as error:
        raise refusal("calendar.no_country", country=country) from error


def _plain_name(name: str) -> str:
    """Return a holiday's name without what changes from year to year."""
    for extra in (" (observed, estimated)", " (estimated)", " (observed)", " observed"):
        name = name.replace(extra, "")
    return "Day off" if name.startswith("Day off") else name
