"""Opening the database, bringing it to the newest schema, and transactions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Dialect, Engine, Executable, Table, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from api.extras import of_extra
from api.sentences import refusal, say
from api.store.tables import facts, instant_text
from api.store.trouble import trouble_of
from forecaster.messages import Message

_SECONDS_BETWEEN_TRIES = 0.02  # of a file that others are writing the first time
MIGRATION_LOCK = 7_108_551  # any number, the same in every process: PostgreSQL's advisory lock while migrating


def open_database(url: str, *, busy_timeout_seconds: float = 30.0, pool_size: int = 8) -> Engine:
    """Return an engine on `url`: SQLite in WAL mode with full synchronous commits, or PostgreSQL.

    Raises
    ------
    ValueError
        If the URL is not one of SQLAlchemy's, names another database, or PostgreSQL's driver is not installed.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise refusal("database.url", url=url) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise refusal("database.memory")
        _make_file(Path(parsed.database))
        engine = create_engine(parsed, poolclass=QueuePool, pool_size=pool_size, max_overflow=pool_size)
        _prepare_sqlite(engine, busy_timeout_seconds)
        return engine
    if backend == "postgresql":
        # psycopg 3 is the driver that ships; a URL that names none means it.
        driver = parsed.set(drivername="postgresql+psycopg") if parsed.drivername == "postgresql" else parsed
        with of_extra("postgresql"):
            engine = create_engine(driver, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True)
        _prepare_postgresql(engine, busy_timeout_seconds)
        return engine
    raise refusal("database.backend", backend=backend)


def _make_file(path: Path) -> None:
    """Make the file where there is none, for its owner alone; what SQLite lays beside it takes the same permissions."""
    if str(path).startswith("file:") or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def close_to_others(engine: Engine) -> list[Path]:
    """Take other users' permissions from an SQLite file and what lies beside it, and return the files that had any.

    Files of another owner, or where permissions are not the system's way, are left as they are.
    """
    if engine.dialect.name != "sqlite" or os.name != "posix":
        return []
    file, closed = Path(engine.url.database or ""), []
    for one in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        if one.is_file() and (seen := one.stat()).st_uid == os.geteuid() and seen.st_mode & 0o077:
            one.chmod(seen.st_mode & 0o700)
            closed.append(one)
    return closed


def _prepare_postgresql(engine: Engine, busy_timeout_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        del record
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {int(busy_timeout_seconds * 1000)}")
        connection.commit()


def _prepare_sqlite(engine: Engine, busy_timeout_seconds: float) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None  # the driver must not begin transactions of its own
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}")
        _write_ahead(cursor, busy_timeout_seconds)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # A writer takes its lock before it reads what it will change: no update is ever lost.
        write = connection.get_execution_options().get("huawu_write", False)
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        cursor.close()


def _write_ahead(cursor: sqlite3.Cursor, busy_timeout_seconds: float) -> None:
    """Put the file into WAL mode, waiting for those who write in the old one: SQLite itself refuses that at once."""
    until = time.monotonic() + busy_timeout_seconds
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside a write transaction: committed at the end, rolled back by any exception."""
    with engine.connect().execution_options(huawu_write=True) as connection, connection.begin():
        yield connection


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row, or give the row that has its primary key these values.

    One statement, so that no other writer comes between looking and writing.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    key = [column.name for column in table.primary_key]
    others = {name: value for name, value in row.items() if name not in key}
    connection.execute(insert(table).values(**row).on_conflict_do_update(index_elements=key, set_=others))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection inside a read transaction: it sees one moment, whatever is written meanwhile."""
    # PostgreSQL looks anew at each statement unless it is told not to; SQLite never does.
    how = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**how) as connection, connection.begin():
        yield connection


def write_trouble(engine: Engine, at: datetime, *, kept: bool) -> Message | None:
    """Return why the database takes nothing, found by writing one row; None where it takes it.

    kept
        Commit the row: that alone tells whether a disk is full. Otherwise it is taken back, and nothing is left of it.
    """
    try:
        with engine.connect().execution_options(huawu_write=True) as connection, connection.begin() as transaction:
            put(connection, facts, {"name": "written", "value": instant_text(at)})
            if not kept:
                transaction.rollback()
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        return trouble
    return None


class Prepared:
    """A statement compiled once for the database's driver: what runs thousands of times is not compiled each time.

    Its parameters go to the driver as they are: text, whole numbers and None.
    """

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.text = str(compiled)
        self.order: Sequence[str] | None = compiled.positiontup

    def run(self, cursor: Any, row: Mapping[str, Any]) -> Any:
        """Run the statement with the row's values and return the cursor."""
        cursor.execute(self.text, self._values(row))
        return cursor

    def run_many(self, cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement with each row's values."""
        cursor.executemany(self.text, [self._values(row) for row in rows])

    def _values(self, row: Mapping[str, Any]) -> Any:
        return row if self.order is None else tuple([row[name] for name in self.order])


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema; several processes may call it at once.

    Raises
    ------
    ValueError
        If it cannot be opened or written, or its schema is another's.
    """
    try:
        _upgrade(engine)
    except (CommandError, SQLAlchemyError) as error:
        cause = trouble_of(error) or say("database.other_schema")
        raise refusal("database.unopened", url=engine.url.render_as_string(), cause=cause) from error


def schema_age(engine: Engine) -> int | None:
    """Return how many steps the database's schema is behind the newest one; None: it is another program's."""
    script = ScriptDirectory.from_config(_migrations())
    steps = [one.revision for one in script.walk_revisions()]
    with reading(engine) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return len(steps)
    return steps.index(found) if found in steps else None


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(engine: Engine) -> None:
    config = _migrations()
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
