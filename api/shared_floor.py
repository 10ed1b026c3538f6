"""Several queues whose people are shared, as one floor: their demand together, and who of the people serves which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from api.inputs import Demand, Supply, read_demand, read_demands
from api.intake import InputError, Intake, only_history
from api.intake.errors import all_of
from api.sentences import say
from forecaster.history.observed import History
from forecaster.history.queues_together import together
from forecaster.messages import Message
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.crews import Crew, name_of
from optimizer.law.people import Person
from optimizer.law.skills import level_of

EACH = "each"  # the queues of a file, each by itself, as ALL is them together
LIKE = 0.75  # how alike a skill and a queue are that one is taken for a slip of the pen for the other


def read_floor(histories: Sequence[Path], *, queue: str | None = None, **how: Any) -> Demand:
    """Return the demand in one file or more: of one queue, or of several whose people are shared (`floor_of`).

    queue
        Which queue of a file; `all` counts a file's queues together, `each` takes every one as a queue of its own. A
        file that names none is the queue of its own name where there are several files.

    Raises
    ------
    InputError
        As `read_demands` and `floor_of`.
    """
    if len(histories) == 1 and queue != EACH:
        return read_demand(histories[0], queue=queue, **how)
    every = queue == EACH
    demands: list[Demand] = []
    for file in histories:

        def chosen(intake: Intake, file: Path = file) -> Sequence[History]:
            return list(intake.histories.values()) if every else [only_history(file, intake)]

        unnamed = file.name.partition(".")[0]
        demands += read_demands(file, chosen, queue=None if every else queue, unnamed=unnamed, **how)
    return floor_of(demands)


def floor_of(demands: Sequence[Demand]) -> Demand:
    """Return several queues' demand as one, with them in `queues`; one by itself is returned as it is.

    Raises
    ------
    InputError
        If two are of the same queue, or their intervals or time zones differ.
    """
    first = demands[0]
    if len(demands) == 1:
        return first
    seen: dict[str, Demand] = {}
    for one in demands:
        name = one.history.queue
        if name in seen:
            raise InputError(one.source, say("floor.queue_twice", queue=name, other=seen[name].source.name))
        for fact in ("interval_minutes", "timezone"):
            own, other = getattr(one.history, fact), getattr(first.history, fact)
            if own != other:
                told = {"queue": name, "own": own, "first": first.history.queue, "other": other}
                raise InputError(one.source, say(f"floor.{fact}", **told))
        seen[name] = one
    past = together([one.history for one in demands], queue=name_of(frozenset(seen)))
    site = replace(first.site, target=strictest([one.site.target for one in demands]))
    return replace(
        first,
        history=past,
        site=site,
        queues=tuple(demands),
        notes=tuple({note.en: note for one in demands for note in one.notes}.values()),
        readings=tuple({id(reading): reading for one in demands for reading in one.readings}.values()),
        alarms=tuple({alarm.en: alarm for one in demands for alarm in one.alarms}.values()),
        arrivals=_arrivals_together([one.arrivals for one in demands]),
    )


def _arrivals_together(each: Sequence[pd.DatetimeIndex | None]) -> pd.DatetimeIndex | None:
    """Return the arrivals of all queues in order, None where one does not tell them."""
    known = [one for one in each if one is not None]
    if len(known) < len(each):
        return None
    return pd.DatetimeIndex(known[0].append(known[1:])).sort_values()


def strictest(targets: Sequence[ServiceTarget]) -> ServiceTarget:
    """Return the target that keeps every one of several: of each limit the narrowest."""

    def least(values: Iterable[float | None]) -> float | None:
        return min((value for value in values if value is not None), default=None)

    levels = [one.service_level for one in targets if one.service_level is not None]
    return replace(
        targets[0],
        service_level=max(levels, default=None),
        answer_within_seconds=min(one.answer_within_seconds for one in targets),
        shrinkage=max(one.shrinkage for one in targets),
        minimum_seats=max(one.minimum_seats for one in targets),
        max_occupancy=least(one.max_occupancy for one in targets),
        max_mean_wait_seconds=least(one.max_mean_wait_seconds for one in targets),
        max_abandonment=least(one.max_abandonment for one in targets),
    )


def crews_of(supply: Supply, queues: Sequence[str]) -> list[Crew]:
    """Return who of the people on the phone serves which queues: the skill of a queue has its name.

    Raises
    ------
    InputError
        Naming row and badge of who serves none of the queues or has a skill that is nearly one, or the queue that
        nobody serves.
    """
    rules, rows, faults = supply.situation.rules, supply.rows, []
    weights: dict[tuple[tuple[str, int], ...], float] = defaultdict(float)
    for person in supply.situation.people:
        if person.role not in rules.cover_roles:
            continue
        serves = {queue: level_of(person.skills, queue) for queue in queues if queue in person.skills}
        fault = _fault_of(person, queues)
        if fault is not None:
            words, value = fault
            faults.append(InputError(supply.source, words, row=rows.get(person.badge), column="skills", value=value))
            continue
        weights[tuple(sorted(serves.items()))] += person.contract_hours_per_week
    all_of(faults)
    crews = [Crew(dict(serves), weight) for serves, weight in weights.items()]
    for queue in queues:
        if not any(queue in crew.serves for crew in crews):
            raise InputError(supply.source, say("floor.queue_unserved", queue=queue), column="skills")
    return sorted(crews, key=lambda crew: (len(crew.serves), crew.name, tuple(crew.serves.values())))


def _fault_of(person: Person, queues: Sequence[str]) -> tuple[Message, str] | None:
    """Return what is wrong with a person's skills, and the value: none is a queue's, or one is nearly a queue's."""
    told = {"badge": person.badge, "queues": list(queues)}
    others = sorted(person.skills - set(queues))
    for skill in others:
        if near := get_close_matches(skill, queues, n=1, cutoff=LIKE):
            return say("floor.skill_unknown", **told, near=near[0]), skill
    if person.skills & set(queues):
        return None
    return say("floor.skill_none" if others else "floor.no_skill", **told), ";".join(others)


def scaled_to(forecasts: Mapping[str, pd.DataFrame], forecast: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the queues' forecasts so that they add up to a forecast of them together, changed by hand perhaps."""
    total = pd.concat([frame["calls"].fillna(0.0) for frame in forecasts.values()], axis=1).sum(axis=1)
    ratio = (forecast["calls"] / total).where(total > 0, 1.0).fillna(1.0)
    if (ratio - 1.0).abs().max() < 1e-9:
        return dict(forecasts)
    changed = {}
    for queue, frame in forecasts.items():
        calls = [name for name in frame.columns if str(name).startswith("calls")]
        changed[queue] = frame.assign(**{name: frame[name] * ratio for name in calls})
    return changed
