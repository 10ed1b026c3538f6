"""What a site adds as data: rungs beyond six, conditions on other measures; and how a slip of the pen is answered."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from escalation.engine import reduce
from escalation.events import KnownFault, PeopleChanged, Reading
from escalation.floor import Floor, floor_told
from escalation.ladder import MOST_WAITING, ladder_from_mapping, mapping_from_ladder
from escalation.replaying import replay
from escalation.state import initial_state
from escalation.view import band, warnings

START = datetime(2026, 12, 1, 9, tzinfo=UTC)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def rung(number, role, above, hold=300, people="two_or_three", **more):
    return {"number": number, "role": role, "rule": "X", "waiting_above": above, "hold_seconds": hold, "people": people,
            **more}  # fmt: skip


def played(ladder, waiting, **columns):
    rows = {"at": [at(minute).isoformat() for minute in range(len(waiting))], "waiting": waiting, **columns}
    decisions = replay(pd.DataFrame(rows), ladder)
    return [
        (one.kind, None if one.rung is pd.NA else int(one.rung), round((one.at - START).total_seconds() / 60))
        for one in decisions.itertuples()
    ]


def orders(said):
    return [(number, minute) for kind, number, minute in said if kind == "order"]


@pytest.mark.parametrize("count", [1, 2, 5, 7, 12])
def test_a_ladder_has_as_many_rungs_as_its_file(mapping, count):
    roles = ("expert", "outbound", "qa", "back_office", "vip", "supervisor")
    mapping["rung"] = [rung(n, roles[n % 6], 5) for n in range(1, count + 1)]
    ladder = ladder_from_mapping(mapping)
    assert ladder_from_mapping(mapping_from_ladder(ladder)) == ladder
    # Each rung five minutes after the one below, until there is none.
    assert orders(played(ladder, [8] * 80)) == [(n, 5 * n) for n in range(1, count + 1)]
    state = initial_state(ladder)
    for minute in range(5 * count + 2):
        state, _ = reduce(state, Reading(at(minute), 8))
    assert [one.code for one in warnings(state)] == ["ladder_exhausted"]


def test_between_two_thresholds_the_ladder_says_once_that_it_holds(mapping):
    mapping["rung"] = [rung(1, "expert", 5), rung(2, "qa", 8), rung(3, "vip", 12)]
    ladder = ladder_from_mapping(mapping)
    said = played(ladder, [7] * 12 + [9] * 12 + [7] * 5)
    assert said == [("order", 1, 5), ("holding", 1, 6), ("order", 2, 17), ("holding", 2, 18)]
    assert [band(ladder, waiting) for waiting in (5, 6, 12, 13)] == ["calm", "raised", "raised", "high"]


def test_a_fault_calls_the_last_rung_that_calls_and_nobody_where_there_is_none(mapping):
    mapping["rung"] = [rung(1, "expert", 5), rung(2, "standby", 5, action="call"), rung(3, "qa", 10)]
    _, said = reduce(initial_state(ladder_from_mapping(mapping)), KnownFault(at(0), standing=True))
    assert [(one.kind, one.rung) for one in said] == [("fault", None), ("order", 2)]
    mapping["rung"][1] |= {"action": "sign_in", "role": "outbound"}
    state, said = reduce(initial_state(ladder_from_mapping(mapping)), KnownFault(at(0), standing=True))
    assert [(one.kind, one.rung) for one in said] == [("fault", None)]
    assert state.book.fault.called


@pytest.mark.parametrize(
    ("limits", "told", "expected"),
    [
        # The queue alone, with nothing told: a measure nobody tells asks for nothing.
        ({"also": [{"measure": "longest_wait_seconds", "above": 60}]}, {}, [(1, 5)]),
        ({"also": [{"measure": "longest_wait_seconds", "above": 60}]}, {"longest_wait_seconds": 60}, []),
        ({"also": [{"measure": "longest_wait_seconds", "above": 60}]}, {"longest_wait_seconds": 61}, [(1, 5)]),
        # From minute 4 on: the run begins there.
        ({"also": [{"measure": "occupancy", "above": 0.9}]}, {"occupancy": [0.5] * 4 + [0.95] * 8}, [(1, 9)]),
        ({"instead": [{"measure": "answer_rate", "below": 0.8}]}, {}, [(1, 5)]),
    ],
)
def test_a_rung_may_ask_for_another_measure_besides_the_queue(mapping, limits, told, expected):
    mapping["rung"] = [rung(1, "expert", 5, **limits)]
    columns = {name: value if isinstance(value, list) else [value] * 12 for name, value in told.items()}
    assert orders(played(ladder_from_mapping(mapping), [8] * 12, **columns)) == expected


def test_a_measure_may_be_enough_without_the_queue_and_keeps_the_group_in(mapping):
    mapping["rung"] = [rung(1, "expert", 5, instead=[{"measure": "answer_rate", "below": 0.8}])]
    ladder = ladder_from_mapping(mapping)
    rate = [0.7] * 10 + [0.9] * 10
    said = played(ladder, [2] * 20, answer_rate=rate)
    # Below 0.8 from minute 0: in at 5; W <= 5 all along, but released only five minutes after the rate is good.
    assert said == [("order", 1, 5), ("release", 1, 15)]
    assert played(ladder, [2] * 20, answer_rate=[0.8] * 20) == []


def test_a_reason_names_the_measure_that_was_enough(mapping):
    mapping["rung"] = [
        rung(1, "expert", 5, 0, instead=[{"measure": "answer_rate", "below": 0.8}]),
        rung(2, "qa", 5, 0, also=[{"measure": "longest_wait_seconds", "above": 60}]),
    ]
    frame = pd.DataFrame(
        {
            "at": [at(0).isoformat(), at(1).isoformat()],
            "waiting": [2, 7],
            "answer_rate": 0.7,
            "longest_wait_seconds": 75,
        }
    )
    ladder = ladder_from_mapping(mapping)
    english, chinese = replay(frame, ladder)["reason"], replay(frame, ladder, language="zh")["reason"]
    assert english[0].startswith("2 waiting, answer rate 0.7, below 0.8; mobile experts")
    assert english[1].startswith("7 waiting: over 5 and longest wait 75, over 60; QA")
    assert "接通率 0.7，低于 0.8" in chinese[0]
    assert "且最长等待 75，超过 60" in chinese[1]


def test_a_measure_that_the_switch_does_not_tell_is_a_warning(mapping):
    mapping["rung"] = [rung(1, "expert", 5, also=[{"measure": "occupancy", "above": 0.9}])]
    state, _ = reduce(initial_state(ladder_from_mapping(mapping)), Reading(at(0), 3))
    assert [(one.code, one.words.en) for one in warnings(state)] == [
        ("measure_unknown", "the switch does not tell occupancy, which the ladder asks for: judged without")
    ]


def limit(**table):
    return lambda m: m["rung"][0].update(also=[table])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m["rung"][0].update(role="expret"), "rung 1: role = 'expret' is none of inbound, expert"),
        (lambda m: m["rung"][0].update(role="expret"), "did you mean 'expert'?"),
        (lambda m: m["rung"][0].update(waiting_above=50_000_000), "must be a whole number from 0 to 1000"),
        (lambda m: m.update(night_above=1001), f"night_above = 1001 must be a whole number from 0 to {MOST_WAITING}"),
        (lambda m: m.update(rung=m["rung"] * 9), "has 54 rungs, 50 at most"),
        (lambda m: m["rung"][0].update(also="occupancy"), "rung 1: also wants [[rung.also]] tables"),
        (limit(measure="ocupancy", above=0.9), "measure = 'ocupancy' is none of"),
        (limit(measure="ocupancy", above=0.9), "did you mean 'occupancy'?"),
        (limit(measure="occupancy"), "occupancy needs either above or below, not both"),
        (limit(measure="occupancy", above=0.1, below=0.9), "rung 1: also: occupancy needs either above or below"),
        (limit(measure="occupancy", above=90), "above = 90 must be a share from 0 to 1"),
        (limit(measure="agents_ready", below=-1), "below = -1 must be a number from 0 to a million"),
        (limit(measure="agents_ready", below=True), "below = True must be a number"),
        (limit(above=1), "also: missing key measure"),
        (limit(measure="occupancy", over=1), "also: unknown key 'over'"),
    ],
)
def test_what_is_wrong_with_a_rung_is_said_with_the_nearest_name(mapping, change, says):
    changed = copy.deepcopy(mapping)
    change(changed)
    with pytest.raises(ValueError, match="site") as error:
        ladder_from_mapping(changed, source="site.toml")
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"measure": "calls_of_forecast", "above": 1.2}, {"calls_per_hour": 500, "calls_per_hour_forecast": 400}),
        ({"measure": "aht_of_forecast", "above": 1.2}, {"aht_seconds": 250, "aht_seconds_forecast": 200}),
        ({"measure": "seats_of_plan", "below": 0.8}, {"seats_signed_in": 30, "seats_planned": 40}),
    ],
)
def test_a_rung_may_ask_how_the_floor_is_beside_its_plan_and_its_forecast(mapping, limit, told):
    """More calls than forecast, longer ones, or fewer seats than planned call the first group at two waiting."""
    mapping["rung"][0]["instead"] = [limit]
    ladder = ladder_from_mapping(mapping)
    assert ladder_from_mapping(mapping_from_ladder(ladder)) == ladder
    inside = dict.fromkeys(told, 400)

    def run(figures):
        state = initial_state(ladder)
        state, _ = reduce(state, PeopleChanged(at(-1), floor_told(Floor(), figures, source="acd")))
        made = []
        for minute in range(12):
            state, decided = reduce(state, Reading(at(minute), 2))
            made += [(one.rung, minute, one.reason) for one in decided if one.kind == "order"]
        return state, made

    state, made = run(told)
    assert [(number, minute) for number, minute, _ in made] == [(1, 5)]
    first, second = told.values()
    assert str(first / second) in made[0][2]
    assert run(inside)[1] == []
    unknown, made = run({next(iter(told)): 500})  # the plan is not published: it asks for nothing, and says so
    assert made == []
    assert [one.code for one in warnings(unknown)] == ["measure_unknown"]
    assert not warnings(state)
