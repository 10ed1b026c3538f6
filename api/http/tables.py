"""The Five Tables, roll-ups and versions over HTTP: from what was published, and from the history that is kept."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from fastapi import APIRouter, Depends, Query, Request, UploadFile
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from api.http.access import bearer_scheme, header_scheme, requires
from api.http.surge import QueueName, errors
from api.intake import InputError, read_histories
from api.keys import Key
from api.reports.inspection import inspect_all, summary
from api.reports.published import published_tables, store_history, stored_history
from api.reports.rollups import By, rollup
from api.reports.table_files import table_csv, tables_document, tables_html
from api.reports.workbook import write_workbook
from api.site import read_site
from api.store.versions import NoVersionError, audit_of, list_versions

router = APIRouter(tags=["tables"], dependencies=[Depends(bearer_scheme), Depends(header_scheme)])
Exporter = Annotated[Key, Depends(requires("export"))]
Planner = Annotated[Key, Depends(requires("plan"))]
Month = Annotated[str, InPath(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$", examples=["2026-12"])]
Zone = Annotated[str, Query(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: dict[str, dict[str, Any]] = {form: {} for form in ("application/json", "text/html", "text/csv", XLSX)}
Kind = Literal["", "forecast", "requirement", "roster", "coverage", "people", "calendar", "ladder", "history"]


def engine_of(request: Request) -> Engine:
    """Return the service's database."""
    engine: Engine = request.app.state.log.engine
    return engine


@router.get("/v1/queues/{queue}/months/{month}/tables", responses=errors(404) | {200: {"content": FORMS}})
def get_tables(
    queue: QueueName,
    month: Month,
    request: Request,
    key: Exporter,
    form: Annotated[Literal["json", "html", "xlsx", "csv"], Query(alias="format")] = "json",
    number: Annotated[int, Query(ge=1, le=5, description="Which table, for csv")] = 1,
) -> Response:
    """Return the Five Tables of the plan that is published for a month, as JSON, a page, a workbook, or one as CSV."""
    del key
    try:
        five = published_tables(engine_of(request), queue=queue, month=pd.Period(month, freq="M"), site=read_site())
    except NoVersionError as error:
        raise HTTPException(404, str(error)) from None
    if form == "json":
        return JSONResponse(tables_document(five))
    if form == "html":
        return Response(tables_html(five), media_type="text/html; charset=utf-8")
    if form == "csv":
        return _file(table_csv(five.table(number)).encode(), f"{month}-table-{number}.csv", "text/csv; charset=utf-8")
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        content = write_workbook(five, Path(folder, "five_tables.xlsx")).read_bytes()
    return _file(content, f"{month}-five-tables.xlsx", XLSX)


def _file(content: bytes, name: str, media_type: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.put("/v1/queues/{queue}/history", responses=errors(413))
def put_history(
    queue: QueueName, file: UploadFile, request: Request, key: Planner, timezone: Zone = "Asia/Shanghai"
) -> dict[str, Any]:
    """Keep a queue's history: a file in any form that is read, looked over first; one with a fault is refused whole."""
    content = file.file.read()
    name = Path((file.filename or "history.csv").replace("\\", "/")).name.replace("\x00", "") or "history.csv"
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        path = Path(folder, name[-100:])
        path.write_bytes(content)
        try:
            intake = read_histories(path, timezone=timezone, queue=queue)
        except InputError as error:
            raise HTTPException(422, str(error).replace(str(path), name)) from None
    if list(intake.histories) != [queue]:
        shown = ", ".join(list(intake.histories)[:10])
        raise HTTPException(422, f"{name}: holds the queue(s) {shown}, not {queue}")
    findings = inspect_all(intake)
    actor = key.badge or key.label
    version = store_history(engine_of(request), intake.histories[queue], made_by=actor, source=content, why=name)
    return {
        "version": version.version_id,
        "summary": summary(intake, findings).to_dict("records")[0],
        "notes": list(intake.notes),
        "findings": [
            {"kind": f.kind, "start_at": f.start_at.isoformat(), "end_at": f.end_at.isoformat(), "says": f.says}
            for f in findings[queue]
        ],
    }


@router.get("/v1/queues/{queue}/report", responses=errors(404))
def get_report(queue: QueueName, request: Request, key: Exporter, by: By = "month") -> list[dict[str, Any]]:
    """Return the kept history by week, month, quarter, half-year or year."""
    del key
    history = stored_history(engine_of(request), queue)
    if history is None:
        raise HTTPException(404, f"no history of {queue} is kept")
    table = rollup(history, by=by)
    rows = table.astype(object).where(table.notna(), None).to_dict("index")
    return [{"period": str(name), **{str(k): v for k, v in row.items()}} for name, row in rows.items()]


@router.get("/v1/versions", responses=errors())
def get_versions(
    request: Request,
    key: Planner,
    kind: Kind = "",
    queue: Annotated[str, Query(max_length=128)] = "",
    month: Annotated[str, Query(pattern=r"^(20\d{2}-(0[1-9]|1[0-2]))?$")] = "",
) -> list[dict[str, Any]]:
    """Return what is kept: every version with who made it, when, from what and why, and whether it is published."""
    del key
    found = list_versions(engine_of(request), kind=kind or None, queue=queue or None, month=month or None)
    return [asdict(version) for version in found]


@router.get("/v1/versions/audit", responses=errors())
def get_audit(
    request: Request, key: Planner, queue: Annotated[str, Query(max_length=128)] = ""
) -> list[dict[str, Any]]:
    """Return who made, published and superseded what, when and why, the oldest first."""
    del key
    trail: list[dict[str, Any]] = audit_of(engine_of(request), queue=queue or None).to_dict("records")  # type: ignore[assignment]
    return trail
