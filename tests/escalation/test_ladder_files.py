"""A ladder file is taken whole or not at all, and the error says where it is wrong."""

from __future__ import annotations

import copy

import pytest

from escalation.ladder import ladder_from_mapping, mapping_from_ladder
from tests.escalation.shipped import shipped_mapping


def test_both_shipped_ladders_say_what_the_rulebook_says(ladders):
    for name, lid, release in (("recommended", None, 300), ("literal", 10, 0)):
        ladder = ladders[name]
        assert ladder.name == name
        assert [rung.waiting_above for rung in ladder.rungs] == [5, 5, 5, 10, 10, 10]
        assert [rung.waiting_at_most for rung in ladder.rungs] == [lid] * 3 + [None] * 3
        assert [rung.hold_seconds for rung in ladder.rungs] == [300, 300, 300, 0, 300, 300]
        assert [rung.role for rung in ladder.rungs][:4] == ["expert", "outbound", "qa", "back_office"]
        assert ladder.release_hold_seconds == release
        assert (ladder.max_gap_seconds, ladder.max_added_seats, ladder.standby_min) == (90, 9, 5)


def test_the_brisk_ladder_is_the_recommended_one_with_shorter_holds_and_a_grace(mapping):
    brisk = shipped_mapping("brisk")
    assert ladder_from_mapping(brisk).name == "brisk"
    assert [rung["hold_seconds"] for rung in brisk["rung"]] == [120, 120, 120, 0, 120, 120]
    assert (brisk["night_hold_seconds"], brisk["dip_grace_seconds"], brisk["release_hold_seconds"]) == (120, 60, 300)
    differs = {"name", "night_hold_seconds", "dip_grace_seconds", "rung"}
    assert {key for key in mapping | brisk if mapping.get(key) != brisk.get(key)} == differs
    assert [one | {"hold_seconds": 0} for one in brisk["rung"]] == [
        one | {"hold_seconds": 0} for one in mapping["rung"]
    ]


def test_a_ladder_written_out_reads_back_as_itself(mapping):
    ladder = ladder_from_mapping(mapping)
    again = ladder_from_mapping(mapping_from_ladder(ladder))
    assert again == ladder
    assert again.version == ladder.version


def test_every_change_of_the_numbers_is_another_version(mapping):
    other = copy.deepcopy(mapping)
    other["rung"][4]["hold_seconds"] = 240
    assert ladder_from_mapping(other).version != ladder_from_mapping(mapping).version


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.update(hold=3), "night.toml: unknown key 'hold'"),
        (lambda m: m["rung"][1].update(hold=3), "night.toml: rung 2: unknown key 'hold'"),
        (lambda m: m["rung"].pop(2), "night.toml: rung 3 is missing"),
        (lambda m: m.pop("rung"), "night.toml: missing the rungs"),
        (lambda m: m.pop("name"), "night.toml: missing key name"),
        (lambda m: m["rung"].append(dict(m["rung"][0])), "numbered 1 to 6 in order, once each"),
        (lambda m: m["rung"].reverse(), "in order, once each, got [6, 5, 4, 3, 2, 1]"),
        (
            lambda m: m["rung"][3].update(waiting_above=4),
            "thresholds fall: rung 4 waiting_above = 4 is below rung 3's 5",
        ),
        (lambda m: m["rung"][0].update(waiting_at_most=5), "leaves nothing above"),
        (lambda m: m["rung"][0].update(hold_seconds="300"), "rung 1: hold_seconds = '300' must be seconds"),
        (lambda m: m["rung"][0].update(hold_seconds=-1), "rung 1: hold_seconds = -1 must be seconds >= 0"),
        (lambda m: m["rung"][0].update(waiting_above=True), "waiting_above = True must be a whole number"),
        (lambda m: m["rung"][0].update(people="four"), "people = 'four' is none of whole_group"),
        (lambda m: m["rung"][0].pop("role"), "rung 1: missing key role"),
        (lambda m: m.update(release_at_most=6), "release_at_most = 6 is above the first threshold 5"),
        (lambda m: m.update(people_min=4), "people_min = 4 is above people_max = 3"),
        (lambda m: m.update(max_gap_seconds=0), "max_gap_seconds = 0 must be above 0"),
        (lambda m: m.update(max_gap_seconds=float("nan")), "max_gap_seconds = nan must be seconds"),
        (lambda m: m.update(rung=[1]), "rung 1: is not a [[rung]] table"),
    ],
)
def test_one_line_says_what_is_wrong_with_a_ladder(mapping, change, says):
    change(mapping)
    with pytest.raises(ValueError, match="night") as error:
        ladder_from_mapping(mapping, source="night.toml")
    assert says in str(error.value)
    assert "\n" not in str(error.value)
