"""The roster over HTTP: people by days, what a change breaks and covers, swaps, publishing, tables, downloads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Engine

from api.http.access import Planner
from api.http.downloads import CSV, ICAL, PDF, XLSX, attached, written
from api.http.models import NO_CONTROL, Badge, FreeText, InstantField, Strict
from api.http.problems import HttpRefusal
from api.http.routing import PlanId, engine_of, errors, keyed_router
from api.intake.toml_file import toml_text
from api.json_rows import json_rows
from api.plan import promise_facts
from api.planner.drafts import (
    change_settings,
    draft_digests,
    draft_of,
    file_of,
    mark_published,
    unpacked,
)
from api.planner.hours import hours_view
from api.planner.inputs import dated, last_month_of, own_days_of
from api.planner.roster import Roster, change_roster, queues_told, roster_of
from api.planner.views import (
    breaches_view,
    coverage_view,
    days_shown,
    departures_view,
    json_numbers,
    queues_view,
    roster_view,
    shifts_view,
    tables_view,
)
from api.planning import reserve_facts
from api.publishing import frozen_before, kept_people, publish_month, publish_plan, published_version
from api.questions import cover_of, help_at
from api.reports.exports import ical_of
from api.reports.five_tables import FiveTables
from api.reports.month_report import tables_of
from api.reports.paper import PaperSize
from api.reports.roster_book import write_roster_grid
from api.reports.roster_paper import RosterHead, SheetSpan, badge_sheets_pdf, roster_pdf, short_hours
from api.reports.tables_paper import tables_pdf
from api.reports.version_words import draft_words, published_words
from api.reports.workbook import write_workbook
from api.sentences import say
from api.shared_plan import promised_again
from escalation.ladder import mapping_from_ladder
from forecaster.history.periods import period_name
from forecaster.messages import Language, Languages
from forecaster.requirement.promises import Promise, promise
from optimizer.law.changes import Cell, swap_cells
from optimizer.law.fairness import burdens
from optimizer.law.shifts import DAY_OFF

router = keyed_router("plan")


class CellIn(Strict):
    """A person's day: a shift's code, `standby`, `leave`, or empty for a day off."""

    badge: Badge
    date: date
    shift: Annotated[str, Field(max_length=64, pattern=NO_CONTROL)]
    meal_minute: Annotated[int, Field(strict=True, ge=0, le=1440)] | None = Field(
        None, description="At which minute of the shift its meal begins; left out: where it is best"
    )
    break_minutes: Annotated[list[Annotated[int, Field(strict=True, ge=0, le=1440)]], Field(max_length=4)] | None = (
        Field(
            None, description="The same of its breaks, in the order of the shift's; left out: where they are, or best"
        )
    )
    was: Annotated[str, Field(max_length=64)] | None = Field(
        None, description="What whoever changes it saw in it; if it is another by now, nothing is written"
    )


class CellsIn(Strict):
    """Cells written together."""

    cells: Annotated[list[CellIn], Field(min_length=1, max_length=400)]


class PlaceIn(Strict):
    """One person's day."""

    badge: Badge
    date: date


class SwapIn(Strict):
    """Two people's days that would change hands."""

    a: PlaceIn
    b: PlaceIn


class PublishIn(Strict):
    """Why this plan is published."""

    reason: FreeText


@router.get("/v1/plans/{plan_id}/roster", responses=errors(404))
def get_roster(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return the roster as people by days, its shifts, its coverage, and the rules it breaks.

    Of several queues that share people, `queues` tells of each in words, `coverage_of` how its share of the people
    covers it, and `able` how many serve it, or one of several, beside how many are wanted.
    """
    del key
    held = roster_of(engine_of(request), plan_id)
    days = days_shown(held.plan.coverage.index, held.demand.calendar)
    facts = dict(held.plan.facts)
    bound, objective = float(facts.get("bound") or 0), float(facts.get("objective") or 0)
    known = objective > 0 and not facts.get("changed_by_hand")  # a bound says nothing of a roster changed since
    return {
        "days": days,
        "people": roster_view(held.plan.roster, held.situation, [one["date"] for one in days]),
        "shifts": shifts_view(held.situation.season, held.situation.rules),
        "coverage": coverage_view(held.plan.coverage, held.plan.facts["interval_minutes"]),
        **queues_told(held.plan),
        "broken": breaches_view(held.broken()),
        "departures": departures_view(facts),
        "notes": facts.get("notes", []),
        "mark": held.mark,
        "facts": {**facts, "gap": max(0.0, (objective - bound) / objective) if known else None},
    }


@router.put("/v1/plans/{plan_id}/roster/cells", responses=errors(404))
def put_cells(plan_id: PlanId, body: CellsIn, request: Request, key: Planner) -> dict[str, Any]:
    """Write cells of the roster; the answer says what that breaks, what it mends, and what it does to coverage."""
    cells = [
        Cell(one.badge, one.date, one.shift, one.meal_minute, None if (at := one.break_minutes) is None else tuple(at))
        for one in body.cells
    ]
    seen = [one.was for one in body.cells]
    return change_roster(engine_of(request), plan_id, cells, actor=key.actor, seen=seen)


@router.get("/v1/plans/{plan_id}/roster/hours", responses=errors(404))
def get_hours(
    plan_id: PlanId,
    request: Request,
    key: Planner,
    date: Annotated[date, Query(description="The first day shown")],
    days: Annotated[int, Query(ge=1, le=7)] = 1,
) -> list[dict[str, Any]]:
    """Return who works when on some days, in minutes from the first's midnight, and where each meal may be."""
    del key
    held = roster_of(engine_of(request), plan_id)
    return hours_view(held.plan.roster, held.situation, date, days)


@router.post("/v1/plans/{plan_id}/roster/swap", responses=errors(404))
def post_swap(plan_id: PlanId, body: SwapIn, request: Request, key: Planner) -> dict[str, Any]:
    """Say whether two people may exchange their shifts of two days; nothing is written."""
    del key
    held = roster_of(engine_of(request), plan_id)
    one, other = (body.a.badge, body.a.date), (body.b.badge, body.b.date)
    cells = swap_cells(held.plan.roster, one=one, other=other)
    told = held.effect(cells, *held.with_cells(cells))
    return {
        "lawful": not told["broken_new"],
        "broken_new": told["broken_new"],
        "broken_gone": told["broken_gone"],
        "shortage_change_hours": round(told["coverage"]["shortage_hours"] - told["shortage_before"], 2),
        "cells": [
            {"badge": c.badge, "date": c.day.isoformat(), "shift": "" if c.shift == DAY_OFF else c.shift} for c in cells
        ],
    }


@router.get("/v1/plans/{plan_id}/roster/promise", responses=errors(404))
def get_promise(plan_id: PlanId, request: Request, key: Planner) -> dict[str, Any]:
    """Return the share of calls answered in time to be expected over the forecast's futures, with what it rests on.

    For the month and by day: `expected`, its 80 % limits, the `chance` that the target is kept, and the level
    `at_the_mean` of the forecast by formula. `reserve` is what the band asks for beside the rules' standby. Of several
    queues that share people the month is played with its routing, and `queues` tells of each in words.
    """
    del key
    held = roster_of(engine_of(request), plan_id)
    told, of_queues = _promised(held)
    seats, site = held.plan.coverage["seats_rostered"], held.demand.site
    return {
        **promise_facts(told),
        "reserve": reserve_facts(held.plan.forecast, seats, site, held.situation.rules),
        "days": [str(day) for day in told.days.index],
        "by_day": {str(name): json_numbers(values, 4) for name, values in told.days.items()},
        **of_queues,
    }


def _promised(held: Roster) -> tuple[Promise, dict[str, Any]]:
    """Return what a roster promises, and of several queues the table of them with what each is promised."""
    plan = held.plan
    if not plan.queues:
        return promise(plan.forecast, plan.coverage["seats_rostered"], held.demand.site.target), {}
    told, each = promised_again(plan, held.demand, held.crews)
    heads = [{**one, "promise": promise_facts(each[one["queue"]])} for one in plan.facts["queues"]]
    return told, {"queues": queues_view(replace(plan, facts={**plan.facts, "queues": heads}))}


@router.get("/v1/plans/{plan_id}/roster/cover", responses=errors(404))
def get_cover(
    plan_id: PlanId,
    date: date,
    request: Request,
    key: Planner,
    badge: Annotated[str, Query(max_length=64, description="Whose shift has to be covered")] = "",
    shift: Annotated[str, Query(max_length=64, description="Or the shift itself", examples=["D0800/480"])] = "",
) -> dict[str, Any]:
    """Say who could lawfully cover a shift of a day, the best first, and why the others could not.

    `overtime` tells which parts of it could be covered by staying on, by coming early, or by being called in.
    """
    del key
    held = roster_of(engine_of(request), plan_id)
    found = cover_of(held.plan, held.situation, date, badge=badge, shift=shift)
    people = found.people.astype(object).to_dict("records")
    overtime = json_rows(found.overtime, digits=4)
    return {"date": date.isoformat(), "shift": found.shift, "people": people, "overtime": overtime}


@router.get("/v1/plans/{plan_id}/roster/overtime", responses=errors(404))
def get_overtime(
    plan_id: PlanId,
    request: Request,
    key: Planner,
    at: Annotated[InstantField, Query(description="The moment", examples=["2026-12-08T10:00:00+08:00"])],
    minutes: Annotated[int, Query(ge=1, le=1440, description="How long the help is needed")] = 120,
) -> dict[str, Any]:
    """Say who could lawfully stay longer (rung 5) and who be called in (rung 6), and why the others could not."""
    del key
    held = roster_of(engine_of(request), plan_id)
    moment = pd.Timestamp(at).tz_convert(held.timezone)
    stay, call = help_at(held.plan, held.situation, moment, minutes)
    told = {"stay": json_rows(stay, digits=4), "call": json_rows(call, digits=4)}
    return {"at": moment.isoformat(), "minutes": minutes, **told}


@router.post("/v1/plans/{plan_id}/publish", responses=errors(404))
def post_publish(plan_id: PlanId, body: PublishIn, request: Request, key: Planner) -> dict[str, Any]:
    """Freeze the plan: next month's tables compare with it, and nothing in it changes any more."""
    engine = engine_of(request)
    held = roster_of(engine, plan_id)
    if held.draft.published_at is not None:
        raise HttpRefusal(422, say("plan.frozen", plan=plan_id, at=held.draft.published_at.isoformat()))
    situation = last_month_of(engine, held.draft, held.demand).before(held.situation)
    so_far = burdens(held.plan.roster, situation)  # the roster may have changed since it was planned
    made = publish_month(
        engine,
        replace(held.plan, burdens=so_far),
        files=_made_from(request, held),
        published_by=key.actor,
        why=body.reason,
        inputs={name: sha for name, sha in draft_digests(engine, plan_id).items() if "understood" not in name},
    )
    for queue, part in held.plan.queues.items():
        own = publish_plan(
            engine,
            queue=queue,
            month=part.month,
            frames={},
            files={"ladder": _ladder_of(request, queue)},
            published_by=key.actor,
            why=body.reason,
        )
        made |= {f"{kind} of {queue}": version for kind, version in own.items()}
    versions = {kind: one.version_id for kind, one in made.items()}
    change_settings(engine, plan_id, {"version": versions["roster"], "versions": versions})
    draft = mark_published(engine, plan_id, actor=key.actor)
    assert draft.published_at is not None
    return {"published_at": draft.published_at.isoformat(), "versions": versions}


def _made_from(request: Request, held: Roster) -> dict[str, bytes]:
    """Return what is kept of a plan's surroundings: its people, its own days, the queue's ladder."""
    engine = engine_of(request)
    with unpacked(engine, held.draft, "people") as paths:
        files = {"people": kept_people(paths["people"])}
    if own := dated(own_days_of(engine, held.draft.plan_id)):
        files["calendar"] = toml_text(own).encode()
    if not held.plan.queues:  # of several each has a ladder of its own
        files["ladder"] = _ladder_of(request, str(held.plan.facts["queue"]))
    return files


def _ladder_of(request: Request, queue: str) -> bytes:
    log = request.app.state.log
    ladder = log.state(queue)[1].book.ladder if queue in log.queue_names() else log.settings.ladder_for(queue)
    return toml_text(mapping_from_ladder(ladder)).encode()


@router.get("/v1/plans/{plan_id}/tables", responses=errors(404))
def get_tables(plan_id: PlanId, request: Request, key: Planner, lang: Language = "en") -> list[dict[str, Any]]:
    """Return the Five Tables: this month's seats and calls, last month's plan against fact."""
    del key
    engine = engine_of(request)
    return tables_view(_tables(engine, roster_of(engine, plan_id)), lang)


def _tables(engine: Engine, held: Roster) -> FiveTables:
    last = frozen_before(
        engine, queue=str(held.plan.facts["queue"]), month=held.draft.month - 1, timezone=held.timezone
    )
    return tables_of(held.plan, held.demand, last=last)


@router.get(
    "/v1/plans/{plan_id}/download/{name}",
    response_class=Response,
    responses={**errors(404), 200: {"content": {"text/csv": {}, "text/calendar": {}, PDF: {}, XLSX: {}}}},
)
def get_download(
    plan_id: PlanId,
    name: Literal[
        "five_tables.xlsx",
        "five_tables.pdf",
        "roster.xlsx",
        "roster.pdf",
        "sheets.pdf",
        "roster.csv",
        "forecast.csv",
        "overrides.csv",
        "roster.ics",
    ],
    request: Request,
    key: Planner,
    lang: Languages = "both",
    badge: Annotated[str, Query(max_length=64)] = "",
    size: PaperSize = "A4",
    by: SheetSpan = "month",
) -> Response:
    """Return a plan's workbook, grid, frame, the roster on paper (`size`, `by`), personal sheets, or a calendar."""
    del key
    engine = engine_of(request)
    if name in ("roster.csv", "forecast.csv", "overrides.csv"):
        draft = draft_of(engine, plan_id)
        return attached(file_of(engine, plan_id, name), f"{period_name(draft.month)}-{name}", CSV)
    held = roster_of(engine, plan_id)
    month = period_name(held.draft.month)
    if (badge or name == "roster.ics") and badge not in {person.badge for person in held.situation.people}:
        raise HttpRefusal(422, say("plan.no_badge", badge=badge, count=len(held.situation.people)))
    if name == "five_tables.pdf":
        content = tables_pdf(_tables(engine, held), language="en" if lang == "en" else "zh")
        return attached(content, f"{month}-{name}", PDF)
    if name.endswith(".pdf"):
        content = _paper(engine, held, name, badge=badge, language="en" if lang == "en" else "zh", size=size, by=by)
        return attached(content, f"{month}-{name}", PDF)
    if name == "roster.ics":
        calendar = ical_of(held.plan.roster, badge, made_at=held.draft.created_at)
        return attached(calendar, f"{month}-{badge}.ics", ICAL)
    if name == "five_tables.xlsx":
        return written(partial(write_workbook, _tables(engine, held), language=lang), f"{month}-{name}", XLSX)
    grid = partial(write_roster_grid, held.plan.roster, month=held.draft.month, language=lang)
    return written(grid, f"{month}-{name}", XLSX)


def _paper(
    engine: Engine, held: Roster, name: str, *, badge: str, language: Language, size: PaperSize, by: SheetSpan
) -> bytes:
    """Return the roster on paper, or the personal sheets of everybody or of one badge."""
    queue, month = str(held.plan.facts["queue"]), held.draft.month
    published = published_version(engine, kind="roster", queue=queue, month=month) if held.draft.published_at else None
    made = draft_words(held.draft.created_at, held.timezone)
    said = made if published is None else published_words(published, held.timezone)
    head = RosterHead(queue, said, short_hours(held.plan.coverage))
    given: dict[str, Any] = {"month": month, "head": head, "calendar": held.demand.calendar, "language": language}
    if name == "sheets.pdf":
        return badge_sheets_pdf(held.plan.roster, badges=[badge] if badge else (), **given)
    return roster_pdf(held.plan.roster, size=size, by=by, **given)
