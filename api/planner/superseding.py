"""What a plan would change of the version that is published now."""

from __future__ import annotations

from typing import Any

import pandas as pd
from sqlalchemy import Engine

from api.planner.roster import Roster
from api.publishing import published_frame, published_version
from api.replanning import shifts_of
from api.store.versions import list_versions

SUMS = {
    "calls": ("forecast", "calls"),
    "seat_hours": ("coverage", "seats_rostered"),
    "shortage_hours": ("coverage", "shortage"),
}


def in_force(engine: Engine) -> set[str]:
    """Return the ids of the roster versions that count now: of each queue and month the one published last."""
    last = {
        (version.queue, version.month): version
        for version in sorted(list_versions(engine, kind="roster"), key=lambda one: one.number)
        if version.published_at is not None
    }
    return {version.version_id for version in last.values()}


def superseded_view(engine: Engine, held: Roster) -> dict[str, Any]:
    """Return the version published now (None: there is none), the cells that differ from it, and both months' sums."""
    place: dict[str, Any] = {"queue": str(held.plan.facts["queue"]), "month": held.draft.month}
    version = published_version(engine, kind="roster", **place)
    if version is None:
        return {"version": None, "cells": [], "sums": {}}
    hours = held.plan.facts["interval_minutes"] / 60
    frames = {name: published_frame(engine, name, **place) for name in ("roster", "forecast", "coverage")}
    assert frames["roster"] is not None  # it is what was published
    sums = {}
    for key, (name, column) in SUMS.items():
        unit, both = 1.0 if column == "calls" else hours, (frames[name], getattr(held.plan, name))
        sums[key] = [None if one is None else round(float(one[column].sum() * unit), 1) for one in both]
    return {
        "version": {
            "number": version.number,
            "published_at": None if version.published_at is None else version.published_at.isoformat(),
            "published_by": version.published_by,
        },
        "cells": _cells(frames["roster"], held.plan.roster),
        "sums": sums,
    }


def _cells(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, str]]:
    """Return the days of people whose shift differs, by badge and date; a day off is empty."""
    old, new = shifts_of(before), shifts_of(after)
    return [
        {
            "badge": badge,
            "date": day.isoformat(),
            "before": old.get((badge, day), ""),
            "after": new.get((badge, day), ""),
        }
        for badge, day in sorted(old.keys() | new.keys())
        if old.get((badge, day), "") != new.get((badge, day), "")
    ]
