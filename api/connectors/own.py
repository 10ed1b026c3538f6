"""A connector of one's own: a function that looks at a switch, called every few seconds."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from api.connectors.observation import Observation
from api.sentences import refusal

LookAtSwitch = Callable[[datetime], Any]


def look_named(name: str) -> LookAtSwitch:
    """Return the function that `module:function` names; a module of the working directory counts.

    Raises
    ------
    ValueError
        If there is no such module, or it has no such function.
    """
    module, colon, function = name.partition(":")
    if not colon or not module or not function:
        raise refusal("own.name", name=name)
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), function, None)
    except ModuleNotFoundError as error:
        raise refusal("own.no_module", module=module, cause=error) from error
    if not callable(found):
        raise refusal("own.no_function", module=module, function=function)
    return found  # type: ignore[no-any-return]


async def looked_at(look: LookAtSwitch, asked_at: datetime) -> list[Observation]:
    """Return what the function saw: observations, or mappings of `queue`, `waiting` and whatever else a reading has.

    A function that is not asynchronous runs in a thread of its own.

    Raises
    ------
    ValueError
        If it gives something else.
    """
    seen = look(asked_at) if inspect.iscoroutinefunction(look) else await asyncio.to_thread(look, asked_at)
    if inspect.isawaitable(seen):
        seen = await seen
    if isinstance(seen, (Observation, Mapping)):
        seen = [seen]
    if not isinstance(seen, Iterable):
        raise refusal("own.no_look", kind=type(seen).__name__)
    return [_observation(one, asked_at) for one in seen]


def _observation(one: Any, asked_at: datetime) -> Observation:
    if isinstance(one, Observation):
        return one
    if not isinstance(one, Mapping) or not isinstance(one.get("queue"), str) or "waiting" not in one:
        raise refusal("own.no_observation", one=repr(one)[:200])
    at = one.get("at", asked_at)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise refusal("own.at", at=repr(at)[:200])
    told = {key: value for key, value in one.items() if key not in ("queue", "waiting", "at")}
    return Observation(one["queue"], at, one["waiting"], told)
