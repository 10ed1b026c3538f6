"""What the service writes down of its work: one line each, as text or as JSON, with the request it belongs to."""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextvars import ContextVar
from itertools import count

from api.settings import Settings

REQUEST_ID = re.compile(rb"[\w.:-]{1,64}")
TEXT = "%(asctime)s %(levelname)s %(name)s%(within)s: %(message)s"
KEYS = {"levelname": "level", "name": "logger"}
MADE = count(secrets.randbits(63))  # of this process: another begins elsewhere
request_id: ContextVar[str] = ContextVar("request_id", default="")


def begin_request(given: bytes | None) -> str:
    """Return the id of the request that begins: the one it came with, where that is one, or a new one."""
    made = given.decode() if given and REQUEST_ID.fullmatch(given) else f"{next(MADE):016x}"
    request_id.set(made)
    return made


def write_logs(settings: Settings) -> None:
    """Let everything that is logged in this process go to standard error, as the settings say."""
    handler = logging.StreamHandler()
    handler.addFilter(_with_request)
    handler.setFormatter(_formatter(settings.log_format))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for name in ("httpx", "alembic"):  # what they call information is not ours
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(form: str) -> logging.Formatter:
    made: logging.Formatter
    if form == "json":
        from pythonjsonlogger.json import JsonFormatter

        wanted = ["levelname", "name", "message"]
        made = JsonFormatter(wanted, rename_fields=KEYS, timestamp="at", json_ensure_ascii=False)
        return made
    made = logging.Formatter(TEXT, "%Y-%m-%dT%H:%M:%SZ")
    made.converter = time.gmtime
    return made


def _with_request(record: logging.LogRecord) -> bool:
    """Put the request's id to a record, in words for a line of text."""
    within = request_id.get()
    record.within = f" [{within}]" if within else ""
    if within:
        record.request_id = within
    return True
