"""The list of a fleet is understood whole or refused in one line that names the queue, the key and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.fleet.listing import read_fleet


def test_the_list_names_every_queue_with_its_files_and_the_defaults(listing: Path) -> None:
    fleet = read_fleet(listing)
    assert [str(one.place) for one in fleet.queues] == ["north/broadband", "south/billing", "south/roaming"]
    assert {one.country for one in fleet.queues} == {"CN"}
    assert fleet.queues[0].history == listing.parent / "broadband.csv"
    assert (str(fleet.month), fleet.seed, fleet.time_limit_seconds) == ("2026-09", 3, 1.0)


@pytest.mark.parametrize(
    ("given", "instead", "told"),
    [
        ('name = "roaming"', 'nme = "roaming"', "[[queue]] 3 does not know 'nme'; the nearest is name"),
        ('name = "roaming"', 'name = "billing"', "[[queue]] 3: south/billing stands further up already"),
        ('name = "roaming"', 'name = "Billing"', "[[queue]] 3: south/Billing stands further up already"),
        ('name = "roaming"', 'name = "../up"', "name of [[queue]] 3 becomes a folder's name"),
        ('name = "roaming"', "name = 7", "name of [[queue]] 3 must be text"),
        ('centre = "north"', 'centre = ""', "[[queue]] 1 lacks centre"),
        ('history = "billing.csv"', 'history = "bills.csv"', "[[queue]] 2: history names"),
        ('month = "2026-09"', 'month = "09/2026"', "write month like"),
        ('month = "2026-09"', "", "write month like"),
        ("seed = 3", "seed = -1", "seed must be a whole number"),
        ("seed = 3", "sed = 3", "does not know 'sed'; the nearest is seed"),
        ("time_limit_seconds = 1", "time_limit_seconds = 0", "time_limit_seconds must be from 1"),
        ("seed = 3", "rehearsal_months = -1", "rehearsal_months must be a whole number from 0 on"),
        ('country = "CN"', 'contry = "CN"', "[defaults] does not know 'contry'; the nearest is country"),
        ("seed = 3", 'together = "yes"', "write together = true or false"),
        ("[[queue]]", "[[queues]]", "does not know 'queues'; the nearest is queue"),
    ],
)
def test_a_fault_is_told_in_one_line(listing: Path, given: str, instead: str, told: str) -> None:
    listing.write_text(listing.read_text(encoding="utf-8").replace(given, instead), encoding="utf-8")
    with pytest.raises(ValueError) as refused:
        read_fleet(listing)
    assert told in str(refused.value)
    assert "FLEET.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"), [('queue = ["vip"]', "write one [[queue]] for each"), ("defaults = 5\n[[queue]]", "[defaults]")]
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "FLEET.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as refused:
        read_fleet(path)
    assert told in str(refused.value)


def test_the_mark_changes_with_the_content_of_a_file_and_with_every_setting_and_with_nothing_else(
    listing: Path,
) -> None:
    def marks(version: str = "1") -> list[str]:
        fleet = read_fleet(listing)
        return [fleet.mark_of(one, version) for one in fleet.queues]

    before = marks()
    assert len(set(before)) == 3
    (listing.parent / "billing.csv").touch()
    assert marks() == before
    with (listing.parent / "billing.csv").open("a", encoding="utf-8") as file:
        file.write("2026-08-31 00:00,3,180\n")
    after = marks()
    assert [a == b for a, b in zip(after, before, strict=True)] == [True, False, True]
    listing.write_text(listing.read_text(encoding="utf-8").replace("seed = 3", "seed = 4"), encoding="utf-8")
    assert set(marks()).isdisjoint(after)
    assert set(marks("2")).isdisjoint(marks("1"))


def test_queues_forecast_together_are_a_unit_a_centre_and_have_one_calendar(listing: Path) -> None:
    text = listing.read_text(encoding="utf-8")
    listing.write_text(text.replace("seed = 3", "seed = 3\ntogether = true"), encoding="utf-8")
    assert [[one.name for one in unit] for unit in read_fleet(listing).units()] == [
        ["broadband"],
        ["billing", "roaming"],
    ]
    listing.write_text(
        listing.read_text(encoding="utf-8").replace(
            'history = "roaming.csv"', 'history = "roaming.csv"\ncountry = "FR"'
        ),
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match=r"\[\[queue\]\] 3 differs from south/billing in country"):
        read_fleet(listing)


def test_forecasts_need_no_people(listing: Path) -> None:
    text = listing.read_text(encoding="utf-8").replace('people = "roaming_people.csv"', "")
    listing.write_text(text, encoding="utf-8")
    assert read_fleet(listing, rosters=False).queues[2].people is None
    with pytest.raises(ValueError, match="3 lacks people"):
        read_fleet(listing)
