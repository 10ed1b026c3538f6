"""The Five Tables as frames: what the plan of a month is, and how last month's plan did (RULEBOOK section 4).

Days are rows. Calls are whole numbers that add up: a day's calls are the difference of rounded running totals, so that
days sum to the month exactly and no day is a call off. Where an interval of last month was not observed, what is
compared leaves it out on both sides, and the table says how many.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from api.reports.table_kinds import (
    FORECAST_AND_BEARABLE,
    HANDLED_AND_PLANNED,
    OFFERED_AND_FORECAST,
    OFFERED_AND_HANDLED,
    STAFFED_SEATS,
    TableChart,
    TableKind,
)
from api.sentences import refusal, say
from forecaster.forecast.interval_forecast import day_bands
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals, require_same_intervals, wall_clock
from forecaster.history.observed import History
from forecaster.history.periods import is_month, period_words
from forecaster.messages import NOTHING, Words
from forecaster.names import FIGURE_WORDS
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import calls_bearable, seats_required

NO_BUSY_HOUR, NO_ROSTER, NO_BAND = say("tables.no_busy_hour"), say("tables.no_plan"), say("tables.no_band")
DRAFT = Words("草稿", "draft")
VERSION_SAID = Words("版本：{said}", "Version: {said}")
COMPARED_WITH = Words("对照：{said}", "Compared with: {said}")
BAND_LIMITS = ("calls_lower_80", "calls_upper_80")  # of a day; a month's are not their sum


@dataclass(frozen=True, eq=False)
class Frozen:
    """A forecast and the coverage of its roster, as they stand or were published.

    `version`, `roster_version` (if it is another) and `published_at` tell it to programs, `said` to people.
    promised
        By date what the plan promised: `expected`, `lower_80`, `upper_80`, `chance`; None: tables 2 and 5 do not tell.
    """

    forecast: pd.DataFrame
    coverage: pd.DataFrame | None = None
    version: str = ""
    published_at: str = ""
    said: Words = NOTHING
    roster_version: str = ""
    promised: Mapping[str, Mapping[str, float | None]] | None = None


@dataclass(frozen=True)
class TablesOf:
    """What tables are of: a queue's month on the intervals of its plan, judged by its target."""

    queue: str
    month: pd.Period
    timezone: str
    interval_minutes: int
    target: ServiceTarget

    @property
    def last_month(self) -> pd.Period:
        """The month of tables 3 to 5."""
        return self.month - 1

    @property
    def grid(self) -> pd.DatetimeIndex:
        """The month's intervals."""
        return month_intervals(self.month, self.timezone, interval_minutes=self.interval_minutes)


@dataclass(frozen=True, eq=False)
class Table:
    """One table: its kind, `frame` (index `date`), the same columns' `total`, and what is missing, one sentence each.

    measures
        The month's figures under the table.
    short
        Where columns are intervals: the seats short of the need, in their shape.
    """

    kind: TableKind
    frame: pd.DataFrame
    total: Mapping[str, float]
    missing: tuple[Words, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
    short: pd.DataFrame | None = None

    @property
    def number(self) -> int:
        """The table's number."""
        return self.kind.number

    @property
    def chart(self) -> TableChart | None:
        """What is drawn of it; of a month of which nothing is known there is nothing to draw."""
        drawn = self.kind.chart
        known = drawn is not None and any(self.frame[one.column].notna().any() for one in (*drawn.bars, *drawn.lines))
        return drawn if known else None

    @property
    def intervals(self) -> list[str]:
        """The columns that are intervals, named by their time."""
        return [str(name) for name in self.frame.columns if not self.kind.knows(str(name))]


@dataclass(frozen=True, eq=False)
class FiveTables(TablesOf):
    """The five tables of one queue and month, with what stands in their heads.

    said, last_said
        In words which version this month's tables show, and which one last month is compared with.
    """

    forecast_version: str
    roster_version: str
    last_version: str
    calls_per_seat_hour: float | None
    tables: tuple[Table, ...]
    said: Words
    last_said: Words

    def table(self, number: int) -> Table:
        """Return table `number` (1–5)."""
        return next(table for table in self.tables if table.number == number)

    def version_of(self, table: Table) -> Words:
        """Return in words which version a table shows, or compares with."""
        return (
            COMPARED_WITH.filled(said=self.last_said)
            if table.kind.of_last_month
            else VERSION_SAID.filled(said=self.said)
        )


def five_tables(
    of: TablesOf,
    plan: Frozen,
    *,
    history: History | None = None,
    last: Frozen | None = None,
    calendar: Calendar | None = None,
    calls_per_seat_hour: float | None = None,
) -> FiveTables:
    """Return the Five Tables of a month and its `plan`, whose coverage has to be there.

    history
        What the queue saw; last month of it is used. None, or nothing observed: tables 3 to 5 say so.
    last
        Last month's plan as frozen before it began. None: tables 4 and 5 say so.
    calls_per_seat_hour
        Busy-hour capacity in calls per seat and hour, for the rulebook's own bearable calls; None leaves them empty.

    Raises
    ------
    ValueError
        If a forecast and its coverage do not cover their month, or not the same intervals.
    """
    shown, before = _plan_of(plan, of), replace(of, month=of.last_month)
    past = _last_month(history, before)
    frozen = None if last is None else _plan_of(last, before)
    why = (say("tables.no_forecast", month=period_words(before.month)),) if frozen is None else ()
    tables: tuple[Table, ...] = (
        _staffed_seats(shown),
        _forecast_and_bearable(shown, calls_per_seat_hour, plan.promised),
        _offered_and_handled(past),
        _offered_and_forecast(past, frozen, why),
        _handled_and_planned(past, frozen, why, None if last is None else last.promised),
    )
    if calendar is not None:
        tables = tuple(_with_days(table, calendar) for table in tables)
    if not is_month(of.month):
        tables = tuple(replace(table, kind=table.kind.of_weeks()) for table in tables)
    forecast_version = plan.version or DRAFT.en
    roster_version = plan.roster_version or forecast_version
    versions = f"{forecast_version}, {roster_version}"
    last_version = "" if last is None else " ".join(filter(None, (last.version, last.published_at)))
    return FiveTables(
        **vars(of),
        forecast_version=forecast_version,
        roster_version=roster_version,
        last_version=last_version,
        calls_per_seat_hour=calls_per_seat_hour,
        tables=tables,
        said=_said(plan, DRAFT if versions == "draft, draft" else Words(versions, versions)),
        last_said=_said(last, Words(last_version or "无", last_version or "none")),
    )


def _said(plan: Frozen | None, otherwise: Words) -> Words:
    return otherwise if plan is None or plan.said is NOTHING else plan.said


@dataclass(frozen=True, eq=False)
class _Plan:
    """One month's forecast and coverage on the local clock; coverage None where no roster was published."""

    forecast: pd.DataFrame
    coverage: pd.DataFrame | None
    target: ServiceTarget
    interval_minutes: int

    @property
    def hours(self) -> float:
        return self.interval_minutes / 60

    @property
    def seats(self) -> pd.Series:
        assert self.coverage is not None
        return self.coverage["seats_rostered"].astype(float)

    @property
    def aht_seconds(self) -> pd.Series:
        """The handle time forecast; where it is none, its mean over the month."""
        aht = self.forecast["aht_seconds"].where(self.forecast["aht_seconds"] > 0)
        return aht.fillna(aht.mean())

    @property
    def answering(self) -> pd.Series:
        """Rostered seats less shrinkage: what `people_to_roster` takes up is given back."""
        answering: pd.Series = np.floor(self.seats * (1 - self.target.shrinkage) + 1e-9)
        return answering

    @property
    def bearable(self) -> pd.Series:
        """Calls that the rostered seats carry at the target, per interval."""
        borne = calls_bearable(
            self.answering, aht_seconds=self.aht_seconds, interval_minutes=self.interval_minutes, target=self.target
        )
        return pd.Series(np.asarray(borne), index=self.forecast.index)


def dates_of(index: pd.Index) -> pd.Index:
    """Return each interval's local date."""
    return pd.Index(wall_clock(pd.DatetimeIndex(index)).date, name="date")


def whole_calls(calls: pd.Series) -> pd.Series:
    """Return real-valued day totals as whole calls whose sum is the rounded sum (NaN stays NaN).

    Each is the difference of two rounded running totals, so it is less than one call away from its value.
    """
    known = calls.dropna()
    running = np.floor(known.cumsum() + 0.5)
    whole: pd.Series = running.diff().fillna(running).reindex(calls.index)
    return whole


def day_limits(forecast: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the 80 % limits of each day's calls in whole calls, `calls_lower_80` and `calls_upper_80`, by date.

    They are the stored forecast's own (`forecaster.forecast.interval_forecast.day_bands`); NaN where it carries none.
    """
    bands = day_bands(forecast)
    bands.index = pd.Index(pd.DatetimeIndex(bands.index).date, name="date")
    # Less a hair: a limit that is whole stays, though its ratio was rounded on the way through a file.
    lower, upper = np.ceil(bands["calls_lower_80"] - 1e-6), np.floor(bands["calls_upper_80"] + 1e-6)
    return {"calls_lower_80": lower, "calls_upper_80": upper}


def _without_band(frame: pd.DataFrame) -> tuple[Words, ...]:
    """Return that the days have no limits, where days with a forecast have none."""
    return (NO_BAND,) if frame["calls_forecast"].notna().any() and frame["calls_lower_80"].isna().all() else ()


def _by_day(values: pd.Series) -> pd.Series:
    return values.groupby(dates_of(values.index)).sum(min_count=1)


def interval_labels(index: pd.DatetimeIndex) -> pd.Index:
    """Return HH:MM of each interval; the second pass of an hour that the clock repeats is marked `HH:MM ②`."""
    local = wall_clock(index)
    second = np.asarray(local.duplicated())
    labels = np.asarray(local.strftime("%H:%M"), dtype=object)
    return pd.Index(np.where(second, labels + " ②", labels))


def _wide(shown: pd.DataFrame) -> pd.DataFrame:
    """Return `seats` with a row per date and a column per interval."""
    return shown.pivot_table(index="date", columns="interval", values="seats", aggfunc="first", dropna=False)


def _staffed_seats(plan: _Plan) -> Table:
    seats = plan.seats
    index = pd.DatetimeIndex(seats.index)
    is_open = (plan.forecast["calls"] > 0) | (seats > 0)
    shown = pd.DataFrame({"date": dates_of(index), "interval": interval_labels(index), "seats": seats.where(is_open)})
    wide = _wide(shown)
    wide = wide[sorted(wide.columns)]
    wide.columns.name = None
    days = dates_of(index)
    wide["average_seats"] = seats.where(is_open).groupby(days).mean()
    wide["seat_hours"] = seats.groupby(days).sum() * plan.hours
    open_seats = seats[is_open]
    total = {"average_seats": float(open_seats.mean()), "seat_hours": float(seats.sum() * plan.hours)}
    total |= {str(c): float(wide[c].mean()) for c in wide.columns if ":" in str(c)}
    short = plan.coverage["shortage"].to_numpy() if plan.coverage is not None and "shortage" in plan.coverage else 0
    short_of = _wide(shown.assign(seats=short)).fillna(0)
    return Table(STAFFED_SEATS, wide, total, short=short_of)


def _forecast_and_bearable(
    plan: _Plan, calls_per_seat_hour: float | None, promised: Mapping[str, Mapping[str, float | None]] | None
) -> Table:
    forecast, bearable = plan.forecast, plan.bearable
    frame = pd.DataFrame(
        {
            "calls_forecast": whole_calls(_by_day(forecast["calls"])),
            **day_limits(forecast),
            "calls_bearable": whole_calls(_by_day(bearable)),
        }
    )
    missing = _without_band(frame)
    if calls_per_seat_hour is None:
        frame["calls_bearable_busy_hour"] = np.nan
        missing = (*missing, NO_BUSY_HOUR)
    else:
        frame["calls_bearable_busy_hour"] = whole_calls(_by_day(plan.answering * calls_per_seat_hour * plan.hours))
    frame["margin"] = frame["calls_bearable"] - frame["calls_forecast"]
    frame["margin_share"] = _ratio(frame["margin"], frame["calls_forecast"])
    over = (forecast["calls"] > bearable + 1e-9).astype(float)
    frame["intervals_over"] = _by_day(over)
    total = _sums(frame, except_for=("margin_share", *BAND_LIMITS))
    total["margin_share"] = _share(total["margin"], total["calls_forecast"])
    if promised is not None:
        for name in ("expected", "lower_80", "upper_80", "chance"):
            frame[f"level_{name}"] = _promised_of(promised, name, frame.index)
    return Table(FORECAST_AND_BEARABLE, frame, total, missing)


def _promised_of(promised: Mapping[str, Mapping[str, float | None]], name: str, days: pd.Index) -> pd.Series:
    """Return one figure of what was promised of each day; missing where a day's is not known."""
    return pd.Series([promised.get(str(day), {}).get(name) for day in days], index=days, dtype=float)


def _offered_and_handled(past: _Past) -> Table:
    frame = past.days()
    frame["calls_offered"] = whole_calls(past.by_day("calls_offered"))
    frame["calls_handled"] = whole_calls(past.by_day("calls_answered"))
    frame["answer_rate"] = _ratio(frame["calls_handled"], frame["calls_offered"])
    seats = past.column("seats_signed_in")
    frame["seats_signed_in"] = seats.groupby(dates_of(seats.index)).mean()
    frame["signed_in_seat_hours"] = _by_day(seats) * past.hours
    frame["calls_per_head"] = _ratio(frame["calls_handled"], frame["seats_signed_in"])
    frame["calls_per_seat_hour"] = _ratio(frame["calls_handled"], frame["signed_in_seat_hours"])
    frame["intervals_missing"] = past.missing_by_day()
    total = _sums(frame, except_for=("answer_rate", "seats_signed_in", "calls_per_head", "calls_per_seat_hour"))
    total["answer_rate"] = _share(total["calls_handled"], total["calls_offered"])
    total["seats_signed_in"] = float(frame["seats_signed_in"].mean())
    total["calls_per_head"] = _share(total["calls_handled"], total["seats_signed_in"])
    total["calls_per_seat_hour"] = _share(total["calls_handled"], total["signed_in_seat_hours"])
    return Table(OFFERED_AND_HANDLED, frame, total, past.says("calls_answered", "seats_signed_in"))


def _offered_and_forecast(past: _Past, frozen: _Plan | None, why: tuple[Words, ...]) -> Table:
    frame = past.days()
    offered = past.column("calls_offered")
    frame["calls_offered"] = whole_calls(past.by_day("calls_offered"))
    seen = offered.notna()
    empty = pd.DataFrame({"calls": np.nan}, index=offered.index)
    expected = (empty if frozen is None else frozen.forecast).where(seen)
    forecast = expected["calls"]
    frame["calls_forecast"] = whole_calls(_by_day(forecast))
    for name, limit in day_limits(expected).items():
        frame[name] = limit
    frame["error"] = frame["calls_forecast"] - frame["calls_offered"]
    frame["error_share"] = _ratio(frame["error"], frame["calls_offered"])
    inside = frame["calls_offered"].between(frame["calls_lower_80"], frame["calls_upper_80"])
    frame["in_band"] = inside.astype(float).where(frame[["error", *BAND_LIMITS]].notna().all(axis=1))
    frame["absolute_error_by_interval"] = _by_day((forecast - offered).abs())
    frame["intervals_missing"] = past.missing_by_day()
    total = _sums(frame, except_for=("error_share", *BAND_LIMITS))
    total["error_share"] = _share(total["error"], total["calls_offered"])
    measures = {
        "wape": _share(float(frame["error"].abs().sum()), total["calls_offered"]),
        "bias": total["error_share"],
        "hourly_wape": _share(total["absolute_error_by_interval"], total["calls_offered"]),
        "days_in_band": float(frame["in_band"].mean()),
    }
    if frozen is None:
        return Table(OFFERED_AND_FORECAST, frame, total, (*past.says(), *why))
    return Table(OFFERED_AND_FORECAST, frame, total, (*past.says(), *_without_band(frame)), measures)


def _handled_and_planned(
    past: _Past,
    frozen: _Plan | None,
    why: tuple[Words, ...],
    promised: Mapping[str, Mapping[str, float | None]] | None,
) -> Table:
    frame = past.days()
    handled, seats = past.column("calls_answered"), past.column("seats_signed_in")
    seen = past.column("calls_offered").notna()
    says = list(past.says("calls_answered", "seats_signed_in"))
    if frozen is None or frozen.coverage is None:
        planned = planned_seats = pd.Series(np.nan, index=handled.index)
        says += why or (NO_ROSTER,)
    else:
        planned = pd.Series(np.minimum(frozen.forecast["calls"], frozen.bearable)).where(seen)
        planned_seats = frozen.seats.where(seen)
    frame["calls_handled"] = whole_calls(past.by_day("calls_answered"))
    frame["calls_planned"] = whole_calls(_by_day(planned))
    frame["difference"] = frame["calls_handled"] - frame["calls_planned"]
    frame["seat_hours_planned"] = _by_day(planned_seats) * past.hours
    frame["signed_in_seat_hours"] = _by_day(seats) * past.hours
    frame["calls_per_seat_hour_planned"] = _ratio(frame["calls_planned"], frame["seat_hours_planned"])
    frame["calls_per_seat_hour"] = _ratio(frame["calls_handled"], frame["signed_in_seat_hours"])
    if frozen is not None and frozen.coverage is not None:
        frame["hours_above_hindsight"] = frame["seat_hours_planned"] - _by_day(_hindsight(past, frozen)) * past.hours
    if promised is not None:
        frame["level_expected"] = _promised_of(promised, "expected", frame.index)
    frame["intervals_missing"] = past.missing_by_day()
    total = _sums(frame, except_for=("calls_per_seat_hour_planned", "calls_per_seat_hour", "level_expected"))
    total["calls_per_seat_hour_planned"] = _share(total["calls_planned"], total["seat_hours_planned"])
    total["calls_per_seat_hour"] = _share(total["calls_handled"], total["signed_in_seat_hours"])
    return Table(HANDLED_AND_PLANNED, frame, total, tuple(says))


def _hindsight(past: _Past, frozen: _Plan) -> pd.Series:
    """Return the people, before they are rounded, whom the target would have asked for had the calls been known."""
    calls = past.column("calls_offered")
    aht = frozen.aht_seconds.reindex(calls.index)
    load = calls.fillna(0.0) * aht / (60.0 * frozen.interval_minutes)
    seats = seats_required(load, aht_seconds=aht, target=frozen.target, whole=False)
    people = pd.Series(seats / (1 - frozen.target.shrinkage), index=calls.index)
    return people.where(calls.notna())


@dataclass(frozen=True, eq=False)
class _Past:
    """Last month as it was observed, on the month's full grid.

    closed
        Intervals at a weekday and time at which nothing was ever observed: the line is shut then, no gap.
    """

    of: TablesOf
    frame: pd.DataFrame
    closed: pd.Series

    @property
    def hours(self) -> float:
        return self.of.interval_minutes / 60

    def missing(self) -> pd.Series:
        """Return which intervals were not observed though the line is open at such times."""
        return self.frame["calls_offered"].isna() & ~self.closed

    def days(self) -> pd.DataFrame:
        return pd.DataFrame(index=dates_of(self.frame.index).unique())

    def column(self, name: str) -> pd.Series:
        """Return a column, NaN where the calls offered were not observed."""
        if name not in self.frame:
            return pd.Series(np.nan, index=self.frame.index)
        return self.frame[name].where(self.frame["calls_offered"].notna())

    def by_day(self, name: str) -> pd.Series:
        return _by_day(self.column(name))

    def missing_by_day(self) -> pd.Series:
        return _by_day(self.missing().astype(float))

    def says(self, *names: str) -> tuple[Words, ...]:
        """Return what is missing of the calls offered and of the columns `names`, one sentence each."""
        offered, month = self.frame["calls_offered"], period_words(self.of.month)
        if offered.notna().sum() == 0:
            return (say("tables.nothing_observed", month=month),)
        says: list[Words] = []
        gaps = int(self.missing().sum())
        if gaps:
            says.append(say("tables.gaps", month=month, count=int((~self.closed).sum()), gaps=gaps))
        empty = [name for name in names if self.column(name).isna().all()]
        return (*says, *(say("tables.no_column", month=month, name=FIGURE_WORDS[name]) for name in empty))


def _last_month(history: History | None, of: TablesOf) -> _Past:
    grid = of.grid
    if history is None:
        nothing = pd.DataFrame({"calls_offered": np.nan}, index=grid)
        return _Past(of, nothing, pd.Series(False, index=grid))
    if history.interval_minutes != of.interval_minutes:
        raise refusal("tables.interval", history=history.interval_minutes, plan=of.interval_minutes)
    every = history.frame.tz_convert(of.timezone)
    seen = pd.DatetimeIndex(every.index[every["calls_offered"].notna().to_numpy()])
    open_at = set(zip(seen.day_of_week, seen.time, strict=True))
    closed = [slot not in open_at for slot in zip(grid.day_of_week, grid.time, strict=True)]
    return _Past(of, every.reindex(grid), pd.Series(closed, index=grid))


def _plan_of(plan: Frozen, of: TablesOf) -> _Plan:
    """Return a plan on the local clock, if it covers the month."""
    names = say("tables.forecast_of", month=period_words(of.month))
    require_same_intervals(of.grid, pd.DatetimeIndex(plan.forecast.index), names=names)
    coverage = plan.coverage
    if coverage is not None:
        names = say("tables.coverage_of", month=period_words(of.month))
        require_same_intervals(of.grid, pd.DatetimeIndex(coverage.index), names=names)
        coverage = coverage.tz_convert(of.timezone)
    return _Plan(plan.forecast.tz_convert(of.timezone), coverage, of.target, of.interval_minutes)


def _with_days(table: Table, calendar: Calendar) -> Table:
    """Return the table with the kind of each day in front."""
    frame = table.frame.copy()
    names = [calendar.holiday_name(day) or calendar.day_type(day) for day in frame.index]
    frame.insert(0, "day_type", names)
    return replace(table, frame=frame)


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole != 0)


def _share(part: float, whole: float) -> float:
    return part / whole if whole and np.isfinite(whole) else float("nan")


def _sums(frame: pd.DataFrame, *, except_for: tuple[str, ...]) -> dict[str, float]:
    """Return the sums of the numeric columns; a column without any value has none."""
    return {str(name): float(frame[name].sum(min_count=1)) for name in frame.columns if name not in except_for}
