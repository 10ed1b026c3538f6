"""What a draft's files say: the demand and the supply of its month, and what a planner should look at in them."""

from __future__ import annotations

import json
import math
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from sqlalchemy import Engine

from api.calendars.files import sound_days, with_own_days
from api.inputs import Demand, Supply, read_calendar, read_demand, read_staff, read_supply
from api.intake import InputError, named, read_overrides, read_roster
from api.intake.choosing_tables import known_to
from api.intake.findings import inspect_history
from api.intake.handmade_roster import read_last_roster
from api.intake.headings import Headings, read_mapping
from api.intake.marked_copy import marked_copy
from api.intake.settings_file import read_settings, settled
from api.notices import notes_of
from api.planner.drafts import Draft, change_settings, draft_digests, drafts, frame_csv, json_of, put_files, unpacked
from api.planner.views import READINGS_SHOWN, reading_choices, reading_view
from api.planning import LastMonth, last_month
from api.publishing import period_before, published_version
from api.replanning import with_absences
from api.reports.published import stored_history
from api.sentences import refusal, say
from api.shared_floor import crews_of, floor_of, read_floor
from api.site import read_site
from api.store.versions import Version, bytes_frame, content_of, list_versions
from forecaster.forecast.named_effects import require_known_effects
from forecaster.forecast.overrides import Override, overrides_frame
from forecaster.history.calendar import Calendar, Fault
from forecaster.history.intervals import plan_cutoff, wall_clock
from forecaster.history.observed import History
from forecaster.history.periods import period_name
from forecaster.messages import Language
from forecaster.requirement.crews import Crew
from optimizer.law.people import Person, days_of_absence

PUBLISHED_ROSTER = "published roster "  # how last month's roster is called where it is what was published
OWN_DAYS = "special days"  # what the plan's own days are called where one of them is refused
OVERRIDES = "overrides.csv"
# The setting that names the files of a history of several, which are kept as one archive.
HISTORY_PARTS = "history_parts"
DATES = ("start", "date", "first", "last", "statutory", "make_up_workdays")
INSTANTS = ("start_at", "end_at")


def raw_demand(engine: Engine, draft: Draft, *, arrivals: bool = False) -> Demand:
    """Return the demand as the draft's history file has it, before anything was treated.

    arrivals
        Also when each call of a log came, which is kept as long as the demand.

    Raises
    ------
    NoDraftError
        If no history was given yet.
    InputError
        Naming row, column and value of the first thing in the file that cannot be used.
    """
    digest = draft_digests(engine, draft.plan_id).get("history", "")
    return _read_demand(_ReadFrom(engine, draft), digest, _key(draft), arrivals)


class _ReadFrom:
    """The engine and draft behind a cached reading; they are no part of what distinguishes two readings."""

    def __init__(self, engine: Engine, draft: Draft) -> None:
        self.engine, self.draft = engine, draft

    def __hash__(self) -> int:
        return hash(self.draft.plan_id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ReadFrom) and other.draft.plan_id == self.draft.plan_id


def _key(draft: Draft) -> tuple[str, ...]:
    chosen = (draft.settings.get(name) for name in ("history_name", "queue", "timezone", "country"))
    how = json.dumps([reading_told(draft, "history"), draft.settings.get(HISTORY_PARTS)], sort_keys=True)
    return (*("" if value is None else str(value) for value in chosen), how)


def reading_told(draft: Draft, kind: str) -> dict[str, Any]:
    """Return how the planner said that an uploaded file is to be read: the tables of a mapping file, and the queue."""
    return dict(draft.settings.get(f"{kind}_reading") or {})


def mapping_of(draft: Draft, kind: str) -> dict[str, Any]:
    """Return the mapping (`api.intake.headings.read_mapping`) of an uploaded file."""
    return {name: table for name, table in reading_told(draft, kind).items() if name != "queue"}


@lru_cache(maxsize=8)
def _read_demand(held: _ReadFrom, digest: str, key: tuple[str, ...], arrivals: bool) -> Demand:
    del digest, key  # they distinguish one reading from another
    draft, options = held.draft, held.draft.settings
    several = bool(options.get(HISTORY_PARTS))
    with _histories(held.engine, draft) as files:
        demand = read_floor(
            files,
            queue=reading_told(draft, "history").get("queue") or (None if several else options.get("queue")) or None,
            timezone=options.get("timezone") or None,
            country=options.get("country") or None,
            mapping=mapping_of(draft, "history"),
            arrivals=arrivals,
        )
    queues = tuple(replace(one, source=Path(one.source.name)) for one in demand.queues)
    name = str(options.get("history_name")) if several else demand.source.name
    return replace(demand, source=Path(name), queues=queues)


@contextmanager
def _histories(engine: Engine, draft: Draft) -> Iterator[list[Path]]:
    """Yield the paths of a draft's history, of which there may be several (`HISTORY_PARTS`); they vanish afterwards."""
    with unpacked(engine, draft, "history") as paths:
        parts = draft.settings.get(HISTORY_PARTS)
        if not parts:
            yield [paths["history"]]
            return
        with zipfile.ZipFile(paths["history"]) as bundle:
            bundle.extractall(paths["history"].parent, parts)
        yield [paths["history"].parent / name for name in parts]


def demand_of(engine: Engine, draft: Draft, *, arrivals: bool = False) -> Demand:
    """Return the demand with the planner's treatments, own days and service target; `arrivals` as in `raw_demand`."""
    demand = raw_demand(engine, draft, arrivals=arrivals)
    treatments = json_of(engine, draft.plan_id, "treatments.json") or []
    own = dated(own_days_of(engine, draft.plan_id))

    def planned(one: Demand, share: float = 1.0) -> Demand:
        history = treated(one.history, treatments, share=share)
        calendar = with_own_days(one.calendar, own, source=OWN_DAYS)
        calendar = replace(calendar, faults=(*calendar.faults, *kept_stretches(treatments, history.timezone)))
        return replace(one, history=history, calendar=calendar)

    whole = planned(demand)
    if demand.queues:
        calls = [float(one.history.frame["calls_offered"].sum()) for one in demand.queues]
        each = [planned(one, calls[k] / sum(calls)) for k, one in enumerate(demand.queues)]
        whole = replace(floor_of(each), source=demand.source)
    return with_target(whole, draft.settings.get("target") or {})


def draft_crews(supply: Supply, demand: Demand) -> tuple[Crew, ...]:
    """Return who serves which of the demand's queues (`api.shared_floor.crews_of`), nobody where it is of one queue."""
    return tuple(crews_of(supply, [one.history.queue for one in demand.queues])) if demand.queues else ()


def newest_demand(engine: Engine, demand: Demand) -> Demand:
    """Return the demand with the queue's newest history, where one was kept that reaches further than the draft's."""
    kept = stored_history(engine, demand.history.queue)
    if kept is None or kept.end_at <= demand.history.end_at:
        return demand
    if kept.interval_minutes != demand.history.interval_minutes:
        return demand
    return replace(demand, history=replace(kept, frame=kept.frame.tz_convert(demand.history.timezone)))


def with_target(demand: Demand, told: Mapping[str, Any]) -> Demand:
    """Return the demand with the fields `told` of its service target (`forecaster.requirement.seats.ServiceTarget`).

    Several queues have them each.

    Raises
    ------
    ValueError
        If no seats can meet such a target.
    """
    if not told:
        return demand
    site = replace(demand.site, target=replace(demand.site.target, **told))
    return replace(demand, site=site, queues=tuple(with_target(one, told) for one in demand.queues))


def own_days_of(engine: Engine, plan_id: str) -> dict[str, Any]:
    """Return the plan's own days as the tables of a calendar file, their dates as text."""
    return json_of(engine, plan_id, "calendar.json") or {}


def dated(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tables of a calendar file with the dates and instants that JSON carries as text."""

    def value(key: str, held: Any) -> Any:
        if isinstance(held, list):
            return [value(key, one) for one in held]
        if key in DATES and isinstance(held, str):
            return date.fromisoformat(held)
        return datetime.fromisoformat(held) if key in INSTANTS and isinstance(held, str) else held

    def entry(held: Any) -> Any:
        return {key: value(key, one) for key, one in held.items()} if isinstance(held, dict) else held

    return {kind: [entry(one) for one in held] if isinstance(held, list) else held for kind, held in tables.items()}


def require_own_days(draft: Draft, tables: Mapping[str, Any], *, source: str) -> None:
    """Make sure that days of one's own can be laid over the calendar of the draft's country.

    Raises
    ------
    InputError
        Naming `source` and the entry that cannot be understood.
    """
    country, years = draft.settings.get("country") or read_site().country, range(draft.month.year, draft.month.year + 2)
    with named(source):
        require_known_effects(with_own_days(read_calendar(country, years), tables, source=source))


def calendar_from_file(draft: Draft, path: Path) -> dict[str, Any]:
    """Return the tables of a calendar file (TOML, or a table), once it is known that they can be laid over a calendar.

    Raises
    ------
    InputError
        Naming the file and every entry that cannot be understood.
    """
    settings = read_settings(path, "calendar")
    settled(settings, lambda told: require_own_days(draft, told, source=str(path)), sound_days)
    tables = settings.tables
    days = [{**one, "first": one.get("first", one.get("date"))} for one in tables.get("observance", [])]
    spans = [{"name": one["name"], "first": one["first"], "last": one.get("last", one["first"])} for one in days]
    return {**tables, "observance": spans}  # one form of a named day: the page's


def treated(history: History, treatments: Sequence[Mapping[str, Any]], *, share: float = 1.0) -> History:
    """Return `history` with each treatment in turn: `missing` forgets a stretch, `value` overwrites its calls.

    share
        What of such a value falls to the history, where it is that of one queue of several.
    """
    frame = history.frame.copy()
    for one in treatments:
        where = (frame.index >= pd.Timestamp(one["start_at"])) & (frame.index < pd.Timestamp(one["end_at"]))
        if one["treat"] == "missing":
            frame.loc[where, :] = float("nan")
        elif one["treat"] == "value":
            frame.loc[where, "calls_offered"] = share * float(one["value"])
    return replace(history, frame=frame)


def kept_stretches(treatments: Sequence[Mapping[str, Any]], timezone: str) -> list[Fault]:
    """Return the stretches that the planner keeps, though a forecast would leave them out of what it learns from."""
    kept = []
    for one in treatments:
        if one["treat"] == "keep":
            at = wall_clock(pd.DatetimeIndex([one["start_at"], one["end_at"]]).tz_convert(timezone))
            kept.append(Fault(str(one["reason"]), at[0].to_pydatetime(), at[1].to_pydatetime(), kept=True))
    return kept


def supply_of(engine: Engine, draft: Draft, demand: Demand) -> Supply:
    """Return the people of the draft with the shifts and rules they work under, and who has fallen away since.

    Raises
    ------
    NoDraftError
        If no people file was given yet.
    InputError
        Naming row, column and value.
    """
    supply = _supply_in(engine, draft, demand, draft.month)
    away = [(badge, days_of_absence(days, badge)) for badge, days in draft.settings.get("absences") or []]
    situation = supply.situation
    people = with_absences(situation.people, away) if away else situation.people
    return replace(supply, situation=replace(situation, people=people))


def undated_supply_of(engine: Engine, draft: Draft, demand: Demand, month: pd.Period) -> Supply:
    """Return the people of the draft as those of another month: without leave and what else speaks of days."""
    return _supply_in(engine, draft, demand, month, dated=False)


def _supply_in(engine: Engine, draft: Draft, demand: Demand, month: pd.Period, *, dated: bool = True) -> Supply:
    with unpacked(engine, draft, "people") as paths:
        supply = read_supply(
            paths["people"],
            month,
            site=demand.site,
            calendar=demand.calendar,
            mapping=mapping_of(draft, "people"),
            dated=dated,
        )
        return replace(supply, source=Path(supply.source.name))


def people_of(engine: Engine, draft: Draft) -> list[Person]:
    """Return the people of the draft."""
    with unpacked(engine, draft, "people") as paths:
        return read_staff(paths["people"], draft.month, mapping=mapping_of(draft, "people"))


def last_roster_of(engine: Engine, draft: Draft) -> pd.DataFrame:
    """Return last month's roster as the draft's file has it: the product's own, or one made by hand in any form.

    Raises
    ------
    InputError
        Naming row, column and value; or that one made by hand needs the people file first.
    """
    settings = read_site()
    if "people" not in draft_digests(engine, draft.plan_id):
        with unpacked(engine, draft, "last_roster") as paths:
            try:
                return read_roster(paths["last_roster"], timezone=settings.timezone)
            except InputError:
                raise InputError(paths["last_roster"], say("roster.by_hand")) from None
    with unpacked(engine, draft, "people", "last_roster") as paths:
        supply = read_supply(paths["people"], draft.month, site=settings, mapping=mapping_of(draft, "people"))
        return read_last_roster(paths["last_roster"], supply.situation)


def last_month_of(engine: Engine, draft: Draft, demand: Demand) -> LastMonth:
    """Return last month as the draft's own file has its roster, and as published."""
    given = last_roster_of(engine, draft) if "last_roster" in draft_digests(engine, draft.plan_id) else None
    told = last_month(engine, queue=demand.history.queue, month=draft.month, timezone=demand.history.timezone)
    return replace(told, roster=given)


def take_published_roster(engine: Engine, draft: Draft, demand: Demand) -> Draft:
    """Return the draft with last month's roster as it is published now, unless the planner gave one."""
    given = str(draft.settings.get("last_roster_name") or "")
    there = "last_roster" in draft_digests(engine, draft.plan_id)
    queue = demand.history.queue
    month = period_before(engine, queue=queue, month=draft.month)
    version = published_version(engine, kind="roster", queue=queue, month=month)
    if version is None or (there and (not given.startswith(PUBLISHED_ROSTER) or given == _named(version))):
        return draft
    roster = bytes_frame(content_of(engine, version.version_id))
    understood = {"source": _named(version), "rows": len(roster), "people": int(roster["badge"].nunique())}
    told = json.dumps(understood, ensure_ascii=False).encode()
    files = {"last_roster": frame_csv(roster), "last_roster_understood.json": told}
    put_files(engine, draft.plan_id, files)
    return change_settings(engine, draft.plan_id, {"last_roster_name": _named(version)})


def _named(version: Version) -> str:
    return f"{PUBLISHED_ROSTER}{version.month} v{version.number}.csv"


def draft_frame(
    engine: Engine, draft: Draft, name: str, read: Callable[..., pd.DataFrame], timezone: str
) -> pd.DataFrame:
    """Return a frame of the draft, read as the command line reads it.

    Raises
    ------
    NoDraftError
        If the draft has not come so far.
    """
    with unpacked(engine, draft, name) as paths:
        return read(paths[name], timezone=timezone)


def overrides_of(engine: Engine, draft: Draft) -> tuple[Override, ...]:
    """Return what the planner changed by hand, as `--overrides` of the command line would read it."""
    if OVERRIDES not in draft_digests(engine, draft.plan_id):
        return ()
    with unpacked(engine, draft, OVERRIDES) as paths:
        return read_overrides(paths[OVERRIDES])


def overrides_published(engine: Engine, queue: str) -> tuple[Override, ...]:
    """Return the overrides of the queue's published plans, of each month the plan published last.

    A month that was planned on the command line has them as a version.
    """
    last: dict[str, Draft] = {}
    for one in drafts(engine):
        if one.queue == queue and one.published_at is not None:
            before = last.get(period_name(one.month))
            if before is None or str(one.published_at) > str(before.published_at):
                last[period_name(one.month)] = one
    told = {month: overrides_of(engine, one) for month, one in last.items()}
    kept = [v for v in list_versions(engine, kind="overrides", queue=queue) if v.published_at is not None]
    for version in sorted(kept, key=lambda v: v.number):
        if version.month not in last:
            rows = bytes_frame(content_of(engine, version.version_id))
            starts, ends = (pd.to_datetime(rows[name]) for name in ("start_at", "end_at"))
            told[version.month] = tuple(
                Override(start, end, float(factor), str(reason), str(made_by))
                for start, end, factor, reason, made_by in zip(
                    starts, ends, rows["factor"], rows["reason"], rows["made_by"], strict=True
                )
            )
    return tuple(override for _, ones in sorted(told.items()) for override in ones)


def overrides_csv(overrides: Sequence[Override]) -> bytes:
    """Return overrides as the file that `--overrides` reads."""
    return overrides_frame(overrides).to_csv(index=False).encode()


def override_view(override: Override, timezone: str) -> dict[str, Any]:
    """Return an override as the page shows it; `date` where it is one whole local day."""
    start, end = (at.tz_convert(timezone) for at in (override.start_at, override.end_at))
    whole = start == start.normalize() and end == start + pd.DateOffset(days=1)
    return {
        **({"date": f"{start:%Y-%m-%d}"} if whole else {}),
        "start_at": start.isoformat(),
        "end_at": end.isoformat(),
        "factor": override.factor,
        "reason": override.reason,
        "actor": override.made_by,
    }


def understood_history(demand: Demand, month: pd.Period, treatments: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what was understood of a history, as the page shows it: its span, its days, and what to look at."""
    history = demand.history
    calls = history.frame["calls_offered"]
    by_day = calls.groupby(wall_clock(pd.DatetimeIndex(calls.index)).normalize())
    total, seen = by_day.sum(min_count=1), by_day.count()
    cutoff = plan_cutoff(month, history.timezone)
    return {
        "source": demand.source.name,
        "queue": history.queue,
        "queues": [
            {
                "queue": one.history.queue,
                "source": one.source.name,
                "calls_total": float(one.history.frame["calls_offered"].sum()),
            }
            for one in demand.queues
        ],
        "timezone": history.timezone,
        "interval_minutes": history.interval_minutes,
        "start_at": history.start_at.isoformat(),
        "end_at": history.end_at.isoformat(),
        "intervals": len(calls),
        "observed_share": float(calls.notna().mean()),
        "calls_total": float(calls.sum()),
        "columns": [name for name in history.frame.columns if history.frame[name].notna().any()],
        "used_through": min(history.end_at, cutoff).isoformat(),
        "country": demand.site.country,
        "notes": notes_of(demand.notes),
        "readings": [reading_view(one) for one in demand.readings[:READINGS_SHOWN]],
        "reading_choices": reading_choices(),
        "days": {
            "date": [f"{day:%Y-%m-%d}" for day in total.index],
            "calls": [None if pd.isna(value) else round(float(value), 2) for value in total],
            "observed": [int(value) for value in seen],
        },
        "findings": findings(history, demand.calendar),
        "treatments": list(treatments),
    }


def findings(history: History, calendar: Calendar) -> list[dict[str, Any]]:
    """Return the stretches of a history that a planner should look at, in order of time.

    What is `certain` the forecast leaves out of what it learns from, unless the plan's own days keep it.
    """
    return [
        {
            "kind": one.kind,
            "start_at": one.start_at.isoformat(),
            "end_at": one.end_at.isoformat(),
            "intervals": one.intervals,
            "calls": round(one.calls, 1),
            "usual": None if math.isnan(one.usual) else round(one.usual, 1),
            "certain": one.certain,
            "says": one.says,
            "says_zh": one.says_zh,
        }
        for one in inspect_history(history, calendar)
    ]


def understood_people(people: Sequence[Person], source: str) -> dict[str, Any]:
    """Return what was understood of a people file, as the page shows it."""
    roles = Counter(person.role for person in people)
    return {
        "source": source,
        "people": len(people),
        "roles": dict(roles.most_common()),
        "contract_hours_per_week": float(sum(person.contract_hours_per_week for person in people)),
        "protected": sum(person.protected for person in people),
        "leave_days": sum(len(person.leave) for person in people),
        "fixed_shifts": sum(len(person.fixed_shifts) for person in people),
        "wishes": sum(len(person.wishes) for person in people),
    }


def marked_file(
    path: Path, *, draft: Draft, kind: Literal["history", "people"], mapping: Mapping[str, Any], language: Language
) -> bytes:
    """Return a copy of a refused file (.xlsx) with every fault marked (`api.intake.marked_copy`).

    Raises
    ------
    ValueError
        If it is not refused, or holds no table at all.
    """
    how, timezone = read_mapping(mapping), draft.settings.get("timezone") or None
    try:
        if kind == "history":
            read_demand(path, timezone=timezone, country=draft.settings.get("country") or None, mapping=mapping)
        else:
            read_staff(path, draft.month, mapping=mapping)
    except InputError as error:
        knows = known_to(how) if kind == "history" else Headings("people", how.columns).knows
        return marked_copy(path, error, knows=knows, form=how.form, language=language)
    raise refusal("marked.nothing")
