"""The part of a month's plan that is only there where several queues share people: their need, and what each gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from api.inputs import Demand, Supply
from api.plan import Plan, days_facts, promise_facts
from api.shared_floor import scaled_to
from api.site import requirement_of
from forecaster.queueing.service_target import WHOLE_WITHIN
from forecaster.requirement.crews import Crew, Queues, name_of
from forecaster.requirement.promises import Promise
from forecaster.requirement.seats import promised
from forecaster.requirement.shared_queues import (
    SharedNeed,
    given_to_queues,
    played_month,
    played_together,
    shared_need,
    whole_shares,
)
from optimizer.law.seat_columns import ANY_OF, CREW_PREFIX, SKILL_PREFIX
from optimizer.search.skill_cover import shared_skills

SHORT_PREFIX = "shortage."  # of a coverage's column of people missing who serve a queue, or one of several
OF_FLOOR = ("soft_rules", "reserve", "limits", "objective", "bound", "queues", "pooling")  # no facts of one queue


@dataclass(frozen=True, eq=False)
class SharedFloor:
    """Several queues in one plan: the forecast and the need of each, who serves what, and the requirement of all.

    as_one
        Hours of people that one queue of all would need.
    """

    forecasts: Mapping[str, pd.DataFrame]
    needs: Mapping[str, pd.DataFrame]
    crews: tuple[Crew, ...]
    need: SharedNeed
    requirement: pd.DataFrame
    as_one_hours: float


def shared_floor(
    demand: Demand,
    crews: Sequence[Crew],
    forecasts: Mapping[str, pd.DataFrame],
    forecast: pd.DataFrame,
    *,
    seed: int,
) -> SharedFloor:
    """Return what several queues need of the crews they share, from the forecast of each queue and that of all."""
    queues = {one.history.queue: one for one in demand.queues}
    scaled = scaled_to(forecasts, forecast)
    needs = {queue: requirement_of(scaled[queue], one.site) for queue, one in queues.items()}
    need = shared_need(
        scaled,
        {queue: frame["people_to_roster"] for queue, frame in needs.items()},
        lambda frame: requirement_of(frame, demand.site)["people_to_roster"],
        targets={queue: one.site.target for queue, one in queues.items()},
        crews=crews,
        sets=shared_skills(crew.queues for crew in crews),
        seed=seed,
    )
    as_one = requirement_of(forecast, demand.site)
    asked = {frozenset({queue}): need.alone[queue].astype("int64") for queue in queues} | dict(need.sets)
    columns = {SKILL_PREFIX + name_of(names): people for names, people in asked.items()}
    frame = _staffed(as_one, need.total, demand).assign(**columns)
    return SharedFloor(scaled, needs, tuple(crews), need, frame, _hours(as_one["people_to_roster"], demand))


def _staffed(requirement: pd.DataFrame, people: pd.Series, demand: Demand) -> pd.DataFrame:
    """Return a requirement with so many people in place of its own."""
    target = demand.site.target
    seats = pd.Series(
        np.ceil(people * (1.0 - target.shrinkage) - WHOLE_WITHIN).astype("int64"), index=requirement.index
    )
    aht = requirement["aht_seconds"].where(requirement["calls"] > 0, 1.0)
    outcome = promised(seats, requirement["offered_load_erlangs"], aht, target)
    return requirement.assign(seats_required=seats, people_to_roster=people.astype("int64"), **outcome)


def _hours(people: pd.Series, demand: Demand) -> float:
    return float(people.sum()) * demand.site.interval_minutes / 60


def with_queues(plan: Plan, floor: SharedFloor, demand: Demand, supply: Supply, *, seed: int) -> Plan:
    """Return the plan of a floor with what it promises, how its people fall to the queues, and the plan of each."""
    queues = {one.history.queue: one for one in demand.queues}
    there = people_there(plan.coverage, floor.crews)
    crews = [crew.queues for crew in floor.crews]
    shares = floor.need.shares()
    given = given_to_queues(crews, there, shares.to_numpy(dtype=float), list(queues))
    had = pd.DataFrame(given, index=plan.coverage.index, columns=list(queues))
    told, of_queues = _promises(plan, floor.forecasts, had, demand, floor.crews, seed=seed)
    coverage = plan.coverage.assign(**_skills_short(floor.requirement, list(queues), crews, there))
    parts = {}
    for queue, one in queues.items():
        part = _part(plan, floor, one, shares[queue].astype("int64"), had[queue], supply)
        promise = of_queues[queue]
        facts = {**part.facts, "promise": promise_facts(promise), "promised_days": days_facts(promise)}
        parts[queue] = replace(part, promise=promise, facts=facts)
    facts = {
        **plan.facts,
        "promise": promise_facts(told),
        "promised_days": days_facts(told),
        "queues": [
            _queue_facts(queue, part, floor, coverage, demand) for queue, part in parts.items()
        ],
        "pooling": {
            "apart_hours": round(_hours(floor.need.alone.sum(axis=1), demand), 1),
            "needed_hours": round(_hours(floor.need.total, demand), 1),
            "as_one_hours": round(floor.as_one_hours, 1),
        },
    }  # fmt: skip
    return replace(plan, facts=facts, coverage=coverage, promise=told, queues=parts)


def promised_again(
    plan: Plan, demand: Demand, crews: Sequence[Crew], *, seed: int = 0
) -> tuple[Promise, dict[str, Promise]]:
    """Return what a plan of several queues promises with the people it has now: all of them together, and each."""
    had = pd.DataFrame({queue: part.coverage["seats_rostered"] for queue, part in plan.queues.items()})
    forecasts = {queue: part.forecast for queue, part in plan.queues.items()}
    return _promises(plan, forecasts, had, demand, crews, seed=seed)


def _promises(
    plan: Plan,
    forecasts: Mapping[str, pd.DataFrame],
    had: pd.DataFrame,
    demand: Demand,
    crews: Sequence[Crew],
    *,
    seed: int,
) -> tuple[Promise, dict[str, Promise]]:
    targets = {one.history.queue: one.site.target for one in demand.queues}
    played = played_month(forecasts, people_there(plan.coverage, crews), targets=targets, crews=crews, seed=seed)
    everyone = played_together(played, forecasts)
    told = everyone.promise(plan.forecast, plan.coverage["seats_rostered"], demand.site.target)
    return told, {
        queue: played[queue].promise(forecasts[queue], had[queue].round(), target) for queue, target in targets.items()
    }


def people_there(coverage: pd.DataFrame, crews: Sequence[Crew]) -> np.ndarray:
    """Return who is on the phone (intervals × crews); those of the same queues at other levels in their proportion."""
    there = np.zeros((len(coverage), len(crews)))
    for queues in {crew.queues for crew in crews}:
        column = CREW_PREFIX + name_of(queues)
        at = [k for k, crew in enumerate(crews) if crew.queues == queues]
        weights = np.tile([crews[k].weight for k in at], (len(coverage), 1))
        there[:, at] = whole_shares(weights, coverage[column].to_numpy(dtype=float))
    return there


def _skills_short(
    requirement: pd.DataFrame, queues: Sequence[str], crews: Sequence[Queues], there: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the columns of people missing who serve a queue, or one of several."""
    return {
        SHORT_PREFIX + name: np.clip(requirement[SKILL_PREFIX + name].to_numpy(dtype=float) - able, 0, None)
        for name, able in _able(requirement, queues, crews, there).items()
    }


def _able(
    requirement: pd.DataFrame, queues: Sequence[str], crews: Sequence[Queues], there: np.ndarray
) -> dict[str, np.ndarray]:
    """Return how many people there are who serve each queue, or one of several, that a requirement asks for."""
    names = [str(one).removeprefix(SKILL_PREFIX) for one in requirement if str(one).startswith(SKILL_PREFIX)]
    return {
        name: there[:, [k for k, crew in enumerate(crews) if crew & _named(name, queues)]].sum(axis=1)
        for name in names
    }  # fmt: skip


def _named(name: str, queues: Sequence[str]) -> Queues:
    """Return the queues that a column of one queue, or of several, is named for."""
    return frozenset({name} if name in queues else name.split(ANY_OF))


def skills_covered(plan: Plan) -> dict[str, pd.DataFrame]:
    """Return who there is and who is wanted that serves a queue, or one of several, of a plan of several, by name.

    As a coverage frame: `people_to_roster`, `seats_rostered`, `shortage`, `surplus`; a person counts wherever able.
    """
    crews, there = _on_phone(plan)
    able = _able(plan.requirement, list(plan.queues), crews, there)
    frames = {}
    for name, had in able.items():
        need = plan.requirement[SKILL_PREFIX + name].to_numpy(dtype=float)
        frames[name] = pd.DataFrame(
            {
                "people_to_roster": need,
                "seats_rostered": had,
                "shortage": np.clip(need - had, 0, None),
                "surplus": np.clip(had - need, 0, None),
            },
            index=plan.coverage.index,
        )
    return frames


def _on_phone(plan: Plan) -> tuple[list[Queues], np.ndarray]:
    """Return the crews of a plan of several queues, and who of them is on the phone (intervals × crews)."""
    columns = [str(column) for column in plan.coverage if str(column).startswith(CREW_PREFIX)]
    crews = [_named(column.removeprefix(CREW_PREFIX), list(plan.queues)) for column in columns]
    return crews, plan.coverage[columns].to_numpy(dtype=float)


def _part(plan: Plan, floor: SharedFloor, demand: Demand, share: pd.Series, had: pd.Series, supply: Supply) -> Plan:
    """Return the plan of one queue: its forecast, its share of the people, and the roster of who serves it."""
    queue, whole = demand.history.queue, plan.coverage
    need = _staffed(floor.needs[queue], share, demand).assign(people_alone=floor.need.alone[queue].astype("int64"))
    serve = {person.badge for person in supply.situation.people if queue in person.skills}
    coverage = _coverage_of(whole, need["seats_required"], share, had)
    hours = demand.site.interval_minutes / 60
    facts = {name: value for name, value in plan.facts.items() if name not in OF_FLOOR}
    facts |= {
        "queue": queue,
        "part_of": plan.facts["queue"],
        "people": len(serve),
        "shortage_hours": float(coverage["shortage"].sum() * hours),
    }
    roster = plan.roster.loc[plan.roster["badge"].astype(str).isin(serve)].reset_index(drop=True)
    return Plan(facts, floor.forecasts[queue], need, roster, coverage)


def _coverage_of(whole: pd.DataFrame, seats: pd.Series, share: pd.Series, had: pd.Series) -> pd.DataFrame:
    """Return the coverage of one queue that has `had` of the floor's people for its `share`."""
    ratio = np.divide(had, whole["seats_rostered"], out=np.zeros(len(had)), where=whole["seats_rostered"] > 0)
    return pd.DataFrame(
        {
            "seats_required": seats,
            "people_to_roster": share,
            "seats_rostered": had,
            "seats_carried": whole["seats_carried"] * ratio,
            "shortage": (share - had).clip(lower=0),
            "surplus": (had - share).clip(lower=0),
            "reserve": np.minimum(whole["reserve"] * ratio, (had - share).clip(lower=0)),
            "standby": whole["standby"],
        },
        index=whole.index,
    )


def divided_again(plan: Plan) -> Plan:
    """Return a plan whose roster was changed with its people divided among its queues anew; of one queue as it is.

    What the queues were promised stays told as it was.
    """
    if not plan.queues:
        return plan
    whole, names, hours = plan.coverage, list(plan.queues), plan.facts["interval_minutes"] / 60
    crews, there = _on_phone(plan)
    whole = whole.assign(**_skills_short(plan.requirement, names, crews, there))
    shares = [part.coverage["people_to_roster"] for part in plan.queues.values()]
    given = given_to_queues(crews, there, np.column_stack(shares).astype(float), names)
    parts = {}
    for place, (queue, part) in enumerate(plan.queues.items()):
        had = pd.Series(given[:, place], index=whole.index)
        coverage = _coverage_of(whole, part.coverage["seats_required"], shares[place], had)
        rows = plan.roster["badge"].astype(str).isin(set(part.roster["badge"].astype(str)))
        facts = {**part.facts, "shortage_hours": float(coverage["shortage"].sum() * hours)}
        roster = plan.roster.loc[rows].reset_index(drop=True)
        parts[queue] = replace(part, facts=facts, roster=roster, coverage=coverage)
    heads = [
        {
            **head,
            "rostered_hours": round(float(parts[head["queue"]].coverage["seats_rostered"].sum() * hours), 1),
            "shortage_hours": round(parts[head["queue"]].facts["shortage_hours"], 1),
            "skill_short_hours": round(float(whole[SHORT_PREFIX + head["queue"]].sum() * hours), 1),
        }
        for head in plan.facts["queues"]
    ]
    return replace(plan, queues=parts, coverage=whole, facts={**plan.facts, "queues": heads})


def _queue_facts(queue: str, part: Plan, floor: SharedFloor, coverage: pd.DataFrame, demand: Demand) -> dict[str, Any]:
    """Return what the head of the floor's plan tells of one queue."""
    return {
        "queue": queue,
        "calls": round(float(part.forecast["calls"].sum()), 1),
        "people": part.facts["people"],
        "alone_hours": round(_hours(floor.need.alone[queue], demand), 1),
        "needed_hours": round(_hours(part.coverage["people_to_roster"], demand), 1),
        "rostered_hours": round(_hours(part.coverage["seats_rostered"], demand), 1),
        "shortage_hours": round(part.facts["shortage_hours"], 1),
        "skill_short_hours": round(_hours(coverage[SHORT_PREFIX + queue], demand), 1),
        "promise": part.facts["promise"],
    }
