"""Several queues in one plan: what adds up, what the simulator says of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from api.inputs import Demand, Supply, read_demand, read_supply
from api.intake import InputError
from api.plan import Plan, read_plan, write_plan
from api.planning import plan_month
from api.reports.queues_table import pooling_words, queues_table
from api.shared_floor import crews_of, floor_of, read_floor, scaled_to, strictest
from api.shared_plan import divided_again
from forecaster.simulation import Callers, Pool, Serves, simulate_skills
from optimizer.law.lawfulness import broken_rules

MONTH = pd.Period("2026-02", "M")
SKILLS = ["tech"] * 4 + ["billing"] * 3 + ["tech;billing"] * 3 + ["tech:2;billing"] * 2
Huawu = Callable[..., tuple[int, str, str]]


def write_history(path: Path, calls: float, seed: int, *, minutes: int = 60) -> Path:
    """Ten weeks of a quiet office line, nine to five."""
    at = pd.date_range("2025-11-17", "2026-01-26", freq=f"{minutes}min", inclusive="left")
    busy = (at.hour >= 9) & (at.hour < 17) & (at.day_of_week < 5)
    came = np.random.default_rng(seed).poisson(np.where(busy, calls, 0.0))
    pd.DataFrame({"interval_start": at, "calls": came, "aht_seconds": 300.0}).to_csv(path, index=False)
    return path


def write_people(path: Path, skills: list[str]) -> Path:
    rows = {"badge": [str(1001 + n) for n in range(len(skills))], "role": "inbound", "skills": skills}
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queues")
    write_history(folder / "tech.csv", 45.0, 1)
    write_history(folder / "billing.csv", 30.0, 2)
    write_people(folder / "people.csv", SKILLS)
    return folder


@pytest.fixture(scope="module")
def demand(files: Path) -> Demand:
    """With nobody ever away, so that the people on the phone are those who answer."""
    read = read_floor([files / "tech.csv", files / "billing.csv"], country="-")
    return floor_of(
        [replace(one, site=replace(one.site, target=replace(one.site.target, shrinkage=0.0))) for one in read.queues]
    )


@pytest.fixture(scope="module")
def supply(files: Path) -> Supply:
    return read_supply(files / "people.csv", MONTH, country="-")


@pytest.fixture(scope="module")
def plan(demand: Demand, supply: Supply) -> Plan:
    return plan_month(
        demand, supply, made_at=datetime(2026, 1, 25, tzinfo=UTC), time_limit_seconds=0.3, clock=lambda: 0
    )


def test_what_the_queues_have_adds_up_to_what_the_floor_has(plan: Plan, supply: Supply) -> None:
    parts = plan.queues
    assert list(parts) == ["tech", "billing"]
    assert plan.facts["queue"] == "billing+tech"
    for name in ("people_to_roster", "seats_rostered"):
        total = sum(part.coverage[name] for part in parts.values())
        assert (total - plan.coverage[name]).abs().max() < 1e-9
    assert sum(part.forecast["calls"] for part in parts.values()).tolist() == pytest.approx(plan.forecast["calls"])
    need, alone = plan.requirement, [part.requirement["people_alone"] for part in parts.values()]
    assert (need["people_to_roster"] <= sum(alone)).all()
    assert need["people_to_roster"].sum() < sum(alone).sum()
    assert need["seats_required.tech"].tolist() == alone[0].tolist()
    assert not len(broken_rules(plan.roster, supply.situation))


def test_a_person_on_the_phone_is_had_by_one_queue_with_the_skill(plan: Plan) -> None:
    crews = {frozenset(c.removeprefix("on_phone.").split("+")): c for c in plan.coverage if c.startswith("on_phone.")}
    assert set(crews) == {frozenset({"tech"}), frozenset({"billing"}), frozenset({"tech", "billing"})}
    for queue, part in plan.queues.items():
        own = plan.coverage[crews[frozenset({queue})]]
        able = own + plan.coverage[crews[frozenset(plan.queues)]]
        assert (part.coverage["seats_rostered"] <= able + 1).all()
        assert (part.coverage["seats_rostered"] >= own - 1).all()
        short = (plan.requirement[f"seats_required.{queue}"] - able).clip(lower=0)
        assert plan.coverage[f"shortage.{queue}"].tolist() == pytest.approx(short.tolist())
        serve = {str(1001 + n) for n, told in enumerate(SKILLS) if queue in told}
        assert set(part.roster["badge"]) <= serve


def test_the_promise_of_a_queue_is_what_the_simulator_gives_with_its_routing(plan: Plan) -> None:
    there = {name: plan.coverage[f"on_phone.{name}"].round() for name in ("tech", "billing", "billing+tech")}
    second = (there["billing+tech"] * 2 / 5).round()  # of the five who serve both, two take tech second
    callers = [
        Callers(part.forecast["calls"], part.forecast["aht_seconds"], 300.0, name=queue)
        for queue, part in plan.queues.items()
    ]
    pools = [
        Pool("t", there["tech"], {"tech": Serves(choice=1)}),
        Pool("b", there["billing"], {"billing": Serves(choice=1)}),
        Pool("tb", there["billing+tech"] - second, {"tech": Serves(choice=2), "billing": Serves(choice=2)}),
        Pool("bt", second, {"tech": Serves(rank=1, choice=3), "billing": Serves(choice=2)}),
    ]
    runs = simulate_skills(callers, pools, interval_minutes=60, replications=20, seed=77)
    for queue, part in plan.queues.items():
        total = runs[queue].total()
        assert part.facts["promise"]["at_the_mean"] == pytest.approx(total["service_level"], abs=0.02)
        assert part.promise is not None
        assert part.promise.month["lower_80"] <= part.promise.month["expected"] <= part.promise.month["upper_80"]


def test_a_plan_of_several_reads_back_with_its_queues(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path)
    again = read_plan(tmp_path)
    assert list(again.queues) == list(plan.queues)
    assert again.queues["billing"].coverage["seats_rostered"].tolist() == pytest.approx(
        plan.queues["billing"].coverage["seats_rostered"].tolist()
    )
    for queue, part in again.queues.items():
        assert part.requirement["people_alone"].tolist() == again.requirement[f"seats_required.{queue}"].tolist()
    assert queues_table(again)["queue"].tolist() == ["tech", "billing"]
    words = pooling_words(again)
    assert words is not None
    assert "saves" in words.en
    assert "节省" in words.zh


def test_people_of_a_changed_roster_are_divided_anew(plan: Plan) -> None:
    more = (plan.forecast["calls"] > 0).astype(float)
    coverage = plan.coverage.assign(
        seats_rostered=plan.coverage["seats_rostered"] + more,
        **{"on_phone.tech": plan.coverage["on_phone.tech"] + more},
    )
    again = divided_again(replace(plan, coverage=coverage))
    had = {queue: part.coverage["seats_rostered"] for queue, part in again.queues.items()}
    assert sum(had.values()).tolist() == pytest.approx(coverage["seats_rostered"].tolist())
    assert had["tech"].sum() > plan.queues["tech"].coverage["seats_rostered"].sum()
    told = {one["queue"]: one["rostered_hours"] for one in again.facts["queues"]}
    assert told == {queue: pytest.approx(seats.sum(), abs=0.1) for queue, seats in had.items()}
    assert divided_again(plan.queues["tech"]) is plan.queues["tech"]


@pytest.mark.parametrize(
    ("skills", "row", "value", "said"),
    [
        (["tech", "billing", "tehc"], 4, "tehc", "the nearest is tech"),
        (["tech", "", "billing"], 3, None, "has no skill"),
        (["tech", "french", "billing"], 3, "french", "has none of the queues"),
        (["tech", "tech", "tech"], None, None, "nobody on the phone serves queue 'billing'"),
    ],
)
def test_who_serves_no_queue_and_a_queue_nobody_serves_are_refused(
    demand: Demand, tmp_path: Path, skills: list[str], row: int | None, value: str | None, said: str
) -> None:
    staff = read_supply(write_people(tmp_path / "people.csv", skills), MONTH, country="-")
    with pytest.raises(InputError, match=said) as caught:
        crews_of(staff, [one.history.queue for one in demand.queues])
    assert (caught.value.row, caught.value.value or None) == (row, value)
    assert caught.value.column == "skills"


def test_a_level_is_read_with_its_skill_and_another_skill_is_left_alone(demand: Demand, tmp_path: Path) -> None:
    staff = read_supply(
        write_people(tmp_path / "people.csv", ["tech:1；billing：2", "tech;french", "billing"]), MONTH, country="-"
    )
    crews = crews_of(staff, [one.history.queue for one in demand.queues])
    assert [dict(crew.serves) for crew in crews] == [{"billing": 1}, {"tech": 1}, {"tech": 1, "billing": 2}]


def test_the_same_queue_twice_and_other_intervals_are_refused(files: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"already that of tech\.csv"):
        read_floor([files / "tech.csv", files / "tech.csv"], country="-")
    half = write_history(tmp_path / "sales.csv", 20.0, 3, minutes=30)
    with pytest.raises(InputError, match="every 30 minutes and 'tech' every 60"):
        read_floor([files / "tech.csv", half], country="-")


def test_each_queue_of_a_file_is_one_of_the_plan(files: Path, tmp_path: Path) -> None:
    both = pd.concat([pd.read_csv(files / f"{name}.csv").assign(queue=name) for name in ("tech", "billing")])
    both.to_csv(tmp_path / "both.csv", index=False)
    found = read_floor([tmp_path / "both.csv"], queue="each", country="-")
    together = read_demand(tmp_path / "both.csv", queue="all", country="-")
    assert {one.history.queue for one in found.queues} == {"tech", "billing"}
    assert found.history.frame["calls_offered"].tolist() == together.history.frame["calls_offered"].tolist()
    assert read_floor([files / "tech.csv"], country="-").queues == ()


def test_the_floor_has_the_narrowest_of_its_queues_targets(demand: Demand) -> None:
    first = demand.site.target
    other = replace(first, service_level=0.9, answer_within_seconds=30.0, max_occupancy=None, shrinkage=0.2)
    both = strictest([first, other])
    told = (both.service_level, both.answer_within_seconds, both.max_occupancy, both.shrinkage)
    assert told == (0.9, first.answer_within_seconds, first.max_occupancy, 0.2)
    assert floor_of(demand.queues[:1]) is demand.queues[0]


def test_a_forecast_changed_by_hand_changes_every_queue_with_it(plan: Plan) -> None:
    parts = {queue: part.forecast for queue, part in plan.queues.items()}
    changed = scaled_to(parts, plan.forecast.assign(calls=plan.forecast["calls"] * 1.5))
    for queue, frame in changed.items():
        assert frame["calls"].tolist() == pytest.approx((parts[queue]["calls"] * 1.5).tolist())
        assert frame["day_upper_80_ratio"].tolist() == parts[queue]["day_upper_80_ratio"].tolist()


@pytest.mark.long
def test_the_command_plans_and_publishes_several_queues(huawu: Huawu, files: Path, tmp_path: Path) -> None:
    given = ["--history", files / "tech.csv", "--history", files / "billing.csv", "--people", files / "people.csv"]
    of_month = ["--month", "2026-02", "--country", "-", "--time-limit", "1"]
    kept = ["--publish-by", "9001", "--database", tmp_path / "db"]
    code, out, error = huawu("plan", *given, *of_month, "--out", tmp_path / "plan", *kept)
    assert (code, error) == (0, ""), error
    assert "By queue" in out
    assert "people who serve it" in out
    for kind in ("forecast", "coverage", "roster"):
        for queue in ("billing+tech", "tech", "billing"):
            assert f"published: {kind}/{queue}/2026-02/v1" in out
    page = (tmp_path / "plan" / "plan.html").read_text(encoding="utf-8")
    assert "各队列" in page
    assert (tmp_path / "plan" / "tech" / "five_tables.xlsx").is_file()
