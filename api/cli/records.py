"""What is kept and what leaves: publishing a plan, its versions, exports, roll-ups, the busy-hour capacity."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import typer

from api.cli import options
from api.cli.database import open_store, store_if_any
from api.cli.screen import done, language_spoken, show, spoken, working
from api.inputs import read_demand
from api.intake import InputError, named, read_forecast, write_frame
from api.plan import FRAMES, Plan, read_plan
from api.reports.rollups import ReportPeriod, rollup, write_rollup
from api.sentences import refusal, say
from api.whole_files import write_whole_bytes
from forecaster.history.periods import last_day, period_words
from forecaster.messages import NOTHING, Words

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.store.versions import Version

ACTIONS = {
    "version made": Words("制作", "version made"),
    "version published": Words("发布", "version published"),
    "version superseded": Words("发布并取代", "version superseded"),
}
Badge = Annotated[str, typer.Option("--by", help="The badge of whoever does it.", show_default=False)]


def publish(
    plan_folder: options.PlanFolder,
    by: Badge,
    why: options.Why = "",
    people: Annotated[
        Path | None, typer.Option("--people", help="The staff list it was made from, kept with it.")
    ] = None,
    calendar: options.CalendarFile = None,
    ladder: Annotated[Path | None, typer.Option("--ladder", help="The month's ladder file, kept with it.")] = None,
    database: options.Database = None,
) -> None:
    """Publish a plan: freeze its forecast and roster, so that next month's tables compare with them."""
    from api.publishing import publish_folder

    files = {"people": people, "calendar": calendar, "ladder": ladder}
    kept = publish_folder(open_store(database), plan_folder, published_by=by, files=files, why=why)
    say_published(kept, read_plan(plan_folder))


def say_published(kept: Mapping[str, Version], made: Plan) -> None:
    """Say what was published of a plan."""
    for version in kept.values():
        replaced = say("screen.supersedes", version=version.supersedes) if version.supersedes else NOTHING
        show(say("screen.published", version=version.version_id, digest=version.sha256[:12], replaced=replaced))
    if pd.Timestamp(datetime.now(UTC)) >= made.month.start_time.tz_localize(made.facts["timezone"]):
        show(say("screen.has_begun", period=period_words(made.month)))


def versions(
    queue: options.Queue = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the trail, or the version, to this file.")
    ] = None,
    get: Annotated[
        str, typer.Option("--get", help="Write this version's content to --out, as it was stored.", metavar="VERSION")
    ] = "",
    database: options.Database = None,
) -> None:
    """Show who made, published and superseded what, when, why and from what; or get a version's content back."""
    from api.store.versions import audit_of

    store = store_if_any(database)
    if store is None:
        show(say("screen.no_database"))
        return
    if get:
        done(_write_version(store, get, out))
        return
    trail = audit_of(store, queue=queue)
    for row in trail.to_dict("records"):
        replaced = say("screen.trail_supersedes", version=row["supersedes"]) if row["supersedes"] else NOTHING
        why = say("screen.trail_why", why=row["why"]) if row["why"] else NOTHING
        what = f"{spoken(ACTIONS.get(row['action'], row['action']))} {row['version_id']} [{row['sha256'][:12]}]"
        show(f"{row['at'][:19]}Z {row['badge']} {what}{spoken(replaced)}{spoken(why)}")
        if row["action"] == "version made" and row["inputs"]:
            made_from = [f"{name} [{sha[:12]}]" for name, sha in row["inputs"].items()]
            show(say("screen.trail_from", files=made_from))
    if trail.empty:
        show(say("screen.nothing_stored"))
    if out is not None:
        told = trail.assign(inputs=[json.dumps(inputs, ensure_ascii=False) for inputs in trail["inputs"]])
        done(write_frame(told, out))


def _write_version(store: Engine, version_id: str, out: Path | None) -> Path:
    """Write a version's content to `out`: a frame as its suffix says, a file as it is."""
    from api.publishing import PLAN_KINDS
    from api.store.versions import NoVersionError, bytes_frame, content_of, version_of

    try:
        kind, content = version_of(store, version_id).kind, content_of(store, version_id)
    except NoVersionError as error:
        raise refusal("version.list", cause=error) from None
    is_frame = kind in {*PLAN_KINDS, "history", "attendance"}
    if content.startswith(b"PK\x03\x04") and not is_frame:
        suffix = ".xlsx"  # people and calendars are kept as they came
    else:
        suffix = ".csv" if is_frame or kind == "people" else ".toml"
    path = out or Path(version_id.replace("/", "-") + suffix)
    if is_frame:
        return write_frame(bytes_frame(content), path)
    return write_whole_bytes(path, content)


def export(
    plan_folder: options.PlanFolder,
    ical: Annotated[Path | None, typer.Option("--ical", help="Folder for one calendar file (.ics) per badge.")] = None,
    grid: Annotated[Path | None, typer.Option("--grid", help="The roster as a grid (.xlsx, or .csv).")] = None,
    register: Annotated[
        Path | None,
        typer.Option("--register", help="The duty register: .xlsx by person and by day; .csv or .parquet by day."),
    ] = None,
    attendance: Annotated[
        Path | None, typer.Option("--attendance", help="Marks for the register: badge, date, kind, minutes, remark.")
    ] = None,
    paper: Annotated[
        Path | None, typer.Option("--paper", help="The roster to print (.pdf): everybody, every day.")
    ] = None,
    sheets: Annotated[Path | None, typer.Option("--sheets", help="A personal sheet for each badge (.pdf).")] = None,
    size: Annotated[Literal["A4", "A3"], typer.Option("--size", help="Paper of --paper.")] = "A4",
    by: Annotated[Literal["month", "week"], typer.Option("--by", help="Days on a page of --paper.")] = "month",
    language: Annotated[
        Literal["en", "zh"] | None,
        typer.Option(
            "--language",
            help="Of the papers, and of what is printed.",
            show_default="zh on paper",
            is_eager=True,
            envvar="HUAWU_LANGUAGE",
            show_envvar=False,
            callback=options.language_chosen,
        ),
    ] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Folder for every frame as Parquet.")] = None,
    database: options.Database = None,
) -> None:
    """Export a plan: calendars for phones, the roster grid, the duty register, Parquet. Badges, never names.

    The register takes the month's surge orders from the database, where there is one.
    """
    from api.reports.exports import write_icals, write_parquets
    from api.reports.roster_book import roster_grid, write_roster_grid

    if not any((ical, grid, register, paper, sheets, parquet)):
        raise refusal("option.export")
    made = read_plan(plan_folder)
    files: list[Path] = []
    if ical is not None:
        paths = write_icals(
            made.roster, ical, made_at=datetime.fromisoformat(made.facts["made_at"]), activities=made.activities
        )
        show(say("screen.calendars", count=len(paths), folder=ical))
    if grid is not None and grid.suffix == ".csv":
        files.append(write_frame(roster_grid(made.roster, month=made.month).reset_index(), grid))
    elif grid is not None:
        files.append(write_roster_grid(made.roster, grid, month=made.month, title=made.facts["queue"]))
    store = store_if_any(database)
    files += _write_papers(made, store, paper, sheets, size=size, by=by, language=language or "zh")
    if register is not None:
        with named(attendance or plan_folder):
            files.append(_write_register(made, register, attendance, store))
    if parquet is not None:
        files += write_parquets({name: getattr(made, name) for name in FRAMES}, parquet)
    done(*files)


def _write_papers(
    made: Plan,
    store: Engine | None,
    paper: Path | None,
    sheets: Path | None,
    *,
    size: Literal["A4", "A3"],
    by: Literal["month", "week"],
    language: Literal["en", "zh"],
) -> list[Path]:
    """Write the roster on paper and the personal sheets, where they are asked for; return the files."""
    if paper is None and sheets is None:
        return []
    from api.inputs import read_calendar
    from api.publishing import version_said
    from api.reports.roster_paper import RosterHead, badge_sheets_pdf, roster_pdf, short_hours
    from api.site import read_site

    facts, month = made.facts, made.month
    head = RosterHead(str(facts["queue"]), version_said(made, store), short_hours(made.coverage))
    calendar = read_calendar(read_site().country, range(month.year, last_day(month).year + 1))
    given: dict[str, Any] = {"month": month, "head": head, "calendar": calendar, "language": language}
    files = []
    if paper is not None:
        files.append(write_whole_bytes(paper, roster_pdf(made.roster, size=size, by=by, **given)))
    if sheets is not None:
        files.append(write_whole_bytes(sheets, badge_sheets_pdf(made.roster, **given)))
    return files


def _write_register(made: Plan, path: Path, attendance: Path | None, store: Engine | None) -> Path:
    """Write the register of a plan's month with the orders of the surge log, where there is one."""
    from api.reports.published import orders_of_month
    from api.reports.register import month_register, read_attendance, write_register

    facts, month = made.facts, made.month
    lines = [] if store is None else orders_of_month(store, month=month, timezone=facts["timezone"])
    marks = None if attendance is None else read_attendance(attendance)
    people, entries = month_register(made.roster, marks, lines, queue=facts["queue"], month=month)
    if path.suffix in {".csv", ".parquet"}:
        return write_frame(entries, path)
    if path.suffix != ".xlsx":
        raise InputError(path, say("register.form"))
    return write_register(people, path, month=month, entries=entries)


def report(
    history: options.History,
    by: Annotated[ReportPeriod, typer.Option("--by", help="The length of a period.")] = "month",
    out: options.OutFile = Path("report.csv"),
    forecast: Annotated[
        Path | None, typer.Option("--forecast", help="A forecast to compare with. Default: those published.")
    ] = None,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    mapping: options.MappingFile = None,
    site: options.SiteFile = None,
    database: options.Database = None,
) -> None:
    """Report by week, month, quarter, half-year or year: calls, answer rate, handle time, calls per seat-hour.

    The calls are compared with the forecasts that stood published before each month, where the database has them.
    The file is .csv, .parquet, or .xlsx with Chinese and English heads.
    """
    from api.publishing import frozen_forecasts

    demand = read_demand(history, queue=queue, timezone=timezone, site=site, mapping=mapping)
    store = store_if_any(database)
    expected = None if store is None else frozen_forecasts(store, demand.history)
    if forecast is not None:
        expected = read_forecast(forecast, timezone=demand.history.timezone)
    table = rollup(demand.history, by=by, forecast=expected)
    for name, row in table.iterrows():
        told = [
            say("report.calls", period=name, calls=row["calls_offered"]),
            NOTHING if pd.isna(row["answer_rate"]) else say("report.answered", share=row["answer_rate"]),
            NOTHING if pd.isna(row["wape"]) else say("report.off", share=row["wape"]),
            say("report.holes", count=row["intervals_missing"]) if row["intervals_missing"] else NOTHING,
        ]
        show("".join(spoken(one) for one in told))
    if out.suffix == ".xlsx":
        done(write_rollup(table, out, title=f"汇总 Report {demand.history.queue} {by.replace('_', '-')}"))
    else:
        done(write_frame(table, out))


def capacity(
    history: options.History,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    mapping: options.MappingFile = None,
    site: options.SiteFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the three ways to this file.")] = None,
) -> None:
    """Show the most calls one seat connects in a busy hour: by theory, by sample, as set."""
    from api.reports.capacity_text import capacity_text
    from api.reports.published import capacity_of

    demand = read_demand(history, queue=queue, timezone=timezone, site=site, mapping=mapping)
    with working(say("screen.sampling")), named(history):
        found = capacity_of(demand.history, demand.site)
    show(capacity_text(found, language_spoken()))
    if out is not None:
        if out.suffix not in {".csv", ".parquet"}:
            raise InputError(out, say("attendance.form"))
        done(write_frame(found.frame(), out))
