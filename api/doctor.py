"""What keeps a service from its work, found before anybody waits: set, reachable, writable, stale, too old."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Engine, func, select
from sqlalchemy.engine import make_url

from api import __version__
from api.calendars.files import SHIPPED
from api.channels import addresses_of, private_address
from api.keys import RIGHTS, list_keys
from api.publishing import period_published
from api.sentences import say
from api.settings import VARIABLE_PREFIX, Settings
from api.store.database import open_database, reading, schema_age, write_trouble
from api.store.ladder_fold import differences_since_checkpoint
from api.store.ladder_log import newest_readings
from api.store.planning_tables import FINISHED, jobs
from api.store.tables import instant, outbox
from api.store.trouble import trouble_of
from forecaster.messages import Message, told_of

Grade = Literal["well", "look", "wrong"]
LEAST_FREE_BYTES = 1_000_000_000  # a year of readings of ten queues, and a backup of them
KEY_ENDS_WITHIN = timedelta(days=14)
PLAN_DUE_DAY = 25  # the day of a month on which the next month's plan is made
REACH_SECONDS = 3.0
JOB_STUCK_AFTER = timedelta(hours=2)
Reach = Callable[[str], str | None]


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at: `well`, `look` (it works, but look after it) or `wrong`; what was found and the way out."""

    grade: Grade
    said: Message


def examine(
    settings: Settings, environ: Mapping[str, str], *, at: datetime, reach: Reach | None = None
) -> list[Diagnosis]:
    """Return what is found of a service with these settings, what is wrong included.

    at
        The instant it is.
    reach
        Says why an address cannot be reached, or None; by default it opens a connection.
    """
    reached = reach or unreachable
    found = [*_software(), *_set(settings, environ)]
    engine = None
    try:
        if (url := make_url(settings.database_url)).get_backend_name() == "sqlite":
            found += _file(Path(url.database or ""))
            if not Path(url.database or "").is_file():
                return [*found, *_outside(settings, reached)]
        engine = open_database(settings.database_url, busy_timeout_seconds=settings.busy_seconds)
        found += _database(engine, settings, at)
    except Exception as error:  # what cannot even be opened is what was looked for
        found.append(_wrong("doctor.database", cause=trouble_of(error) or told_of(error)))
    finally:
        if engine is not None:
            engine.dispose()
    return [*found, *_outside(settings, reached)]


def _well(code: str, **fields: object) -> Diagnosis:
    return Diagnosis("well", say(code, **fields))


def _look(code: str, **fields: object) -> Diagnosis:
    return Diagnosis("look", say(code, **fields))


def _wrong(code: str, **fields: object) -> Diagnosis:
    return Diagnosis("wrong", say(code, **fields))


def _software() -> Iterator[Diagnosis]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield _well("doctor.software", version=__version__, python=python)
    kernel = importlib.util.find_spec("optimizer.search.kernel")
    folder = Path(kernel.origin or "").parent if kernel is not None else Path()
    if not any(folder.glob("__pycache__/kernel*.nbi")):
        yield _look("doctor.kernel")


def _set(settings: Settings, environ: Mapping[str, str]) -> Iterator[Diagnosis]:
    names = sorted(name for name in environ if name.startswith(VARIABLE_PREFIX) and name != "HUAWU_SETTINGS")
    file = environ.get("HUAWU_SETTINGS")
    if file or names:
        yield _well("doctor.settings", file=file or "-", names=names or "-")
    else:
        yield _look("doctor.no_settings")
    if settings.timezone not in available_timezones():
        yield _wrong("doctor.zone", zone=settings.timezone)
    if settings.open_access:
        yield _look("doctor.open_access")
    if settings.traces_url and importlib.util.find_spec("opentelemetry.sdk") is None:
        yield _wrong("traces.extra")


def _file(file: Path) -> Iterator[Diagnosis]:
    """Look at an SQLite file and the disk it lies on."""
    folder = file.absolute().parent
    if not folder.is_dir():
        yield _wrong("doctor.folder", folder=folder)
        return
    free = shutil.disk_usage(folder).free
    grade = _look if free < LEAST_FREE_BYTES else _well
    yield grade("doctor.disk", folder=folder, free=f"{free / 1e9:,.1f}")
    if not file.is_file():
        yield _look("doctor.no_database", file=file)
    elif os.name == "posix" and file.stat().st_mode & 0o077:
        yield _look("doctor.readable", file=file)


def _database(engine: Engine, settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    """Look into the database: its schema, what it takes, its queues, keys, plans, messages and jobs."""
    behind = schema_age(engine)
    where = engine.url.render_as_string()
    if behind is None:
        yield _wrong("doctor.database", cause=say("database.other_schema"))
        return
    if behind:
        yield _look("doctor.schema", url=where, count=behind)
        return
    yield _well("doctor.newest", url=where)
    yield _writable(engine, at)
    yield from _queues(engine, settings, at)
    yield from _keys(engine, at)
    yield from _plans(engine, settings, at)
    yield from _messages(engine, settings, at)
    yield from _jobs(engine, at)


def _writable(engine: Engine, at: datetime) -> Diagnosis:
    """Try to write, and take it back."""
    try:
        cause = write_trouble(engine, at, kept=False)
    except Exception as error:  # that is what was tried
        cause = told_of(error)
    return _well("doctor.writable") if cause is None else _wrong("doctor.not_writable", cause=cause)


def _queues(engine: Engine, settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    for queue, read_at in newest_readings(engine, settings).items():
        if read_at is None:
            yield _look("doctor.silent", queue=queue)
            continue
        if wrong := differences_since_checkpoint(engine, queue, at):
            yield _wrong("doctor.log", queue=queue, found=wrong)
        age, ladder = (at - read_at).total_seconds(), settings.ladder_for(queue)
        told = {"queue": queue, "age": f"{abs(age):,.0f}", "gap": f"{ladder.max_gap_seconds:g}"}
        if ladder.is_current(age):
            yield _well("doctor.fresh", **told)
        else:
            yield _wrong("doctor.stale" if age > 0 else "doctor.ahead", **told)


def _keys(engine: Engine, at: datetime) -> Iterator[Diagnosis]:
    live = [one for one in list_keys(engine) if one.is_live(at)]
    for role in ("writer", "wallboard", "supervisor"):
        if not any(RIGHTS[role] <= RIGHTS[one.role] for one in live):
            yield _look("doctor.no_key", role=role)
    for one in live:
        if one.expires_at is not None and one.expires_at - at < KEY_ENDS_WITHIN:
            yield _look("doctor.key_ends", number=one.id, label=one.label, at=f"{one.expires_at:%Y-%m-%d %H:%M}Z")
    if live:
        yield _well("doctor.keys", count=len(live))


def _plans(engine: Engine, settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    """Look whether this month's roster, and from the 25th the next one's, is published, and the calendar it wants."""
    today = at.astimezone(ZoneInfo(settings.timezone)).date()
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    wanted = [today] + ([following] if today.day >= PLAN_DUE_DAY else [])
    known = newest_readings(engine, settings)
    for day in wanted if known else ():
        month = f"{day:%Y-%m}"
        missing = [queue for queue in known if period_published(engine, queue=queue, day=day) is None]
        if missing:
            yield _look("doctor.no_roster", month=month, queues=missing)
        else:
            yield _well("doctor.roster", month=month)
    if not (SHIPPED / f"{following.year}.toml").is_file():
        yield _look("doctor.calendar", year=following.year)


def _messages(engine: Engine, settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    waiting = select(outbox.c.webhook, func.count(), func.min(outbox.c.created_at), func.max(outbox.c.error))
    with reading(engine) as connection:
        rows = list(connection.execute(waiting.where(outbox.c.status == "pending").group_by(outbox.c.webhook)))
    known = {hook.name for hook in settings.webhooks}
    for name, count, first, error in rows:
        minutes = (at - instant(first)).total_seconds() / 60
        code = "doctor.unsent" if name in known else "doctor.unsent_nowhere"
        if minutes >= 1 or name not in known:
            yield _wrong(code, name=name, count=count, minutes=f"{minutes:,.0f}", error=error or "-")


def _jobs(engine: Engine, at: datetime) -> Iterator[Diagnosis]:
    with reading(engine) as connection:
        wanted = select(jobs.c.job_id, jobs.c.kind, jobs.c.created_at).where(jobs.c.state.not_in(FINISHED))
        rows = list(connection.execute(wanted))
    for row in rows:
        if at - instant(row.created_at) > JOB_STUCK_AFTER:
            yield _look("doctor.job", job=row.job_id, kind=row.kind, at=row.created_at[:16])


def _outside(settings: Settings, reach: Reach) -> Iterator[Diagnosis]:
    """Look whether what the service talks to can be reached."""
    told: list[tuple[str, str, bool]] = [(f"[[webhook]] {one.name}", one.url, one.private) for one in settings.webhooks]
    if settings.heartbeat is not None:
        told.append(("[heartbeat]", settings.heartbeat.url, settings.heartbeat.private))
    if settings.traces_url:
        told.append(("traces_url", settings.traces_url, True))
    if not settings.webhooks:
        yield _look("doctor.no_webhook")
    for name, url, private in told:
        within = None if private else private_address(url, addresses_of)
        if within is not None:
            yield _wrong("doctor.private", name=name, address=within)
        elif (why := reach(url)) is not None:
            yield _wrong("doctor.unreachable", name=name, host=urlsplit(url).hostname, cause=why)
        else:
            yield _well("doctor.reached", name=name, host=urlsplit(url).hostname)


def unreachable(url: str) -> str | None:
    """Return why nothing answers at the address's host and port, or None; nothing is asked of it."""
    parts = urlsplit(url)
    ports: dict[str, Any] = {"http": 80, "https": 443, "smtp": 25, "smtps": 465}
    try:
        socket.create_connection((parts.hostname or "", parts.port or ports[parts.scheme]), REACH_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return None
