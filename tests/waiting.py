"""Waiting for what another thread or process does, and a port for it to be found at."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import httpx

_T = TypeVar("_T")


def until(condition: Callable[[], _T], *, seconds: float = 30.0, what: str = "it") -> _T:
    """Return the condition's first true value; fail when it stays false; a service not there yet is waited for."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < end:
        with contextlib.suppress(httpx.TransportError):
            value = condition()
            if value:
                return value
        pause.wait(0.02)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
