"""The service on a port of this machine alone, for as long as somebody needs it: a notebook, a program's own tests."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from api.client import Client
from api.http.app import create_app
from api.keys import create_key
from api.reports.published import store_history
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from forecaster.history.observed import History

BADGE = "8801"  # whose key it is


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve the application on a free port of this machine, and give its address.

    Raises
    ------
    RuntimeError
        If it does not come up; the log says why.
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError(f"the service did not start on port {port}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        app.state.board.closing = True
        server.should_exit = True
        thread.join(timeout=60)


@contextmanager
def local_service(history: History | None = None) -> Iterator[Client]:
    """Give a client of a service of its own, on this machine alone: gone with all it has at the end of the `with`.

    It has the shipped ladder, and a queue named as that of `history`, which it then keeps; without one, `hotline`.

    Raises
    ------
    RuntimeError
        If it does not come up.
    """
    queue = "hotline" if history is None else history.queue
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        database = f"sqlite:///{Path(folder, 'huawu.db')}"
        app = create_app(Settings(shipped_ladder(), queues=(queue,), database_url=database))
        engine = app.state.log.engine
        if history is not None:
            store_history(engine, history, made_by=BADGE, source=b"")
        secret, _ = create_key(engine, label="local", role="admin", at=now(), badge=BADGE)
        with running(app) as address, Client(address, secret) as client:
            yield client
