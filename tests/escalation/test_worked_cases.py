"""The rulebook's worked cases, one reading a minute, by the frame a planner sees; expected minutes are its table's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from escalation.ladder import Ladder
from escalation.replaying import replay

START = datetime(2026, 12, 1, 9, tzinfo=UTC)


def waits(*stretches: tuple[int, int]) -> list[int]:
    """Return one value a minute: (value, minutes) after one another."""
    return [value for value, minutes in stretches for _ in range(minutes)]


def said(ladder: Ladder, waiting: list[int]) -> list[tuple[str, int, int]]:
    """Return (kind, rung, minute) of what the ladder decides."""
    at = [(START + timedelta(minutes=minute)).isoformat() for minute in range(len(waiting))]
    decisions = replay(pd.DataFrame({"at": at, "waiting": waiting}), ladder)
    assert list(decisions.columns) == ["at", "kind", "rung", "role", "people", "reason"]
    return [
        (row.kind, None if row.rung is pd.NA else int(row.rung), int((row.at - START).total_seconds() // 60))
        for row in decisions.itertuples()
    ]


CLIMB = [("order", 1, 5), ("order", 2, 10), ("order", 3, 15)]
WORKED = [
    ("W=5 for an hour", waits((5, 61)), [], []),
    ("W=6 for 80 minutes", waits((6, 81)), [*CLIMB, ("holding", 3, 16)], [*CLIMB, ("holding", 3, 16)]),
    ("W=10 for 80 minutes", waits((10, 81)), [*CLIMB, ("holding", 3, 16)], [*CLIMB, ("holding", 3, 16)]),
    (
        "W=11 from the start",
        waits((11, 60)),
        [*CLIMB, ("order", 4, 16), ("order", 5, 21), ("order", 6, 26)],
        [],
    ),
    ("W=40 once", [40, *waits((0, 60))], [], []),
    ("W=7 but 11 at minute 3", [7, 7, 7, 11, *waits((7, 6))], [("order", 1, 5)], [("order", 1, 9)]),
    ("W=7 but 5 at minute 3", [7, 7, 7, 5, *waits((7, 6))], [("order", 1, 9)], [("order", 1, 9)]),
    (
        "W=7 to 15, 11 at 16 and 17, then 5",
        waits((7, 16), (11, 2), (5, 40)),
        [*CLIMB, ("order", 4, 16), *[("release", rung, 43 - 5 * rung) for rung in (4, 3, 2, 1)]],
        [*CLIMB, ("order", 4, 16), *[("release", rung, 22 - rung) for rung in (4, 3, 2, 1)]],
    ),
]


@pytest.mark.parametrize(("waiting", "recommended", "literal"), [one[1:] for one in WORKED], ids=[w[0] for w in WORKED])
def test_the_worked_cases_come_out_as_the_rulebook_prints_them(ladders, waiting, recommended, literal):
    if recommended and recommended[-1] == ("release", 1, 38):
        assert [minute for kind, _, minute in recommended if kind == "release"] == [23, 28, 33, 38]
        assert [minute for kind, _, minute in literal if kind == "release"] == [18, 19, 20, 21]
    assert said(ladders["recommended"], waiting) == recommended
    assert said(ladders["literal"], waiting) == literal


def test_what_was_ordered_names_the_role_and_the_people(recommended):
    at = [(START + timedelta(minutes=minute)).isoformat() for minute in range(30)]
    decisions = replay(pd.DataFrame({"at": at, "waiting": 11}), recommended)
    assert decisions.role.tolist() == ["expert", "outbound", "qa", "back_office", "inbound", "standby"]
    assert decisions.people.isna().tolist() == [True, False, False, False, False, False]
    assert decisions.people[1:].tolist() == [3, 3, 3, 3, 3]


@pytest.mark.parametrize(
    ("row", "column", "value", "says"),
    [
        (2, "at", "2026-12-01T09:02:00", "row 3, column at: '2026-12-01T09:02:00' has no time zone"),
        (2, "at", "noon", "row 3, column at: 'noon' is not a time"),
        (2, "at", None, "row 3, column at: None has no time"),
        (1, "waiting", "many", "row 2, column waiting: 'many' is not a number"),
        (1, "waiting", 2.5, "row 2, column waiting: 2.5 must be a whole number"),
        (1, "waiting", "inf", "row 2, column waiting: 'inf' must be a whole number"),
        (1, "seats_free", "nan", "row 2, column seats_free: 'nan' must be a whole number >= 0"),
        (1, "mode", "dusk", "row 2, column mode: 'dusk' is none of day, night, holiday"),
        (1, "qa_available", -1, "row 2, column qa_available: -1 must be a whole number >= 0"),
        (1, "known_fault", "maybe", "row 2, column known_fault: 'maybe' is neither true nor false"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_row_column_and_value(recommended, row, column, value, says):
    frame = pd.DataFrame(
        {"at": [(START + timedelta(minutes=m)).isoformat() for m in range(4)], "waiting": [1, 2, 3, 4]}, dtype=object
    )
    if column not in frame:
        frame[column] = None
    frame.loc[row, column] = value
    with pytest.raises(ValueError, match="readings") as error:
        replay(frame, recommended)
    assert says in str(error.value)


def test_a_missing_column_is_named(recommended):
    with pytest.raises(ValueError, match="missing column waiting; found at"):
        replay(pd.DataFrame({"at": []}), recommended)
    assert replay(pd.DataFrame({"at": [], "waiting": []}), recommended).empty
