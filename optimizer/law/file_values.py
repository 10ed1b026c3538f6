"""Values of a rules or a shift file: each read as what it has to be, or refused with its place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from optimizer.sentences import refusal


def whole(value: object, where: Words) -> int:
    """Return a whole number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refusal("value.whole", where=where, value=value)
    return value


def number(value: object, where: Words) -> float:
    """Return a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise refusal("value.number", where=where, value=value)
    return float(value)


def flag(value: object, where: Words) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise refusal("value.flag", where=where, value=value)
    return value


def listed(value: object, where: Words) -> list[object]:
    """Return the items of a list."""
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        raise refusal("value.list", where=where, value=value)
    return list(value)


def wholes(value: object, where: Words) -> list[int]:
    """Return a list of whole numbers of 0 or more."""
    return [whole(item, where) for item in listed(value, where)]


def table(value: object, where: Words) -> Mapping[str, object]:
    """Return a table of keys."""
    if not isinstance(value, Mapping):
        raise refusal("value.table", where=where, value=value)
    return value


def clock_minute(text: object, where: Words) -> int:
    """Return minutes after midnight of a time such as `08:30`; `24:00` is 1440."""
    hours, colon, minutes = str(text).partition(":")
    if colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60:
        minute = int(hours) * 60 + int(minutes)
        if minute <= MINUTES_PER_DAY:
            return minute
    raise refusal("value.time", where=where, text=text)
