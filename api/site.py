"""The planning settings of one site, read from a TOML file, and the seats that they ask for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd

from api.intake import read_toml
from api.intake.sentences import refusal as intake_refuses
from api.intake.settings_file import SettingsFile, settled
from api.sentences import refusal
from forecaster.history.intervals import check_interval_minutes
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.striving import ROUNDED_ONCE, ChanceOf, Rounding, StriveFor, Striving
from forecaster.requirement.varying_load import Staffing

SeatValue = Literal["required", "distribution"]
DATA = Path(__file__).resolve().parent.parent / "data"
CONFIG = DATA / "config"
STRIVING = ("strive_for", "chance", "chance_of", "rounding")
KEYS = {
    "site": {"queue", "timezone", "country", "interval_minutes", "seat_limit"},
    "service": {
        *("level", "answer_within_seconds", "definition", "patience_seconds"),
        *("max_occupancy", "max_mean_wait_seconds", "max_abandonment"),
        *("shrinkage", "minimum_seats", "staffing", "quantile", "seat_value"),
        *STRIVING,
    },
    "handling": {"aht_seconds", "busy_hour_calls"},
}
CHOICES = {
    "staffing": Staffing,
    "seat_value": SeatValue,
    "strive_for": StriveFor,
    "chance_of": ChanceOf,
    "rounding": Rounding,
}
OPTIONAL_LIMITS = ("definition", "patience_seconds", "max_mean_wait_seconds", "max_abandonment", "minimum_seats")


@dataclass(frozen=True)
class Site:
    """What a plan needs to know of its site.

    aht_seconds
        Mean handle time where the history holds none.
    busy_hour_calls
        The most calls one employee connects in a busy hour, as the site sets it; None: as sampled or computed.
    seat_limit
        Physical seats on the floor.
    staffing, quantile
        How intervals hang together, and for which quantile of the forecast to staff (`forecaster.requirement.seats`).
    striving
        Which promise the seats are to keep, and how people become whole.
    seat_value
        What the roster strives for: the seats `required`, or what each seat is worth over the forecast's whole band
        (`distribution`, `optimizer.search.seat_worth`).
    """

    queue: str
    timezone: str
    country: str | None
    interval_minutes: int
    seat_limit: int
    target: ServiceTarget
    aht_seconds: float
    busy_hour_calls: float | None = None
    staffing: Staffing = "interval"
    quantile: float | None = None
    seat_value: SeatValue = "required"
    striving: Striving = ROUNDED_ONCE


def with_handling_times(forecast: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return a forecast with the site's handle time where it has none."""
    return forecast.assign(aht_seconds=forecast["aht_seconds"].fillna(site.aht_seconds))


def requirement_of(forecast: pd.DataFrame, site: Site) -> pd.DataFrame:
    """Return the requirement frame of a forecast at the site's service target; several queues as if they were one."""
    from forecaster.requirement.seats import requirement

    return requirement(
        forecast,
        site.target,
        interval_minutes=site.interval_minutes,
        staffing=site.staffing,
        quantile=site.quantile,
        striving=site.striving,
    )


def config_file(name: str) -> Path:
    """Return a settings file by its name (`site.toml`, `shifts.toml`, …): the site's own, else the shipped one.

    The site's own files stand in the folder that HUAWU_CONFIG names, for the command line and the service alike.
    """
    folder = os.environ.get("HUAWU_CONFIG")
    own = Path(folder, name) if folder else None
    return own if own is not None and own.is_file() else CONFIG / name


def read_site(path: Path | None = None) -> Site:
    """Return the site described by `path`, or by `site.toml` (see `config_file`).

    Raises
    ------
    InputError
        Naming the file, and every key and value that cannot be used.
    """
    path = path or config_file("site.toml")
    return settled(SettingsFile(path, read_toml(path)), _site, lambda _: read_toml(CONFIG / "site.toml"))


def _site(tables: Mapping[str, Mapping[str, Any]]) -> Site:
    for table, values in tables.items():
        unknown = sorted(set(values) - KEYS.get(table, set())) if isinstance(values, dict) else [table]
        if table not in KEYS or unknown:
            known = ", ".join(f"[{t}] {' '.join(sorted(k))}" for t, k in KEYS.items())
            raise refusal("site.key", table=table, key="/".join(unknown), known=known)
    try:
        ZoneInfo(tables["site"]["timezone"])
        return _of_tables(tables)
    except ZoneInfoNotFoundError:
        raise intake_refuses("zone.unknown", timezone=str(tables["site"]["timezone"])) from None
    except KeyError as error:
        raise refusal("site.missing", key=str(error)) from None


def _of_tables(tables: Mapping[str, Mapping[str, Any]]) -> Site:
    site, service = tables["site"], tables["service"]
    target = ServiceTarget(
        service_level=service["level"],
        answer_within_seconds=service["answer_within_seconds"],
        max_occupancy=service.get("max_occupancy"),
        shrinkage=service.get("shrinkage", 0.0),
        **{key: service[key] for key in OPTIONAL_LIMITS if key in service},
    )
    for name, choices in CHOICES.items():
        if name in service and service[name] not in get_args(choices):
            raise refusal("site.choice", key=name, value=service[name], known=get_args(choices))
    quantile = service.get("quantile")
    if quantile is not None and not 0 < quantile < 1:
        raise refusal("site.share", key="quantile", value=quantile)
    if int(site["seat_limit"]) < 1:
        raise refusal("site.seats", seats=site["seat_limit"])
    aht_seconds = float(tables["handling"]["aht_seconds"])
    if not aht_seconds > 0:
        raise refusal("site.aht", aht=aht_seconds)
    return Site(
        queue=str(site["queue"]),
        timezone=str(site["timezone"]),
        country=site.get("country") or None,
        interval_minutes=check_interval_minutes(site["interval_minutes"]),
        seat_limit=int(site["seat_limit"]),
        target=target,
        aht_seconds=aht_seconds,
        busy_hour_calls=tables["handling"].get("busy_hour_calls"),
        striving=Striving(**{name: service[name] for name in STRIVING if name in service}),
        **{name: service[name] for name in ("staffing", "seat_value", "quantile") if name in service},
    )
