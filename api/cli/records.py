"""What is kept and what leaves: publishing a plan, its versions, exports, roll-ups, the busy-hour capacity."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.screen import done, show, working
from api.inputs import read_demand
from api.intake import InputError, named, read_forecast, read_people, write_frame
from api.plan import read_plan
from api.reports.rollups import By, rollup

if TYPE_CHECKING:
    from sqlalchemy import Engine

Badge = Annotated[str, typer.Option("--by", help="The badge of whoever does it.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these subcommands to `app`."""
    for command in (publish, versions, export, report, capacity):
        app.command(rich_help_panel="Records and reports")(command)


def open_store(database: str | None) -> Engine:
    """Return the database that `--database` or the environment names, at its newest schema."""
    from api.settings import settings_from
    from api.store.database import migrate, open_database

    settings = settings_from(os.environ)
    settings = settings if database is None else replace(settings, database_url=database)
    engine = open_database(settings.database_url)
    migrate(engine)
    return engine


def publish(
    plan_folder: options.PlanFolder,
    by: Badge,
    why: Annotated[str, typer.Option("--why", help="Required where it replaces something published.")] = "",
    people: Annotated[
        Path | None, typer.Option("--people", help="The staff list it was made from, kept with it.")
    ] = None,
    calendar: options.CalendarFile = None,
    ladder: Annotated[Path | None, typer.Option("--ladder", help="The month's ladder file, kept with it.")] = None,
    database: options.Database = None,
) -> None:
    """Publish a plan: freeze its forecast and roster, so that next month's tables compare with them."""
    from api.reports.frozen import publish_plan
    from api.store.versions import digest

    made = read_plan(plan_folder)
    frames = {
        "forecast": made.forecast,
        "requirement": made.requirement,
        "roster": made.roster,
        "coverage": made.coverage,
    }
    inputs = {"plan.json": digest((plan_folder / "plan.json").read_bytes())}
    inputs |= {key: str(value) for key, value in made.facts.items() if key.endswith("sha256")}
    files = {"people": people, "calendar": calendar, "ladder": ladder}
    contents = {kind: _content(path, kind) for kind, path in files.items() if path is not None}
    engine, queue = open_store(database), made.facts["queue"]
    with named(plan_folder):
        kept = publish_plan(
            engine,
            queue=queue,
            month=made.month,
            frames=frames,
            files=contents,
            published_by=by,
            why=why,
            inputs=inputs,
        )
    began = made.month.start_time.tz_localize(made.facts["timezone"])
    for version in kept.values():
        replaced = f", supersedes {version.supersedes}" if version.supersedes else ""
        show(f"published: {version.version_id} ({version.sha256[:12]}){replaced}")
    if pd.Timestamp(datetime.now(UTC)) >= began:
        show(f"{made.month} has already begun: tables 4 and 5 compare with what was published before it")


def _content(path: Path, kind: str) -> bytes:
    """Return what is kept of a file: of a staff list the columns that are understood, so that no name gets in."""
    if kind == "people":
        return read_people(path).to_csv(index=False, lineterminator="\n").encode()
    if not path.is_file():
        raise InputError(path, "there is no such file")
    return path.read_bytes()


def versions(
    queue: options.Queue = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the trail to this file.")] = None,
    database: options.Database = None,
) -> None:
    """Show who made, published and superseded what, when and why."""
    from api.store.versions import audit_of

    trail = audit_of(open_store(database), queue=queue)
    for row in trail.to_dict("records"):
        replaced = f" supersedes {row['supersedes']}" if row["supersedes"] else ""
        why = f": {row['why']}" if row["why"] else ""
        what = f"{row['action']} {row['version_id']} [{row['sha256'][:12]}]{replaced}{why}"
        show(f"{row['at'][:19]}Z {row['badge']} {what}")
    if trail.empty:
        show("nothing has been stored yet")
    if out is not None:
        done(write_frame(trail, out))


def export(
    plan_folder: options.PlanFolder,
    ical: Annotated[Path | None, typer.Option("--ical", help="Folder for one calendar file (.ics) per badge.")] = None,
    grid: Annotated[Path | None, typer.Option("--grid", help="The roster as a grid (.xlsx, or .csv).")] = None,
    register: Annotated[Path | None, typer.Option("--register", help="The month's duty register (.xlsx).")] = None,
    attendance: Annotated[
        Path | None, typer.Option("--attendance", help="Marks for the register: badge, date, kind, minutes, remark.")
    ] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Folder for every frame as Parquet.")] = None,
) -> None:
    """Export a plan: calendars for phones, the roster grid, the duty register, Parquet. Badges, never names."""
    from api.reports.exports import roster_grid, write_icals, write_parquets, write_roster_grid
    from api.reports.register import duty_register, read_attendance, write_register

    if not any((ical, grid, register, parquet)):
        raise typer.BadParameter("say what to export: --ical, --grid, --register or --parquet")
    made = read_plan(plan_folder)
    files: list[Path] = []
    if ical is not None:
        paths = write_icals(made.roster, ical, made_at=datetime.fromisoformat(made.facts["made_at"]))
        show(f"{len(paths)} calendars in {ical}")
    if grid is not None and grid.suffix == ".csv":
        files.append(write_frame(roster_grid(made.roster, month=made.month).reset_index(), grid))
    elif grid is not None:
        files.append(write_roster_grid(made.roster, grid, month=made.month, title=made.facts["queue"]))
    if register is not None:
        columns = ["badge", "date", "kind", "minutes", "remark"]
        marks = pd.DataFrame(columns=columns) if attendance is None else read_attendance(attendance)
        with named(attendance or plan_folder):
            files.append(
                write_register(duty_register(made.roster, marks, month=made.month), register, month=made.month)
            )
    if parquet is not None:
        frames = {name: getattr(made, name) for name in ("forecast", "requirement", "roster", "coverage")}
        files += write_parquets(frames, parquet)
    done(*files)


def report(
    history: options.History,
    by: Annotated[By, typer.Option("--by", help="The length of a period.")] = "month",
    out: options.OutFile = Path("report.csv"),
    forecast: Annotated[Path | None, typer.Option("--forecast", help="A forecast to compare with.")] = None,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    site: options.SiteFile = None,
) -> None:
    """Report by week, month, quarter, half-year or year: calls, answer rate, handle time, calls per seat-hour."""
    demand = read_demand(history, queue=queue, timezone=timezone, site=site)
    expected = None if forecast is None else read_forecast(forecast, timezone=demand.history.timezone)
    table = rollup(demand.history, by=by, forecast=expected)
    for name, row in table.iterrows():
        rate = "" if pd.isna(row["answer_rate"]) else f", {row['answer_rate']:.1%} answered"
        holes = f", {row['intervals_missing']:,.0f} intervals not observed" if row["intervals_missing"] else ""
        show(f"{name}: {row['calls_offered']:,.0f} calls{rate}{holes}")
    done(write_frame(table, out))


def capacity(
    history: options.History,
    queue: options.Queue = None,
    timezone: options.Timezone = None,
    site: options.SiteFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the three ways to this file.")] = None,
) -> None:
    """Show the most calls one seat connects in a busy hour: by theory, by sample, as set."""
    from api.reports.table_files import capacity_text
    from forecaster.capacity import busy_hour_capacity

    demand = read_demand(history, queue=queue, timezone=timezone, site=site)
    measured = "aht_seconds" in demand.history.frame
    with working("Sampling the busiest intervals"), named(history):
        found = busy_hour_capacity(
            demand.history,
            aht_seconds=None if measured else demand.site.aht_seconds,
            max_occupancy=demand.site.target.max_occupancy or 1.0,
            set_calls_per_hour=demand.site.busy_hour_calls,
        )
    show(capacity_text(found))
    if out is not None:
        if out.suffix not in {".csv", ".parquet"}:
            raise InputError(out, "is neither .csv nor .parquet")
        done(write_frame(found.frame(), out))
