"""The ladder as data: thresholds, holds and rungs, validated whole before any of it counts."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import pairwise
from typing import Any

from escalation.measures import CALLED, SHARES, Condition, MeasureLimit
from escalation.sentences import refusal, say
from forecaster.messages import NOTHING, Words
from forecaster.names import ROLE_WORDS

MOST_RUNGS = 50  # the rulebook has six; far more are a slip of the pen
MOST_WAITING = 1000  # a threshold above it is a slip of the pen, and the table of cells is as long as the highest
RUNG_ROLES = (*ROLE_WORDS, "standby")
GROUP_SIZES = ("whole_group", "two_or_three", "shortfall")
ACTIONS = ("sign_in", "lengthen", "call")


@dataclass(frozen=True, slots=True)
class Rung:
    """One step: whom to bring in, and how long which queue has to have lasted.

    waiting_above, waiting_at_most, also, instead
        The condition W > waiting_above, and W <= waiting_at_most where that is set (callers waiting); and limits of
        other measures, as `escalation.measures.Condition` takes them.
    people
        `whole_group`, `two_or_three` (L13) or `shortfall` (seats required less seats signed in).
    action
        `sign_in` adds a seat on the floor at once, `lengthen` keeps somebody longer, `call` is emergency overtime.
    """

    number: int
    role: str
    rule: str
    waiting_above: int
    hold_seconds: float
    people: str
    action: str = "sign_in"
    waiting_at_most: int | None = None
    counts_as_added: bool = False
    also: tuple[MeasureLimit, ...] = ()
    instead: tuple[MeasureLimit, ...] = ()

    @property
    def condition(self) -> Condition:
        """Return what has to hold for the rung to be due."""
        return Condition(self.waiting_above, self.waiting_at_most, self.also, self.instead)


@dataclass(frozen=True, slots=True)
class Ladder:
    """A validated ladder with what the engine derives from it once.

    repeat_after_seconds, repeat_times
        How long an order may go unheeded before it is told again, and how often that is done before it goes to the
        on-call list (L34); 0 times is without end, and to nobody else.
    service_level, answer_within_seconds
        The target at which rung 6 turns the live load into seats (share of calls answered within so long).
    conditions
        The distinct conditions of the rungs and, last, the night's.
    cells
        For W = 0, 1, … up to the last threshold + 1, which conditions hold and whether W counts as release.
    measured
        The bits of `cells` that other measures than W have a say in, each with its condition.
    high_above
        The highest threshold: above it the queue is high.
    call_rung
        The last rung that calls people in from outside, where there is one: a known fault orders it.
    version
        First twelve hex digits of the SHA-256 of the mapping it was made from.
    """

    name: str
    rungs: tuple[Rung, ...]
    release_at_most: int = 5
    release_hold_seconds: float = 300.0
    night_above: int = 5
    night_hold_seconds: float = 300.0
    max_gap_seconds: float = 90.0
    dip_grace_seconds: float = 0.0
    future_tolerance_seconds: float = 30.0
    people_min: int = 2
    people_max: int = 3
    max_added_seats: int = 9
    seat_limit: int | None = None
    standby_min: int = 5
    repeat_after_seconds: float = 120.0
    repeat_times: int = 3
    service_level: float = 0.85
    answer_within_seconds: float = 15.0
    version: str = ""
    conditions: tuple[Condition, ...] = field(init=False, default=(), compare=False, repr=False)
    rung_condition: tuple[int, ...] = field(init=False, default=(), compare=False, repr=False)
    cells: tuple[int, ...] = field(init=False, default=(), compare=False, repr=False)
    measured: tuple[tuple[int, Condition], ...] = field(init=False, default=(), compare=False, repr=False)
    top: int = field(init=False, default=0, compare=False, repr=False)
    high_above: int = field(init=False, default=0, compare=False, repr=False)
    call_rung: Rung | None = field(init=False, default=None, compare=False, repr=False)
    holds: tuple[timedelta, ...] = field(init=False, default=(), compare=False, repr=False)
    release_hold: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    night_hold: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    max_gap: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    dip_grace: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    future_tolerance: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)

    def __post_init__(self) -> None:
        conditions = list(dict.fromkeys(rung.condition for rung in self.rungs))
        where = [conditions.index(rung.condition) for rung in self.rungs]
        conditions.append(Condition(self.night_above))
        limits = [one.waiting_at_most or one.waiting_above for one in conditions]
        top = max([*limits, self.release_at_most]) + 2
        derived = {
            "conditions": tuple(conditions),
            "rung_condition": tuple(where),
            "cells": tuple(
                int(waiting <= self.release_at_most)
                | sum(one.holds_at(waiting) << bit for bit, one in enumerate(conditions, start=1))
                for waiting in range(top)
            ),
            "measured": tuple(
                (1 << bit, one) for bit, one in enumerate(conditions, start=1) if one.also or one.instead
            ),
            "top": top,
            "high_above": max(rung.waiting_above for rung in self.rungs),
            "call_rung": next((rung for rung in reversed(self.rungs) if rung.action == "call"), None),
            "holds": tuple(timedelta(seconds=rung.hold_seconds) for rung in self.rungs),
            "release_hold": timedelta(seconds=self.release_hold_seconds),
            "night_hold": timedelta(seconds=self.night_hold_seconds),
            "max_gap": timedelta(seconds=self.max_gap_seconds),
            "dip_grace": timedelta(seconds=self.dip_grace_seconds),
            "future_tolerance": timedelta(seconds=self.future_tolerance_seconds),
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)
        if not self.version:
            text = json.dumps(mapping_from_ladder(self), sort_keys=True)
            object.__setattr__(self, "version", hashlib.sha256(text.encode()).hexdigest()[:12])

    def is_current(self, age_seconds: float) -> bool:
        """Return whether a reading of this age may be shown as new.

        One that lies ahead of the clock by more than is tolerated may not: the clock was set back, and new readings are
        refused until it has caught up.
        """
        return -self.future_tolerance_seconds <= age_seconds <= self.max_gap_seconds

    def cell(self, waiting: int, measures: Mapping[str, float]) -> int:
        """Return the bit mask of what holds at `waiting` callers: bit 0 release, bit n condition n - 1.

        A queue is not released while a measure that is enough by itself asks for people.
        """
        cell = self.cells[waiting if waiting < self.top else -1]
        for bit, one in self.measured:
            cell = cell | bit if one.meets(bool(cell & bit), measures) else cell & ~bit
            if any(limit.is_passed(measures) for limit in one.instead):
                cell &= ~1
        return cell


DERIVED = {one.name for one in fields(Ladder) if not one.init}
SCALARS = tuple(one.name for one in fields(Ladder) if one.name not in DERIVED | {"version", "rungs"})
RUNG_KEYS = {one.name for one in fields(Rung)}
LIMIT_TABLE_KEYS = {one.name for one in fields(MeasureLimit)}
LIMIT_KEYS = ("also", "instead")
THRESHOLDS = {"waiting_above", "waiting_at_most", "release_at_most", "night_above"}
INTEGERS = {"number", "people_min", "people_max", "max_added_seats", "seat_limit", "standby_min", "repeat_times"}
WORDS = {"name", "role", "rule", "people", "action"}


def mapping_from_ladder(ladder: Ladder) -> dict[str, Any]:
    """Return the plain mapping that `ladder_from_mapping` reads back as the same ladder."""
    scalars = {key: getattr(ladder, key) for key in SCALARS if getattr(ladder, key) is not None}
    return {**scalars, "rung": [_given(rung) for rung in ladder.rungs]}


def _given(one: Rung | MeasureLimit) -> dict[str, Any]:
    """Return the keys that a table of the file needs: those with a value."""
    return {
        key: [_given(limit) for limit in value] if key in LIMIT_KEYS else value
        for key, value in ((key.name, getattr(one, key.name)) for key in fields(one))
        if value not in (None, ())
    }


def ladder_from_mapping(mapping: Mapping[str, Any], *, source: str = "ladder") -> Ladder:
    """Return the ladder that a parsed TOML file describes.

    Raises
    ------
    ValueError
        Naming `source`, the key and the value: an unknown or missing key, a wrong type, a negative number, an unknown
        role or measure (and the nearest there is), a rung missing or out of order, thresholds that fall from one rung
        to the next, a release limit above rung 1's.
    """
    where = say("source.ladder") if source == "ladder" else Words(source, source)
    if not isinstance(mapping, Mapping):
        raise refusal("ladder.no_table", where=where, kind=type(mapping).__name__)
    _only_known(mapping, {*SCALARS, "rung"}, where=where)
    raw = mapping.get("rung")
    if not isinstance(raw, list) or not raw:
        raise refusal("ladder.no_rungs", where=where)
    if len(raw) > MOST_RUNGS:
        raise refusal("ladder.many_rungs", where=where, count=len(raw), most=MOST_RUNGS)
    rungs = tuple(_rung(one, say("ladder.rung", source=where, rung=place)) for place, one in enumerate(raw, start=1))
    if "name" not in mapping:
        raise refusal("ladder.missing", where=where, key="name")
    scalars = {key: _checked(key, value, where) for key, value in mapping.items() if key != "rung"}
    _check_rungs(rungs, where)
    ladder = Ladder(rungs=rungs, **scalars)
    _check_limits(ladder, where)
    return ladder


def _rung(raw: Any, where: Words) -> Rung:
    if not isinstance(raw, Mapping):
        raise refusal("ladder.rung_no_table", where=where)
    _only_known(raw, RUNG_KEYS, where=where)
    needed = ("number", "role", "rule", "waiting_above", "hold_seconds", "people")
    for key in needed:
        if key not in raw:
            raise refusal("ladder.missing", where=where, key=key)
    values = {key: _checked(key, value, where) for key, value in raw.items() if key not in LIMIT_KEYS}
    for key, allowed in (("people", GROUP_SIZES), ("action", ACTIONS), ("role", RUNG_ROLES)):
        if key in values:
            _one_of(key, values[key], allowed, where)
    limits: dict[str, Any] = {
        key: tuple(_limit(one, where, key) for one in _tables(raw[key], where, key)) for key in LIMIT_KEYS if key in raw
    }
    return Rung(**values, **limits)


def _tables(raw: Any, where: Words, key: str) -> list[Mapping[str, Any]]:
    if not isinstance(raw, list) or not all(isinstance(one, Mapping) for one in raw):
        raise refusal("ladder.limit_no_table", where=where, key=key)
    return raw


def _limit(raw: Mapping[str, Any], where: Words, key: str) -> MeasureLimit:
    """Return a limit on a measure: exactly one of `above` and `below`."""
    where = say("ladder.limit", source=where, key=key)
    _only_known(raw, LIMIT_TABLE_KEYS, where=where)
    if "measure" not in raw:
        raise refusal("ladder.missing", where=where, key="measure")
    _one_of("measure", raw["measure"], tuple(CALLED), where)
    if ("above" in raw) == ("below" in raw):
        raise refusal("ladder.one_limit", where=where, measure=raw["measure"])
    side = "above" if "above" in raw else "below"
    value, share = raw[side], raw["measure"] in SHARES
    if not _is_number(value) or not 0 <= value <= (1 if share else 1e6):
        wanted = say("wanted.share_limit") if share else say("wanted.number")
        raise refusal("ladder.must_be", where=where, key=side, value=value, wanted=wanted)
    return MeasureLimit(raw["measure"], **{side: float(value)})


def _one_of(key: str, value: Any, allowed: tuple[str, ...], where: Words) -> None:
    if value not in allowed:
        near = difflib.get_close_matches(str(value), allowed, n=1, cutoff=0.6)
        meant = say("ladder.nearest", name=near[0]) if near else NOTHING
        raise refusal("ladder.none_of", where=where, key=key, value=value, known=allowed, meant=meant)


def _only_known(mapping: Mapping[str, Any], known: set[str], *, where: Words) -> None:
    for key in mapping:
        if key not in known:
            raise refusal("ladder.unknown_key", where=where, key=key, known=sorted(known))


def _checked(key: str, value: Any, where: Words) -> Any:
    """Return `value` if it has the type that `key` wants."""
    if key in WORDS:
        good, wanted = isinstance(value, str) and bool(value), "word"
    elif key == "counts_as_added":
        good, wanted = isinstance(value, bool), "flag"
    elif key == "service_level":
        good, wanted = _is_number(value) and 0 < value < 1, "share"
    elif key in THRESHOLDS:
        good, wanted = _is_number(value, int) and 0 <= value <= MOST_WAITING, "threshold"
    elif key in INTEGERS:
        good, wanted = _is_number(value, int) and value >= 0, "count"
    else:
        good, wanted = _is_number(value) and 0 <= value < 1e6, "seconds"
    if not good:
        raise refusal("ladder.must_be", where=where, key=key, value=value, wanted=say(f"wanted.{wanted}"))
    return value


def _is_number(value: Any, kind: type | tuple[type, ...] = (int, float)) -> bool:
    """Return whether a value is a number: true and false are none, whatever Python says."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _check_rungs(rungs: tuple[Rung, ...], where: Words) -> None:
    numbers = [rung.number for rung in rungs]
    top = max(numbers)
    for wanted in range(1, min(top, MOST_RUNGS) + 1):
        if wanted not in numbers:
            raise refusal("ladder.rung_missing", where=where, rung=wanted, top=top, found=str(numbers))
    if numbers != list(range(1, top + 1)):
        raise refusal("ladder.order", where=where, count=top, found=str(numbers))
    for below, rung in pairwise(rungs):
        if rung.waiting_above < below.waiting_above:
            above, least = rung.waiting_above, below.waiting_above
            raise refusal("ladder.falls", where=where, rung=rung.number, above=above, below=below.number, least=least)
    for rung in rungs:
        if rung.waiting_at_most is not None and rung.waiting_at_most <= rung.waiting_above:
            most, above = rung.waiting_at_most, rung.waiting_above
            raise refusal("ladder.no_room", where=where, rung=rung.number, most=most, above=above)


def _check_limits(ladder: Ladder, where: Words) -> None:
    lowest = min(ladder.rungs[0].waiting_above, ladder.night_above)
    if ladder.release_at_most > lowest:
        raise refusal("ladder.release", where=where, most=ladder.release_at_most, lowest=lowest)
    if ladder.people_min > ladder.people_max:
        raise refusal("ladder.people", where=where, least=ladder.people_min, most=ladder.people_max)
    if ladder.max_gap_seconds <= 0:
        raise refusal("ladder.gap", where=where, gap=ladder.max_gap_seconds)
