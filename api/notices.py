"""What is said beside an answer: a column that nobody understood, a row left out. Never in silence.

Readers say it wherever they are; who shows their answer to somebody listens (`heard`). Nobody listening, it goes to the
log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from forecaster.messages import Words

logger = logging.getLogger(__name__)
_listener: ContextVar[Callable[[Words], None] | None] = ContextVar("listener", default=None)


def notice(said: Words) -> None:
    """Say something to whoever listens."""
    listener = _listener.get()
    if listener is None:
        logger.warning("%s", said.en)
    else:
        listener(said)


@contextmanager
def heard() -> Iterator[list[Words]]:
    """Gather what is said inside, each thing once."""
    said: list[Words] = []
    with listening(lambda one: None if one in said else said.append(one)):
        yield said


@contextmanager
def listening(listener: Callable[[Words], None]) -> Iterator[None]:
    """Let `listener` be told what is said inside."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def notes_of(said: Sequence[Words]) -> list[dict[str, str]]:
    """Return what was said as a service answers it."""
    return [{"zh": one.zh, "en": one.en} for one in said]


def with_notes(answer: dict[str, Any], said: Sequence[Words]) -> dict[str, Any]:
    """Return a service's answer with what was said beside it in `notes`, after those it has; none, as it is."""
    return answer | {"notes": [*answer.get("notes", []), *notes_of(said)]} if said else answer
