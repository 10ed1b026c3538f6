"""Limits on a month as values: written and read back, laid over each other, cut to a share, changed one by one."""

from __future__ import annotations

import copy
from fractions import Fraction
from itertools import product

import pytest

from forecaster.messages import Words
from optimizer.law.limits import LIMITS, Limits, limits_among
from optimizer.law.rules import BINDING
from optimizer.law.rules.rule import Limit, Rule

EVERY = [
    Limits(),
    Limits(weekends_a_month=2),
    Limits(weekends_a_month=0, hours_a_month=120.5),
    Limits(hours_a_month=150.0, hours_a_month_least=90.0, shifts_a_month={"N": 4, "D": 9}),
    Limits(shifts_a_month={"N": 3}, shifts_a_month_least={"N": 3, "D": 2}),
]


def checked(limits: Limits) -> dict[tuple[str, str], float]:
    """What is limited, and at what, by name and code: written out by hand from the text of the limits."""
    said = {}
    for part in filter(None, limits.text().split("; ")):
        name, number = part.split("=")
        table, _, code = name.partition(".")
        said[table, code] = float(number)
    return said


@pytest.mark.parametrize("limits", EVERY)
def test_limits_are_read_back_as_they_are_written(limits):
    again = Limits.from_text(limits.text())
    assert again == limits
    assert [*again.values] == [name for name in LIMITS if name in limits.values], "always in the rules' order"
    assert {name: type(value) for name, value in again.values.items() if name.startswith("hours")} == {
        name: float for name in limits.values if name.startswith("hours")
    }
    assert bool(limits) == bool(limits.text())


def test_limits_are_written_in_the_order_of_their_rules_and_a_sites_own_behind():
    assert (
        Limits(own=7, shifts_a_month={"N": 1}, weekends_a_month=2).text()
        == "weekends_a_month=2; shifts_a_month.N=1; own=7"
    )
    assert Limits(own={"a": 1.5}).text() == "own.a=1.5"


def test_what_is_not_limited_is_none_or_an_empty_table():
    none = Limits(weekends_a_month=None, shifts_a_month={})
    assert none == Limits()
    assert not none
    assert none.values == {}
    for name, rule in LIMITS.items():
        assert getattr(none, name) == ({} if rule.limit.holds == "count_of_each" else None)
    assert Limits(own=3).own == 3
    for asked in ("own", "leave", "values_of"):
        with pytest.raises(AttributeError):
            getattr(none, asked)
    assert not hasattr(object.__new__(Limits), "values"), "asked before it is made, as copying does"


@pytest.mark.parametrize("limits", EVERY)
def test_limits_are_copied(limits):
    assert copy.copy(limits) == limits


def test_only_rules_with_a_limit_are_limits():
    assert set(limits_among(BINDING.values())) == {name for name, rule in BINDING.items() if rule.limit is not None}
    assert "leave" not in LIMITS


@pytest.mark.parametrize(("own", "site"), list(product(EVERY, EVERY)))
def test_own_limits_lie_over_the_sites_code_by_code(own, site):
    both = own.over(site)
    assert checked(both) == {**checked(site), **checked(own)}
    assert checked(own.over(Limits())) == checked(own)


@pytest.mark.parametrize("share", [Fraction(1, 3), Fraction(10, 31), Fraction(1, 1)])
def test_who_is_employed_for_a_part_owes_a_part_of_the_least_and_may_work_a_part_of_the_hours(share):
    limits = Limits(hours_a_month=150.0, hours_a_month_least=90.0, shifts_a_month_least={"N": 4, "D": 9},
                    shifts_a_month={"N": 5}, weekends_a_month=3)  # fmt: skip
    part = limits.pro_rata(float(share), LIMITS)
    assert part.hours_a_month == pytest.approx(float(150 * share))
    assert part.hours_a_month_least == pytest.approx(float(90 * share))
    assert part.shifts_a_month_least == {"N": (4 * share).__floor__(), "D": (9 * share).__floor__()}
    assert part.shifts_a_month == {"N": 5}, "at most as many as before"
    assert part.weekends_a_month == 3
    assert limits.pro_rata(float(share), {}) == limits, "a limit that is not known stays"


def test_one_limit_is_changed_where_it_is_set():
    limits = Limits(weekends_a_month=2, shifts_a_month={"N": 1})
    assert limits.changed("weekends_a_month", lambda most: most + 1).values == {
        "weekends_a_month": 3,
        "shifts_a_month": {"N": 1},
    }
    assert limits.changed("weekends_a_month", lambda most: None).values == {"shifts_a_month": {"N": 1}}
    assert limits.changed("hours_a_month", lambda most: 5.0) is limits


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        (" ; weekends_a_month = 1 ;; ", {"weekends_a_month": 1}),
        ("hours_a_month=120.5", {"hours_a_month": 120.5}),
        ("shifts_a_month.N=0; shifts_a_month.D = 2", {"shifts_a_month": {"N": 0, "D": 2}}),
    ],
)
def test_limits_are_read_with_blanks_and_empty_parts(text, values):
    assert Limits.from_text(text).values == values


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekends_a_month=1.5", "weekends_a_month=1.5"),
        ("shifts_a_month.N=1.5", "shifts_a_month.N=1.5"),
        ("hours_a_month=many", "hours_a_month=many"),
        ("weekends_a_month.N=1", "unknown limit 'weekends_a_month.N'"),
        ("shifts_a_month=3", "3"),
        ("leave=3", "unknown limit 'leave'"),
        ("hours_a_month_least=nan", "nan"),
    ],
)
def test_what_is_no_limit_is_refused_in_its_words(text, said):
    with pytest.raises(ValueError, match=said):
        Limits.from_text(text)


@pytest.mark.parametrize(
    ("values", "lawful"),
    [
        ({"hours_a_month": 20.0, "hours_a_month_least": 20.0}, True),
        ({"hours_a_month": 20.0, "hours_a_month_least": 20.1}, False),
        ({"hours_a_month_least": 999.0}, True),
        ({"shifts_a_month": {"N": 2}, "shifts_a_month_least": {"N": 2, "D": 9}}, True),
        ({"shifts_a_month": {"N": 2, "D": 8}, "shifts_a_month_least": {"N": 1, "D": 9}}, False),
        ({"working_days_in_a_row": 3, "working_days_in_a_row_least": 4}, True),
    ],
)
def test_the_least_may_be_the_most_and_no_more(values, lawful):
    if lawful:
        assert Limits(**values).values == values
    else:
        with pytest.raises(ValueError, match="is above"):
            Limits(**values)


def test_a_sites_own_limit_is_known_where_its_rule_is_given():
    rule = Rule("mondays", "person", "days", Words("周一", "Mondays"), Words("", ""),
                limit=Limit(Words("", ""), pro_rata=True))  # fmt: skip
    known = {**LIMITS, "mondays": rule}
    made = Limits.from_mapping({"mondays": 4}, known=known)
    assert made.values == {"mondays": 4}
    with pytest.raises(ValueError, match="mondays"):
        Limits.from_mapping({"mondays": -1}, known=known)
    with pytest.raises(ValueError, match="unknown limit 'mondays'"):
        Limits.from_mapping({"mondays": 4})
    with pytest.raises(ValueError, match="unknown limit 'leave'"):
        Limits.from_mapping({"leave": 1}, known=BINDING)
    with pytest.raises(ValueError, match="here"):
        Limits.from_mapping({"shifts_a_month": 3}, Words("这里", "here"))


def test_a_table_that_was_given_may_change_and_the_limits_do_not():
    given = {"N": 4}
    made = Limits.from_mapping({"shifts_a_month": given})
    given["N"] = 9
    assert made.shifts_a_month == {"N": 4}
    with pytest.raises(TypeError):
        made.shifts_a_month["N"] = 5
