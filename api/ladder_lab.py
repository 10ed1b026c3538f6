"""Ladders compared over readings, a log of calls, or simulated surges: what each would have cost and brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from api.intake import InputError, named, read_readings, read_toml
from api.intake.call_log import read_waiting
from api.sentences import refusal, say
from api.settings import read_ladder, shipped_ladder
from api.site import CONFIG
from escalation.floor import Floor
from escalation.lab import Surge, compare_over_readings, compare_over_surge, readings_from_calls
from escalation.ladder import Ladder
from forecaster.messages import Words

PROFILES = ("recommended", "literal", "brisk")
NO_LADDER = "none"


@dataclass(frozen=True)
class LabSettings:
    """Who can be called, how fast they sit down, how often the queue is read, and the surge to simulate."""

    people: Mapping[str, int] = field(default_factory=dict)
    sign_in_after_seconds: float = 120.0
    every_seconds: float = 20.0
    surge: Surge | None = None

    @property
    def floor(self) -> Floor:
        """Return the floor on which the ladders are tried."""
        roles = {"expert": 0, "outbound": 0, "qa": 0, "back_office": 0}
        return Floor(available={**roles, **self.people})


@dataclass(frozen=True, eq=False)
class Comparison:
    """One row per ladder, and in a sentence what they were compared on."""

    table: pd.DataFrame
    source: Words


def read_lab(path: Path | None = None) -> LabSettings:
    """Return the lab's settings in a TOML file, by default the shipped one.

    Raises
    ------
    InputError
        Naming the file, the key and the value.
    """
    path = path or CONFIG / "lab.toml"
    raw = read_toml(path)
    _only(path, raw, {"people", "floor", "surge"}, say("lab.file"))
    people = _table(path, raw, "people")
    for role, count in people.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise InputError(path, say("lab.people"), column=f"people.{role}", value=count)
    floor = _table(path, raw, "floor")
    _only(path, floor, {"sign_in_after_seconds", "every_seconds"}, Words("[floor]", "[floor]"))
    for key, value in floor.items():
        _positive(path, f"floor.{key}", value, least=0.0 if key == "sign_in_after_seconds" else 1.0)
    surge = _surge(path, _table(path, raw, "surge")) if "surge" in raw else None
    return LabSettings(people, **{key: float(value) for key, value in floor.items()}, surge=surge)


def _surge(path: Path, raw: Mapping[str, Any]) -> Surge:
    _only(path, raw, {one.name for one in fields(Surge)}, Words("[surge]", "[surge]"))
    for key in ("interval_minutes", "calls", "seats", "aht_seconds"):
        if key not in raw:
            raise InputError(path, say("lab.missing"), column=f"surge.{key}")
    for key in ("interval_minutes", "aht_seconds", "patience_seconds", "runs"):
        if key in raw:
            _positive(path, f"surge.{key}", raw[key], least=1e-6 if key != "runs" else 2)
    for key in ("calls", "seats"):
        if not isinstance(raw[key], list) or not raw[key]:
            raise InputError(path, say("lab.list"), column=f"surge.{key}", value=raw[key])
        for value in raw[key]:
            _positive(path, f"surge.{key}", value, least=0.0)
    if len(raw["calls"]) != len(raw["seats"]):
        wrong = say("lab.other_lengths", seats=len(raw["seats"]), calls=len(raw["calls"]))
        raise InputError(path, wrong, column="surge.seats")
    whole = [("seats", one) for one in raw["seats"]] + [(key, raw[key]) for key in ("runs", "seed") if key in raw]
    for key, value in whole:
        if not isinstance(value, int) or isinstance(value, bool):
            raise InputError(path, say("lab.whole"), column=f"surge.{key}", value=value)
    return Surge(**{**raw, "calls": tuple(raw["calls"]), "seats": tuple(raw["seats"])})


def _table(path: Path, raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name, {})
    if not isinstance(found, dict):
        raise InputError(path, say("lab.table", name=name), column=name, value=found)
    return found


def _only(path: Path, raw: Mapping[str, Any], known: set[str], where: Words) -> None:
    for key in raw:
        if key not in known:
            raise InputError(path, say("lab.key", where=where, known=sorted(known)), value=key)


def _positive(path: Path, key: str, value: Any, *, least: float) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value < 1e7
    if not good:
        raise InputError(path, say("lab.least", least=least), column=key, value=value)


def ladders_named(names: Sequence[str]) -> dict[str, Ladder | None]:
    """Return the ladders to compare: a shipped profile, a ladder file (by its path), or `none` for no ladder.

    Raises
    ------
    ValueError
        If a name is no profile and no file, a file is no ladder, or a name is given twice.
    """
    found: dict[str, Ladder | None] = {}
    for name in names:
        if name == NO_LADDER:
            ladder = None
        elif name in PROFILES:
            ladder = shipped_ladder(name)
        elif Path(name).is_file():
            ladder = read_ladder(Path(name))
        else:
            raise refusal("lab.no_ladder", name=name, profiles=PROFILES, none=NO_LADDER)
        label = name if ladder is None or name in PROFILES else Path(name).stem
        if label in found:
            raise refusal("lab.ladder_twice", name=name, label=label)
        found[label] = ladder
    return found


def compare_on_readings(path: Path, ladders: Mapping[str, Ladder | None], lab: LabSettings) -> Comparison:
    """Return the comparison over a file of readings; it does not change for what a ladder orders."""
    readings = read_readings(path)
    with named(path):
        table = compare_over_readings(_real(ladders), readings, floor=lab.floor)
    return Comparison(table, say("lab.over_readings", file=path.name, count=len(readings)))


def compare_on_calls(
    path: Path, ladders: Mapping[str, Ladder | None], lab: LabSettings, *, timezone: str, queue: str | None = None
) -> Comparison:
    """Return the comparison over a log of calls, its queue rebuilt call by call."""
    calls = read_waiting(path, timezone=timezone, queue=queue)
    readings = readings_from_calls(calls, every_seconds=lab.every_seconds)
    table = compare_over_readings(_real(ladders), readings, floor=lab.floor)
    return Comparison(table, say("lab.over_calls", file=path.name, count=len(calls), every=lab.every_seconds))


def compare_on_surge(ladders: Mapping[str, Ladder | None], lab: LabSettings) -> Comparison:
    """Return the comparison over simulated surges that answer to what is ordered.

    Raises
    ------
    ValueError
        If the lab's settings have no surge.
    """
    surge = lab.surge
    if surge is None:
        raise refusal("lab.no_surge")
    table = compare_over_surge(
        ladders,
        surge,
        floor=lab.floor,
        sign_in_after_seconds=lab.sign_in_after_seconds,
        every_seconds=lab.every_seconds,
    )
    hours = len(surge.calls) * surge.interval_minutes / 60
    return Comparison(table, say("lab.over_surges", runs=surge.runs, hours=hours, calls=sum(surge.calls)))


def _real(ladders: Mapping[str, Ladder | None]) -> dict[str, Ladder]:
    """Return the ladders but for `none`, which a recorded queue has nothing to tell of."""
    found = {name: ladder for name, ladder in ladders.items() if ladder is not None}
    if not found:
        raise refusal("lab.alone")
    return found
