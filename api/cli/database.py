"""The database that a command works on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from api.sentences import refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine


def database_url(database: str | None) -> str:
    """Return the URL of the database that `--database` (a URL, or an SQLite file) or the environment names."""
    from api.settings import settings_from

    if database is None:
        return settings_from(os.environ).database_url
    return database if "://" in database else f"sqlite:///{database}"


def open_store(database: str | None) -> Engine:
    """Return the database at its newest schema; an SQLite file that is not there is made."""
    from api.store.database import migrate, open_database

    engine = open_database(database_url(database))
    migrate(engine)
    return engine


def existing_store(database: str | None, *, or_none: bool = False) -> Engine | None:
    """Return the database for a command that only looks into it: None where there is no such file and none was named.

    or_none
        None too where one was named that is not there yet: it is begun by what is published later.

    Raises
    ------
    ValueError
        If an SQLite file was named that is not there.
    """
    url = database_url(database)
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not file.is_file():
        if database is None or or_none:
            return None
        raise refusal("database.none", file=file)
    return open_store(database)
