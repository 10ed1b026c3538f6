"""The floor by the published roster: told by itself, as far as the switch does not tell it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.surge_document import surge_document
from api.inputs import read_calendar, read_catalogue, read_toml
from api.publishing import publish_plan
from api.roster_people import PublishedFloor, people_from_roster
from api.settings import Settings, shipped_ladder
from api.site import config_file
from api.store.database import migrate, open_database
from api.store.ladder_fold import differences
from api.store.ladder_log import LadderLog
from api.store.ladder_work import NewReading
from optimizer.law.changes import Cell, with_cells
from optimizer.law.lawfulness import ROSTER_COLUMNS
from optimizer.law.people import Person
from optimizer.law.roster_rules import RosterRules
from optimizer.law.situation import Situation
from tests.waiting import until

ZONE = "Asia/Shanghai"
DAY = date(2026, 12, 7)
PEOPLE = {"I1": "inbound", "I2": "inbound", "S1": "inbound", "Q1": "qa", "X1": "expert", "O1": "outbound"}
ROWS = "".join(f"{badge},{role},{'yes' if badge == 'I2' else ''}\n" for badge, role in PEOPLE.items())
STAFF = f"badge,role,protected\n{ROWS}".encode()
CATALOGUE = read_catalogue()
EARLY = next(shift.code for shift in CATALOGUE.shifts if shift.meal_minutes and shift.start_minute >= 420)


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    return pd.Timestamp(day).replace(hour=hour, minute=minute).tz_localize(ZONE).to_pydatetime().astimezone(UTC)


def roster_of(*badges: str, day: date = DAY, standby: tuple[str, ...] = ()) -> pd.DataFrame:
    people = [Person(badge, role=role) for badge, role in PEOPLE.items()]
    rules = RosterRules.from_mapping(read_toml(config_file("roster_rules.toml")))
    days = read_calendar("CN", range(2026, 2028))
    situation = Situation(people, CATALOGUE, rules, pd.Period(day, freq="M"), ZONE, days)
    roster = pd.DataFrame(columns=list(ROSTER_COLUMNS))
    return with_cells(
        roster, situation, [*(Cell(one, day, EARLY) for one in badges), *(Cell(one, day, "standby") for one in standby)]
    )


def publish(
    log: LadderLog, roster: pd.DataFrame, *, month: str = "2026-12", why: str = "", staff: bytes | None = STAFF
):
    files = {} if staff is None else {"people": staff}
    publish_plan(
        log.engine, queue="hotline", month=pd.Period(month), frames={"roster": roster}, published_by="8801", why=why,
        files=files,
    )  # fmt: skip


@pytest.fixture
def log(engine, database_url):
    """A log whose queue has spoken once."""
    log = LadderLog(engine, Settings(ladder=shipped_ladder(), database_url=database_url, timezone=ZONE))
    log.accept("hotline", [NewReading(at(0), 3)], received_at=at(0))
    return log


def floor(log: LadderLog):
    return log.state("hotline")[1].book.floor


def middle(roster: pd.DataFrame, badge: str) -> pd.Timestamp:
    """Return a moment on shift before the meal."""
    row = roster[roster["badge"] == badge].iloc[0]
    return row["start_at"] + pd.Timedelta(minutes=30)


def test_the_ladder_knows_from_the_published_roster_who_is_there_and_who_may_lawfully_be_asked(log):
    roster = roster_of("I1", "I2", "Q1", "X1", standby=("S1",))
    publish(log, roster)
    moment = middle(roster, "Q1")
    told = PublishedFloor(log)
    assert told.tell(moment.to_pydatetime()) == 1
    now = floor(log)
    assert (now.badges["qa"], now.badges["expert"], now.badges["outbound"]) == (("Q1",), ("X1",), ())
    assert (now.available["qa"], now.available["outbound"]) == (1, 0)
    situation = next(iter(told.read.values())).situation
    expected = people_from_roster(roster, situation, at=moment)
    assert (
        [one.badge for one in now.lengthen] == [one["badge"] for one in expected["lengthen"]] == ["I1"]
    )  # I2: protected
    assert [one.badge for one in now.call] == [one["badge"] for one in expected["call"]]
    assert {"Q1", "I1", "X1"}.isdisjoint(one.badge for one in now.call)
    assert differences(log.engine, "hotline") == []


def test_what_stays_the_same_is_told_once_and_a_meal_is_an_absence(log):
    roster = roster_of("Q1", "X1")
    publish(log, roster)
    told = PublishedFloor(log)
    moment = middle(roster, "Q1").to_pydatetime()
    told.tell(moment)
    version = log.state("hotline")[0]
    assert told.tell(moment) == 0
    assert PublishedFloor(log).tell(moment) == 1  # another process says the same
    assert log.state("hotline")[0] == version
    meal = roster.loc[roster["badge"] == "Q1", "meal_start_at"].iloc[0]
    told.tell((meal + pd.Timedelta(minutes=6)).to_pydatetime())
    assert "Q1" not in floor(log).badges["qa"]
    end = roster.loc[roster["badge"] == "Q1", "end_at"].iloc[0]
    told.tell((end + pd.Timedelta(minutes=1)).to_pydatetime())
    assert floor(log).badges["expert"] == ()


def test_the_switch_stands_against_the_roster_role_by_role(log):
    roster = roster_of("Q1", "X1")
    publish(log, roster)
    moment = middle(roster, "Q1").to_pydatetime()
    told = PublishedFloor(log)
    told.tell(moment)
    said = NewReading(moment + timedelta(seconds=5), 3, None, {"qa_available": 4, "standby": 2})
    log.accept("hotline", [said], received_at=moment + timedelta(seconds=5))
    told.tell(moment + timedelta(minutes=10))
    now = floor(log)
    assert (now.available["qa"], "qa" in now.badges, now.standby) == (4, False, 2)
    assert now.badges["expert"] == ("X1",)


def test_a_roster_that_replaces_another_counts_at_once(log):
    first = roster_of("Q1")
    publish(log, first)
    moment = middle(first, "Q1").to_pydatetime()
    told = PublishedFloor(log)
    told.tell(moment)
    publish(log, roster_of("X1"), why="Q1 is ill")
    assert told.tell(moment) == 1
    assert (floor(log).badges["qa"], floor(log).badges["expert"]) == ((), ("X1",))


def test_who_came_last_month_is_still_there_in_the_first_hours_of_the_next(log):
    night = pd.DataFrame(roster_of("Q1", day=date(2026, 11, 30)))
    late = at(22, day=date(2026, 11, 30))
    night["start_at"], night["end_at"] = pd.Timestamp(late).tz_convert(ZONE), pd.Timestamp(late + timedelta(hours=8))
    night["end_at"] = pd.to_datetime(night["end_at"], utc=True).dt.tz_convert(ZONE)
    night["meal_start_at"] = night["meal_end_at"] = pd.NaT
    night["meal_start_at"] = pd.to_datetime(night["meal_start_at"], utc=True).dt.tz_convert(ZONE)
    night["meal_end_at"] = night["meal_start_at"]
    publish(log, night, month="2026-11", staff=None)
    publish(log, roster_of("X1", day=date(2026, 12, 1)), staff=None)
    assert PublishedFloor(log).tell(at(2, day=date(2026, 12, 1))) == 1
    assert (floor(log).badges["qa"], floor(log).badges["expert"]) == (("Q1",), ())


def test_calls_outside_the_published_forecasts_band_are_a_warning_on_the_wallboard(log):
    index = pd.date_range("2026-12-01", "2027-01-01", freq="30min", tz=ZONE, inclusive="left", name="interval_start")
    forecast = pd.DataFrame({"calls": 450.0, "calls_lower_95": 400.0, "calls_upper_95": 500.0}, index=index)
    forecast["aht_seconds"] = [170.0 + day for day in forecast.index.day]
    coverage = pd.DataFrame({"seats_rostered": [hour + 0.5 for hour in index.hour]}, index=index)
    frames = {"forecast": forecast, "coverage": coverage}
    publish_plan(log.engine, queue="hotline", month=pd.Period("2026-12"), frames=frames, published_by="1")
    assert PublishedFloor(log).tell(at(9)) == 1
    assert (floor(log).calls_per_hour_lower, floor(log).calls_per_hour_upper) == (800, 1000)  # half hours
    document = surge_document(log.state("hotline")[1], 1, timezone=ZONE)
    planned = [document[name] for name in ("calls_per_hour_forecast", "aht_seconds_forecast", "seats_planned")]
    assert planned == [900, 177, 9.5]
    for minute, load, codes in ((1, 900.0, []), (2, 1200.0, ["outside_band"]), (3, 700.0, ["outside_band"])):
        told = NewReading(at(9, minute), 3, None, {"calls_per_hour": load})
        log.accept("hotline", [told], received_at=at(9, minute))
        document = surge_document(log.state("hotline")[1], 1, timezone=ZONE)
        assert [one["code"] for one in document["warnings"]] == codes
    PublishedFloor(log).tell(at(9, day=date(2027, 1, 5)))  # no forecast of that month: no band
    assert PublishedFloor(log).tell(at(9, day=date(2027, 1, 5))) == 0


def test_of_plans_that_count_no_more_nothing_is_held(log):
    told = PublishedFloor(log)
    for month, calls, why in (("2026-12", 10.0, ""), ("2026-12", 20.0, "a campaign"), ("2027-01", 30.0, "")):
        index = pd.date_range(f"{month}-01", periods=48, freq="h", tz=ZONE, name="interval_start")
        frames = {"forecast": pd.DataFrame({"calls": calls}, index=index), "roster": roster_of("Q1")}
        publish_plan(log.engine, queue="hotline", month=pd.Period(month), frames=frames, published_by="1", why=why)
        assert told.tell(at(9, day=date.fromisoformat(f"{month}-01"))) == 1
        assert floor(log).calls_per_hour_forecast == calls
    assert (len(told.frames), len(told.read)) == (1, 1)


def test_a_queue_without_switch_or_without_roster_is_left_alone(log):
    publish_plan(
        log.engine, queue="other", month=pd.Period("2026-12"), frames={"roster": roster_of("Q1")}, published_by="8801"
    )
    assert PublishedFloor(log).tell(at(9)) == 0
    assert log.queue_names() == ["hotline"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_running_service_takes_up_a_roster_by_itself_and_orders_by_badge(settings):
    engine = open_database(settings.database_url)
    migrate(engine)
    app = create_app(dataclasses.replace(settings, roster_seconds=0.05, open_access=True))
    now = pd.Timestamp.now(tz=ZONE).floor("min")
    with TestClient(app) as client:
        start = now.to_pydatetime() - timedelta(minutes=12)
        send = [{"at": (start + timedelta(minutes=m)).isoformat(), "waiting": 11} for m in range(13)]
        client.post("/v1/queues/hotline/readings", json=send[:1])
        roster = roster_of("O1", day=DAY)
        roster["start_at"], roster["end_at"] = now - pd.Timedelta(hours=1), now + pd.Timedelta(hours=7)
        roster["meal_start_at"], roster["meal_end_at"] = now + pd.Timedelta(hours=2), now + pd.Timedelta(hours=3)
        publish(LadderLog(engine, settings), roster, month=str(now.tz_localize(None).to_period("M")), staff=None)

        def outbound_available():
            people = client.get("/v1/queues/hotline/surge").json()["people"]
            return {one["role"]: one["available"] for one in people}.get("outbound")

        until(lambda: outbound_available() == 1, seconds=20)
        answers = client.post("/v1/queues/hotline/readings", json=send[1:]).json()
    made = [(one["kind"], one["rung"], one["badges"]) for answer in answers for one in answer["decisions"]]
    # Nobody but O1 is there: the experts' rung is passed over on the spot (L15).
    assert made[:2] == [("skipped", 1, []), ("order", 2, ["O1"])]
    engine.dispose()
