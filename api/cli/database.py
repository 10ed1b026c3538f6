"""The database that a command works on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from api.sentences import refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine

SQLITE = "sqlite:///"


def database_url(database: str | None) -> str:
    """Return the URL of the database that `--database` (a URL, or an SQLite file) or the environment names."""
    from api.settings import settings_from

    if database is None:
        return settings_from(os.environ).database_url
    return database if "://" in database else f"{SQLITE}{database}"


def open_store(database: str | None) -> Engine:
    """Return the database at its newest schema; an SQLite file that is not there is made."""
    from api.store.database import migrate, open_database

    engine = open_database(database_url(database))
    migrate(engine)
    return engine


@contextmanager
def held(engine: Engine) -> Iterator[Engine]:
    """Give the database, and let go of it at the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def existing_store(url: str) -> Engine:
    """Return the database of a command that does not begin one.

    Raises
    ------
    ValueError
        If it is an SQLite file that is not there.
    """
    if not _is_there(url):
        raise refusal("database.none", file=_file_of(url))
    return open_store(url)


def store_if_any(database: str | None, *, or_none: bool = False) -> Engine | None:
    """Return the database that a command looks into: None where there is no such file and none was named.

    or_none
        None too where one was named that is not there yet: it is begun by what is published later.

    Raises
    ------
    ValueError
        If an SQLite file was named that is not there.
    """
    url = database_url(database)
    return None if (database is None or or_none) and not _is_there(url) else existing_store(url)


def _is_there(url: str) -> bool:
    return not url.startswith(SQLITE) or _file_of(url).is_file()


def _file_of(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))
