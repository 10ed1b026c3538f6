"""Plain Python loops that are compiled by numba when the work in hand is worth the wait."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., Any])
COMPILED: dict[Callable[..., Any], Callable[..., Any]] = {}
SPENT: dict[Callable[..., Any], float] = {}  # seconds asked of Python so far


def quickest(
    loop: Callable[..., Any],
    *,
    seconds_in_python: float,
    seconds_to_compile: float,
    parts: Sequence[Callable[..., Any]] = (),
    inlined: Sequence[Callable[..., Any]] = (),
) -> Callable[..., Any]:
    """Return `loop` itself, or its machine code where that is ready, or will be sooner than Python is done.

    What Python was asked before counts too, so that many small runs in a row get their machine code as well.

    Machine code is kept on disk beside the loop's own file, where that folder can be written; a fresh machine pays
    `seconds_to_compile` once, and later processes about half a second to load it. `parts` are the plain functions
    that the loop calls, in the loop's own file; `inlined` those of them to be put into the loop where they are called,
    because handing them whole bundles of arrays would cost as much as their work. Nobody here may make an array.
    """
    if loop in COMPILED:
        return COMPILED[loop]
    kept = any(_kept(loop))
    SPENT[loop] = SPENT.get(loop, 0.0) + seconds_in_python
    if SPENT[loop] < (0.8 if kept else seconds_to_compile):
        return loop
    COMPILED[loop] = to_machine_code(loop, parts, inlined, makes_arrays=False)
    return COMPILED[loop]


def _kept(loop: Callable[..., Any]) -> Iterator[Path]:
    """Yield the lists of what is kept of a loop's machine code."""
    source = Path(inspect.getfile(loop))
    return source.with_name("__pycache__").glob(f"{source.stem}.{loop.__name__}-*.nbi")


def to_machine_code(
    loop: Loop,
    parts: Sequence[Callable[..., Any]] = (),
    inlined: Sequence[Callable[..., Any]] = (),
    *,
    makes_arrays: bool = True,
) -> Loop:
    """Return `loop` compiled at its first call, kept on disk where there is a place to keep it."""
    from numba import njit
    from numba.extending import register_jitable

    for index in _kept(loop):
        # numba reads it before it asks how old it is, and stumbles over a bundle's name that is no more
        if index.stat().st_mtime < Path(inspect.getfile(loop)).stat().st_mtime:
            index.unlink(missing_ok=True)
    # where all arrays come in from outside and stay there, counting references to them would take half of the time
    how: dict[str, Any] = {} if makes_arrays else {"_nrt": False}
    for part in parts:
        register_jitable(**how, inline="always" if part in inlined else "never")(part)
    try:
        return cast("Loop", njit(cache=True, **how)(loop))
    except RuntimeError:  # no folder for it can be written
        return cast("Loop", njit(**how)(loop))
