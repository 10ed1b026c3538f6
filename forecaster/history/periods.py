"""The period that a plan is made for: a calendar month, or so many days from any day.

It is a pandas Period, of frequency `M`, or of a number of days (four weeks: `28D`): `period + 1` and `period - 1` are
the periods of its kind after and before it, `start_time` and `end_time` its first and last moment. What else is asked
of it is asked here: pandas' own `str`, `month` and `days_in_month` tell of its first day alone.
"""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from forecaster.messages import Languages, Words
from forecaster.sentences import refusal

MOST_DAYS = 62  # two months
PERIOD_SIGN = ".."  # the first and the last day of a period that is no month


def period_from(first: date, days: int) -> pd.Period:
    """Return the period of so many days; the calendar month, where they are one."""
    month = pd.Period(first, freq="M")
    if first.day == 1 and days == month.days_in_month:
        return month
    return pd.Period(first, freq=f"{days}D")


def period_named(text: object) -> pd.Period | None:
    """Return the period written like 2026-12 or 2026-12-07..2027-01-03; None of anything else.

    A first and a last day that are those of a calendar month name that month.
    """
    first, between, last = text.partition(PERIOD_SIGN) if isinstance(text, str) else ("", "", "")
    try:
        if not between:
            month = pd.Period(first, freq="M")
            return month if isinstance(month, pd.Period) and str(month) == text else None
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    days = (end - start).days + 1
    return period_from(start, days) if f"{start}{PERIOD_SIGN}{end}" == text and 1 <= days <= MOST_DAYS else None


def period_of(text: str) -> pd.Period:
    """Return the period that has this name.

    Raises
    ------
    ValueError
        If none has.
    """
    period = period_named(text)
    if period is None:
        raise refusal("period.name", text=text, most=MOST_DAYS)
    return period


def is_month(period: pd.Period) -> bool:
    """Return whether it is a calendar month."""
    return bool(period.freqstr == "M")


def period_name(period: pd.Period) -> str:
    """Return what it is called in files, addresses and the database: `2026-12`, or its first and last day."""
    first, last = first_day(period), last_day(period)
    return str(period) if is_month(period) else f"{first}{PERIOD_SIGN}{last}"


def period_words(period: pd.Period) -> Words:
    """Return what it is called in sentences and titles."""
    if is_month(period):
        return Words(str(period), str(period))
    first, last = first_day(period), last_day(period)
    return Words(f"{first} 至 {last}", f"{first} to {last}")


def period_title(period: pd.Period, language: Languages = "both") -> str:
    """Return what it is called in a title that is in one language, or in both."""
    if language == "both":
        return str(period) if is_month(period) else f"{first_day(period)} – {last_day(period)}"
    return period_words(period).said(language)


def first_day(period: pd.Period) -> date:
    """Return its first day."""
    return period.start_time.date()


def last_day(period: pd.Period) -> date:
    """Return its last day."""
    return period.end_time.date()


def days_of_period(period: pd.Period) -> list[date]:
    """Return its days."""
    first = first_day(period)
    return [first + timedelta(days=n) for n in range((last_day(period) - first).days + 1)]


def day_heads(period: pd.Period) -> list[str]:
    """Return what stands over each of its days: the number, and the month where a period that is none begins one."""
    days = days_of_period(period)
    told = [not is_month(period) and (day == days[0] or day.day == 1) for day in days]
    return [f"{day.month}/{day.day}" if is_told else f"{day.day}" for day, is_told in zip(days, told, strict=True)]


def in_period(day: object, period: pd.Period) -> bool:
    """Return whether a day, told as a date, an instant or text, lies in it."""
    return bool(first_day(period) <= pd.Timestamp(day).date() <= last_day(period))  # type: ignore[arg-type]


def months_of_period(period: pd.Period) -> frozenset[int]:
    """Return the months of the year (1–12) that its days lie in."""
    return frozenset(day.month for day in days_of_period(period))
