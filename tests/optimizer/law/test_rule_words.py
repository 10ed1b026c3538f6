"""Every rule has one name, wherever it occurs, and says what it means in two languages."""

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from optimizer.law.people_columns import PEOPLE_COLUMNS
from optimizer.law.roster_rules import RosterRules
from optimizer.law.rule_words import RULES, breach
from optimizer.law.rules import BINDING
from optimizer.law.shifts import Shift
from optimizer.search import kernel_arrays

ROOT = Path(__file__).resolve().parents[3]


def source(*parts):
    return "\n".join(path.read_text(encoding="utf-8") for part in parts for path in sorted(ROOT.glob(part)))


def fields(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_says_the_same_in_chinese_and_in_english(name):
    rule = RULES[name]
    assert rule.name == name
    assert fields(rule.says.zh) == fields(rule.says.en)
    for words in (rule.label, rule.says):
        assert re.search("[\\u4e00-\\u9fff]", words.zh), words.zh
        assert not re.search("[\\u4e00-\\u9fff]", words.en), words.en


@pytest.mark.parametrize("name", BINDING)
def test_a_binding_rule_is_broken_by_hand_in_a_test(name):
    parts = (
        "law/test_broken_rules.py",
        "law/test_limits.py",
        "law/test_breaks.py",
        "desk/test_cover.py",
        "search/test_patterns.py",
        "search/test_work_as_it_is.py",
    )
    assert f'"{name}"' in source(*(f"tests/optimizer/{part}" for part in parts))


@pytest.mark.parametrize("rule", BINDING.values(), ids=list(BINDING))
def test_a_binding_rule_has_every_face(rule):
    """It is told, judged, known to the search, set aside and given in, or it says why not."""
    told = {column.name for column in PEOPLE_COLUMNS} | set(Shift.__dataclass_fields__)
    assert set(rule.told_by) <= told
    assert {setting.key for setting in rule.settings} <= set(RosterRules.__dataclass_fields__)
    judged = {"person": rule.check, "cover": rule.check_all, "overtime": rule.settings}[rule.kind]
    if rule.definition:
        assert judged or rule.name == "unknown_badge"  # which nobody's rows can be asked
        assert not any((rule.settings, rule.limit, rule.gives, rule.set_aside))
        return
    assert judged
    assert rule.settings or rule.limit or rule.told_by
    if rule.kind == "overtime":
        return  # what is beyond the roster is not searched for, and gives in to nothing
    assert (rule.gives is None) == (rule.given_in is None) == False  # noqa: E712 (neither is missing)
    assert rule.arrays or rule.state
    for bundle, array in (held.split(".") for held in rule.arrays):
        assert array in getattr(kernel_arrays, bundle)._fields
    assert (rule.limit is not None) == (rule.rows is not None)  # the bound is told of every limit
    aside = rule.kind == "person" and rule.name not in {"leave", "fixed_shift", "daily_hours"}
    assert (rule.set_aside is not None) == aside  # days are set aside one by one, a day that is too long is refused


ALSO_OTHER_WORDS = {  # columns and settings
    "leave", "pattern", "weekly_days_off", "fixed_shift", "night_eligible", "seat_limit", "worked_minutes",
    "leave_hours", "split_consent",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(BINDING) - ALSO_OTHER_WORDS))
def test_the_name_of_a_binding_rule_is_written_in_one_file(name):
    files = [path for room in ("optimizer", "api") for path in sorted((ROOT / room).rglob("*.py"))]
    code = {path: re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in files}
    assert len([path for path, text in code.items() if f'"{name}"' in text]) == 1


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.kind == "soft"])
def test_a_soft_rule_is_found_by_its_name_in_the_report(name):
    assert f'"{name}"' in source("optimizer/search/soft_rules.py", "optimizer/law/comforts/*.py")


def test_a_breach_names_badge_and_day_and_translates_codes():
    told = breach("leave", "1001", date(2026, 12, 7), 1, given="standby")
    assert told.message.en == "badge 1001 on 2026-12-07: standby on a day of leave"
    assert told.message.zh == "工号 1001，2026-12-07：休假日排了 备班"
    together = breach("seat_limit", "", date(2026, 12, 7), 2, over=2, limit=60)
    assert together.message.en == "2026-12-07: 2 more people than the 60 seats"
