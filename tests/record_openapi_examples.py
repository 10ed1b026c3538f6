"""Record the examples of the OpenAPI document: a surge and a month's plan, asked of the service and answered by it.

    python -m tests.record_openapi_examples

Writes data/openapi/examples.json. Run it again when an answer changes its form.
"""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from api.http.app import create_app
from api.jobs.worker import work_off
from api.jobs.works import WORKS
from api.keys import create_key
from api.settings import Settings, shipped_ladder
from api.store.codec import now
from escalation.ladder import mapping_from_ladder
from tests.api.test_planner_http import history_csv, people_csv

OUT = Path(__file__).resolve().parents[1] / "data" / "openapi" / "examples.json"
MOST_ITEMS, MOST_TEXT = 2, 400
QUEUE = "/v1/queues/{queue}"
ORDER = f"{QUEUE}/orders/{{order_id}}"
PLAN = "/v1/plans/{plan_id}"


def shortened(value: Any) -> Any:
    """Return the value with long lists, tables and texts cut: an example shows the form."""
    if isinstance(value, list):
        return [shortened(one) for one in value[:MOST_ITEMS]]
    if isinstance(value, dict):
        # A mapping by day, by badge and the like is a list in disguise.
        by_key = len(value) > 12 and len({type(one) for one in value.values()}) == 1
        return {key: shortened(one) for key, one in list(value.items())[: MOST_ITEMS if by_key else None]}
    return value


class Recorder:
    """Asks the service and keeps what was asked and answered, by verb and path."""

    def __init__(self, client: TestClient, headers: dict[str, str]) -> None:
        self.client = client
        self.headers = headers
        self.kept: dict[str, Any] = {}

    def ask(
        self,
        verb: str,
        path: str,
        where: dict[str, Any] | None = None,
        *,
        body: Any = None,
        file: Any = None,
        **query: Any,
    ) -> Any:
        """Return the answer, after keeping the first good one of its kind."""
        address, files = path.format(**(where or {})), None if file is None else {"file": file}
        form = {"data": query} if file is not None and verb == "POST" else {"params": query}
        answer = self.client.request(verb, address, json=body, files=files, headers=self.headers, **form)
        assert answer.status_code in (200, 201, 202), (verb, address, answer.status_code, answer.text[:500])
        kept = self.kept.setdefault(f"{verb} {path}", {"path": where or {}, "query": {}, "answers": {}})
        kept["query"] |= query if form.keys() == {"params"} else {}
        if body is not None:
            kept.setdefault("body", shortened(body))
        if file is not None:
            kept.setdefault("body", {"file": file[0], **(query if verb == "POST" else {})})
        kind = answer.headers["content-type"].split(";")[0]
        if kind == "application/json":
            shown = shortened(answer.json())
        elif kind.startswith("text/"):
            shown = answer.text[:MOST_TEXT].lstrip("\ufeff")
        else:
            shown = f"({len(answer.content)} bytes)"
        kept["answers"].setdefault(str(answer.status_code), {}).setdefault(kind, shown)
        return answer.json() if kind == "application/json" else answer


def surge(recorder: Recorder) -> None:
    """Ask for everything of a surge."""
    ask, here = recorder.ask, {"queue": "hotline"}
    start = now() - timedelta(minutes=21)

    def reading(minute: int, waiting: int, **more: Any) -> dict[str, Any]:
        return {"at": (start + timedelta(minutes=minute)).isoformat(), "waiting": waiting, **more}

    for minute in range(5):
        recorder.client.post("/v1/queues/hotline/readings", json=reading(minute, 11), headers=recorder.headers)
    ask("POST", f"{QUEUE}/readings", here, body=reading(5, 11, id="acd-7-000123", seats_free=12))
    for minute in range(6, 21):
        ask("POST", f"{QUEUE}/readings", here, body=reading(minute, 11))
    other, why = {"queue": "complaints"}, {"badge": "8801", "reason": "a line for complaints"}
    ask("PUT", QUEUE, other, body=why)
    ask("POST", f"{QUEUE}/retire", other, body={**why, "reason": "taken together with the hotline"})
    people = {"source": "acd", "badges": {"outbound": ["2001", "2002"], "qa": ["3001"]}, "seats_free": 9, "standby": 5}
    people["call"] = [{"badge": "1007", "standby": True, "hours_headroom": 6.5}]
    ask("PUT", f"{QUEUE}/people", here, body=people)
    first = {**here, "order_id": "hotline-000001"}
    ask("POST", f"{ORDER}/acknowledge", first, body={"badge": "8801"})
    ask("POST", f"{ORDER}/undo", first, body={"badge": "8801"})
    ask("POST", f"{ORDER}/signed-in", first, body={"badge": "8801", "people": 2, "badges": ["5001", "5002"]})
    ask("GET", f"{QUEUE}/surge", here)
    ask("GET", f"{QUEUE}/orders", here)
    ask(
        "POST",
        f"{ORDER}/decline",
        {**here, "order_id": "hotline-000002"},
        body={"badge": "8801", "reason": "in training"},
    )
    ask("POST", f"{ORDER}/release", first, body={"badge": "8801", "reason": "needed elsewhere"})
    until = (now() + timedelta(minutes=30)).isoformat(timespec="seconds")
    hold = {"action": "hold", "rung": 4, "until": until, "badge": "8801", "reason": "the next shift is coming in"}
    ask("POST", f"{QUEUE}/override", here, body=hold)
    ask("PUT", f"{QUEUE}/silence", here, body={"until": until, "badge": "8801", "reason": "drill"})
    ask("POST", f"{QUEUE}/known-fault", here, body={"standing": True, "badge": "8801", "reason": "billing is down"})
    ask("PUT", f"{QUEUE}/mode", here, body={"mode": "holiday", "badge": "8801", "reason": "National Day"})
    ladder = {**mapping_from_ladder(shipped_ladder()), "name": "ours", "repeat_after_seconds": 180.0}
    ask("PUT", f"{QUEUE}/ladder", here, body={"ladder": ladder, "badge": "8801", "reason": "less reminding"})
    recorder.kept[f"PUT {QUEUE}/ladder"]["body"]["ladder"] = ladder  # whole: a ladder has all its rungs
    handover = ask(
        "POST", f"{QUEUE}/handovers", here, body={"from_badge": "8801", "to_badge": "8802", "note": "rung 4"}
    )
    signed = {**here, "number": handover["id"]}
    ask("POST", f"{QUEUE}/handovers/{{number}}/sign", signed, body={"badge": "8802"})
    ask("GET", f"{QUEUE}/handovers", here)
    ask("GET", f"{QUEUE}/log", here, after=5, limit=2)
    ask("GET", f"{QUEUE}/verification", here)
    ask("GET", f"{QUEUE}/trend", here, after=10)
    span = {"from": (start - timedelta(hours=1)).isoformat(), "to": now().isoformat()}
    ask("GET", f"{QUEUE}/decisions.csv", here, **span)
    ask("GET", "/v1/register.csv", **span)
    ask("GET", "/v1/wall", limit=40)
    for path in ("/v1/queues", "/v1/me", "/v1/outbox", "/v1/audit", "/metrics", "/healthz"):
        ask("GET", path)
    assert ask("GET", f"{QUEUE}/days", here)
    lines = "at,waiting\n" + "".join(f"{reading(m, 11)['at']},11\n" for m in range(12))
    ask("GET", "/v1/explore/forecasters")
    ask("POST", "/v1/explore/replay", file=("readings.csv", lines.encode()), profile="literal")
    entries = ask("GET", f"{QUEUE}/log", here)["entries"]
    decided = next(one for one in entries if one["decisions"] and one["decisions"][0]["kind"] == "order")
    news = f"id: {decided['seq']}\nevent: decision\ndata: {json.dumps(decided['decisions'][0], ensure_ascii=False)}\n\n"
    stream = {"path": here, "query": {}, "answers": {"200": {"text/event-stream": news}}}
    recorder.kept[f"GET {QUEUE}/stream"] = stream


def plan(recorder: Recorder) -> None:
    """Ask for everything of a month's plan."""
    ask, client = recorder.ask, recorder.client
    plan_id = ask("POST", "/v1/plans", body={"month": "2026-12", "country": "-", "queue": "hotline"})["plan_id"]
    here = {"plan_id": plan_id}
    ask("PUT", f"{PLAN}/files/{{kind}}", {**here, "kind": "history"}, file=("calls.csv", history_csv()))
    ask("PUT", f"{PLAN}/files/{{kind}}", {**here, "kind": "people"}, file=("people.csv", people_csv()))
    faulty = ("calls.csv", history_csv().replace(b",", b",x", 3))
    ask("POST", f"{PLAN}/files/{{kind}}/marked", {**here, "kind": "history"}, file=faulty, reading="{}")
    ask("GET", f"{PLAN}/history", here)
    treatment = {"start_at": "2026-11-03T08:00:00+08:00", "end_at": "2026-11-03T10:00:00+08:00", "treat": "missing"}
    ask("PUT", f"{PLAN}/treatments", here, body=[{**treatment, "reason": "the switch was down"}])
    own = {"billing_days": [1], "campaign": [{"name": "Autumn tariff", "start": "2026-09-07", "days": 5}]}
    ask("PUT", f"{PLAN}/calendar", here, body=own)
    ask("PUT", f"{PLAN}/files/calendar", here, file=("calendar.toml", b"billing_days = [1]\n"))
    ask("GET", f"{PLAN}/calendar", here)
    client.app.state.worker.ensure = lambda: None  # type: ignore[attr-defined]  # the work is done here
    engine = client.app.state.log.engine  # type: ignore[attr-defined]
    for kind in ("forecast", "roster", "backtest"):
        job = ask("POST", f"{PLAN}/jobs", here, body={"kind": kind, "time_limit_seconds": 3, "months": 1})
        if kind == "forecast":
            job_here = {**here, "job_id": job["job_id"]}
            ask("POST", f"{PLAN}/jobs/{{job_id}}/{{wish}}", {**job_here, "wish": "stop"})
        work_off(engine, WORKS, worker="recorder")
        done = ask("GET", f"{PLAN}/jobs/{{job_id}}", {**here, "job_id": job["job_id"]})
        if kind == "forecast" and done["state"] != "done":  # it was told to stop before it began
            job = ask("POST", f"{PLAN}/jobs", here, body={"kind": kind})
            work_off(engine, WORKS, worker="recorder")
            done = ask("GET", f"{PLAN}/jobs/{{job_id}}", {**here, "job_id": job["job_id"]})
        assert done["state"] == "done", done
    ask("PUT", f"{PLAN}/target", here, body={"service_level": 0.85, "answer_within_seconds": 15})
    for path in ("forecast", "seats", "roster", "backtest", "tables"):
        ask("GET", f"{PLAN}/{path}", here)
    adjust = [{"date": "2026-12-24", "factor": 1.2, "reason": "campaign"}]
    ask("PUT", f"{PLAN}/adjustments", here, body=adjust)
    changes = b"start_at,end_at,factor,reason,made_by\n2026-12-24 08:00,2026-12-24 20:00,1.2,campaign,P1\n"
    ask("PUT", f"{PLAN}/files/overrides", here, file=("overrides.csv", changes))
    told = ask("GET", f"{PLAN}/roster", here)
    one, other = told["people"][0]["badge"], told["people"][1]["badge"]
    cell = {"badge": one, "date": "2026-12-24", "shift": ""}
    ask("PUT", f"{PLAN}/roster/cells", here, body={"cells": [cell]})
    swap = {"a": {"badge": one, "date": "2026-12-22"}, "b": {"badge": other, "date": "2026-12-23"}}
    ask("POST", f"{PLAN}/roster/swap", here, body=swap)
    ask("GET", f"{PLAN}/roster/cover", here, date="2026-12-22", shift=told["shifts"][0]["code"])
    ask("GET", f"{PLAN}/roster/overtime", here, at="2026-12-22T10:00:00+08:00", minutes=60)
    ask("GET", f"{PLAN}/roster/promise", here)
    ask("GET", f"{PLAN}/roster/hours", here, date="2026-12-22", days=1)
    for name in ("roster.csv", "roster.xlsx", "five_tables.pdf"):
        ask("GET", f"{PLAN}/download/{{name}}", {**here, "name": name})
    ask("GET", f"{PLAN}/download/{{name}}", {**here, "name": "roster.ics"}, badge=one)
    ask("GET", PLAN, here)
    ask("PUT", PLAN, here, body={"title": "four more at night", "note": "as agreed with the line"})
    ask("POST", f"{PLAN}/publish", here, body={"reason": "agreed on the 25th"})
    copy = {"plan_id": ask("POST", f"{PLAN}/copy", here, body={"title": "with fewer nights"})["plan_id"]}
    client.put(f"/v1/plans/{copy['plan_id']}/roster/cells", json={"cells": [cell]}, headers=recorder.headers)
    ask("GET", f"{PLAN}/supersedes", copy)
    ask("DELETE", PLAN, copy)
    ask("POST", f"{PLAN}/jobs", here, body={"kind": "tomorrow", "first_day": "2026-12-08", "days": 2})
    work_off(engine, WORKS, worker="recorder")
    found = ask("GET", f"{PLAN}/tomorrow", here)
    ask("POST", f"{PLAN}/tomorrow/decisions", here, body={"taken": [one["change"] for one in found["changes"][:1]]})
    body = {"calls": [60, 130, 60], "seats": [7, 7, 7], "people": {"expert": 3, "outbound": 3}, "runs": 4}
    for _ in range(2):
        job = ask("POST", "/v1/explore/compare", body=body)
        work_off(engine, WORKS, worker="recorder")
        ask("GET", "/v1/explore/compare/{job_id}", {"job_id": job["job_id"]})
    ask("POST", "/v1/explore/compare/{job_id}/cancel", {"job_id": job["job_id"]})
    ask("GET", "/v1/plans")
    ask("PUT", f"{QUEUE}/history", {"queue": "hotline"}, file=("calls.csv", history_csv()))
    days = {"begin": "2026-11-02T00:00:00+08:00", "end": "2026-11-03T00:00:00+08:00"}
    for form in ("json", "parquet"):
        ask("GET", f"{QUEUE}/history", {"queue": "hotline"}, format=form, limit=2, **days)
    ask("GET", f"{QUEUE}/today", {"queue": "hotline"})
    month = {"queue": "hotline", "month": "2026-12"}
    for form in ("json", "html", "csv", "xlsx", "pdf"):
        ask("GET", f"{QUEUE}/months/{{month}}/tables", month, format=form)
    marks = f"badge,date,kind,minutes,remark\n{one},2026-12-03,late,10,\n"
    ask("PUT", f"{QUEUE}/months/{{month}}/attendance", month, file=("marks.csv", marks.encode()))
    for form in ("json", "csv", "xlsx", "parquet"):
        ask("GET", f"{QUEUE}/months/{{month}}/register", month, format=form)
    for form in ("json", "csv", "xlsx", "ics", "pdf", "parquet"):
        ask("GET", f"{QUEUE}/months/{{month}}/roster", month, format=form, badge=one)
    ask("GET", f"{QUEUE}/report", {"queue": "hotline"}, by="month")
    version = ask("GET", "/v1/versions", kind="", queue="hotline", month="2026-12")[0]["version_id"]
    ask("GET", "/v1/versions/content", version_id=version)
    ask("GET", "/v1/versions/audit", queue="hotline")


def the_rest(recorder: Recorder) -> None:
    """Ask for whatever else can be looked at, and name what has to be written into this program."""
    known: dict[str, Any] = {}
    for kept in recorder.kept.values():
        known = {**kept["path"], **known}
    for path, item in recorder.client.app.openapi()["paths"].items():  # type: ignore[attr-defined]
        for verb, operation in item.items():
            kept = recorder.kept.get(f"{verb.upper()} {path}")
            kinds = set(operation["responses"].get("200", {}).get("content", {}))
            if kept is not None and (verb != "get" or kinds <= set(kept["answers"]["200"])):
                continue
            forms = [
                one["schema"].get("enum", []) for one in operation.get("parameters", []) if one["name"] == "format"
            ]
            try:
                assert verb == "get", "not only looked at"
                where = {name: known[name] for name in re.findall(r"{(\w+)}", path)}
                for form in forms[0] if forms else [None]:
                    recorder.ask("GET", path, where, **({} if form is None else {"format": form}))
            except (AssertionError, KeyError) as error:
                print(f"{verb.upper()} {path} is not recorded: {error}")


def main() -> None:
    """Record and write."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/huawu.db"
        app = create_app(Settings(ladder=shipped_ladder(), database_url=url, tick_seconds=3600.0))
        key, _ = create_key(app.state.log.engine, label="examples", role="admin", badge="8801", at=datetime.now(UTC))
        with TestClient(app) as client:
            recorder = Recorder(client, {"Authorization": f"Bearer {key}"})
            surge(recorder)
            plan(recorder)
            the_rest(recorder)
    OUT.parent.mkdir(exist_ok=True)
    text = json.dumps(dict(sorted(recorder.kept.items())), ensure_ascii=False, indent=1)
    OUT.write_text(text + "\n", encoding="utf-8")
    print(f"{len(recorder.kept)} operations, {len(text)} characters")


if __name__ == "__main__":
    main()
