"""Who the roster says is on the floor now, for the ladder: badges per role, who could stay on, whom to call."""

from __future__ import annotations

import logging
import math
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from api.inputs import read_judge
from api.publishing import period_before, period_published, published_frame, published_version
from api.reports.published import orders_of_month
from api.store.ladder_log import Elsewhere, LadderLog
from api.store.versions import Version, bytes_frame, content_of, list_versions
from escalation.events import PeopleChanged
from escalation.floor import floor_told
from escalation.state import State
from forecaster.history.periods import first_day, last_day, period_from
from optimizer.desk.cover import people_to_call, people_who_can_stay
from optimizer.law.breaks import break_columns
from optimizer.law.changes import SLOT_MINUTES, works_on_site
from optimizer.law.situation import Situation

logger = logging.getLogger("huawu.roster")
STEP = timedelta(minutes=SLOT_MINUTES)
LONGER_MINUTES, CALL_MINUTES = 60, 180  # for which somebody is asked to stay, or to come
LADDER_ROLES = ("expert", "outbound", "qa", "back_office", "supervisor", "business_supervisor")
PLANNED = {  # fields of the floor, and where the published plan has them
    "calls_per_hour_forecast": ("forecast", "calls"),
    "calls_per_hour_lower": ("forecast", "calls_lower_95"),
    "calls_per_hour_upper": ("forecast", "calls_upper_95"),
    "aht_seconds_forecast": ("forecast", "aht_seconds"),
    "seats_planned": ("coverage", "seats_rostered"),
}


def people_from_roster(roster: pd.DataFrame, situation: Situation, *, at: pd.Timestamp) -> dict[str, Any]:
    """Return what the roster says of the floor at `at`, as the body of `PUT /v1/queues/{queue}/people`.

    Who is at a meal is not there (N3). Candidates for a longer shift are inbound agents on shift who can lawfully stay
    an hour; those for emergency overtime are whoever can lawfully be called for three, standby first.
    """
    stay = people_who_can_stay(roster, situation, at=at, minutes=LONGER_MINUTES)
    stay = stay[(stay["role"] == "inbound") & (stay["most_minutes"] >= LONGER_MINUTES)]
    call = people_to_call(roster, situation, at=at, minutes=CALL_MINUTES)
    call = call[call["reason"] == ""]
    return {
        **people_on_shift(roster, at=at),
        "lengthen": [
            {"badge": str(row["badge"]), "hours_headroom": round(row["most_minutes"] / 60, 2)}
            for row in stay.to_dict("records")
        ],
        "call": [
            {
                "badge": str(row["badge"]),
                "standby": bool(row["standby"]),
                "hours_headroom": round(max(0.0, row["minutes_left"]) / 60, 2),
            }
            for row in call.to_dict("records")
        ],
    }


def people_on_shift(roster: pd.DataFrame, *, at: pd.Timestamp) -> dict[str, Any]:
    """Return who of the ladder's roles is at work at `at`, not at a meal or break (N3), and how many stand by."""
    works = roster[works_on_site(roster) & roster["start_at"].notna().to_numpy(dtype=bool)]
    here = works[(works["start_at"] <= at) & (at < works["end_at"])]
    eating = here["meal_start_at"].notna() & (here["meal_start_at"] <= at) & (at < here["meal_end_at"])
    for begin, end in break_columns(here):
        eating |= here[begin].notna() & (here[begin] <= at) & (at < here[end])
    present = here[~eating]
    waiting = roster[(roster["shift"] == "standby") & (roster["start_at"] <= at) & (at < roster["end_at"])]
    return {
        "source": "roster",
        "badges": {role: sorted(present.loc[present["role"] == role, "badge"].astype(str)) for role in LADDER_ROLES},
        "standby": int(waiting["badge"].nunique()),
    }


@dataclass(frozen=True, eq=False)
class _Published:
    """A month's published roster of a queue, and what judges it; without a published staff list nothing does."""

    version_ids: tuple[str, ...]
    roster: pd.DataFrame
    situation: Situation | None


class PublishedFloor:
    """Tells the ladders what is published for this moment: who is on the floor, the forecast, the plan's seats.

    What the switch or a supervisor says of a role stands against the roster.
    """

    def __init__(self, log: LadderLog) -> None:
        self.log = log
        self.read: dict[str, _Published] = {}
        self.frames: dict[tuple[str, str], tuple[str, pd.DataFrame]] = {}
        self.told: dict[str, tuple[datetime, tuple[str, ...]]] = {}

    def tell(self, at: datetime) -> int:
        """Tell each queue for which something is published for the moment; return how many were told.

        What is told is that of the last full five minutes, so that several processes tell the same. A queue of which
        no switch has ever spoken is not begun by its roster.
        """
        stamp = datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)
        kept = [*list_versions(self.log.engine, kind="roster"), *list_versions(self.log.engine, kind="forecast")]
        queues = {one.queue for one in kept if one.published_at is not None}
        told = 0
        for queue in sorted(queues & set(self.log.queue_names())):
            try:
                told += self._tell(queue, stamp)
            except ValueError as error:  # a roster that cannot be judged must not keep the others from being told
                logger.warning("queue %s: what is published does not tell of the floor: %s", queue, error)
        return told

    def _tell(self, queue: str, stamp: datetime) -> bool:
        day = pd.Timestamp(stamp).tz_convert(self.log.settings.timezone).date()
        month = period_published(self.log.engine, queue=queue, day=day) or pd.Period(day, freq="M")
        published = self._published(queue, month)
        plan = {
            kind: published_version(self.log.engine, kind=kind, queue=queue, month=month)
            for kind in ("forecast", "coverage")
        }
        ids = () if published is None else published.version_ids
        ids += tuple(one.version_id for one in plan.values() if one is not None)
        if not ids or self.told.get(queue) == (stamp, ids):
            return False
        moment = pd.Timestamp(stamp)
        said: dict[str, Any] = {}
        if published is not None and published.situation is not None:
            said = people_from_roster(published.roster, self._with_overtime(published.situation), at=moment)
        elif published is not None:
            said = people_on_shift(published.roster, at=moment)
        said.pop("source", None)
        said |= {field: None if (version := plan[kind]) is None else self._planned(version, column, moment)
                 for field, (kind, column) in PLANNED.items()}  # fmt: skip

        def changed(state: State, _: Elsewhere) -> PeopleChanged:
            return PeopleChanged(stamp, floor_told(state.book.floor, said, source="roster"))

        self.log.act(queue, changed, actor="roster", received_at=stamp)
        self.told[queue] = (stamp, ids)
        return True

    def _frame(self, version: Version) -> pd.DataFrame:
        """Return a version's frame; of each queue and kind the one is held that counts now."""
        held = self.frames.get((version.queue, version.kind))
        if held is None or held[0] != version.version_id:
            held = version.version_id, bytes_frame(content_of(self.log.engine, version.version_id))
            self.frames[version.queue, version.kind] = held
        return held[1]

    def _planned(self, version: Version, column: str, at: pd.Timestamp) -> float | None:
        """Return what a published frame says in `column` of the interval at `at`, calls as calls an hour."""
        frame = self._frame(version)
        index = pd.DatetimeIndex(frame.index)
        place = int(index.searchsorted(at, side="right")) - 1
        step = index[1] - index[0] if len(index) > 1 else timedelta(hours=1)
        if place < 0 or at >= index[place] + step or column not in frame:
            return None
        value = float(frame[column].iloc[place])
        an_hour = timedelta(hours=1) / step if column.startswith("calls") else 1.0
        return round(value * an_hour, 1) if math.isfinite(value) else None

    def _published(self, queue: str, month: pd.Period) -> _Published | None:
        engine, zone = self.log.engine, self.log.settings.timezone
        kinds = {kind: published_version(engine, kind=kind, queue=queue, month=month) for kind in ("roster", "people")}
        past = period_before(engine, queue=queue, month=month)
        before = published_version(engine, kind="roster", queue=queue, month=past)
        if kinds["roster"] is None:
            return None
        ids = tuple(one.version_id for one in (*kinds.values(), before) if one is not None)
        held = self.read.get(queue)
        if held is not None and held.version_ids == ids:
            return held
        roster = bytes_frame(content_of(engine, kinds["roster"].version_id))
        carried = published_frame(engine, "roster", queue=queue, month=past)
        situation = None
        if kinds["people"] is not None:
            situation = _situation(content_of(engine, kinds["people"].version_id), month, zone)
            situation = situation if carried is None else replace(situation, carry_in=carried)
        if carried is not None:  # who came last month and is still at work
            still = carried[carried["end_at"].notna() & (carried["end_at"] > month.start_time.tz_localize(zone))]
            roster = pd.concat([still, roster], ignore_index=True) if len(still) else roster
        held = self.read[queue] = _Published(ids, roster, situation)
        return held

    def _with_overtime(self, situation: Situation) -> Situation:
        """Return what judges the roster, with the overtime that the ladder has called for so far this month."""
        first = first_day(situation.month)
        since = period_from(first.replace(day=1), (last_day(situation.month) - first).days + first.day)
        lines = orders_of_month(self.log.engine, month=since, timezone=situation.timezone)
        rows = [
            (one["badge"], pd.Timestamp(one["date"]).date(), one["minutes"])
            for one in lines
            if one["entry"] == "overtime" and one["badge"] and one["minutes"]
        ]
        worked = pd.DataFrame(rows, columns=["badge", "date", "minutes"]) if rows else None
        return replace(situation, overtime=worked)


def _situation(people: bytes, month: pd.Period, timezone: str) -> Situation:
    with tempfile.TemporaryDirectory(prefix="huawu-") as folder:
        path = Path(folder, "people.csv")
        path.write_bytes(people)
        return read_judge(path, month, timezone=timezone)
