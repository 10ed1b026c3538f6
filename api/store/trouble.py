"""What is wrong with a database, in words, by its driver's own code for it."""

from __future__ import annotations

import logging
import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from api.sentences import say
from forecaster.messages import Message

# SQLite's result codes but for SQLITE_ and what they add to the first word; PostgreSQL's by class or whole.
SQLITE = {
    "BUSY": "locked",
    "LOCKED": "locked",
    "PROTOCOL": "locked",
    "FULL": "full",
    "READONLY": "read_only",
    "CORRUPT": "damaged",
    "NOTADB": "damaged",
    "CANTOPEN": "closed",
    "PERM": "closed",
    "IOERR": "disk",
}
POSTGRESQL = {
    "55P03": "locked",
    "40P01": "locked",
    "57014": "locked",
    "53100": "full",
    "25006": "read_only",
    "XX001": "damaged",
    "XX002": "damaged",
    "42501": "closed",
    "28": "closed",
    "58": "disk",
    "08": "away",
    "53": "away",
    "57": "away",
}


def database_errors() -> tuple[type[Exception], ...]:
    """Return the errors that a database may answer with: SQLAlchemy's, and the drivers' own."""
    try:
        from psycopg import Error
    except ImportError:  # PostgreSQL is an extra
        return SQLAlchemyError, sqlite3.Error
    return SQLAlchemyError, sqlite3.Error, Error


def trouble_of(error: BaseException) -> Message | None:
    """Return what is wrong with the database; None where it is not the database that is at fault."""
    if isinstance(error, PoolTimeoutError):
        return say("database.away")
    driver = error.orig if isinstance(error, DBAPIError) else error
    if name := getattr(driver, "sqlite_errorname", None):
        kind = SQLITE.get(name.removeprefix("SQLITE_").split("_")[0])
        return None if kind is None else say(f"database.{kind}")
    state = getattr(driver, "sqlstate", None)
    if state:
        kind = POSTGRESQL.get(state) or POSTGRESQL.get(state[:2])
        return None if kind is None else say(f"database.{kind}")
    if type(driver).__module__.startswith("psycopg") and type(driver).__name__ == "OperationalError":
        return say("database.away")  # no server has answered
    return None


def log_failure(logger: logging.Logger, what: str, error: Exception) -> None:
    """Log what could not be done: in one line where it is the database, else with its traceback."""
    trouble = trouble_of(error)
    if trouble is None:
        logger.error(what, exc_info=error)
    else:
        logger.error("%s: %s", what, trouble.en)
