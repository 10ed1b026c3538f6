"""How what was worked out for a draft is kept with it, and from what it was worked out."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from api.plan import Plan, write_plan
from api.planner.drafts import Draft, draft_digests, frame_csv, put_files
from api.planner.inputs import demand_of, overrides_of
from api.site import requirement_of
from forecaster.forecast.overrides import with_overrides

NOTES = "forecast_notes.json"  # what the draft's forecast said of itself
# What a plan of several queues has beside: the need of all together, and each queue's folder.
QUEUES_FILE = "queues.zip"


def inputs_of_forecast(engine: Engine, draft: Draft) -> str:
    """Return what a forecast depends on, as one word: the history, its treatment, the plan's own days."""
    digests = draft_digests(engine, draft.plan_id)
    files = ("history", "treatments.json", *(["calendar.json"] if "calendar.json" in digests else []))
    return ":".join(digests.get(name, "")[:16] for name in files)


def inputs_of_roster(engine: Engine, draft: Draft) -> str:
    """Return what a roster depends on, as one word."""
    digests = draft_digests(engine, draft.plan_id)
    return ":".join(digests.get(name, "")[:16] for name in ("forecast.csv", "requirement.csv", "people", "last_roster"))


def keep_forecast(engine: Engine, draft: Draft, made: pd.DataFrame) -> None:
    """Keep a forecast as it was made, as adjusted by hand, and in seats."""
    changed = with_overrides(made, overrides_of(engine, draft)).drop(columns="calls_model")
    need = requirement_of(changed, demand_of(engine, draft).site)
    frames = {"forecast_made.csv": made, "forecast.csv": changed, "requirement.csv": need}
    put_files(engine, draft.plan_id, {name: frame_csv(frame) for name, frame in frames.items()})


def keep_plan(engine: Engine, draft: Draft, plan: Plan) -> None:
    """Keep what a plan adds to its draft, all or none: roster, coverage and facts.

    The forecast and its seats are the draft's own: somebody may have changed them meanwhile.
    """
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        written = write_plan(plan, Path(folder))
        whole = [path for path in written if path.parent == Path(folder)]
        own = {path.name: path.read_bytes() for path in whole if path.name not in ("forecast.csv", "requirement.csv")}
        beside = [path for path in written if path not in whole or path.name == "requirement.csv"]
        bundle = _archive(beside, Path(folder)) if plan.queues else None
        put_files(engine, draft.plan_id, {**own, QUEUES_FILE: bundle})


def _archive(files: Sequence[Path], folder: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    return held.getvalue()
