"""The service over HTTP, from Python: readings in, the floor's state out, frames of history, rosters and duties."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx
import pandas as pd

from api.http.models import DecisionOut, OrderOut, ReadingOut, SurgeOut

Act = Literal["acknowledge", "decline", "signed-in", "release"]
AGAIN_AFTER_SECONDS = 2.0
AWAY = (502, 503, 504)  # what a proxy says while the service behind it starts again
READ_WITHIN_SECONDS = 40.0  # a stream says every quarter of a minute that it is still there


class ServiceError(Exception):
    """What the service refused, in its words.

    status
        The HTTP status.
    code, zh
        The code of what it says, and its Chinese; `str()` is the English.
    """

    def __init__(self, status: int, said: str, *, code: str = "", zh: str = "") -> None:
        super().__init__(said)
        self.status, self.code, self.zh = status, code, zh


class Client:
    """A connection to a service, with a key of it; to be closed, or used in a `with`.

    Every method raises `ServiceError` where the service refuses, and `httpx.TransportError` where it is not reached.
    """

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"},
            timeout=30.0,
            transport=transport or httpx.HTTPTransport(retries=2),  # of connecting alone: nothing is asked twice
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def send_reading(self, queue: str, *, at: datetime, waiting: int, **more: Any) -> ReadingOut:
        """Tell how many callers wait at an instant, and whatever else the switch knows; return what it was answered.

        With an `id` the same reading may be sent again: it counts once.
        """
        reading = {"at": at.isoformat(), "waiting": waiting, **more}
        return ReadingOut.model_validate(self._asked("POST", _of(queue, "readings"), json=reading).json())

    def surge(self, queue: str) -> SurgeOut:
        """Return the state of a queue: who waits, the rung, the open orders, what comes next and when."""
        return SurgeOut.model_validate(self._asked("GET", _of(queue, "surge")).json())

    def watch(self, queue: str, *, since: int | None = None) -> Iterator[SurgeOut | DecisionOut]:
        """Yield every new state and every decision as it happens; a connection that ends is taken up where it was.

        since
            The version after which to begin; by default with the present state.
        """
        told = since
        while True:
            try:
                for name, number, data in self._events(queue, told):
                    told = number
                    model = SurgeOut if name == "surge" else DecisionOut
                    yield model.model_validate(data)
            except httpx.TransportError:
                pass
            except ServiceError as refused:
                if refused.status not in AWAY:
                    raise
            time.sleep(AGAIN_AFTER_SECONDS)

    def orders(self, queue: str, *, status: Literal["open", "all"] = "open") -> Iterator[dict[str, Any]]:
        """Yield the orders of a queue as they are kept, the newest first."""
        before: dict[str, Any] = {}
        while True:
            page = self._asked("GET", _of(queue, "orders"), params={"status": status, **before}).json()
            yield from page["orders"]
            if page["next_before"] is None:
                return
            before = {"before": page["next_before"]}

    def act(self, queue: str, order_id: str, act: Act, **told: Any) -> OrderOut:
        """Acknowledge, decline, sign in or release an order, and return it as it then is.

        told
            `reason`, of `signed-in` also `people` and `badges`, and `actor` where the key has no badge of its own.
        """
        answer = self._asked("POST", _of(queue, "orders", order_id, act), json=told)
        return OrderOut.model_validate(answer.json())

    def log(self, queue: str, *, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield the entries of a queue's log from after `after` on: every event with what it decided."""
        following: int | None = after
        while following is not None:
            page = self._asked("GET", _of(queue, "log"), params={"after": following}).json()
            yield from page["entries"]
            following = page["next_after"]

    def history(self, queue: str, *, begin: datetime | None = None, end: datetime | None = None) -> pd.DataFrame:
        """Return the kept history from `begin` to before `end`: index `interval_start`, columns as a `History` has."""
        span = {name: at.isoformat() for name, at in (("begin", begin), ("end", end)) if at is not None}
        frame = self._frame(_of(queue, "history"), **span)
        return frame.set_index("interval_start")

    def roster(self, queue: str, month: str) -> pd.DataFrame:
        """Return the published roster of a month (`2026-12`): a row a person and day."""
        return self._frame(_of(queue, "months", month, "roster"))

    def register(self, queue: str, month: str) -> pd.DataFrame:
        """Return a month's duty register (N4): what was rostered, and what was worked, by person and day."""
        return self._frame(_of(queue, "months", month, "register"))

    def _frame(self, path: str, **params: str) -> pd.DataFrame:
        answer = self._asked("GET", path, params={"format": "parquet", **params})
        return pd.read_parquet(io.BytesIO(answer.content))

    def _events(self, queue: str, since: int | None) -> Iterator[tuple[str, int, Any]]:
        headers = {} if since is None else {"Last-Event-ID": str(since)}
        timeout = httpx.Timeout(30.0, read=READ_WITHIN_SECONDS)
        with self._http.stream("GET", _of(queue, "stream"), headers=headers, timeout=timeout) as answer:
            if answer.is_error:
                answer.read()
                raise _refused(answer)
            told: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    told[name] = value
                elif "data" in told:
                    yield told["event"], int(told["id"]), json.loads(told["data"])
                    told = {}

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self._http.request(method, path, **more)
        if answer.is_error:
            raise _refused(answer)
        return answer


def _of(queue: str, *more: str) -> str:
    return "/v1/queues/" + "/".join(quote(one, safe="") for one in (queue, *more))


def _refused(answer: httpx.Response) -> ServiceError:
    """Return what the service said against a request; a proxy before it may say anything."""
    try:
        told = answer.json()
        return ServiceError(
            answer.status_code, told["detail"], code=told.get("code", ""), zh=told.get("detail_zh", told["detail"])
        )
    except (ValueError, KeyError, TypeError):
        return ServiceError(answer.status_code, answer.text[:500] or answer.reason_phrase)
