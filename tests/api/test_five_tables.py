"""The Five Tables against plain loops over the intervals."""

from __future__ import annotations

import math
import re
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from api.reports.five_tables import (
    FiveTables,
    Frozen,
    TablesOf,
    five_tables,
    whole_calls,
)
from api.reports.table_heads import head_words
from api.reports.tables_paper import tables_pdf
from forecaster.history.calendar import Calendar
from forecaster.history.intervals import month_intervals
from forecaster.history.observed import History
from forecaster.queueing.service_target import ServiceTarget
from forecaster.requirement.seats import calls_bearable, seats_required

TARGET = ServiceTarget(service_level=0.8, answer_within_seconds=20, max_occupancy=0.9, shrinkage=0.1)


def forecast_of(month: str, zone: str, minutes: int, seed: int = 1, *, office_hours: bool = False) -> pd.DataFrame:
    grid = month_intervals(pd.Period(month), zone, interval_minutes=minutes)
    random = np.random.default_rng(seed)
    calls = random.gamma(4.0, 10.0, len(grid)) * minutes / 60
    if office_hours:
        calls = np.where((grid.hour >= 8) & (grid.hour < 18) & (grid.day_of_week < 5), calls, 0.0)
    frame = pd.DataFrame({"calls": calls}, index=grid)
    for level, share in ((80, 0.2), (95, 0.4)):
        frame[f"calls_lower_{level}"] = calls * (1 - share)
        frame[f"calls_upper_{level}"] = calls * (1 + share)
    return frame.assign(aht_seconds=random.uniform(120, 240, len(grid)), day_lower_80_ratio=0.9, day_upper_80_ratio=1.1)


def coverage_of(forecast: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    required = np.ceil(forecast["calls"] / 8).astype(int)
    seats = (required + random.integers(-1, 3, len(forecast))).clip(lower=0)
    return pd.DataFrame(
        {
            "seats_required": required,
            "seats_rostered": seats,
            "shortage": (required - seats).clip(lower=0),
            "surplus": (seats - required).clip(lower=0),
            "reserve": 0,
            "standby": 0,
        }
    )


def history_of(month: str, zone: str, minutes: int, seed: int = 3, holes: int = 0) -> History:
    grid = month_intervals(pd.Period(month), zone, interval_minutes=minutes)
    random = np.random.default_rng(seed)
    calls = random.poisson(40 * minutes / 60, len(grid)).astype(float)
    frame = pd.DataFrame({"calls_offered": calls, "calls_answered": np.floor(calls * 0.93)}, index=grid)
    frame["seats_signed_in"] = random.integers(3, 9, len(grid)).astype(float)
    frame.iloc[random.choice(len(grid), holes, replace=False)] = np.nan
    return History("hotline", zone, minutes, frame)


def build_with(forecast: pd.DataFrame) -> FiveTables:
    return five_tables(
        TablesOf("hotline", pd.Period("2026-12"), "Asia/Shanghai", 60, TARGET),
        Frozen(forecast, coverage_of(forecast)),
    )  # fmt: skip


def build(month: str = "2026-12", zone: str = "Asia/Shanghai", minutes: int = 60, **options) -> FiveTables:
    forecast = forecast_of(month, zone, minutes, office_hours=options.pop("office_hours", False))
    before = str(pd.Period(month) - 1)
    last = forecast_of(before, zone, minutes, seed=7)
    arguments = {
        "history": history_of(before, zone, minutes),
        "last": Frozen(last, coverage_of(last), "v1", "2026-10-25"),
        "calls_per_seat_hour": 15.0,
    } | options
    return five_tables(
        TablesOf("hotline", pd.Period(month), zone, minutes, TARGET),
        Frozen(forecast, coverage_of(forecast), promised=arguments.pop("promised", None)),
        **arguments,
    )


CLOCKS = [
    ("2026-12", "Asia/Shanghai", 60),
    ("2026-03", "Europe/Paris", 60),
    ("2026-10", "Europe/Paris", 60),
    ("2026-04", "Europe/Paris", 30),
    ("2026-11", "Europe/Paris", 15),
    ("2026-11", "Asia/Shanghai", 30),
]


@pytest.mark.parametrize(("month", "zone", "minutes"), CLOCKS)
def test_the_sheets_agree_to_the_call_and_to_the_seat(month: str, zone: str, minutes: int) -> None:
    tables = build(month, zone, minutes)
    one, two, three, four, five = tables.tables
    forecast = forecast_of(month, zone, minutes)
    seats = coverage_of(forecast)["seats_rostered"]
    history = history_of(str(pd.Period(month) - 1), zone, minutes).frame
    last = forecast_of(str(pd.Period(month) - 1), zone, minutes, seed=7)
    assert one.total["seat_hours"] == pytest.approx(seats.sum() * minutes / 60, rel=1e-12)
    assert two.total["calls_forecast"] == two.frame["calls_forecast"].sum() == math.floor(forecast["calls"].sum() + 0.5)
    assert three.total["calls_offered"] == four.total["calls_offered"] == history["calls_offered"].sum()
    assert three.total["calls_handled"] == five.total["calls_handled"] == history["calls_answered"].sum()
    assert three.total["signed_in_seat_hours"] == five.total["signed_in_seat_hours"]
    assert four.total["calls_forecast"] == math.floor(last["calls"].sum() + 0.5)
    assert five.total["seat_hours_planned"] == coverage_of(last)["seats_rostered"].sum() * minutes / 60
    for table in tables.tables[1:]:
        for name, total in table.total.items():
            column = table.frame[name]
            if (column.dropna() == column.dropna().round()).all() and name in {
                "calls_offered",
                "calls_forecast",
                "error",
            }:
                assert column.sum() == total


@pytest.mark.parametrize(("month", "zone", "minutes"), CLOCKS)
def test_every_day_is_what_a_loop_over_its_intervals_gives(month: str, zone: str, minutes: int) -> None:
    tables = build(month, zone, minutes)
    forecast = forecast_of(month, zone, minutes)
    seats = coverage_of(forecast)["seats_rostered"]
    bearable: dict[object, float] = defaultdict(float)
    over: dict[object, int] = defaultdict(int)
    seat_hours: dict[object, float] = defaultdict(float)
    by_busy_hour: dict[object, float] = defaultdict(float)
    answering = [math.floor(n * 0.9 + 1e-9) for n in seats]
    aht = forecast["aht_seconds"].to_numpy()
    borne = calls_bearable(np.array(answering), aht_seconds=aht, interval_minutes=minutes, target=TARGET)
    for at, most, there in zip(forecast.index, borne, answering, strict=True):
        bearable[at.date()] += most
        by_busy_hour[at.date()] += 15.0 * there * minutes / 60  # calls a seat takes in a busy hour
        over[at.date()] += forecast.loc[at, "calls"] > most
        seat_hours[at.date()] += seats[at] * minutes / 60
    two, one = tables.table(2).frame, tables.table(1).frame
    for day in two.index:
        assert abs(two.loc[day, "calls_bearable"] - bearable[day]) < 1
        assert abs(two.loc[day, "calls_bearable_busy_hour"] - by_busy_hour[day]) < 1
        assert two.loc[day, "intervals_over"] == over[day]
        assert two.loc[day, "margin"] == two.loc[day, "calls_bearable"] - two.loc[day, "calls_forecast"]
        assert one.loc[day, "seat_hours"] == pytest.approx(seat_hours[day])


def test_tables_2_and_5_tell_the_promise_of_each_day_and_table_5_the_hours_above_hindsight() -> None:
    promised = {"2026-12-01": {"expected": 0.84, "lower_80": 0.77, "upper_80": 0.9, "chance": 0.7}}
    before = forecast_of("2026-11", "Asia/Shanghai", 60, seed=7)
    kept = {f"2026-11-{day:02d}": {"expected": day / 100.0} for day in range(1, 31)}
    tables = build(promised=promised, last=Frozen(before, coverage_of(before), "v1", "2026-10-25", promised=kept))
    two, five = tables.table(2), tables.table(5)
    told = [f"level_{name}" for name in ("expected", "lower_80", "upper_80", "chance")]
    assert two.frame.iloc[0][told].tolist() == [0.84, 0.77, 0.9, 0.7]
    assert two.frame.iloc[1:][told].isna().all(axis=None)
    assert not set(told) & set(two.total), "days do not add up to a month's promise"
    assert not set(told) & {*build().table(2).frame.columns, *build().table(5).frame.columns}
    assert five.frame["level_expected"].tolist() == pytest.approx(np.arange(0.01, 0.305, 0.01))
    assert not set(told) & set(five.total)
    history = history_of("2026-11", "Asia/Shanghai", 60)
    above: dict[object, float] = defaultdict(float)
    for at, seats in coverage_of(before)["seats_rostered"].items():
        calls, aht = history.frame.loc[at, "calls_offered"], before.loc[at, "aht_seconds"]
        exact = seats_required(calls * aht / 3600.0, aht_seconds=aht, target=TARGET, whole=False)
        above[at.date()] += seats - exact / 0.9
    for day, hours in five.frame["hours_above_hindsight"].items():
        assert hours == pytest.approx(above[day])
    assert five.total["hours_above_hindsight"] == pytest.approx(sum(above.values()))
    assert "hours_above_hindsight" not in build(last=None).table(5).frame


def test_a_day_of_23_and_of_25_hours_has_23_and_25_cells() -> None:
    spring = build("2026-03", "Europe/Paris").table(1).frame
    labels = [c for c in spring.columns if ":" in c]
    short = next(day for day in spring.index if day.day == 29)
    assert spring.loc[short, labels].isna().sum() == 1
    assert np.isnan(spring.loc[short, "02:00"])
    autumn = build("2026-10", "Europe/Paris").table(1).frame
    labels = [c for c in autumn.columns if ":" in c]
    assert len(labels) == 25
    long = next(day for day in autumn.index if day.day == 25)
    assert autumn.loc[long, labels].notna().all()
    assert autumn["02:00 ②"].notna().sum() == 1


def test_tables_of_four_weeks_speak_of_a_period_and_of_no_month() -> None:
    weeks = pd.Period("2026-12-07", freq="28D")
    grid = month_intervals(weeks, "Asia/Shanghai", interval_minutes=60)
    forecast = forecast_of("2026-12", "Asia/Shanghai", 60).head(len(grid)).set_axis(grid)
    five = five_tables(TablesOf("hotline", weeks, "Asia/Shanghai", 60, TARGET), Frozen(forecast, coverage_of(forecast)))
    for table in five.tables:
        above = [
            table.kind.heading("zh"),
            head_words(five, table).zh,
            table.kind.heading("en"),
            head_words(five, table).en,
        ]
        assert not re.search("本月|上月|月份|[Mm]onth", " ".join(above))
    assert [table.kind.heading("zh")[3:5] for table in five.tables] == ["本期", "本期", "上期", "上期", "上期"]


@pytest.mark.parametrize("days", [28, 56])
def test_every_day_of_some_weeks_is_on_paper_and_what_is_below_the_table_too(days, tmp_path, pages_of) -> None:
    weeks = pd.Period("2026-12-07", freq=f"{days}D")
    grid = month_intervals(weeks, "Asia/Shanghai", interval_minutes=60)
    made = pd.concat([forecast_of(month, "Asia/Shanghai", 60) for month in ("2026-12", "2027-01")])
    forecast = made.head(len(grid)).set_axis(grid)
    five = five_tables(TablesOf("hotline", weeks, "Asia/Shanghai", 60, TARGET), Frozen(forecast, coverage_of(forecast)))
    (tmp_path / "tables.pdf").write_bytes(tables_pdf(five, language="en"))
    cover, *pages = pages_of(tmp_path / "tables.pdf")
    last = pd.date_range("2026-12-07", periods=days)[-1]
    assert f"hotline 2026-12-07 to {last:%Y-%m-%d}" in re.sub(" +", " ", cover)
    assert not re.search(r"\bmonth\b", cover, re.IGNORECASE)
    for table in five.tables:
        of_table = "\n".join(page for page in pages if page.lstrip().startswith(f"Table {table.number}."))
        shown = re.findall(r"^ *(\d\d-\d\d) (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b", of_table, re.MULTILINE)
        assert shown == [f"{day:%m-%d}" for day in table.frame.index]
        assert table.kind.label(str(table.frame.columns[-1])).en + ":" in of_table  # the last of the definitions
    # of what was not observed nothing is drawn; what is planned is
    assert [table.chart is not None for table in five.tables] == [False, True, False, False, False]


def test_the_average_is_over_the_opening_hours() -> None:
    frame = build(office_hours=True).table(1).frame
    forecast = forecast_of("2026-12", "Asia/Shanghai", 60, office_hours=True)
    seats = coverage_of(forecast)["seats_rostered"]
    for day in frame.index:
        on_day = np.array([t.date() == day for t in forecast.index])
        is_open = on_day & ((forecast["calls"] > 0) | (seats > 0)).to_numpy()
        expected = seats[is_open].mean() if is_open.any() else np.nan
        np.testing.assert_allclose(frame.loc[day, "average_seats"], expected)


def test_what_was_not_observed_is_left_out_on_both_sides_and_counted() -> None:
    history = history_of("2026-11", "Asia/Shanghai", 60, holes=50)
    tables = build(history=history)
    seen = history.frame["calls_offered"].notna()
    last = forecast_of("2026-11", "Asia/Shanghai", 60, seed=7)
    four, five = tables.table(4), tables.table(5)
    assert four.total["calls_forecast"] == math.floor(last.loc[seen, "calls"].sum() + 0.5)
    assert four.total["intervals_missing"] == 50
    assert any("50 of 720" in line.en for line in four.missing)
    errors = (last.loc[seen, "calls"] - history.frame.loc[seen, "calls_offered"]).abs().sum()
    assert four.measures["hourly_wape"] == pytest.approx(errors / history.frame["calls_offered"].sum())
    assert five.total["seat_hours_planned"] == coverage_of(last).loc[seen, "seats_rostered"].sum()


def test_a_queue_that_did_not_exist_last_month_says_so() -> None:
    tables = build(history=None, last=None)
    for number in (3, 4, 5):
        table = tables.table(number)
        assert len(table.frame) == 30
        assert any("nothing was observed in 2026-11" in line.en for line in table.missing)
    assert any("no forecast of 2026-11 was published" in line.en for line in tables.table(4).missing)
    assert tables.table(4).measures == {}
    assert np.isnan(tables.table(4).total["calls_forecast"])


def test_a_history_of_counts_alone_says_what_it_lacks() -> None:
    history = history_of("2026-11", "Asia/Shanghai", 60)
    bare = History("hotline", history.timezone, 60, history.frame[["calls_offered"]])
    tables = build(history=bare)
    assert any("no calls answered" in line.en for line in tables.table(3).missing)
    assert tables.table(4).total["calls_offered"] == history.frame["calls_offered"].sum()


def test_a_forecast_published_without_a_roster_leaves_the_staff_plan_empty_and_says_so() -> None:
    tables = build(last=Frozen(forecast_of("2026-11", "Asia/Shanghai", 60, seed=7)))
    assert any("no roster was published" in line.en for line in tables.table(5).missing)
    assert tables.table(5).frame["calls_planned"].isna().all()
    assert tables.table(4).frame["error"].notna().all()


def test_a_plan_that_does_not_cover_the_month_is_refused() -> None:
    forecast = forecast_of("2026-12", "Asia/Shanghai", 60)
    with pytest.raises(ValueError, match="2026-12 and its coverage"):
        five_tables(
        TablesOf("q", pd.Period("2026-12"), "Asia/Shanghai", 60, TARGET),
        Frozen(forecast, coverage_of(forecast).iloc[:-1]),
        )  # fmt: skip


def test_whole_calls_add_up_and_stay_within_a_call() -> None:
    random = np.random.default_rng(5)
    for _ in range(200):
        values = pd.Series(random.gamma(2.0, 3.0, random.integers(1, 40)))
        values[random.random(len(values)) < 0.1] = np.nan
        whole = whole_calls(values)
        assert (whole.dropna() == whole.dropna().round()).all()
        assert whole.sum() == math.floor(values.sum() + 0.5)
        assert ((whole - values).abs().dropna() < 1).all()
        assert whole.isna().equals(values.isna())


def test_a_days_limits_are_the_forecasts_own_in_whole_calls() -> None:
    forecast = forecast_of("2026-12", "Asia/Shanghai", 60)
    days = np.asarray(forecast.index.day)
    forecast = forecast.assign(day_lower_80_ratio=1 - days / 100, day_upper_80_ratio=1 + days / 50)
    two = build_with(forecast).table(2).frame
    for day, row in two.iterrows():
        total = forecast["calls"].to_numpy()[days == day.day].sum()
        inside = [n for n in range(int(total * 2)) if total * (1 - day.day / 100) <= n <= total * (1 + day.day / 50)]
        assert (row["calls_lower_80"], row["calls_upper_80"]) == (inside[0], inside[-1])


def test_a_day_seen_in_part_is_judged_by_the_band_of_that_part() -> None:
    history = history_of("2026-11", "Asia/Shanghai", 60)
    history.frame.iloc[6:12] = np.nan
    last = forecast_of("2026-11", "Asia/Shanghai", 60, seed=7)
    tables = build(history=history, last=Frozen(last, None, "v1", "2026-10-25"))
    seen = np.r_[0:6, 12:24]
    expected = last["calls"].to_numpy()[seen].sum()
    row = tables.table(4).frame.iloc[0]
    assert row["calls_lower_80"] == math.ceil(expected * 0.9)
    assert row["calls_upper_80"] == math.floor(expected * 1.1)
    assert row["in_band"] == (row["calls_lower_80"] <= row["calls_offered"] <= row["calls_upper_80"])


def test_a_forecast_without_days_limits_leaves_them_empty_and_says_so() -> None:
    forecast = forecast_of("2026-12", "Asia/Shanghai", 60).drop(columns=["day_lower_80_ratio", "day_upper_80_ratio"])
    two = build_with(forecast).table(2)
    assert two.frame[["calls_lower_80", "calls_upper_80"]].isna().all(axis=None)
    assert any("no band for its days" in line.en and "日区间" in line.zh for line in two.missing)


def test_days_carry_their_kind_where_a_calendar_is_given() -> None:
    frame = build(calendar=Calendar()).table(2).frame
    assert set(frame["day_type"]) == {"workday", "rest_day"}


def test_the_share_of_days_in_the_band_counts_the_days_that_were_seen_and_forecast() -> None:
    history = history_of("2026-11", "Asia/Shanghai", 60)
    history.frame.iloc[24:48] = np.nan  # the 2nd was not observed at all
    history.frame.iloc[48:60, history.frame.columns.get_loc("calls_offered")] = np.nan  # the 3rd in part
    last = forecast_of("2026-11", "Asia/Shanghai", 60, seed=7)
    day = np.asarray(last.index.day)
    last = last.assign(day_lower_80_ratio=1 - day / 200, day_upper_80_ratio=1 + day / 200)
    table = build(history=history, last=Frozen(last, None, "v1", "2026-10-25")).table(4)
    inside = seen = 0
    for number in range(1, 31):
        at = (day == number) & history.frame["calls_offered"].notna().to_numpy()
        if not at.any():
            continue
        actual, expected = history.frame["calls_offered"][at].sum(), last["calls"][at].sum()
        seen += 1
        inside += abs(actual - expected) <= expected * number / 200
    assert seen == 29
    assert 3 < inside < 26
    assert table.measures["days_in_band"] == pytest.approx(inside / seen)
    assert table.total["in_band"] == inside
    assert table.frame["in_band"].isna().sum() == 1


def test_an_hour_at_which_the_line_is_always_shut_is_not_missing() -> None:
    history = history_of("2026-11", "Asia/Shanghai", 60)
    shut = (history.frame.index.hour < 8) | (history.frame.index.day_of_week == 6)
    history.frame.loc[shut] = np.nan
    holes = history.frame.index[~shut][[5, 77, 140]]
    history.frame.loc[holes] = np.nan
    for number in (3, 4, 5):
        table = build(history=history).table(number)
        wanted = [sum(str(at.date()) == str(day)[:10] for at in holes) for day in table.frame.index]
        assert list(table.frame["intervals_missing"]) == wanted
        assert any(f"3 of {(~shut).sum()}" in line.en for line in table.missing)
