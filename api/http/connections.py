"""Connections that cannot be held for nothing: who says nothing, or a byte at a time, is let go."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEPT_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4, "TCP_USER_TIMEOUT": 120_000}


class PatientProtocol(HttpToolsProtocol):
    """HTTP as the server speaks it, with an end to its patience while a request is on its way in.

    Its head has to be here within `patience_seconds`; of its body so many bytes a second have to come, unless it is the
    service that does not take them.
    """

    patience_seconds = 20.0
    least_bytes_a_second = 500.0

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.patience: asyncio.TimerHandle | None = None
        self.incoming = True  # the first request of the connection
        self.body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take in what came; wait for the rest of a request that is not whole."""
        super().data_received(data)
        if self.incoming and self.patience is None:
            self._wait()

    def on_message_begin(self) -> None:
        """Note that a request has begun."""
        self.incoming = True
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Count what came of the body."""
        self.body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request is whole."""
        self.incoming = False
        self._stop_waiting()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.body_bytes = 0
        self.patience = self.loop.call_later(self.patience_seconds, self._patience_ends)

    def _stop_waiting(self) -> None:
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def _patience_ends(self) -> None:
        self.patience = None
        if self.flow.read_paused or self.body_bytes >= self.least_bytes_a_second * self.patience_seconds:
            self._wait()
        else:
            self.transport.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; a peer that is gone without a word is found out within two minutes.

    Raises
    ------
    OSError
        If the address is not this machine's, is taken, or may not be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # what is accepted takes the same
    for option, value in KEPT_ALIVE.items():
        if hasattr(socket, option):  # not every system has them all
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return listening
