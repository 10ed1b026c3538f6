"""Who the roster says is on the floor now, for the ladder: badges per role, who could stay on, whom to call."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.cover import people_to_call, people_who_can_stay
from optimizer.roster import Site

LADDER_ROLES = ("expert", "outbound", "qa", "back_office", "supervisor", "business_supervisor")
NOT_WORK = ("leave", "standby")


def people_from_roster(
    roster: pd.DataFrame, site: Site, *, at: pd.Timestamp, longer_minutes: int = 60, call_minutes: int = 180
) -> dict[str, Any]:
    """Return what the roster says of the floor at `at`, as the body of `PUT /v1/queues/{queue}/people`.

    Who is at a meal is not there (N3). Candidates for a longer shift are inbound agents on shift who can lawfully stay
    `longer_minutes`; those for emergency overtime are whoever can lawfully be called for `call_minutes`, standby first.
    """
    works = roster[~roster["shift"].isin(NOT_WORK) & roster["start_at"].notna()]
    here = works[(works["start_at"] <= at) & (at < works["end_at"])]
    eating = here["meal_start_at"].notna() & (here["meal_start_at"] <= at) & (at < here["meal_end_at"])
    present = here[~eating]
    waiting = roster[(roster["shift"] == "standby") & (roster["start_at"] <= at) & (at < roster["end_at"])]
    stay = people_who_can_stay(roster, site, at=at, minutes=longer_minutes)
    stay = stay[(stay["role"] == "inbound") & (stay["most_minutes"] >= longer_minutes)]
    call = people_to_call(roster, site, at=at, minutes=call_minutes)
    call = call[call["reason"] == ""]
    return {
        "source": "roster",
        "badges": {role: sorted(present.loc[present["role"] == role, "badge"].astype(str)) for role in LADDER_ROLES},
        "standby": int(waiting["badge"].nunique()),
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
