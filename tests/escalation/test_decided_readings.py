"""The readings L30 to L35 of the rulebook, and what of L1 to L29 no stream had shown, each on the smallest."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from escalation.engine import reduce
from escalation.events import (
    Delivered,
    KnownFault,
    ModeChanged,
    PeopleChanged,
    Reading,
    SignedIn,
    Silence,
    TakenInHand,
    Tick,
)
from escalation.floor import Floor
from escalation.replaying import replay
from escalation.report import Report, take_report
from escalation.state import initial_state
from escalation.view import next_release_at, next_step, run_started_at, warnings, when_stale
from tests.escalation.driven import NIGHT, Run, at, orders


def codes(run):
    return [(one.kind, one.rung, one.role, one.people) for one in run.said if one.kind in ("order", "skipped")]


def report(run, minute, waiting, **told):
    """Take one report and return what it decided."""
    run.state, made = take_report(run.state, Report(Reading(at(minute), waiting), told))
    run.said.extend(made)
    return made


# -- L30: the floor, the reading, the mode, the fault ------------------------------------------------------------------


def test_l30_the_night_that_comes_with_a_calm_reading_orders_nobody(ladder):
    run = Run(ladder, floor=NIGHT).minutes(8, 0, 4)
    assert [one.kind for one in report(run, 5, 3, mode="night")] == ["mode"]
    assert run.state.book.orders == ()


def test_l30_the_people_of_a_report_count_before_its_night(ladder):
    run = Run(ladder, floor=NIGHT).minutes(8, 0, 4)
    report(run, 4.5, 8)
    made = report(run, 5, 8, mode="night", qa_available=0)
    assert [(one.kind, one.rung) for one in made] == [
        ("order", 1), ("mode", None), ("order", 2), ("skipped", 3), ("order", 4), ("order", 4),
    ]  # fmt: skip


def test_l30_the_people_of_a_report_count_before_its_reading(recommended):
    run = Run(recommended, floor=Floor(available={"expert": 4})).minutes(6, 0, 4)
    assert [(one.kind, one.rung) for one in report(run, 5, 6, experts_available=0, outbound_available=0)][:2] == [
        ("skipped", 1),
        ("skipped", 2),
    ]


def test_l30_a_fault_comes_after_the_reading_and_all_is_in_the_answer(recommended):
    run = Run(recommended).minutes(6, 0, 4)
    made = report(run, 5, 6, known_fault=True)
    assert [(one.kind, one.rung) for one in made] == [("order", 1), ("fault", None), ("order", 6)]


@pytest.mark.parametrize(
    ("minute", "waiting"), [(3, 6), (3, None), (4, 9)], ids=["late", "late and missing", "in conflict"]
)
def test_l30_of_a_report_that_does_not_count_nothing_counts(ladder, minute, waiting):
    run = Run(ladder, floor=NIGHT).minutes(6, 0, 4)
    before = run.state
    report(run, minute, waiting, mode="night", known_fault=True, qa_available=0, occupancy=0.9)
    assert run.state == before


def test_l30_a_report_without_a_number_still_tells_the_floor(ladder):
    run = Run(ladder).minutes(6, 0, 4)
    made = report(run, 4.5, None, qa_available=2, mode="night")
    assert [one.code for one in made] == ["missing", "night"]
    assert run.state.book.floor.available == {"qa": 2}


def test_l30_a_file_is_taken_as_the_service_takes_it(recommended):
    rows = [(minute, 8, None, None) for minute in range(6)] + [
        (6, 3, "night", None),
        (5, 9, "day", 1),
        (7, 3, None, None),
    ]
    frame = pd.DataFrame(
        [(at(minute).isoformat(), waiting, mode, fault) for minute, waiting, mode, fault in rows],
        columns=["at", "waiting", "mode", "known_fault"],
    )
    said = [(one.kind, one.role) for one in replay(frame, recommended).itertuples()]
    assert said == [("order", "expert"), ("late", "")]


# -- L19, L31: the night says all --------------------------------------------------------------------------------------


def test_l31_the_rest_of_a_group_partly_in_is_called_at_night(recommended):
    run = Run(recommended, floor=Floor(available={"expert": 0, "outbound": 5, "qa": 0, "back_office": 0}))
    run.minutes(6, 0, 5)
    assert codes(run) == [("skipped", 1, "expert", 0), ("order", 2, "outbound", 2)]
    for minute, count, rest in ((5.2, 3, 3), (5.4, 4, 2)):
        seen = Run(recommended)
        seen.state = run.state
        seen.tell(PeopleChanged(at(minute), replace(seen.state.book.floor, available={"outbound": count})))
        seen.tell(ModeChanged(at(5.5), "night"))
        # Three left: both have signed in, and the three are the rest. Four left: one of the two is still counted there.
        if count == 3:
            assert ("order", 2, "outbound", rest) in codes(seen)
        else:
            assert ("order", 2, "outbound", 3) in codes(seen)


def test_l31_who_was_ordered_and_has_not_left_the_count_is_not_called_twice(recommended):
    run = Run(recommended, floor=Floor(available={"outbound": 5})).minutes(6, 0, 10)
    run.tell(ModeChanged(at(10.5), "night"))
    assert [people for kind, _, role, people in codes(run) if (kind, role) == ("order", "outbound")] == [2, 3]


def test_l31_a_group_of_unknown_number_partly_in_is_called_whole(recommended):
    run = Run(recommended).minutes(6, 0, 10)
    run.tell(ModeChanged(at(10.5), "night"))
    assert [(rung, people) for kind, rung, _, people in codes(run) if kind == "order"] == [
        (1, None), (2, 2), (2, None), (3, None), (4, None),
    ]  # fmt: skip


def test_l19_a_second_night_calls_nobody_new(ladder):
    run = Run(ladder, mode="night", floor=NIGHT).minutes(6, 0, 6)
    run.tell(ModeChanged(at(6.2), "day"))
    run.tell(ModeChanged(at(6.4), "night"))
    assert len([one for one in run.said if one.kind == "order"]) == 5
    assert run.minutes(6, 7, 20).lines("order") == orders(*[(n, 5) for n in (1, 2, 3, 4, 4)])


def test_l19_the_night_order_waits_for_its_own_run_after_a_gap(ladder):
    run = Run(ladder, mode="night", floor=NIGHT).minutes(6, 0, 4).minutes(6, 29, 33)
    assert run.lines("order") == []
    assert {minute for _, _, minute in run.minutes(6, 34, 40).lines("order")} == {34}


def test_l19_a_night_entered_long_after_the_last_reading_orders_nobody(ladder):
    run = Run(ladder, floor=NIGHT).minutes(6, 0, 4)
    run.tell(ModeChanged(at(29), "night"))
    run.tell(Reading(at(29.5), 6))
    assert run.lines("order") == []


# -- L32: seats counted once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", ["seats_signed_in", "seats_free", "both"])
def test_l32_who_sits_down_is_not_counted_beside_those_who_sit(recommended, told):
    limited = replace(recommended, seat_limit=60, version="")

    def floor(signed_in):
        both = {"seats_signed_in": signed_in, "seats_free": 60 - signed_in}
        said = both if told == "both" else {told: both[told]}
        return Floor(available={"expert": 0}, **said)

    run = Run(limited, floor=floor(54)).minutes(6, 0, 5)  # outbound: 2, seats 55 and 56
    run.tell(PeopleChanged(at(9.5), floor(56)))
    run.tell(PeopleChanged(at(9.6), floor(57)))  # and somebody of the shift comes back from a meal
    assert run.minutes(6, 6, 10).lines()[-1] == ("order", 3, 10)
    assert run.said[-1].people == 2  # three seats are free, two are wanted
    full = Run(limited, floor=floor(58)).minutes(6, 0, 10)
    assert [(one.rung, one.code) for one in full.said if one.kind == "blocked"] == [(3, "seat_limit")]


def test_l32_somebody_who_gets_up_and_comes_back_is_nobody_new(recommended):
    limited = replace(recommended, seat_limit=60, version="")

    def floor(signed_in):
        return Floor(available={"expert": 0}, seats_signed_in=signed_in)

    run = Run(limited, floor=floor(58)).minutes(6, 0, 5)
    for place, signed_in in enumerate((57, 58, 57, 58)):
        run.tell(PeopleChanged(at(5.1 + place / 10), floor(signed_in)))
    assert [(one.rung, one.code) for one in run.minutes(6, 6, 10).said if one.kind == "blocked"] == [(3, "seat_limit")]


def test_l32_what_a_supervisor_told_and_what_the_switch_shows_are_one(recommended):
    limited = replace(recommended, seat_limit=60, version="")
    floor = Floor(available={"expert": 2}, seats_signed_in=50)
    run = Run(limited, floor=floor).minutes(6, 0, 10)  # experts 2, outbound 2
    run.tell(SignedIn(at(10.1), run.state.book.orders[0].order_id, "S1", people=2))
    run.tell(PeopleChanged(at(10.2), replace(floor, seats_signed_in=52)))
    assert [one.not_seated for one in run.state.book.orders] == [0, 2]


# -- L33: stale promises nothing ---------------------------------------------------------------------------------------


def test_l33_an_old_reading_promises_nothing(recommended):
    climbing = Run(recommended).minutes(6, 0, 3).state
    low = Run(recommended).minutes(6, 0, 5).minutes(2, 6, 6).state
    assert next_step(climbing) == (1, at(5))
    assert next_release_at(low) is not None
    for state in (climbing, low):
        shown = when_stale(state)
        assert (next_step(shown), next_release_at(shown), run_started_at(shown)) == (None, None, None)
        assert shown.book.orders == state.book.orders


# -- L34: an order nobody heeds ----------------------------------------------------------------------------------------

ON_CALL = ("S9", "K1", "P4")


def ticking(run, first, last, *, waiting=8, on_call=ON_CALL):
    """Let half-minutes pass with a reading each, and return what was said about the orders, by minute."""
    said = []
    for half in range(int(2 * first), int(2 * last) + 1):
        run.tell(Reading(at(half / 2), waiting))
        said += run.tell(Tick(at(half / 2), on_call))
    return [(one.kind, one.actor, (one.at - at(0)).total_seconds() / 60) for one in said]


@pytest.fixture
def one_rung(recommended):
    return replace(recommended, rungs=recommended.rungs[:1], version="")


def test_l34_after_three_repeats_it_goes_down_the_on_call_list_once_each(one_rung):
    run = Run(one_rung).minutes(8, 0, 5)
    assert ticking(run, 5.5, 30) == [
        ("repeat", "", 7), ("repeat", "", 9), ("repeat", "", 11),
        ("escalated", "S9", 13), ("escalated", "K1", 15), ("escalated", "P4", 17),
    ]  # fmt: skip
    (order,) = run.state.book.orders
    assert (order.repeats, order.escalated) == (3, ON_CALL)
    assert [one.words.en for one in warnings(run.state) if one.code == "unheeded"] == [
        f"nobody heeds order {order.order_id}: it went to S9, K1, P4"
    ]


def test_l34_to_the_letter_an_order_is_repeated_without_end(ladders):
    endless = replace(ladders["literal"], rungs=ladders["literal"].rungs[:1], version="")
    assert [one[0] for one in ticking(Run(endless).minutes(8, 0, 5), 5.5, 25)] == ["repeat"] * 10


def test_l34_nothing_is_repeated_while_the_queue_is_short(one_rung):
    run = Run(one_rung).minutes(8, 0, 5)
    assert ticking(run, 5.5, 9.5, waiting=5) == []
    run.tell(Reading(at(9.75), 6))
    assert [(one.kind, one.at) for one in run.tell(Tick(at(9.8), ON_CALL))] == [("repeat", at(9.8))]


def test_l34_a_stale_ladder_repeats_nothing(one_rung):
    run = Run(one_rung).minutes(8, 0, 5)
    said = [one for half in range(11, 40) for one in run.tell(Tick(at(half / 2), ON_CALL))]
    assert [one.kind for one in said] == ["stale"]


def test_l34_what_is_carried_out_goes_to_nobody_else(one_rung):
    run = Run(one_rung).minutes(8, 0, 5)
    ticking(run, 5.5, 13)
    run.tell(SignedIn(at(13.2), run.state.book.orders[0].order_id, "S1", people=5))
    assert ticking(run, 13.5, 30) == []


def test_l34_the_list_of_the_moment_counts(one_rung):
    run = Run(one_rung).minutes(8, 0, 5)
    assert ticking(run, 5.5, 13, on_call=("S9",))[-1] == ("escalated", "S9", 13)
    assert ticking(run, 13.5, 20, on_call=("S9", "S8")) == [("escalated", "S8", 15)]


def test_a_silence_has_an_end_and_a_reason_and_never_holds_the_ladder(ladder):
    loud, quiet = Run(ladder), Run(ladder)
    quiet.tell(Silence(at(0), at(20), "S1", "drill"))
    assert [one.code for one in warnings(quiet.state)] == ["silence"]
    for run in (loud, quiet):
        run.minutes(8, 0, 15)
    assert quiet.lines() == loud.lines()
    quiet.tell(Tick(at(20)))
    assert quiet.state.book.silence is None
    for event, says in (
        (Silence(at(21), at(21), "S1", "drill"), "must be a later time"),
        (Silence(at(21), at(22), "", "drill"), "badge"),
        (Silence(at(21), at(22), "S1", ""), "reason"),
    ):
        with pytest.raises(ValueError, match=says):
            reduce(quiet.state, event)


def test_an_order_says_beside_itself_whether_it_reached_anybody(ladder):
    run = Run(ladder).minutes(8, 0, 5)
    first = run.state.book.orders[0].order_id
    run.tell(Delivered(at(5.1), first, "floor", error="HTTP 500"))
    run.tell(Delivered(at(5.2), first, "floor"))
    run.tell(Delivered(at(5.3), first, "mail", to="K1"))
    assert [(one.channel, one.to, one.error) for one in run.state.book.orders[0].deliveries] == [
        ("floor", "", ""), ("mail", "K1", ""),
    ]  # fmt: skip
    before = run.state
    run.tell(Delivered(at(5.4), first, "mail", to="K1"))
    run.tell(Delivered(at(5.4), "hotline-999999", "mail"))
    assert run.state == before


# -- L35: holiday beside day and night ---------------------------------------------------------------------------------


def test_l35_a_holiday_night_is_a_night_with_the_warnings_of_the_holiday(ladder):
    run = Run(ladder, floor=replace(NIGHT, standby=4))
    report(run, 0, 6, mode="night", holiday=True)
    assert [one.code for one in warnings(run.state)] == ["standby_below_minimum"]
    run.minutes(6, 1, 5)
    assert {one.rule for one in run.said if one.kind == "order"} == {"C9 L19"}
    report(run, 6, 6, mode="day")  # the night ends, the holiday does not
    assert [one.code for one in warnings(run.state)] == ["standby_below_minimum"]
    report(run, 7, 6, holiday=False)
    assert warnings(run.state) == ()
    assert [one.code for one in run.said if one.kind == "mode"] == ["holiday", "night", "day", "no_holiday"]


# -- and what no stream had shown --------------------------------------------------------------------------------------


def test_l5_holding_is_said_once_however_the_queue_wavers(ladder):
    run = Run(ladder).minutes(8, 0, 15)
    run.tell(Reading(at(16), 11))
    for minute in range(17, 41):
        run.tell(Reading(at(minute), 10 if minute % 2 else 11))
    assert len(run.lines("holding")) == 1
    run.minutes(4, 41, 41).minutes(8, 42, 43)  # short for a moment, and it lasts anew
    assert len(run.lines("holding")) == 2


def test_l22_a_jump_and_a_reading_at_the_same_instant_are_one_step(ladder):
    run = Run(ladder).minutes(8, 0, 15)
    run.tell(TakenInHand(at(16), "climb", "S1", "spot", rung=4))
    run.tell(Reading(at(16), 30))
    assert run.lines("order")[-1] == ("order", 4, 16)
    at_once = replace(ladder, rungs=(*ladder.rungs[:4], replace(ladder.rungs[4], hold_seconds=0.0)), version="")
    run = Run(at_once).minutes(8, 0, 15)
    run.tell(TakenInHand(at(16), "climb", "S1", "spot", rung=4))
    run.tell(Reading(at(16), 30))
    assert run.lines("order")[-1] == ("order", 4, 16)
    run.tell(Reading(at(16.5), 30))
    assert run.lines("order")[-1] == ("order", 5, 16.5)


@pytest.mark.parametrize(("low_minutes", "ordered"), [(1, 5), (2, None)])
def test_l10_a_dip_of_exactly_the_grace_breaks_the_run(recommended, low_minutes, ordered):
    lenient = replace(recommended, dip_grace_seconds=60.0 * 2, version="")
    run = Run(lenient).minutes(6, 0, 1).minutes(5, 2, 2 + low_minutes).minutes(6, 3 + low_minutes, 7)
    assert run.lines("order") == ([] if ordered is None else orders((1, ordered)))


def test_l10_nobody_is_ordered_during_a_dip_that_the_grace_bridges(recommended):
    lenient = replace(recommended, dip_grace_seconds=60.0 * 2, version="")
    run = Run(lenient).minutes(8, 0, 15).minutes(11, 16, 20).minutes(8, 21, 21)  # rung 5 is due, the queue below 10
    assert run.lines("order") == orders((1, 5), (2, 10), (3, 15), (4, 16))
    assert run.minutes(11, 22, 22).lines("order")[-1] == ("order", 5, 22)


def test_l7_a_cleared_faults_group_is_released_while_the_next_fault_stands(recommended):
    run = Run(recommended).minutes(3, 0, 0)
    run.tell(KnownFault(at(0.5), standing=True))
    run.tell(KnownFault(at(0.6), standing=False))
    run.tell(KnownFault(at(0.7), standing=True))
    assert run.lines("order") == orders((6, 0.5))  # the group is in already
    assert run.minutes(3, 1, 6).lines("release") == [("release", 6, 5)]
    held = Run(recommended).minutes(3, 0, 0)
    held.tell(KnownFault(at(0.5), standing=True))
    assert held.minutes(3, 1, 20).lines("release") == []


def test_initial_state_may_begin_at_night(ladder):
    assert initial_state(ladder, mode="night").book.mode == "night"
