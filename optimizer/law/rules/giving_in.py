"""Ways in which a rule gives in: the situation with other rules, other people, other limits or other shifts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from optimizer.law.rules.rule import RosterRules, Situation, SituationChange
from optimizer.law.shifts import Shift, ShiftCatalogue


def rules_with(change: Callable[[RosterRules], Mapping[str, Any]]) -> SituationChange:
    """Return the change of some of the rules' numbers."""
    return lambda situation: replace(situation, rules=replace(situation.rules, **change(situation.rules)))


def people_with(**values: Any) -> SituationChange:
    """Return the change of some of everybody's columns."""
    return lambda given: replace(given, people=tuple(replace(person, **values) for person in given.people))


def shifts_with(change: Callable[[Shift], Shift]) -> SituationChange:
    """Return the change of every shift."""
    return lambda given: replace(given, catalogue=ShiftCatalogue(tuple(map(change, given.catalogue))))


def limit_with(name: str, change: Callable[[Any], Any]) -> SituationChange:
    """Return the change of a limit, the site's and everybody's own, where there is one; changed to None it is gone."""

    def changed(given: Situation) -> Situation:
        people = tuple(replace(person, limits=person.limits.changed(name, change)) for person in given.people)
        rules = replace(given.rules, limits=given.rules.limits.changed(name, change))
        return replace(given, people=people, rules=rules)

    return changed


def limit_looser(name: str, step: float) -> SituationChange:
    """Return the change of a limit by a step; a least of 0 is none."""
    return limit_with(name, lambda value: max(0, value + step) or None)


def without_limit(name: str) -> SituationChange:
    """Return the situation in which nobody has the limit."""
    return limit_with(name, lambda _: None)


def more_contract_hours(given: Situation) -> Situation:
    """Return the situation in which the law's week and everybody's contract have an hour more."""
    people = tuple(replace(p, contract_hours_per_week=p.contract_hours_per_week + 1) for p in given.people)
    return replace(given, people=people, rules=replace(given.rules, weekly_hours=given.rules.weekly_hours + 1))
