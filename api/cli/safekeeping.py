"""What keeps a service running: copies of its database, made at work and put back, and a look at its health."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from api.cli import options
from api.cli.database import database_url, existing_store, held, open_store
from api.cli.screen import done, frame_table, show, spoken
from api.sentences import refusal, say

if TYPE_CHECKING:
    from api.store.backup import Copied

MARKS = {"well": "✓", "look": "!", "wrong": "✗"}


def backup(
    copy: Annotated[Path, typer.Argument(help="The copy to write: an SQLite file.", show_default=False)],
    database: options.Database = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="As fast as it goes, where no service is at work beside it.")
    ] = False,
) -> None:
    """Copy the database as it is now, while the service goes on; the copy is checked by folding its log again."""
    from api.store.backup import REST, back_up

    with held(existing_store(database_url(database))) as engine:
        _told(back_up(engine, copy, rest=0.0 if at_once else REST))
    done(copy)


def restore(
    copy: Annotated[Path, typer.Argument(help="A copy that `huawu backup` wrote.", show_default=False, exists=True)],
    database: options.Database = None,
) -> None:
    """Bring a copy into an empty database, SQLite or PostgreSQL; its log folds to the same orders."""
    from api.store.backup import restore as brought_in

    with held(open_store(database)) as engine:
        _told(brought_in(copy, engine))
        show(say("screen.written", path=engine.url.render_as_string()))


def purge(
    settings: options.ServiceSettings = None,
    database: options.Database = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be taken out.")] = False,
) -> None:
    """Take out what is older than the settings keep ([retention]), while the service goes on; the audit notes it."""
    from api.settings import Retention, settings_from
    from api.store.retention import outdated
    from api.store.retention import purge as take_out

    told = settings_from(os.environ, file=settings)
    kept = told.retention
    if kept == Retention():
        raise refusal("retention.none")
    with held(existing_store(database_url(database or told.database_url))) as engine:
        at = datetime.now(UTC)
        gone = outdated(engine, kept, at) if dry_run else take_out(engine, kept, at, actor="huawu purge")
    frame_table(pd.DataFrame({"table": list(gone), "rows": list(gone.values())}))


def doctor(
    settings: options.ServiceSettings = None,
    database: options.Database = None,
) -> None:
    """Tell what is set, reachable, writable, stale or too old, each with the way out; exit code 1 if any fails."""
    from api.doctor import examine
    from api.settings import settings_from

    environ = dict(os.environ) | ({} if settings is None else {"HUAWU_SETTINGS": str(settings)})
    chosen = settings_from(environ)
    if database is not None:
        chosen = replace(chosen, database_url=database_url(database))
    found = examine(chosen, environ, at=datetime.now(UTC))
    for one in found:
        show(f"{MARKS[one.grade]} {spoken(one.said)}")
    if any(one.grade == "wrong" for one in found):
        raise typer.Exit(1)


def _told(copied: Copied) -> None:
    """Show what was copied; exit code 1 where a log and its snapshot disagree, as they then do in the original too."""
    rows = pd.DataFrame({"table": list(copied.rows), "rows": list(copied.rows.values())})
    frame_table(rows[rows["rows"] > 0])
    for queue, lines in copied.disagreements.items():
        show(say("backup.disagrees", queue=queue, found="; ".join(lines)))
    if copied.disagreements:
        raise typer.Exit(1)
