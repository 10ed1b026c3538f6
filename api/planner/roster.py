"""A draft's roster with everything that judges it: read once, changed by hand, every change answered at once."""

from __future__ import annotations

import json
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from api.inputs import Demand
from api.plan import FRAMES, Plan, facts_text, read_plan
from api.planner.drafts import (
    ChangedMeanwhile,
    Draft,
    draft_digests,
    draft_of,
    file_of,
    frame_csv,
    json_of,
    put_files,
    unpacked,
)
from api.planner.inputs import demand_of, draft_crews, last_month_of, supply_of
from api.planner.kept import QUEUES_FILE
from api.planner.views import breaches_view, coverage_view, queues_view, roster_view
from api.sentences import say
from api.shared_plan import divided_again, skills_covered
from forecaster.history.periods import period_name
from forecaster.requirement.crews import Crew
from optimizer.law.changes import Cell, broken_after, code_of, covered_after, difference, with_cells
from optimizer.law.lawfulness import broken_rules
from optimizer.law.shifts import DAY_OFF
from optimizer.law.situation import Situation

PLAN_FILES = (*(f"{name}.csv" for name in FRAMES), "plan.json")
DAY_CHANGES_FILE = "day_changes.csv"  # of the next days, where some were decided
JUDGED_BY = (
    "history",
    "treatments.json",
    "calendar.json",
    "people",
    "last_roster",
    *PLAN_FILES,
    DAY_CHANGES_FILE,
    QUEUES_FILE,
)
MOST_KEPT = 16
MOST_TRIES = 5  # of a change that others overtake: each time it is worked out anew on what they left


@dataclass(frozen=True, eq=False)
class Roster:
    """A draft's plan with everything that judges it.

    mark
        What the judgement depends on, as one word; it changes with any file that matters.
    crews
        Who serves which queues, of a plan of several.
    """

    draft: Draft
    demand: Demand
    situation: Situation
    plan: Plan
    mark: str
    crews: tuple[Crew, ...] = ()
    _judged: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def timezone(self) -> str:
        """The site's zone."""
        return self.demand.history.timezone

    def broken(self) -> pd.DataFrame:
        """Return the rules that this roster breaks; found once for as long as nothing is changed."""
        if "all" not in self._judged:
            self._judged["all"] = broken_rules(self.plan.roster, self.situation)
        return self._judged["all"]

    def with_cells(self, cells: Sequence[Cell]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return the roster and the coverage with `cells` written, and the rules it then breaks.

        Raises
        ------
        ValueError
            If a badge is unknown, a day lies outside the month, or a code is no shift of the catalogue.
        """
        situation, before = self.situation, self.plan
        roster = with_cells(before.roster, situation, cells, coverage=before.coverage)
        coverage = covered_after(roster, before.coverage, situation, before=before.roster, cells=cells)
        badges = sorted({cell.badge for cell in cells})
        return roster, coverage, broken_after(roster, situation, badges, before=self.broken())

    def effect(
        self, cells: Sequence[Cell], roster: pd.DataFrame, coverage: pd.DataFrame, broken: pd.DataFrame
    ) -> dict[str, Any]:
        """Return what writing `cells` breaks, mends and covers, for the page."""
        minutes = self.plan.facts["interval_minutes"]
        new, gone = difference(self.broken(), broken)
        touched = {(c.day + timedelta(days=n)).isoformat() for c in cells for n in (0, 1)}
        shown = coverage_view(coverage, minutes)
        badges = {c.badge for c in cells}
        return {
            "broken": breaches_view(broken),
            "broken_new": breaches_view(new),
            "broken_gone": breaches_view(gone),
            "shortage_before": round(float(self.plan.coverage["shortage"].sum() * minutes / 60), 2),
            "coverage": {**shown, "by_day": {day: told for day, told in shown["by_day"].items() if day in touched}},
            "people": [
                {"badge": one["badge"], "hours": one["hours"]}
                for one in roster_view(roster, self.situation, list(shown["by_day"]))
                if one["badge"] in badges
            ],
        }


class _RostersSeen:
    """The rosters last looked at: reading a plan's files anew at every change would be most of its answer's time."""

    def __init__(self) -> None:
        self._rosters: OrderedDict[tuple[str, str], Roster] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, plan_id: str, mark: str) -> Roster | None:
        with self._lock:
            found = self._rosters.get((plan_id, mark))
            if found is not None:
                self._rosters.move_to_end((plan_id, mark))
            return found

    def put(self, roster: Roster) -> Roster:
        with self._lock:
            self._rosters[roster.draft.plan_id, roster.mark] = roster
            while len(self._rosters) > MOST_KEPT:
                self._rosters.popitem(last=False)
            return roster


KEPT = _RostersSeen()


def _mark(engine: Engine, draft: Draft) -> str:
    digests = draft_digests(engine, draft.plan_id)
    return ":".join([period_name(draft.month), *(digests.get(name, "")[:16] for name in JUDGED_BY)])


def roster_of(engine: Engine, plan_id: str) -> Roster:
    """Return the draft's plan.

    Raises
    ------
    NoDraftError
        If there is no roster yet.
    """
    draft = draft_of(engine, plan_id)
    mark = _mark(engine, draft)
    kept = KEPT.get(plan_id, mark)
    if kept is not None:
        return replace(kept, draft=draft)  # its head may say by now that it is published
    file_of(engine, plan_id, "roster.csv")
    demand = demand_of(engine, draft)
    there = draft_digests(engine, plan_id)
    beside = [name for name in (DAY_CHANGES_FILE, QUEUES_FILE) if name in there]
    with unpacked(engine, draft, *PLAN_FILES, *beside) as paths:
        folder = paths["plan.json"].parent
        if QUEUES_FILE in paths:
            with zipfile.ZipFile(paths[QUEUES_FILE]) as archive:
                archive.extractall(folder)
        plan = divided_again(read_plan(folder))  # the people may have been changed since the queues were planned
    supply = supply_of(engine, draft, demand)
    situation = last_month_of(engine, draft, demand).before(supply.situation)
    crews = draft_crews(supply, demand) if plan.queues else ()
    return KEPT.put(Roster(draft, demand, situation, plan, mark, crews))


def change_roster(
    engine: Engine, plan_id: str, cells: Sequence[Cell], *, actor: str, seen: Sequence[str | None] = ()
) -> dict[str, Any]:
    """Write cells of the roster; return what that breaks, mends and covers, and the marks before and after.

    Several people may change a roster at once: each change is made on what the one before it left. `seen` is what
    whoever changes a cell saw in it (None: not told).

    Raises
    ------
    ValueError
        If a cell cannot be written, or the plan is published.
    ChangedMeanwhile
        If a cell no longer is as it was seen.
    """
    for _ in range(MOST_TRIES):
        held = roster_of(engine, plan_id)
        _refuse_what_moved(held, cells, seen)
        roster, coverage, broken = held.with_cells(cells)
        told = held.effect(cells, roster, coverage, broken)
        facts = {**held.plan.facts, "shortage_hours": told["coverage"]["shortage_hours"], "changed_by_hand": True}
        plan = divided_again(replace(held.plan, facts=facts, roster=roster, coverage=coverage))
        told |= queues_told(plan, set(told["coverage"]["by_day"]))
        written = {
            "roster.csv": frame_csv(roster),
            "coverage.csv": frame_csv(plan.coverage),
            "plan.json": facts_text(plan.facts).encode(),
            "changes.json": _changes(engine, plan_id, cells, actor),
        }
        before = draft_digests(engine, plan_id)
        if _mark(engine, held.draft) != held.mark:
            continue
        try:
            put_files(engine, plan_id, written, only_if={name: before.get(name) for name in written})
        except ChangedMeanwhile:
            continue
        after = replace(held, plan=plan, mark=_mark(engine, held.draft), _judged={"all": broken})
        KEPT.put(after)  # the next change starts from here
        return {**told, "mark_before": held.mark, "mark": after.mark}
    raise ChangedMeanwhile(say("plan.busy", plan=plan_id))


def queues_told(plan: Plan, days: Collection[str] | None = None) -> dict[str, Any]:
    """Return what the page is told of each queue of a plan of several, of `days` alone; nothing of a plan of one.

    `queues` is the table of the screen, `coverage_of` the coverage of each queue's share of the people, `able` that of
    everybody who serves a queue, or one of several.
    """
    if not plan.queues:
        return {}
    minutes = plan.facts["interval_minutes"]

    def shown(coverage: pd.DataFrame) -> dict[str, Any]:
        told = coverage_view(coverage, minutes)
        by_day = {day: one for day, one in told["by_day"].items() if days is None or day in days}
        return {**told, "by_day": by_day}

    return {
        "queues": queues_view(plan),
        "coverage_of": {queue: shown(part.coverage) for queue, part in plan.queues.items()},
        "able": {name: shown(frame) for name, frame in skills_covered(plan).items()},
    }


def _refuse_what_moved(held: Roster, cells: Sequence[Cell], seen: Sequence[str | None]) -> None:
    """Raise where a cell is not what was seen in it: nobody writes over what they have not looked at."""
    for cell, was in zip(cells, seen, strict=False):
        now = "" if was is None else code_of(held.plan.roster, cell.badge, cell.day)
        now = "" if now == DAY_OFF else now
        if was is not None and now != was:
            named = {name: code or say("roster.off") for name, code in (("now", now), ("was", was))}
            raise ChangedMeanwhile(say("roster.elsewhere", badge=cell.badge, day=cell.day, **named))


def _changes(engine: Engine, plan_id: str, cells: Sequence[Cell], actor: str) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    made = [{"badge": c.badge, "date": c.day.isoformat(), "shift": c.shift, "actor": actor, "at": at} for c in cells]
    return json.dumps([*(json_of(engine, plan_id, "changes.json") or []), *made], ensure_ascii=False).encode()
