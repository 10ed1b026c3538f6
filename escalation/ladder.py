"""The ladder as data: thresholds, holds and rungs, validated whole before any of it counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from itertools import pairwise
from typing import Any

from escalation.sentences import refusal, say
from forecaster.messages import Words

RUNG_COUNT = 6
GROUP_SIZES = ("whole_group", "two_or_three", "shortfall")
ACTIONS = ("sign_in", "lengthen", "call")


@dataclass(frozen=True)
class Rung:
    """One step: whom to bring in, and how long which queue has to have lasted.

    waiting_above, waiting_at_most
        The condition W > waiting_above, and W <= waiting_at_most where that is set (callers waiting).
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


@dataclass(frozen=True)
class Ladder:
    """A validated ladder with what the engine derives from it once.

    service_level, answer_within_seconds
        The target at which rung 6 turns the live load into seats (share of calls answered within so long).
    conditions
        The distinct `(waiting_above, waiting_at_most)` of the rungs and, last, the night's.
    cells
        For W = 0, 1, … up to the last threshold + 1, which conditions hold and whether W counts as release.
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
    service_level: float = 0.85
    answer_within_seconds: float = 15.0
    version: str = ""
    conditions: tuple[tuple[int, int | None], ...] = field(init=False, default=(), compare=False, repr=False)
    rung_condition: tuple[int, ...] = field(init=False, default=(), compare=False, repr=False)
    cells: tuple[int, ...] = field(init=False, default=(), compare=False, repr=False)
    top: int = field(init=False, default=0, compare=False, repr=False)
    holds: tuple[timedelta, ...] = field(init=False, default=(), compare=False, repr=False)
    release_hold: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    night_hold: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    max_gap: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    dip_grace: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)
    future_tolerance: timedelta = field(init=False, default=timedelta(0), compare=False, repr=False)

    def __post_init__(self) -> None:
        night = (self.night_above, None)
        conditions = list(dict.fromkeys([(rung.waiting_above, rung.waiting_at_most) for rung in self.rungs]))
        where = [conditions.index((rung.waiting_above, rung.waiting_at_most)) for rung in self.rungs]
        conditions.append(night)
        limits = [limit for pair in conditions for limit in pair if limit is not None]
        top = max([*limits, self.release_at_most]) + 2
        cells = []
        for waiting in range(top):
            cell = int(waiting <= self.release_at_most)
            for bit, (above, at_most) in enumerate(conditions, start=1):
                cell |= int(waiting > above and (at_most is None or waiting <= at_most)) << bit
            cells.append(cell)
        derived = {
            "conditions": tuple(conditions),
            "rung_condition": tuple(where),
            "cells": tuple(cells),
            "top": top,
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

    def cell(self, waiting: int) -> int:
        """Return the bit mask of what holds at `waiting` callers: bit 0 release, bit n condition n - 1."""
        return self.cells[waiting if waiting < self.top else -1]


DERIVED = {
    "conditions", "rung_condition", "cells", "top", "holds", "release_hold", "night_hold", "max_gap", "dip_grace",
    "future_tolerance", "version", "rungs",
}  # fmt: skip
SCALARS = {one.name: one for one in fields(Ladder) if one.name not in DERIVED}
RUNG_KEYS = {one.name: one for one in fields(Rung)}
INTEGERS = {
    "number", "waiting_above", "waiting_at_most", "release_at_most", "night_above", "people_min", "people_max",
    "max_added_seats", "seat_limit", "standby_min",
}  # fmt: skip
WORDS = {"name", "role", "rule", "people", "action"}


def mapping_from_ladder(ladder: Ladder) -> dict[str, Any]:
    """Return the plain mapping that `ladder_from_mapping` reads back as the same ladder."""
    scalars = {key: getattr(ladder, key) for key in SCALARS if getattr(ladder, key) is not None}
    rungs = [{k: getattr(rung, k) for k in RUNG_KEYS if getattr(rung, k) is not None} for rung in ladder.rungs]
    return {**scalars, "rung": rungs}


def ladder_from_mapping(mapping: Mapping[str, Any], *, source: str = "ladder") -> Ladder:
    """Return the ladder that a parsed TOML file describes.

    Raises
    ------
    ValueError
        Naming `source`, the key and the value: an unknown or missing key, a wrong type, a negative number, a rung
        missing or out of order, thresholds that fall from one rung to the next, a release limit above rung 1's.
    """
    where = say("source.ladder") if source == "ladder" else Words(source, source)
    if not isinstance(mapping, Mapping):
        raise refusal("ladder.no_table", where=where, kind=type(mapping).__name__)
    _only_known(mapping, {*SCALARS, "rung"}, where=where)
    raw = mapping.get("rung")
    if not isinstance(raw, list) or not raw:
        raise refusal("ladder.no_rungs", where=where, count=RUNG_COUNT)
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
    _only_known(raw, set(RUNG_KEYS), where=where)
    needed = ("number", "role", "rule", "waiting_above", "hold_seconds", "people")
    for key in needed:
        if key not in raw:
            raise refusal("ladder.missing", where=where, key=key)
    values = {key: _checked(key, value, where) for key, value in raw.items()}
    for key, allowed in (("people", GROUP_SIZES), ("action", ACTIONS)):
        if key in values and values[key] not in allowed:
            raise refusal("ladder.none_of", where=where, key=key, value=values[key], known=allowed)
    return Rung(**values)


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
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        good, wanted = number and 0 < value < 1, "share"
    elif key in INTEGERS:
        good, wanted = isinstance(value, int) and not isinstance(value, bool) and value >= 0, "count"
    else:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        good, wanted = number and 0 <= value < 1e6, "seconds"
    if not good:
        raise refusal("ladder.must_be", where=where, key=key, value=value, wanted=say(f"wanted.{wanted}"))
    return value


def _check_rungs(rungs: tuple[Rung, ...], where: Words) -> None:
    numbers = [rung.number for rung in rungs]
    for wanted in range(1, RUNG_COUNT + 1):
        if wanted not in numbers:
            raise refusal("ladder.rung_missing", where=where, rung=wanted, found=str(numbers))
    if numbers != list(range(1, RUNG_COUNT + 1)):
        raise refusal("ladder.order", where=where, count=RUNG_COUNT, found=str(numbers))
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
