"""The twenty-nine readings of the ladder, one by one, each on the smallest stream that shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, factorial

import pytest

from escalation.engine import reduce
from escalation.events import (
    Acknowledge,
    Decline,
    KnownFault,
    LadderChanged,
    ModeChanged,
    PeopleChanged,
    Reading,
    SignedIn,
    TakenBack,
    TakenInHand,
    Tick,
)
from escalation.floor import Candidate, Floor
from escalation.state import initial_state
from escalation.view import warnings
from tests.escalation.driven import NIGHT, START, Run, at, orders


def test_l1_more_than_five_waiting_is_the_condition_and_ten_is_its_lid_only_to_the_letter(ladders):
    for name, expected in (("recommended", orders((1, 5))), ("literal", [])):
        run = Run(ladders[name])
        for minute in range(8):
            run.tell(Reading(at(minute), 12 if minute == 2 else 6))
        assert run.lines() == expected
    assert Run(ladders["recommended"]).minutes(5, 0, 60).lines() == []


def test_l2_the_hold_is_inclusive_and_fires_at_exactly_five_minutes(ladder):
    run = Run(ladder)
    for second in range(0, 300, 30):
        run.tell(Reading(START + timedelta(seconds=second), 6))
    run.tell(Reading(START + timedelta(seconds=299.999), 6))
    assert run.lines() == []
    run.tell(Reading(START + timedelta(seconds=300), 6))
    assert run.lines() == orders((1, 5))


def test_l3_each_rung_waits_for_its_run_and_for_the_order_below(ladder):
    assert Run(ladder).minutes(6, 0, 15).lines() == orders((1, 5), (2, 10), (3, 15))
    # Readings every 70 s: rung 1 at the first one past 300 s (350), and rung 2 counts from there, not from 300.
    run = Run(ladder)
    for place in range(12):
        run.tell(Reading(START + timedelta(seconds=70 * place), 6))
    assert [minute * 60 for _, _, minute in run.lines()] == [350, 700]


def test_l4_rung_four_takes_the_first_later_reading_above_ten(ladder):
    run = Run(ladder).minutes(8, 0, 15)
    run.tell(Reading(START + timedelta(minutes=15, seconds=1), 11))
    assert run.lines()[-1] == ("order", 4, 15 + 1 / 60)


def test_l5_five_to_ten_after_rung_three_holds_there(ladder):
    run = Run(ladder).minutes(10, 0, 90)
    assert run.lines()[-1] == ("order", 3, 15)
    assert run.lines("holding") == [("holding", 3, 16)]
    assert run.state.book.holding


def test_l6_rung_five_needs_ten_for_five_minutes_after_rung_four_and_a_free_seat(ladder):
    def climb(floor):
        run = Run(ladder, floor=floor).minutes(8, 0, 15).minutes(11, 16, 20)
        run.tell(PeopleChanged(at(20.5), replace(floor, seats_free=floor.seats_free - 8)))
        return run.minutes(11, 21, 21)

    people = (Candidate("A3", hours_headroom=1), Candidate("A1", hours_headroom=3), Candidate("A2", lawful=False))
    known = {"expert": 2, "outbound": 2, "qa": 2, "back_office": 3}
    run = climb(Floor(available=known, seats_free=11, lengthen=people))
    assert run.lines()[-1] == ("order", 5, 21)
    assert run.said[-1].badges == ("A1", "A3")  # lawful only, most hours headroom first
    assert climb(Floor(available=known, seats_free=9, lengthen=people)).said[-2].code == "seat_limit"
    assert climb(Floor(available=known, seats_free=11, lengthen=people[2:])).said[-2].code == "nobody"


def test_l7_rung_six_reports_the_seats_needed_and_calls_standby_first(ladder):
    call = (
        Candidate("B9", hours_headroom=30),
        Candidate("B7", standby=True, hours_headroom=2),
        Candidate("B8", hours_headroom=40),
        Candidate("B1", standby=True, lawful=False),
    )
    floor = Floor(seats_required=52, seats_signed_in=40, seats_free=20, call=call)
    run = Run(ladder, floor=floor)
    run.minutes(7, 0, 1)
    run.tell(KnownFault(at(1.5), standing=True, actor="S1", reason="billing is down"))
    order = run.said[-1]
    assert (order.kind, order.rung, order.at) == ("order", 6, at(1.5))
    assert (order.needed, order.people, order.badges) == (12, 3, ("B7", "B8", "B9"))
    assert "12 needed" in order.reason


def test_l7_without_a_fault_rung_six_comes_five_minutes_after_rung_five(ladder):
    run = Run(ladder).minutes(7, 0, 15).minutes(11, 16, 26)
    assert run.lines()[-3:] == orders((4, 16), (5, 21), (6, 26))


def test_l7_the_seats_come_from_the_live_load_where_nobody_gives_them(recommended):
    # 30 erlangs at 85 % within 15 s: the smallest n whose Erlang C answers that many, summed here from the definition.
    load, aht = 30.0, 180.0

    def answered(seats):
        below = sum(load**n / factorial(n) for n in range(seats))
        top = load**seats / factorial(seats) * seats / (seats - load)
        return 1 - top / (below + top) * exp(-(seats - load) * 15 / aht)

    enough = next(n for n in range(31, 60) if answered(n) >= 0.85)
    floor = Floor(calls_per_hour=600, aht_seconds=aht, seats_signed_in=30)
    run = Run(recommended, floor=floor)
    run.tell(KnownFault(at(0), standing=True))
    assert run.said[-1].needed == enough - 30
    patient = replace(floor, patience_seconds=60.0)
    run = Run(recommended, floor=patient)
    run.tell(KnownFault(at(0), standing=True))
    assert run.said[-1].needed < enough - 30  # some hang up


def test_l8_release_takes_the_last_group_first_every_five_minutes_or_every_reading(ladders):
    run = Run(ladders["recommended"]).minutes(6, 0, 10).minutes(5, 11, 30)
    assert run.lines("release") == [("release", 2, 16), ("release", 1, 21)]
    run = Run(ladders["literal"]).minutes(6, 0, 10).minutes(5, 11, 30)
    assert run.lines("release") == [("release", 2, 11), ("release", 1, 12)]


def test_l9_a_queue_that_returns_while_releasing_climbs_again_from_the_first_unfilled_rung(recommended, ladders):
    run = Run(recommended).minutes(6, 0, 15).minutes(5, 16, 21).minutes(6, 22, 40)
    assert run.lines("release") == [("release", 3, 21)]
    assert run.lines()[-1] == ("order", 3, 27)
    ids = [one.order_id for one in run.said if one.rung == 3 and one.kind == "order"]
    assert len(set(ids)) == 2
    run = Run(ladders["literal"]).minutes(6, 0, 15).minutes(5, 16, 17).minutes(6, 18, 30)
    assert run.lines()[-2:] == orders((2, 23), (3, 28))


def test_l10_one_low_reading_while_climbing_restarts_the_clock(ladder):
    run = Run(ladder).minutes(6, 0, 3).minutes(5, 4, 4).minutes(6, 5, 10)
    assert run.lines() == orders((1, 10))


def test_l10_a_grace_bridges_a_dip_that_is_shorter(recommended):
    lenient = replace(recommended, dip_grace_seconds=90.0, version="")
    assert Run(lenient).minutes(6, 0, 3).minutes(5, 4, 4).minutes(6, 5, 6).lines() == orders((1, 5))
    assert Run(lenient).minutes(6, 0, 1).minutes(5, 2, 4).minutes(6, 5, 9).lines() == []


def test_l11_a_gap_breaks_the_run_and_nothing_moves_meanwhile(ladder):
    run = Run(ladder).minutes(6, 0, 4)
    run.tell(Reading(START + timedelta(seconds=240 + 91), 6))
    assert run.lines() == []
    assert run.lines("stale") == [("stale", None, 331 / 60)]
    run.minutes(6, 6, 10)
    assert run.lines() == []
    run.tell(Reading(START + timedelta(seconds=331 + 300), 6))
    assert run.lines() == orders((1, 631 / 60))


@pytest.mark.parametrize("seconds", [(0, 90, 180, 270, 300), (0, 30, 120, 210, 300)], ids=["before", "at the hold"])
def test_l11_ninety_seconds_are_no_gap_yet(ladder, seconds):
    run = Run(ladder)
    for second in seconds:
        run.tell(Reading(START + timedelta(seconds=second), 6))
    assert run.lines() == orders((1, 5))


def test_l11_a_tick_shows_staleness_once_and_changes_no_order(ladder):
    run = Run(ladder).minutes(6, 0, 4)
    for second in (250, 331, 400):
        run.tell(Tick(START + timedelta(seconds=second)))
    assert run.state.book.stale
    run.minutes(6, 8, 13)
    assert run.lines("stale") == [("stale", None, 331 / 60)]
    assert run.lines() == orders((1, 13))


def test_l11_readings_of_a_clock_that_is_behind_are_called_stale_once_in_a_while_and_climb_as_ever(ladder):
    state, said, orders = initial_state(ladder), [], []
    for second in range(0, 1200, 5):
        state, made = reduce(state, Reading(at(second / 60), 8))
        orders += [(one.rung, one.at) for one in made if one.kind == "order"]
        state, made = reduce(state, Tick(at(second / 60 + 2)))  # the service's clock is two minutes ahead
        said += [one.at for one in made if one.kind == "stale"]
        assert state.book.stale
    assert orders == [(1, at(5)), (2, at(10)), (3, at(15))]
    assert said == [at(2 + minute * 95 / 60) for minute in range(13)]  # the first 5 s beyond the 90 of a gap
    state, made = reduce(state, Tick(at(2)))  # set right again
    assert made == ()


def test_l11_readings_that_only_arrived_late_do_not_break_the_run(ladder):
    run = Run(ladder).minutes(6, 0, 2)
    run.tell(Tick(at(4)))  # nothing has arrived for two minutes: shown as stale, and no more than shown
    assert run.state.book.stale
    assert run.minutes(6, 3, 5).lines() == orders((1, 5))
    assert not run.state.book.stale


@pytest.mark.parametrize("waiting", [None, -1])
def test_l12_missing_is_missing_and_never_zero(ladder, waiting):
    run = Run(ladder).minutes(6, 0, 2)
    before = run.state
    run.tell(Reading(at(3), waiting))
    assert run.state == before
    assert run.lines("refused") == [("refused", None, 3)]
    run.tell(Reading(at(3.4), 6))
    assert run.minutes(6, 4, 5).lines() == orders((1, 5))


@pytest.mark.parametrize(
    ("waiting", "floor", "people"),
    [
        (10, Floor(), 2),
        (11, Floor(), 3),
        (7, Floor(seats_required=50, seats_signed_in=41), 3),
        (11, Floor(seats_required=50, seats_signed_in=49), 2),
        (11, Floor(seats_required=50, seats_signed_in=60), 2),
        (11, Floor(available={"outbound": 1}), 1),
        (11, Floor(seats_free=1), 1),
    ],
)
def test_l13_two_or_three_is_the_shortfall_bounded_by_people_and_seats(recommended, waiting, floor, people):
    if floor.seats_free is not None:
        floor = replace(floor, available={"expert": 0})
    run = Run(recommended, floor=floor).minutes(waiting, 0, 10)
    assert run.people()[2] == people


def test_l14_rung_one_is_the_whole_expert_group_within_the_free_seats(ladder):
    assert Run(ladder, floor=Floor(available={"expert": 7})).minutes(6, 0, 5).people() == {1: 7}
    assert Run(ladder, floor=Floor(available={"expert": 7}, seats_free=4)).minutes(6, 0, 5).people() == {1: 4}


def test_l15_a_rung_without_people_is_skipped_and_the_next_is_tried_at_once(ladder):
    run = Run(ladder, floor=Floor(available={"expert": 0, "qa": 0})).minutes(6, 0, 15)
    assert run.lines() == [("skipped", 1, 5), ("order", 2, 5), ("skipped", 3, 10)]
    run = Run(ladder, floor=Floor(available={"expert": 0, "outbound": 0, "qa": 0})).minutes(6, 0, 5).minutes(11, 6, 6)
    assert run.lines() == [("skipped", 1, 5), ("skipped", 2, 5), ("skipped", 3, 5), ("order", 4, 6)]


def test_l15_rung_four_needs_no_second_wait_after_a_skipped_rung_three(recommended):
    run = Run(recommended, floor=Floor(available={"qa": 0})).minutes(11, 0, 15)
    assert run.lines()[-2:] == [("skipped", 3, 15), ("order", 4, 15)]


def test_l16_without_a_free_seat_floor_rungs_are_blocked_and_rung_six_still_reports(recommended):
    floor = Floor(seats_free=0, seats_required=55, seats_signed_in=40)
    run = Run(recommended, floor=floor).minutes(11, 0, 5)
    assert [(one.kind, one.rung, one.code) for one in run.said[:5]] == [
        ("blocked", rung, "seat_limit") for rung in range(1, 6)
    ]
    last = run.said[-1]
    assert (last.kind, last.rung, last.people, last.needed) == ("order", 6, 0, 15)
    assert "15 needed, 0 can be seated" in last.reason


def test_l17_added_seats_stay_within_nine_and_within_the_seat_limit(recommended):
    tight = replace(recommended, max_added_seats=5, version="")
    assert Run(tight).minutes(11, 0, 16).people() == {1: None, 2: 3, 3: 2}
    run = Run(tight).minutes(11, 0, 16)
    assert [(one.rung, one.code) for one in run.said if one.kind == "blocked"] == [(4, "max_added_seats")]
    limited = replace(recommended, seat_limit=44, version="")
    run = Run(limited, floor=Floor(available={"expert": 2}, seats_signed_in=38, seats_required=60)).minutes(11, 0, 16)
    assert run.people() == {1: 2, 2: 3, 3: 1}


def test_l18_acknowledging_never_gates_the_climb(ladder):
    silent, heeded = Run(ladder), Run(ladder)
    for run in (silent, heeded):
        run.minutes(6, 0, 5)
        if run is heeded:
            first = run.said[-1].order_id
            run.tell(Acknowledge(at(5.5), first, "S1"))
            run.tell(SignedIn(at(5.7), first, "S1", people=4))
        run.minutes(6, 6, 15)
    assert silent.lines() == heeded.lines()
    assert [one.status for one in heeded.state.book.orders] == ["signed_in", "issued", "issued"]


def test_l18_acknowledging_twice_is_the_same_as_once(ladder):
    run = Run(ladder).minutes(6, 0, 5)
    first = run.said[-1].order_id
    assert run.tell(Acknowledge(at(5.2), first, "S1"))
    before = run.state
    assert run.tell(Acknowledge(at(5.4), first, "S2")) == ()
    assert run.state == before
    assert run.tell(Acknowledge(at(5.4), "hotline-999999", "S2"))[0].code == "unknown_order"


def test_l18_an_order_nobody_heeds_is_repeated_until_it_is_carried_out(ladder):
    run = Run(ladder).minutes(6, 0, 5)
    first = run.said[-1].order_id
    told = [bool(run.tell(Tick(at(5 + minute)))) for minute in (0.5, 1, 1.5)]
    run.minutes(6, 6, 6)
    assert told == [False, False, False]
    assert [one.kind for one in run.tell(Tick(at(7)))] == ["repeat"]
    run.minutes(6, 7, 7)
    run.tell(Acknowledge(at(7.5), first, "S1"))
    run.minutes(6, 8, 9)
    assert run.tell(Tick(at(9))) == ()
    assert run.tell(Tick(at(9.5)))[0].code == "not_carried_out"
    run.tell(SignedIn(at(9.6), first, "S1", people=5))
    run.minutes(6, 10, 11)
    assert [one.order_id for one in run.tell(Tick(at(12)))] == [run.state.book.orders[1].order_id]  # only rung 2's


def test_l18_fewer_people_than_ordered_is_short_and_a_declined_order_is_closed(recommended):
    run = Run(recommended, floor=Floor(available={"outbound": 3})).minutes(11, 0, 10)
    second = run.said[-1].order_id
    run.tell(SignedIn(at(10.5), second, "S1", people=1))
    assert run.state.book.orders[-1].status == "short"
    run.tell(Decline(at(10.6), second, "S1", "on an outside line"))
    assert [one.rung for one in run.state.book.orders] == [1]
    assert run.minutes(11, 11, 15).lines()[-1] == ("order", 3, 15)


def acts_on(order_id, when):
    return [
        Acknowledge(when, order_id, "S1"), Decline(when, order_id, "S1", "busy"), SignedIn(when, order_id, "S1", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_l18_an_act_taken_back_within_ten_seconds_leaves_the_orders_as_if_it_had_not_been(recommended, which, kind):
    run = Run(recommended, floor=Floor(available={"outbound": 3})).minutes(11, 0, 10)
    run.tell(SignedIn(at(10.2), run.state.book.orders[0].order_id, "S2", people=2))
    before = run.state.book.orders
    order_id = before[which].order_id
    act = acts_on(order_id, at(10.5))[kind]
    run.tell(act)
    acted = run.state.book.orders
    (said,) = run.tell(TakenBack(at(10.5) + timedelta(seconds=10), order_id, "S1"))
    if acted == before:  # the act was of no effect, so there is nothing of it to take back
        assert said.kind == "refused"
    else:
        assert (said.kind, said.order_id, said.actor) == ("taken_back", order_id, "S1")
    assert run.state.book.orders == before
    plain = Run(recommended, floor=Floor(available={"outbound": 3})).minutes(11, 0, 15)
    assert run.minutes(11, 11, 15).lines()[-1] == plain.lines()[-1]  # and the climb goes on as without it
    assert run.tell(TakenBack(at(15.1), order_id, "S1"))[0].kind == "refused"  # once, and not twice


def test_l18_an_act_is_not_taken_back_late_by_another_or_after_the_ladder_went_on(recommended):
    run = Run(recommended, floor=Floor(available={"outbound": 3})).minutes(11, 0, 10)
    second = run.said[-1].order_id
    run.tell(Decline(at(10.5), second, "S1", "busy"))
    stands = run.state
    for event, code in (
        (TakenBack(at(10.5) + timedelta(seconds=10, milliseconds=1), second, "S1"), "undo.late"),
        (TakenBack(at(10.51), second, "S2"), "undo.other"),
        (TakenBack(at(10.51), "hotline-000009", "S1"), "undo.nothing"),
    ):
        assert [(one.kind, one.code) for one in run.tell(event)] == [("refused", code)]
        assert run.state == stands
    run.tell(TakenInHand(at(10.52), "climb", "S1", "at once", rung=2))  # other people were called in its place
    assert run.tell(TakenBack(at(10.53), second, "S1"))[0].code == "undo.moved"


def test_l19_night_orders_everybody_but_one_supervisor_after_five_minutes(ladder):
    run = Run(ladder, mode="night", floor=NIGHT).minutes(6, 0, 5)
    made = [(one.rung, one.role, one.people, one.at) for one in run.said]
    assert made == [
        (1, "expert", 2, at(5)),
        (2, "outbound", 4, at(5)),
        (3, "qa", 5, at(5)),
        (4, "back_office", 3, at(5)),
        (4, "supervisor", 2, at(5)),
    ]
    assert run.said[-1].badges == ("S1", "S2")  # the business supervisor stays
    run = Run(ladder, mode="night", floor=Floor(available={"supervisor": 3}, badges={"supervisor": ("S3", "S1", "S2")}))
    run.minutes(6, 0, 5)
    assert run.said[-1].badges == ("S2", "S3")  # the lowest badge stays


def test_l19_entering_the_night_in_a_run_of_five_minutes_orders_at_once(ladder):
    run = Run(ladder, floor=NIGHT).minutes(6, 0, 7)
    run.tell(ModeChanged(at(7.5), "night"))
    assert [(one.kind, one.rung, one.at) for one in run.said if one.kind == "order"] == [
        ("order", 1, at(5)),
        *[("order", rung, at(7.5)) for rung in (2, 3, 4, 4)],
    ]
    run = Run(ladder, floor=NIGHT).minutes(6, 0, 3)
    run.tell(ModeChanged(at(3.5), "night"))
    assert run.minutes(6, 4, 4).lines() == []
    assert {minute for _, _, minute in run.minutes(6, 5, 9).lines()} == {5}


def test_l19_the_night_is_released_group_by_group_in_reverse(ladder):
    run = Run(ladder, mode="night", floor=NIGHT).minutes(6, 0, 5).minutes(2, 6, 60)
    released = [(one.rung, one.role) for one in run.said if one.kind == "release"]
    assert released == [(4, "supervisor"), (4, "back_office"), (3, "qa"), (2, "outbound"), (1, "expert")]
    step = ladder.release_hold_seconds / 60 or 1
    first = 6 + ladder.release_hold_seconds / 60
    assert [m for _, _, m in run.lines("release")] == [first + step * place for place in range(5)]


def test_l20_those_signed_in_stay_when_the_night_ends(recommended):
    run = Run(recommended, mode="night", floor=NIGHT).minutes(6, 0, 5)
    run.tell(ModeChanged(at(5.5), "day"))
    assert len(run.state.book.orders) == 5
    assert run.minutes(6, 6, 12).lines("release") == []
    assert run.minutes(3, 13, 18).lines("release") == [("release", 4, 18)]


def test_l21_a_holiday_climbs_the_same_ladder(ladder):
    assert Run(ladder, mode="holiday").minutes(6, 0, 15).lines() == Run(ladder).minutes(6, 0, 15).lines()


def test_l21_a_holiday_with_less_than_five_on_standby_is_a_warning(ladder):
    thin = Run(ladder, mode="holiday", floor=Floor(standby=4)).state
    assert [one.code for one in warnings(thin)] == ["standby_below_minimum"]
    assert warnings(Run(ladder, mode="holiday", floor=Floor(standby=5)).state) == ()
    assert warnings(Run(ladder, mode="day", floor=Floor(standby=4)).state) == ()


@pytest.mark.parametrize(("load", "warned"), [(799, True), (800, False), (1000, False), (1001, True), (None, False)])
def test_c10_calls_outside_the_forecasts_band_are_a_warning(ladder, load, warned):
    floor = Floor(calls_per_hour=load, aht_seconds=180.0, calls_per_hour_lower=800.0, calls_per_hour_upper=1000.0)
    run = Run(ladder, mode="holiday", floor=floor).minutes(3, 0, 1)
    assert [one.code for one in warnings(run.state)] == (["outside_band"] if warned else [])
    assert run.said == []  # it is the floor that goes to the emergency plan


def test_l22_no_reading_orders_two_rungs(ladder):
    run = Run(ladder)
    for minute in range(60):
        made = run.tell(Reading(at(minute), 10 if minute < 16 else 30))
        assert len([one for one in made if one.kind == "order"]) <= 1


def test_l23_the_supervisor_climbs_at_once_and_the_clock_restarts(ladder):
    run = Run(ladder).minutes(6, 0, 2)
    run.tell(TakenInHand(at(2.5), "climb", "S1", "television spot", rung=2))
    assert run.lines() == orders((1, 2.5), (2, 2.5))
    assert run.minutes(6, 3, 8).lines() == orders((1, 2.5), (2, 2.5), (3, 8))
    assert all(one.actor == "S1" for one in run.said if one.kind == "order" and one.at == at(2.5))


def test_l23_a_hold_needs_its_end_and_restarts_the_clock_when_it_ends(ladder):
    run = Run(ladder).minutes(6, 0, 5)
    with pytest.raises(ValueError, match="a hold needs its end"):
        run.tell(TakenInHand(at(5.5), "hold", "S1", "drill", rung=1))
    run.tell(TakenInHand(at(5.5), "hold", "S1", "drill", rung=1, until=at(20)))
    assert run.minutes(6, 6, 24).lines() == orders((1, 5))
    assert run.minutes(6, 25, 25).lines() == orders((1, 5), (2, 25))
    with pytest.raises(ValueError, match="reason"):
        run.tell(TakenInHand(at(26), "release", "S1", ""))


def test_l23_a_held_rung_is_not_released_and_a_released_one_is_gone(recommended):
    run = Run(recommended).minutes(6, 0, 10)
    run.tell(TakenInHand(at(10.5), "hold", "S1", "drill", rung=1, until=at(60)))
    assert run.minutes(0, 11, 59).lines("release") == [("release", 2, 16)]
    run.tell(TakenInHand(at(59.5), "release", "S1", "over"))
    assert run.lines("release")[-1] == ("release", 1, 59.5)


def test_l24_people_serving_another_queue_are_engaged(ladder):
    run = Run(ladder, floor=Floor(available={"expert": 0}, engaged={"expert": 4})).minutes(6, 0, 5)
    assert [(one.kind, one.code) for one in run.said] == [("skipped", "engaged"), ("order", "order")]
    assert "L24" in run.said[0].rule


def test_l25_a_late_reading_is_logged_and_changes_nothing(ladder):
    run = Run(ladder).minutes(6, 0, 4)
    before = run.state
    run.tell(Reading(at(2.5), 0))
    assert run.state == before
    assert run.lines("late") == [("late", None, 2.5)]
    assert run.minutes(6, 5, 5).lines() == orders((1, 5))


def test_l26_the_same_reading_again_says_nothing_and_another_value_is_a_conflict(ladder):
    run = Run(ladder).minutes(6, 0, 4)
    before = run.state
    assert run.tell(Reading(at(4), 6)) == ()
    assert run.tell(Reading(at(4), 7))[0].code == "conflict"
    assert run.state == before


def test_l27_a_time_without_zone_or_from_the_future_is_refused(ladder):
    run = Run(ladder)
    assert run.tell(Reading(datetime(2026, 12, 1, 9), 6))[0].code == "naive"  # noqa: DTZ001
    assert run.tell(Reading(at(1), 6, received_at=at(0.499)))[0].code == "future"
    assert run.state.at is None
    assert run.tell(Reading(at(1), 6, received_at=at(0.5))) == ()
    assert run.state.at == at(1)
    assert run.tell(Reading(at(2), 6, received_at=at(1.499)))[0].code == "future"  # nor where nothing would change
    assert run.state.at == at(1)


def test_l28_the_same_events_give_the_same_orders_from_any_point(ladder):
    events = [Reading(at(minute), waiting) for minute, waiting in enumerate([6] * 16 + [11] * 12 + [4] * 40)]
    whole = Run(ladder)
    for event in events:
        whole.tell(event)
    for cut in range(0, len(events), 7):
        first = Run(ladder)
        for event in events[:cut]:
            first.tell(event)
        second = Run(ladder)
        second.state = first.state
        for event in events[cut:]:
            second.tell(event)
        assert first.said + second.said == whole.said
        assert second.state == whole.state


def test_l29_an_edited_ladder_keeps_the_rung_and_counts_from_the_next_reading(ladder):
    run = Run(ladder).minutes(6, 0, 9)
    slower = replace(ladder, rungs=tuple(replace(one, hold_seconds=120.0) for one in ladder.rungs), version="")
    assert slower.version != ladder.version
    run.tell(LadderChanged(at(9.5), slower))
    assert run.state.book.ladder.version == slower.version
    assert [one.rung for one in run.state.book.orders] == [1]
    assert run.minutes(6, 10, 12).lines() == orders((1, 5), (2, 12))
