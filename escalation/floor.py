"""Who and what is on the floor, as the switch, a supervisor and the roster tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from escalation.measures import MEASURES, RATIOS


@dataclass(frozen=True)
class Candidate:
    """One person who may be kept longer (rung 5) or called (rung 6): never by name, only by badge."""

    badge: str
    standby: bool = False
    hours_headroom: float = 0.0
    lawful: bool = True


@dataclass(frozen=True)
class Floor:
    """What is known of the floor; what is not known is None, and everyone is then taken to be there.

    available, engaged
        People per role who can be asked now, and who serve another queue (L24). A role that is not a key is not known.
    badges
        Badges per role of those available, where they are known.
    seats_free, seats_signed_in, seats_required
        Physical seats without a person; seats on the phone; seats the load asks for.
    calls_per_hour, aht_seconds, patience_seconds
        The live load, from which rung 6 computes the seats required where they are not given.
    calls_per_hour_forecast, calls_per_hour_lower, calls_per_hour_upper
        The forecast of it for now and its band; outside that the floor is warned (C10).
    aht_seconds_forecast, seats_planned
        The handling time that was forecast for now, and the seats that the published plan puts on the phone.
    measures
        Whatever else the switch measures (`escalation.measures.MEASURES`), as last told.
    told_by
        Per role, and for standby and the candidates, who said so: what the switch says stands against the roster.
    lengthen, call
        Candidates for rungs 5 and 6.
    """

    available: Mapping[str, int] = field(default_factory=dict)
    engaged: Mapping[str, int] = field(default_factory=dict)
    badges: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seats_free: int | None = None
    seats_signed_in: int | None = None
    seats_required: int | None = None
    calls_per_hour: float | None = None
    aht_seconds: float | None = None
    patience_seconds: float | None = None
    calls_per_hour_forecast: float | None = None
    calls_per_hour_lower: float | None = None
    calls_per_hour_upper: float | None = None
    aht_seconds_forecast: float | None = None
    seats_planned: float | None = None
    standby: int | None = None
    lengthen: tuple[Candidate, ...] | None = None
    call: tuple[Candidate, ...] | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    told_by: Mapping[str, str] = field(default_factory=dict)


EMPTY_FLOOR = Floor()


def measured(floor: Floor) -> Mapping[str, float]:
    """Return what a ladder's conditions may ask of the floor: its measures, and it beside plan and forecast."""
    ratios = {}
    for name, (told, expected) in RATIOS.items():
        value, beside = getattr(floor, told), getattr(floor, expected)
        if value is not None and beside:
            ratios[name] = value / beside
    return {**floor.measures, **ratios} if ratios else floor.measures


def floor_told(floor: Floor, said: Mapping[str, Any], *, source: str) -> Floor:
    """Return the floor with what `source` (`acd`, `supervisor` or `roster`) says of it; what is not said stays.

    said
        Fields of `Floor` by name but for `engaged`, `measures` and `told_by`, and measures by theirs; candidates as
        mappings of their fields.

    The roster does not overrule the switch or a supervisor. A number without badges takes the place of the badges
    known before.
    """
    told_by = dict(floor.told_by)

    def outranked(name: str) -> bool:
        return source == "roster" and told_by.get(name, "roster") != "roster"

    numbers, lists = said.get("available") or {}, said.get("badges") or {}
    available, badges = dict(floor.available), dict(floor.badges)
    for role in {**numbers, **lists}:
        if outranked(role):
            continue
        told_by[role] = source
        badges.pop(role, None)
        if role in lists:
            badges[role] = tuple(sorted(set(lists[role])))
        available[role] = numbers[role] if role in numbers else len(badges[role])
    plain = {name: value for name, value in said.items() if name not in ("available", "badges", *MEASURES)}
    measures = {**floor.measures, **{name: float(said[name]) for name in MEASURES if name in said}}
    for name in ("standby", "lengthen", "call"):
        if name not in plain:
            continue
        if outranked(name):
            del plain[name]
            continue
        told_by[name] = source
        if name != "standby":
            plain[name] = tuple(Candidate(**one) for one in plain[name])
    return replace(floor, available=available, badges=badges, measures=measures, told_by=told_by, **plain)
