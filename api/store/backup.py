"""A database copied while it is at work, and put back: the copy is an SQLite database of its own, from either kind."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, inspect, literal, select
from sqlalchemy.exc import DatabaseError

from api.sentences import refusal
from api.store import planning_tables, version_tables  # noqa: F401 (their tables are copied too)
from api.store.database import migrate, open_database, reading, writing
from api.store.ladder_fold import differences
from api.store.tables import facts, metadata, queues

Monotonic = Callable[[], float]
Sleep = Callable[[float], None]
REST = 3.0  # a quarter of a core at most
ROWS_COPIED_AT_ONCE = 1_000  # between two rests: some hundredths of a second of work


class Pace:
    """Rests that leave the machine to others: after each piece of work `rest` times as long as it took."""

    def __init__(self, rest: float, *, clock: Monotonic = time.monotonic, sleep: Sleep = time.sleep) -> None:
        self.rest, self.clock, self.sleep = rest, clock, sleep
        self.began, self.asked = clock(), 0

    def pause(self) -> None:
        """Rest for the work since the last rest."""
        self.sleep(self.rest * (self.clock() - self.began))
        self.began = self.clock()

    def between_events(self) -> bool:
        """Rest now and then while a log is folded, and never stop it."""
        self.asked += 1
        if self.asked % ROWS_COPIED_AT_ONCE == 0:
            self.pause()
        return False


@dataclass(frozen=True)
class Copied:
    """What a copy holds.

    rows
        Rows by table.
    disagreements
        By queue, where the copy's log, folded again, and its snapshot disagree; empty when all agree.
    """

    rows: dict[str, int]
    disagreements: dict[str, list[str]]


def back_up(engine: Engine, path: Path, *, rest: float = REST) -> Copied:
    """Write everything in the database to the SQLite file `path`, as of one moment, while others go on writing.

    rest
        So many times as long as it works it leaves the machine to others, a thousand rows at a time.

    Raises
    ------
    ValueError
        If there is such a file already.
    OSError
        If it cannot be written; then nothing of it stays.
    """
    if path.exists():
        raise refusal("backup.exists", file=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".copying-") as folder:
        part = Path(folder) / path.name
        pace = Pace(rest)
        with _opened(part) as copy:
            with reading(engine) as source:
                # each piece a transaction of its own: no disk has all of it to write at the end
                rows = _copy(source, lambda: writing(copy), pace)
            found = Copied(rows, _disagreements(copy, pace))
        part.replace(path)
    return found


def restore(path: Path, engine: Engine) -> Copied:
    """Bring everything in the copy `path` into the empty database of `engine`, in one transaction.

    A copy of an older version is brought to the newest schema on the way; the file itself stays as it is.

    Raises
    ------
    ValueError
        If the file is not such a copy, or the database has rows already.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "copy.db"
        shutil.copyfile(path, own)
        with _opened(own, copy_named=path) as copy:
            migrate(engine)
            with reading(copy) as source, writing(engine) as target:
                full = next(
                    (one.name for one in metadata.sorted_tables if one is not facts and _has_rows(target, one)), None
                )
                if full is not None:
                    raise refusal("backup.not_empty", url=engine.url.render_as_string(), table=full)
                rows = _copy(source, lambda: nullcontext(target), Pace(0.0))
                if engine.dialect.name == "postgresql":
                    _number_on(target)
    return Copied(rows, _disagreements(engine, Pace(0.0)))


@contextmanager
def _opened(path: Path, *, copy_named: Path | None = None) -> Iterator[Engine]:
    """Yield the database at `path`, of the newest schema; what is no copy is refused by the name `copy_named`."""
    engine = open_database(f"sqlite:///{path}")
    try:
        if copy_named is not None and not _is_ours(engine):
            raise refusal("backup.not_a_copy", file=copy_named)
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


def _is_ours(engine: Engine) -> bool:
    try:
        return inspect(engine).has_table("alembic_version")
    except DatabaseError:
        return False


def _has_rows(connection: Connection, table: Table) -> bool:
    return connection.execute(select(literal(1)).select_from(table).limit(1)).first() is not None


def _pieces(source: Connection) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    """Yield the rows of every table, a thousand at a time, those that others refer to first."""
    for table in metadata.sorted_tables:
        found = source.execution_options(yield_per=ROWS_COPIED_AT_ONCE).execute(select(table))
        for rows in found.mappings().partitions():
            yield table, [dict(row) for row in rows]


def _copy(source: Connection, piece: Callable[[], AbstractContextManager[Connection]], pace: Pace) -> dict[str, int]:
    """Write everything, each piece of it to what `piece()` opens, and return the number of rows by table."""
    copied = {table.name: 0 for table in metadata.sorted_tables}
    with piece() as target:
        target.execute(delete(facts))  # what making the tables noted: the source's own notes come instead
    for table, rows in _pieces(source):
        with piece() as target:
            target.execute(insert(table), rows)
        copied[table.name] += len(rows)
        pace.pause()
    return copied


def _number_on(target: Connection) -> None:
    """Let PostgreSQL number new rows after those brought in."""
    for table in metadata.sorted_tables:
        if "id" in table.c:
            numbers = func.pg_get_serial_sequence(table.name, "id")
            last = func.max(table.c.id)
            target.execute(select(func.setval(numbers, last)).select_from(table).having(last.is_not(None)))


def _disagreements(engine: Engine, pace: Pace) -> dict[str, list[str]]:
    with reading(engine) as connection:
        names = connection.execute(select(queues.c.queue).order_by(queues.c.queue)).scalars().all()
    found = {queue: differences(engine, queue, stopped=pace.between_events) for queue in names}
    return {queue: lines for queue, lines in found.items() if lines}
