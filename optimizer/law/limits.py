"""Limits on a person's month beyond the law's: how short a run of work or rest may be, how many weekends and hours."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from forecaster.messages import Words
from optimizer.law.rule_words import rule_named
from optimizer.sentences import refusal, say

_WHOLE = {"working_days_in_a_row": 1, "working_days_in_a_row_least": 1, "days_off_in_a_row_least": 1,
          "weekends_a_month": 0}  # fmt: skip
_HOURS = ("hours_a_month", "hours_a_month_least")


@dataclass(frozen=True)
class Limits:
    """Limits on one person's month; None = not limited. The site's hold for everybody, a person's own come before them.

    working_days_in_a_row
        Most days on duty in a row.
    working_days_in_a_row_least, days_off_in_a_row_least
        Fewest days on duty, or free, in a row; a run cut by the month's first or last day is not judged. Leave is free,
        standby is duty.
    weekends_a_month
        Most weekends with duty on the Saturday or the Sunday.
    hours_a_month, hours_a_month_least
        Most and fewest worked hours in the month.
    shifts_a_month
        Shift code to the most shifts of it in the month.
    """

    working_days_in_a_row: int | None = None
    working_days_in_a_row_least: int | None = None
    days_off_in_a_row_least: int | None = None
    weekends_a_month: int | None = None
    hours_a_month: float | None = None
    hours_a_month_least: float | None = None
    shifts_a_month: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name, lowest in _WHOLE.items():
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < lowest):
                raise refusal("limits.count", lowest=lowest, value=value, name=rule_named(name))
        for name in _HOURS:
            value = getattr(self, name)
            if value is not None and not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
                raise refusal("limits.hours", value=value, name=rule_named(name))
        least, most = self.hours_a_month_least, self.hours_a_month
        if least is not None and most is not None and least > most:
            raise refusal("limits.crossed", least=least, most=most)
        for code, most in self.shifts_a_month.items():
            if isinstance(most, bool) or not isinstance(most, int) or most < 0:
                raise refusal("limits.shifts", code=code, most=most)

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in (*_WHOLE, *_HOURS)) or bool(self.shifts_a_month)

    def text(self) -> str:
        """Return the limits as `from_text` reads them."""
        set_ = [(name, getattr(self, name)) for name in (*_WHOLE, *_HOURS) if getattr(self, name) is not None]
        set_ += [(f"shifts_a_month.{code}", most) for code, most in self.shifts_a_month.items()]
        return "; ".join(f"{name}={value:g}" for name, value in set_)

    def over(self, wider: Limits) -> Limits:
        """Return these limits, and those of `wider` where these say nothing."""
        own = {name: getattr(self, name) for name in (*_WHOLE, *_HOURS) if getattr(self, name) is not None}
        shifts = MappingProxyType({**wider.shifts_a_month, **self.shifts_a_month})
        return dataclasses.replace(wider, **own, shifts_a_month=shifts)

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object], where: Words | None = None) -> Limits:
        """Return the limits of a parsed table such as `{"weekends_a_month": 2, "shifts_a_month": {"N": 4}}`.

        Raises
        ------
        ValueError
            Naming the key and the value.
        """
        known = {f.name for f in dataclasses.fields(cls)}
        for key, value in settings.items():
            if key not in known:
                raise refusal("limits.unknown", where=where or say("limits"), key=key, known=sorted(known))
            if key == "shifts_a_month" and not isinstance(value, Mapping):
                raise refusal("limits.no_table", where=where or say("limits"), value=value)
        values = {key: MappingProxyType(dict(v)) if isinstance(v, Mapping) else v for key, v in settings.items()}
        return cls(**values)  # type: ignore[arg-type]

    @classmethod
    def from_text(cls, text: str) -> Limits:
        """Return the limits written `weekends_a_month=2; shifts_a_month.N=4`.

        Raises
        ------
        ValueError
            Naming the part that cannot be read.
        """
        settings: dict[str, object] = {}
        shifts: dict[str, object] = {}
        for part in filter(None, (piece.strip() for piece in text.split(";"))):
            name, _, number = (piece.strip() for piece in part.partition("="))
            try:
                value: object = float(number) if name in _HOURS else int(number)
            except ValueError:
                raise refusal("limits.text", part=part) from None
            table, dot, code = name.partition(".")
            if table == "shifts_a_month" and dot:
                shifts[code] = value
            else:
                settings[name] = value
        return cls.from_mapping({**settings, **({"shifts_a_month": shifts} if shifts else {})})
