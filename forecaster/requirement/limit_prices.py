"""Which limit of the service target sets the people, and what keeping it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.futures import day_numbers
from forecaster.requirement.seats import requirement
from forecaster.requirement.staffing import least_people, service_over_futures
from forecaster.requirement.striving import AS_A_WORKBOOK, Striving

WITHOUT: dict[str, Any] = {  # each limit, and what stands in its place where it does not bind
    "service_level": None,
    "max_occupancy": None,
    "max_mean_wait_seconds": None,
    "max_abandonment": None,
    "minimum_seats": 0,
}


def prices_of_limits(
    forecast: pd.DataFrame,
    target: ServiceTarget,
    *,
    interval_minutes: int,
    striving: Striving = AS_A_WORKBOOK,
    **settings: Any,
) -> pd.DataFrame:
    """Return what each limit of the target costs: one row a limit that is set, the dearest first.

    Columns: `limit` (its name in `ServiceTarget`), `intervals_share` (of those with calls, the share in which it alone
    asks for more people, 0–1), `people_hours` (the hours that would be saved without it, the other limits kept).
    `striving` and `settings` are those of `requirement`. A target with a single limit has no other to compare with: no
    row.

    Raises
    ------
    ValueError
        As `requirement` does.
    """

    def people(asked: ServiceTarget) -> np.ndarray:
        if asked.service_level is None and striving.strive_for != "mean":  # no level to strive for: the limits alone
            service = service_over_futures(forecast, asked, interval_minutes=interval_minutes).expected
            return least_people(service, asked, day_numbers(pd.Index(forecast.index))).astype(float)
        need = requirement(forecast, asked, interval_minutes=interval_minutes, striving=striving, **settings)
        return need["people_to_roster"].to_numpy(dtype=float)

    limits = [name for name, none in WITHOUT.items() if getattr(target, name) != none]
    if len([name for name in limits if name != "minimum_seats"]) < 2:
        limits = [name for name in limits if name == "minimum_seats"]
    kept, busy = people(target), (forecast["calls"] > 0).to_numpy()
    rows = []
    for name in limits:
        without = people(replace(target, **{name: WITHOUT[name]}))
        share = float((without < kept)[busy].mean()) if busy.any() else 0.0
        rows.append((name, share, float((kept - without).sum()) * interval_minutes / 60.0))
    frame = pd.DataFrame(rows, columns=["limit", "intervals_share", "people_hours"])
    return frame.sort_values("people_hours", ascending=False, ignore_index=True)
