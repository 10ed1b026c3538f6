"""Publishing a month's plan, and finding what was published before a month began."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from api.intake import InputError, named, read_people
from api.plan import FRAMES, PROMISED, Plan, read_plan
from api.reports.five_tables import Frozen
from api.reports.version_words import draft_words, published_words
from api.sentences import refusal, say
from api.store.versions import (
    Version,
    bytes_frame,
    content_of,
    digest,
    frame_bytes,
    list_versions,
    publish_all,
    published_before,
    save_version,
)
from forecaster.forecast.overrides import overrides_frame
from forecaster.history.observed import History
from forecaster.history.periods import first_day, in_period, last_day, period_name, period_of
from forecaster.messages import Words

PLAN_KINDS = ("forecast", "requirement", "roster", "coverage", "burdens", "day_changes", "overrides", "promise")


def kept_people(path: Path) -> bytes:
    """Return what is kept of a staff list: the columns that are understood, as CSV, so that no name gets in."""
    return read_people(path).to_csv(index=False, lineterminator="\n").encode()


def publish_folder(
    engine: Engine,
    folder: Path,
    *,
    published_by: str,
    files: Mapping[str, Path | None],
    why: str = "",
    at: datetime | None = None,
) -> dict[str, Version]:
    """Publish the plan in `folder` (`api.plan.write_plan`), with the files it was made from: as `publish_plan`.

    Raises
    ------
    InputError
        Naming a file that is not there, or the folder of a plan that supersedes another without a reason.
    """
    plan = read_plan(folder)
    inputs = {"plan.json": digest((folder / "plan.json").read_bytes())}
    inputs |= {key: str(value) for key, value in plan.facts.items() if key.endswith("sha256")}
    contents = {kind: _content(path, kind) for kind, path in files.items() if path is not None}
    with named(folder):
        return publish_month(engine, plan, published_by=published_by, files=contents, inputs=inputs, why=why, at=at)


def _content(path: Path, kind: str) -> bytes:
    """Return what is kept of a file."""
    if kind == "people":
        return kept_people(path)
    if not path.is_file():
        raise InputError(path, say("file.none"))
    return path.read_bytes()


def publish_month(engine: Engine, plan: Plan, **given: Any) -> dict[str, Version]:
    """Publish everything that is frozen of a plan, with the files it was made from; `given` as of `publish_plan`.

    Of several queues, each queue's part is published under its own name, as `KIND of QUEUE` in what is returned.
    """
    frames = {name: getattr(plan, name) for name in FRAMES}
    if plan.burdens is not None:
        frames["burdens"] = plan.burdens
    if plan.day_changes is not None:
        frames["day_changes"] = plan.day_changes
    if plan.overrides:
        frames["overrides"] = overrides_frame(plan.overrides)
    if plan.facts.get("promised_days"):
        frames["promise"] = _promise_frame(plan.facts["promised_days"])
    kept = publish_plan(engine, queue=str(plan.facts["queue"]), month=plan.month, frames=frames, **given)
    for queue, part in plan.queues.items():
        kept |= {f"{kind} of {queue}": version for kind, version in publish_month(engine, part, **given).items()}
    return kept


def publish_plan(  # noqa: PLR0913 - each is a column of every version
    engine: Engine,
    *,
    queue: str,
    month: pd.Period,
    frames: Mapping[str, pd.DataFrame],
    published_by: str,
    files: Mapping[str, bytes] | None = None,
    why: str = "",
    inputs: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> dict[str, Version]:
    """Store a month's frames (of `PLAN_KINDS`) as versions, publish them, and return them by kind.

    `files` (`people`, `calendar`, `ladder`) are kept and published with them as they are, and their digests stand among
    the inputs of the frames. All of them are published or none. A frame that is already published as it stands stays as
    it is.

    Raises
    ------
    ValueError
        If a frame's name is not known, or something published would be superseded without a reason.
    """
    unknown = sorted(set(frames) - set(PLAN_KINDS))
    if unknown:
        raise refusal("plan.part", unknown=unknown[0], known=PLAN_KINDS)
    files = files or {}
    sources = dict(inputs or {}) | {kind: digest(content) for kind, content in files.items()}
    contents = {**files, **{kind: frame_bytes(frame) for kind, frame in frames.items()}}
    kept = {
        kind: save_version(
            engine,
            kind=kind,
            queue=queue,
            month=period_name(month),
            content=content,
            made_by=published_by,
            why=why,
            inputs={} if kind in files else sources,
            made_at=at,
        )
        for kind, content in contents.items()
    }
    new = [version.version_id for version in kept.values() if version.published_at is None]
    published = publish_all(engine, new, published_by=published_by, why=why, published_at=at)
    return kept | {version.kind: version for version in published}


def _promise_frame(days: Mapping[str, Mapping[str, float | None]]) -> pd.DataFrame:
    """Return what a plan promised of each day (`api.plan.days_facts`) as a frame, one row a day."""
    rows = [{"date": day, **told} for day, told in days.items()]
    return pd.DataFrame(rows).astype(dict.fromkeys(PROMISED, float))


def promise_of_days(content: bytes) -> dict[str, dict[str, float | None]]:
    """Return by date what was promised, from what is kept of it."""
    rows = bytes_frame(content).to_dict("records")
    return {
        str(row["date"]): {name: None if pd.isna(row[name]) else float(row[name]) for name in PROMISED} for row in rows
    }


def published_version(engine: Engine, *, kind: str, queue: str, month: pd.Period) -> Version | None:
    """Return the version of a month that is published now, or None."""
    kept = [
        v for v in list_versions(engine, kind=kind, queue=queue, month=period_name(month)) if v.published_at is not None
    ]
    return max(kept, key=lambda version: version.number, default=None)


def version_said(plan: Plan, engine: Engine | None) -> Words:
    """Return the version of a plan in words: as it is published, or that it is a draft."""
    facts = plan.facts
    queue = str(facts["queue"])
    found = None if engine is None else published_version(engine, kind="roster", queue=queue, month=plan.month)
    if found is not None and found.sha256 == digest(frame_bytes(plan.roster)):
        return published_words(found, str(facts["timezone"]))
    return draft_words(datetime.fromisoformat(facts["made_at"]), str(facts["timezone"]))


def published_frame(engine: Engine, kind: str, *, queue: str, month: pd.Period) -> pd.DataFrame | None:
    """Return the frame of a month, such as its `roster`, that is published now, or None."""
    version = published_version(engine, kind=kind, queue=queue, month=month)
    return None if version is None else bytes_frame(content_of(engine, version.version_id))


def period_published(engine: Engine, *, queue: str, day: date) -> pd.Period | None:
    """Return the period, published with a roster, in which a day lies; of several the one published last, or None."""
    kept = [one for one in list_versions(engine, kind="roster", queue=queue) if one.published_at is not None]
    there = [one for one in kept if in_period(day, period_of(one.month))]
    last = max(there, key=lambda one: (str(one.published_at), one.number), default=None)
    return None if last is None else period_of(last.month)


def period_before(engine: Engine, *, queue: str, month: pd.Period) -> pd.Period:
    """Return the period before another: the one published of the day before it, else the one of its kind."""
    day = first_day(month) - timedelta(days=1)
    return period_published(engine, queue=queue, day=day) or month - 1


def frozen_before(engine: Engine, *, queue: str, month: pd.Period, timezone: str) -> Frozen | None:
    """Return the forecast, coverage and promise of `month` as they stood published when it began, or None."""
    began = month.start_time.tz_localize(timezone).to_pydatetime()
    forecast, coverage, promise = (
        published_before(engine, kind=kind, queue=queue, month=period_name(month), instant_at=began)
        for kind in ("forecast", "coverage", "promise")
    )
    if forecast is None:
        return None
    assert forecast.published_at is not None
    names = f"forecast v{forecast.number}" + ("" if coverage is None else f", roster v{coverage.number}")
    return Frozen(
        forecast=bytes_frame(content_of(engine, forecast.version_id)),
        coverage=None if coverage is None else bytes_frame(content_of(engine, coverage.version_id)),
        version=names,
        published_at=pd.Timestamp(forecast.published_at).tz_convert(timezone).isoformat(timespec="minutes"),
        said=published_words(forecast, timezone),
        promised=None if promise is None else promise_of_days(content_of(engine, promise.version_id)),
    )


def frozen_forecasts(engine: Engine, history: History) -> pd.DataFrame | None:
    """Return the forecasts of the history's months, each as it stood published when its month began, or None.

    A forecast of other intervals than the history's is left out.
    """
    kept = [v for v in list_versions(engine, kind="forecast", queue=history.queue) if v.published_at is not None]
    found = []
    for month in sorted({period_of(v.month) for v in kept}, key=lambda one: (first_day(one), last_day(one))):
        frozen = frozen_before(engine, queue=history.queue, month=month, timezone=history.timezone)
        if frozen is not None and frozen.forecast.index.isin(history.frame.index).any():
            found.append(frozen.forecast[["calls"]].tz_convert(history.timezone))
    return pd.concat(found) if found else None
