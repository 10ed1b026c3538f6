"""A roster of any size for the planner's page, answered by the browser's own routes: no solver, no server behind it."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta

CODES = {"D0800/480": "early", "D0900/480": "day", "S1400/420": "late", "N": "night", "": "off"}


def roster(people: int, days: int = 31) -> dict:
    """Return what the service would say of a roster of `people` over `days` days."""
    pick = random.Random(1)
    first = date(2026, 12, 1)
    dates = [(first + timedelta(days=n)).isoformat() for n in range(days)]
    shown = [
        {
            "date": day,
            "weekday": date.fromisoformat(day).weekday(),
            "kind": "workday",
            "names": [],
            "make_up": False,
            "provisional": False,
        }
        for day in dates
    ]
    staff = [
        {
            "badge": str(1001 + n),
            "role": "inbound",
            "protected": False,
            "hours": 160.0,
            "contract_hours": 177.1,
            "cells": pick.choices(list(CODES), k=days),
        }
        for n in range(people)
    ]
    times = [f"{hour:02d}:00" for hour in range(24)]
    line = {"seats_required": [20.0] * 24, "seats_rostered": [21.0] * 24, "standby": [0.0] * 24, "times": times}
    line |= {"need": [20.0] * 24, "shortage": [0.0] * 24}
    return {
        "days": shown,
        "people": staff,
        "shifts": [
            {"code": code, "kind": kind, "start": "08:00", "end": "16:00", "roles": [], "worked_minutes": 450}
            for code, kind in CODES.items()
            if code
        ],
        "coverage": {
            "by_day": dict.fromkeys(dates, line),
            "shortage_hours": 0,
            "surplus_hours": 0,
            "intervals_short": 0,
        },
        "broken": [],
        "departures": [],
        "facts": {"gap": 0.01},
        "mark": "one",
    }


def plan() -> dict:
    """Return what the service would say of a plan that has come as far as its roster."""
    return {
        "plan_id": "abc", "queue": "hotline", "queue_shown": "hotline", "title": "", "note": "",
        "superseded": False, "month": "2026-12", "period": {"zh": "2026-12", "en": "2026-12"},
        "first_day": "2026-12-01", "created_at": "2026-11-21T00:00:00+00:00",
        "created_by": "demo", "published_at": None, "published_by": "", "names": {}, "version": None, "history": None,
        "people": None, "forecast_stale": False, "roster_stale": False, "jobs": [],
        "files": ["history", "people", "forecast.csv", "requirement.csv", "roster.csv"],
    }  # fmt: skip


def change(coverage: dict, *, before: str = "one", after: str = "one") -> dict:
    """Return what the service would say of a change that breaks no rule, and the roster's marks before and after."""
    told = {"broken": [], "broken_new": [], "broken_gone": [], "shortage_before": 0, "people": []}
    return told | {"mark_before": before, "mark": after, "coverage": coverage}


def hours(found: dict) -> list[dict]:
    """Return what the service would say of the hours of the roster's first day, but for the nights before."""
    spans = {"D0800/480": (480, 960), "D0900/480": (540, 1020), "S1400/420": (840, 1260), "N": (1260, 1860)}
    lines = [
        {"badge": one["badge"], "role": one["role"], "date": found["days"][0]["date"], "shift": code,
         "kind": CODES[code], "start": spans[code][0], "end": spans[code][1],
         "meal": spans[code][0] + 210 + 30 * (n % 3), "meal_minutes": 30, "meals": [210, 240, 270],
         "breaks": [{"at": spans[code][0] + 90, "minutes": 15, "name": "tea", "places": [75, 90, 105]}]}
        for n, one in enumerate(found["people"]) if (code := one["cells"][0]) in spans
    ]  # fmt: skip
    return sorted(lines, key=lambda one: (one["start"], one["end"], one["badge"]))


def serve_roster(page, shown: int | dict, said: dict | None = None) -> None:
    """Let the page find a roster of so many people, or this one, behind its usual addresses."""
    found = roster(shown) if isinstance(shown, int) else shown
    answers = {
        "**/v1/plans/abc": said or plan(),
        "**/v1/plans/abc/roster": found,
        "**/v1/plans/abc/roster/hours?**": hours(found),
        "**/v1/plans/abc/supersedes": {"version": None, "cells": [], "sums": {}},
    }
    for address, answer in answers.items():
        page.route(address, _always(json.dumps(answer)))


def _always(text: str):
    def answer(route) -> None:
        route.fulfill(body=text, content_type="application/json")

    return answer


SCROLL = """async ([pixels, frames]) => {
  const grid = document.querySelector('.grid');
  const times = [];
  let before;
  for (let n = 0; n < frames; n += 1) {
    const at = await new Promise(requestAnimationFrame);
    if (before !== undefined) times.push(at - before);
    before = at;
    grid.scrollTop += pixels * (Math.floor(grid.scrollTop + grid.clientHeight) >= grid.scrollHeight ? -1000 : 1);
  }
  return times;
}"""
