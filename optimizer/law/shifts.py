"""The shifts a site works, enumerated from a short description of families."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from forecaster.history.intervals import MINUTES_PER_DAY
from forecaster.messages import Words
from forecaster.names import ROLE_WORDS, called
from optimizer.law.breaks import MOST_BREAKS, Break, break_choices
from optimizer.law.file_values import clock_minute, flag, listed, whole, wholes
from optimizer.sentences import refusal, say

LEAVE = "leave"
STANDBY = "standby"
DAY_OFF = "off"
NO_WORK = (LEAVE, STANDBY, DAY_OFF)
OFF_PHONE = ("training", "meeting", "lent")  # days of work on which nobody is there for the calls
LONGEST_MEAL_MINUTES = 120  # from more than two hours off on, people go home: a split shift
_FAMILY_KEYS = {
    "code", "starts", "lengths_minutes", "meal_minutes", "meal_window_minutes", "meal_step_minutes", "roles", "months",
    "breaks",
}  # fmt: skip
_BREAK_KEYS = {"minutes", "window_minutes", "step_minutes", "paid", "name"}


@dataclass(frozen=True)
class Shift:
    """One block of work that starts on a day.

    start_minute
        Minutes from local midnight to the start, 0–1439. The shift may end on the next day.
    length_minutes
        From start to end, the meal included, the handover not.
    meal_minutes, meal_offsets_minutes
        How long the meal is, and at which minutes after the start it may begin. The long middle of a split shift is
        its meal.
    breaks
        Its short breaks beside the meal.
    handover_minutes
        Presence before the start to take over from the shift before; paid, and part of the rest between shifts.
    roles, months
        Who may work it (empty = everyone), and in which months of the year (empty = all).
    """

    code: str
    start_minute: int
    length_minutes: int
    meal_minutes: int = 0
    meal_offsets_minutes: tuple[int, ...] = ()
    handover_minutes: int = 0
    roles: frozenset[str] = frozenset()
    months: frozenset[int] = frozenset()
    breaks: tuple[Break, ...] = ()

    def __post_init__(self) -> None:
        if not self.code or self.code in NO_WORK:
            raise refusal("shift.code", code=self.code)
        if not 0 <= self.start_minute < MINUTES_PER_DAY:
            raise refusal("shift.start", code=self.code, minute=self.start_minute)
        if not 0 < self.length_minutes <= MINUTES_PER_DAY:
            raise refusal("shift.length", code=self.code, minutes=self.length_minutes)
        if not 0 <= self.meal_minutes < self.length_minutes:
            raise refusal("shift.meal", code=self.code, minutes=self.meal_minutes)
        if self.handover_minutes < 0:
            raise refusal("shift.handover", code=self.code, minutes=self.handover_minutes)
        if bool(self.meal_minutes) != bool(self.meal_offsets_minutes):
            raise refusal("shift.meal_window", code=self.code)
        for offset in self.meal_offsets_minutes:
            if not 0 <= offset <= self.length_minutes - self.meal_minutes:
                raise refusal("shift.meal_outside", code=self.code, offset=offset)
        if len(self.breaks) > MOST_BREAKS:
            raise refusal("shift.breaks", code=self.code, count=len(self.breaks), most=MOST_BREAKS)
        for pause in self.breaks:
            pause.check(self.code, self.length_minutes)

    @property
    def end_minute(self) -> int:
        """Return minutes from the local midnight before the start to the end; past 1440 it is the next day."""
        return self.start_minute + self.length_minutes

    @property
    def worked_minutes(self) -> int:
        """Return the shift less its meal and its unpaid breaks, plus the handover."""
        unpaid = sum(pause.minutes for pause in self.breaks if not pause.paid)
        return self.length_minutes - self.meal_minutes - unpaid + self.handover_minutes

    @property
    def minutes_away(self) -> int:
        """Return how long somebody who works it is not at work: the meal and the breaks, paid or not."""
        return self.meal_minutes + sum(pause.minutes for pause in self.breaks)

    def break_choices(self, meal_offset: int | None, distance_minutes: int) -> list[tuple[int, ...]]:
        """Return every way to lay the breaks with the meal at a minute of the shift (`optimizer.law.breaks`)."""
        meal = None if meal_offset is None else (meal_offset, self.meal_minutes)
        return break_choices(self.breaks, self.length_minutes, meal, distance_minutes)

    @property
    def is_split(self) -> bool:
        """Return whether its middle is too long for a meal: the day is worked in two parts."""
        return self.meal_minutes > LONGEST_MEAL_MINUTES and not self.code.startswith(STANDBY)

    def minutes_within(self, window_start_minute: int, window_end_minute: int) -> int:
        """Return how many minutes lie in a daily window, which may pass midnight (22:00–06:00)."""
        if window_end_minute <= window_start_minute:
            window_end_minute += MINUTES_PER_DAY
        return sum(
            max(
                0, min(self.end_minute, window_end_minute + shift) - max(self.start_minute, window_start_minute + shift)
            )
            for shift in (-MINUTES_PER_DAY, 0, MINUTES_PER_DAY)
        )


@dataclass(frozen=True)
class ShiftCatalogue:
    """Every shift of a site, in a fixed order, with codes that occur once."""

    shifts: tuple[Shift, ...]

    def __post_init__(self) -> None:
        if not self.shifts:
            raise refusal("shifts.none")
        seen: set[str] = set()
        for shift in self.shifts:
            if shift.code in seen:
                raise refusal("shifts.twice", code=shift.code)
            seen.add(shift.code)

    def __iter__(self) -> Iterator[Shift]:
        return iter(self.shifts)

    def __len__(self) -> int:
        return len(self.shifts)

    def __getitem__(self, code: str) -> Shift:
        for shift in self.shifts:
            if shift.code == code:
                return shift
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return any(shift.code == code for shift in self.shifts)

    def with_off_phone(self, codes: Iterable[str]) -> ShiftCatalogue:
        """Return the catalogue, and of the codes that are days off the phone those that it lacks: nine to five."""
        missing = sorted({code for code in codes if code in OFF_PHONE and code not in self})
        if not missing:
            return self
        added = (Shift(code, 540, 480, 60, (180,)) for code in missing)
        return ShiftCatalogue((*self.shifts, *added))

    def in_month(self, month_number: int) -> ShiftCatalogue:
        """Return the shifts of the season that `month_number` (1–12) belongs to."""
        return self.in_months({month_number})

    def in_months(self, month_numbers: Collection[int]) -> ShiftCatalogue:
        """Return the shifts of the seasons that any of these months (1–12) belongs to."""
        return ShiftCatalogue(tuple(s for s in self.shifts if not s.months or s.months.intersection(month_numbers)))

    @classmethod
    def from_mapping(cls, settings: Mapping[str, object]) -> ShiftCatalogue:
        """Return the catalogue that a parsed shift file describes.

        `handover_minutes` holds for all; each `[[family]]` has a `code`, `starts` (times, or a table of `from`, `to`,
        `step_minutes`), `lengths_minutes`, and for a meal `meal_minutes` and `meal_window_minutes` (first and last
        begin, after the start). `breaks` are a list of tables with `minutes`, `window_minutes`, and if need be
        `step_minutes`, `paid` and `name`. A family of one shift keeps its code; otherwise start and length are
        added, as in `D0830/480`.

        Raises
        ------
        ValueError
            Naming the family, the key and the value.
        """
        where = say("shifts")
        _refuse_unknown(settings, {"handover_minutes", "family"}, where)
        handover = whole(settings.get("handover_minutes", 0), say("at", where=where, key="handover_minutes"))
        families = settings.get("family")
        if not isinstance(families, Sequence) or isinstance(families, str) or not families:
            raise refusal("shifts.no_family")
        return cls(tuple(shift for family in families for shift in _family(family, handover)))


def off_phone(code: str) -> bool:
    """Return whether a shift of this code is a day of work off the phone, whatever its times."""
    return any(code == name or re.fullmatch(rf"{name}\d{{4}}/\d+", code) for name in OFF_PHONE)


def clock_text(minute: int) -> str:
    """Return the time of day, such as `08:30`, of minutes after a midnight."""
    minute %= MINUTES_PER_DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"


def end_text(minute: int) -> str:
    """Return the time of day that a span of one day ends at: midnight is 24:00."""
    return "24:00" if minute == MINUTES_PER_DAY else clock_text(minute)


def toml_of(shifts: Sequence[Shift]) -> str:
    """Return the shift file that describes these shifts, each a family of its own that keeps its code.

    Raises
    ------
    ValueError
        If their handovers differ: a file has one for all.
    """
    handovers = sorted({shift.handover_minutes for shift in shifts})
    if len(handovers) != 1:
        raise refusal("shifts.handovers", handovers=handovers)
    lines = [f"handover_minutes = {handovers[0]}"]
    for shift in shifts:
        offsets = shift.meal_offsets_minutes
        lines += ["", "[[family]]", f'code = "{shift.code}"', f'starts = ["{clock_text(shift.start_minute)}"]']
        lines += [f"lengths_minutes = [{shift.length_minutes}]"]
        if offsets:
            step = offsets[1] - offsets[0] if len(offsets) > 1 else shift.meal_minutes
            lines += [f"meal_minutes = {shift.meal_minutes}", f"meal_window_minutes = [{offsets[0]}, {offsets[-1]}]"]
            lines += [f"meal_step_minutes = {step}"]
        if shift.breaks:
            lines += ["breaks = [", *(f"    {_break_toml(pause)}," for pause in shift.breaks), "]"]
        if shift.roles:
            lines += ["roles = [" + ", ".join(f'"{role}"' for role in sorted(shift.roles)) + "]"]
        if shift.months:
            lines += [f"months = {sorted(shift.months)}"]
    return "\n".join(lines) + "\n"


def _break_toml(pause: Break) -> str:
    offsets = pause.offsets_minutes
    step = offsets[1] - offsets[0] if len(offsets) > 1 else pause.minutes
    told = {"minutes": pause.minutes, "window_minutes": [offsets[0], offsets[-1]], "step_minutes": step}
    parts = [f"{key} = {value}" for key, value in told.items()]
    parts += [] if pause.paid else ["paid = false"]
    parts += [f"name = {json.dumps(pause.name, ensure_ascii=False)}"] if pause.name else []
    return "{ " + ", ".join(parts) + " }"


def _family(family: object, handover_minutes: int) -> list[Shift]:
    if not isinstance(family, Mapping):
        raise refusal("shifts.family", family=family)
    code = str(family.get("code", ""))
    where = say("shifts.of_family", code=code)
    _refuse_unknown(family, _FAMILY_KEYS, where)
    starts = _starts(family.get("starts"), say("at", where=where, key="starts"))
    lengths = wholes(family.get("lengths_minutes"), say("at", where=where, key="lengths_minutes"))
    meal = whole(family.get("meal_minutes", 0), say("at", where=where, key="meal_minutes"))
    offsets: tuple[int, ...] = ()
    if meal:
        window = wholes(family.get("meal_window_minutes"), say("at", where=where, key="meal_window_minutes"))
        step = whole(family.get("meal_step_minutes", meal), say("at", where=where, key="meal_step_minutes"))
        if len(window) != 2 or window[1] < window[0] or step <= 0:
            raise refusal("shifts.meal_window", where=where, step=step, window=str(window))
        offsets = tuple(range(window[0], window[1] + 1, step))
    roles = frozenset(str(role) for role in listed(family.get("roles", []), say("at", where=where, key="roles")))
    for role in sorted(roles - set(ROLE_WORDS)):
        raise refusal("shifts.role", where=where, role=role, known=[called(role) for role in ROLE_WORDS])
    months = frozenset(wholes(family.get("months", []), say("at", where=where, key="months")))
    if months - set(range(1, 13)):
        raise refusal("shifts.months", where=where, months=sorted(months))
    breaks = _breaks(family.get("breaks", []), say("at", where=where, key="breaks"))
    alone = len(starts) == len(lengths) == 1
    return [
        Shift(
            code=code if alone else f"{code}{start // 60:02d}{start % 60:02d}/{length}",
            start_minute=start,
            length_minutes=length,
            meal_minutes=meal,
            meal_offsets_minutes=offsets,
            handover_minutes=handover_minutes,
            roles=roles,
            months=months,
            breaks=breaks,
        )
        for start in starts
        for length in lengths
    ]


def _breaks(value: object, where: Words) -> tuple[Break, ...]:
    return tuple(_break(one, say("nth", where=where, number=n)) for n, one in enumerate(listed(value, where), start=1))


def _break(told: object, where: Words) -> Break:
    if not isinstance(told, Mapping):
        raise refusal("shifts.break", where=where, value=told)
    _refuse_unknown(told, _BREAK_KEYS, where)
    minutes = whole(told.get("minutes"), say("at", where=where, key="minutes"))
    window = wholes(told.get("window_minutes"), say("at", where=where, key="window_minutes"))
    step = whole(told.get("step_minutes", minutes), say("at", where=where, key="step_minutes"))
    if len(window) != 2 or window[1] < window[0] or step <= 0:
        raise refusal("shifts.break_window", where=where, step=step, window=str(window))
    paid = flag(told.get("paid", True), say("at", where=where, key="paid"))
    return Break(minutes, tuple(range(window[0], window[1] + 1, step)), paid, str(told.get("name", "")))


def _starts(value: object, where: Words) -> list[int]:
    if isinstance(value, Mapping):
        _refuse_unknown(value, {"from", "to", "step_minutes"}, where)
        first, last = clock_minute(value.get("from"), where), clock_minute(value.get("to"), where)
        step = whole(value.get("step_minutes", 60), say("at", where=where, key="step_minutes"))
        if step <= 0 or last < first:
            raise refusal("shifts.starts", where=where, value=dict(value))
        return list(range(first, last + 1, step))
    return [clock_minute(item, where) % MINUTES_PER_DAY for item in listed(value, where)]


def _refuse_unknown(settings: Mapping[str, object], known: set[str], where: Words) -> None:
    for key in settings:
        if key not in known:
            raise refusal("shifts.key", where=where, key=key, known=sorted(known))
