"""The Five Tables, roll-ups and versions over HTTP: from what was published, and from the history that is kept."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import Path as InPath
from fastapi import Query, Request, UploadFile
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime
from sqlalchemy import Engine

from api.http.access import Exporter, Planner, note_export
from api.http.downloads import CSV, HTML, ICAL, PARQUET, PDF, XLSX, attached, csv_response, written
from api.http.planner_models import PERIOD
from api.http.problems import HttpRefusal
from api.http.routing import QueueName, engine_of, errors, keyed_router
from api.http.uploads import OneAtATime, read_uploaded, taken_in, upload_name
from api.inputs import read_calendar
from api.intake import read_histories, read_toml
from api.json_rows import json_rows
from api.notices import heard, notes_of, with_notes
from api.publishing import frozen_forecasts, published_frame, published_version
from api.reports.exports import ical_of
from api.reports.paper import PaperSize
from api.reports.published import (
    capacity_of,
    published_register,
    published_tables,
    store_attendance,
    store_history,
    stored_history,
    stored_page,
)
from api.reports.register import ENTRY_COLUMNS, read_attendance, write_register
from api.reports.rollups import ReportPeriod, rollup, write_rollup
from api.reports.roster_book import write_roster_grid
from api.reports.roster_paper import RosterHead, SheetSpan, badge_sheets_pdf, roster_pdf, short_hours
from api.reports.table_files import table_csv, tables_document, tables_html
from api.reports.tables_paper import tables_pdf
from api.reports.version_words import published_words
from api.reports.workbook import write_workbook
from api.sentences import say
from api.site import read_site
from api.store.versions import (
    NoVersionError,
    Version,
    audit_of,
    bytes_frame,
    content_of,
    frame_bytes,
    list_versions,
)
from forecaster.history.observed import History
from forecaster.history.periods import in_period, last_day, period_of
from forecaster.messages import Language, Languages

router = keyed_router("tables")
MonthInPath = Annotated[str, InPath(pattern=PERIOD, examples=["2026-12"])]  # or another period
Zone = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$")]
FORMS: dict[str, dict[str, Any]] = {form: {} for form in ("application/json", "text/html", "text/csv", PDF, XLSX)}
TABULAR_FORMS: dict[str, dict[str, Any]] = {form: {} for form in ("application/json", "text/csv", XLSX)}
EVERY_INTERVAL = 10**8
REGISTER_FORMS = {**TABULAR_FORMS, PARQUET: {}}
ROSTER_FORMS = {**REGISTER_FORMS, "text/calendar": {}, PDF: {}}
HISTORY_FORMS: dict[str, dict[str, Any]] = {"application/json": {}, PARQUET: {}}
VersionKind = Literal[
    "", "forecast", "requirement", "roster", "coverage", "people", "calendar", "ladder", "history", "attendance"
]


@router.get("/v1/queues/{queue}/months/{month}/tables", responses=errors(404) | {200: {"content": FORMS}})
def get_tables(
    queue: QueueName,
    month: MonthInPath,
    request: Request,
    key: Exporter,
    form: Annotated[Literal["json", "html", "xlsx", "pdf", "csv"], Query(alias="format")] = "json",
    number: Annotated[int, Query(ge=1, le=5, description="Which table, for csv")] = 1,
    lang: Annotated[Languages, Query(description="For xlsx and pdf (one of two)")] = "both",
) -> Response:
    """Return the Five Tables of the plan published for a month: JSON, a page, a workbook, a PDF, or one as CSV."""
    try:
        five = published_tables(engine_of(request), queue=queue, month=period_of(month), site=read_site())
    except NoVersionError as error:
        raise HttpRefusal(404, error.message) from None
    note_export(request, key, what="tables", subject=f"{queue} {month}")
    if form == "json":
        return JSONResponse(tables_document(five))
    if form == "html":
        return Response(tables_html(five), media_type=HTML)
    if form == "csv":
        return attached(table_csv(five.table(number)), f"{month}-table-{number}.csv", CSV)
    if form == "pdf":
        return attached(tables_pdf(five, language="en" if lang == "en" else "zh"), f"{month}-five-tables.pdf", PDF)
    return written(partial(write_workbook, five, language=lang), f"{month}-five-tables.xlsx", XLSX)


@router.put("/v1/queues/{queue}/history", dependencies=[OneAtATime], responses=errors(413))
def put_history(
    queue: QueueName,
    file: UploadFile,
    request: Request,
    key: Planner,
    timezone: Zone = "Asia/Shanghai",
    mapping: UploadFile | None = None,
) -> dict[str, Any]:
    """Keep a queue's history: a file in any form that is read, looked over first; one with a fault is refused whole.

    `mapping` is a mapping file (TOML): headings, how cells are written, what is treated.
    """
    from api.reports.inspection import inspect_all, summary

    name, content = upload_name(file, otherwise="history.csv"), taken_in(file)
    tables = None if mapping is None else read_uploaded(mapping, read_toml, otherwise="mapping.toml")
    intake = read_uploaded(
        file, lambda path: read_histories(path, timezone=timezone, queue=queue, mapping=tables), otherwise=name
    )
    if list(intake.histories) != [queue]:
        shown = ", ".join(list(intake.histories)[:10])
        raise HttpRefusal(422, say("tables.other_queue", file=name, found=shown, queue=queue))
    findings = inspect_all(intake)
    version = store_history(engine_of(request), intake.histories[queue], made_by=key.actor, source=content, why=name)
    return {
        "version": version.version_id,
        "summary": summary(intake, findings).to_dict("records")[0],
        "notes": notes_of(intake.notes),
        "findings": [
            {"kind": f.kind, "start_at": f.start_at.isoformat(), "end_at": f.end_at.isoformat(), "says": f.says}
            for f in findings[queue]
        ],
    }


@router.put("/v1/queues/{queue}/months/{month}/attendance", dependencies=[OneAtATime], responses=errors(413))
def put_attendance(
    queue: QueueName, month: MonthInPath, file: UploadFile, request: Request, key: Planner
) -> dict[str, Any]:
    """Keep a month's attendance marks (badge, date, kind, minutes, remark) for the duty register; the newest counts."""
    with heard() as said:
        marks = read_uploaded(file, read_attendance, otherwise="attendance.csv")
    period = period_of(month)
    outside = [day for day in marks["date"] if not in_period(day, period)]
    if outside:
        raise HttpRefusal(422, say("tables.outside_month", file=file.filename, day=outside[0], month=month))
    version = store_attendance(engine_of(request), marks, queue=queue, month=period, made_by=key.actor)
    return with_notes({"version": version.version_id, "marks": len(marks)}, said)


@router.get("/v1/queues/{queue}/months/{month}/register", responses=errors(404) | {200: {"content": REGISTER_FORMS}})
def get_register(
    queue: QueueName,
    month: MonthInPath,
    request: Request,
    key: Exporter,
    form: Annotated[Literal["json", "xlsx", "csv", "parquet"], Query(alias="format")] = "json",
) -> Response:
    """Return the duty register of a month: published roster, standby, surge orders and attendance marks (N4).

    By person and by day as JSON or a workbook; by day as CSV or Parquet.
    """
    period = period_of(month)
    engine = engine_of(request)
    try:
        people, entries = published_register(engine, queue=queue, month=period)
    except NoVersionError as error:
        raise HttpRefusal(404, error.message) from None
    note_export(request, key, what="register", subject=f"{queue} {month}")
    if form == "json":
        return JSONResponse({"register": json_rows(people.reset_index()), "entries": json_rows(entries)})
    if form == "csv":
        return csv_response(json_rows(entries), ENTRY_COLUMNS, name=f"{month}-register.csv")
    if form == "parquet":
        return attached(frame_bytes(entries), f"{month}-register.parquet", PARQUET)
    made = partial(write_register, people, month=period, entries=entries)
    return written(made, f"{month}-register.xlsx", XLSX)


@router.get("/v1/queues/{queue}/months/{month}/roster", responses=errors(404) | {200: {"content": ROSTER_FORMS}})
def get_roster(  # noqa: PLR0913 - each is a parameter of the address
    queue: QueueName,
    month: MonthInPath,
    request: Request,
    key: Exporter,
    form: Annotated[Literal["json", "csv", "xlsx", "ics", "pdf", "parquet"], Query(alias="format")] = "json",
    badge: Annotated[str, Query(max_length=64, description="Whose calendar (ics) or personal sheet (pdf)")] = "",
    lang: Language = "zh",
    size: PaperSize = "A4",
    by: SheetSpan = "month",
) -> Response:
    """Return the roster that is published for a month: rows, the coloured grid, Parquet, paper, or a badge's calendar.

    As `pdf` it is everybody's, by month or by week, on A4 or A3; with a `badge` that person's own sheet.
    """
    engine, period = engine_of(request), period_of(month)
    version = published_version(engine, kind="roster", queue=queue, month=period)
    if version is None or version.published_at is None:
        raise HttpRefusal(404, say("tables.no_roster", queue=queue, month=month))
    content = content_of(engine, version.version_id)
    roster = bytes_frame(content)
    if (form == "ics" or badge) and badge not in set(roster["badge"].astype(str)):
        raise HttpRefusal(404, say("tables.no_badge", badge=badge, month=month))
    note_export(request, key, what="roster", subject=f"{queue} {month}", detail=badge)
    if form == "json":
        return JSONResponse(json_rows(roster))
    if form == "csv":
        return csv_response(json_rows(roster), tuple(map(str, roster.columns)), name=f"{month}-roster.csv")
    if form == "parquet":
        return attached(content, f"{month}-roster.parquet", PARQUET)
    if form == "ics":
        own = ical_of(roster, badge, made_at=version.published_at)
        return Response(own, media_type=ICAL)
    if form == "pdf":
        return _paper(engine, roster, version, badge=badge, language=lang, size=size, by=by)
    return written(partial(write_roster_grid, roster, month=period, title=queue), f"{month}-roster.xlsx", XLSX)


def _paper(
    engine: Engine,
    roster: pd.DataFrame,
    version: Version,
    *,
    badge: str,
    language: Language,
    size: PaperSize,
    by: SheetSpan,
) -> Response:
    """Return the published roster on paper, or one badge's own sheet."""
    month = period_of(version.month)
    coverage = published_frame(engine, "coverage", queue=version.queue, month=month)
    timezone = str(pd.DatetimeIndex(roster["start_at"]).tz)
    short = None if coverage is None else short_hours(coverage)
    head = RosterHead(version.queue, published_words(version, timezone), short)
    calendar = read_calendar(read_site().country, range(month.year, last_day(month).year + 1))
    given: dict[str, Any] = {"month": month, "head": head, "calendar": calendar, "language": language}
    if badge:
        return attached(badge_sheets_pdf(roster, badges=[badge], **given), f"{month}-sheet.pdf", PDF)
    return attached(roster_pdf(roster, size=size, by=by, **given), f"{month}-roster.pdf", PDF)


@router.get("/v1/queues/{queue}/report", responses=errors(404) | {200: {"content": TABULAR_FORMS}})
def get_report(
    queue: QueueName,
    request: Request,
    key: Exporter,
    by: ReportPeriod = "month",
    form: Annotated[Literal["json", "csv", "xlsx"], Query(alias="format")] = "json",
) -> Response:
    """Return the kept history by week, month, quarter, half-year or year, beside the forecasts published before."""
    history = _kept_history(request, queue)
    table = rollup(history, by=by, forecast=frozen_forecasts(engine_of(request), history))
    note_export(request, key, what="report", subject=queue, detail=by)
    rows = json_rows(table.rename_axis("period").reset_index())
    if form == "json":
        return JSONResponse(rows)
    if form == "csv":
        return csv_response(rows, ("period", *map(str, table.columns)), name=f"report-{by}.csv")
    title = f"汇总 Report {queue} {by.replace('_', '-')}"
    return written(partial(write_rollup, table, title=title), f"report-{by}.xlsx", XLSX)


def _kept_history(request: Request, queue: str) -> History:
    history = stored_history(engine_of(request), queue)
    if history is None:
        raise _no_history(queue)
    return history


def _no_history(queue: str) -> HttpRefusal:
    return HttpRefusal(404, say("tables.no_history", queue=queue))


@router.get("/v1/queues/{queue}/history", responses=errors(404) | {200: {"content": HISTORY_FORMS}})
def get_history(
    queue: QueueName,
    request: Request,
    key: Exporter,
    *,
    begin: Annotated[AwareDatetime | None, Query(description="The first interval's start")] = None,
    end: Annotated[AwareDatetime | None, Query(description="Before this instant")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
    form: Annotated[Literal["json", "parquet"], Query(alias="format")] = "json",
) -> Response:
    """Return the kept history: JSON in pages, each with the `next_begin` of the one after it, or all as Parquet."""
    most = limit if form == "json" else EVERY_INTERVAL
    page = stored_page(engine_of(request), queue, begin=begin, end=end, limit=most)
    if page is None:
        raise _no_history(queue)
    note_export(request, key, what="history", subject=queue)
    if form == "parquet":
        return attached(frame_bytes(page.history.frame), f"{queue}-history.parquet", PARQUET)
    return JSONResponse(
        {
            "timezone": page.history.timezone,
            "interval_minutes": page.history.interval_minutes,
            "rows": json_rows(page.history.frame.reset_index()),
            "next_begin": None if page.next_begin is None else page.next_begin.isoformat(),
        }
    )


@router.get("/v1/queues/{queue}/capacity", responses=errors(404))
def get_capacity(queue: QueueName, request: Request, key: Exporter) -> dict[str, Any]:
    """Return the most calls one seat connects in a busy hour: by theory, by sample of the kept history, as set (B1)."""
    found = asdict(capacity_of(_kept_history(request, queue), read_site()))
    note_export(request, key, what="capacity", subject=queue)
    return found


@router.get("/v1/versions", responses=errors())
def get_versions(
    request: Request,
    key: Planner,
    kind: VersionKind = "",
    queue: Annotated[str, Query(max_length=128)] = "",
    month: Annotated[str, Query(pattern=rf"({PERIOD})|^$")] = "",
) -> list[dict[str, Any]]:
    """Return what is kept: every version with who made it, when, from what and why, and whether it is published."""
    del key
    found = list_versions(engine_of(request), kind=kind or None, queue=queue or None, month=month or None)
    return [asdict(version) for version in found]


@router.get(
    "/v1/versions/content",
    response_class=Response,
    responses=errors(404) | {200: {"content": {"application/octet-stream": {}}}},
)
def get_content(
    request: Request, key: Planner, version_id: Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f]+$")]
) -> Response:
    """Return what a version holds, as it was stored: a frame as Parquet, a file as it was given."""
    engine = engine_of(request)
    try:
        content = content_of(engine, version_id)
    except NoVersionError as error:
        raise HttpRefusal(404, error.message) from None
    note_export(request, key, what="version", subject=version_id)
    return Response(content, media_type="application/octet-stream")


@router.get("/v1/versions/audit", responses=errors())
def get_audit(
    request: Request, key: Planner, queue: Annotated[str, Query(max_length=128)] = ""
) -> list[dict[str, Any]]:
    """Return who made, published and superseded what, when and why, the oldest first."""
    del key
    trail: list[dict[str, Any]] = audit_of(engine_of(request), queue=queue or None).to_dict("records")  # type: ignore[assignment]
    return trail
