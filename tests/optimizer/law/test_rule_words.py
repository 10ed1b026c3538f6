"""Every rule has one name, wherever it occurs, and says what it means in two languages."""

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from optimizer.law.rule_words import RULES, breach

ROOT = Path(__file__).resolve().parents[3]
CHECKER = ("optimizer/law/lawfulness.py", "optimizer/law/person_rules.py", "optimizer/law/cover_rules.py")
BINDING = [name for name, rule in RULES.items() if rule.kind in ("person", "cover")]


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
def test_a_binding_rule_is_found_by_its_name_in_the_checker_and_broken_in_a_test(name):
    assert f'"{name}"' in source(*CHECKER)
    assert f'"{name}"' in source("tests/optimizer/law/test_broken_rules.py", "tests/optimizer/law/test_limits.py")


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.kind in ("soft", "overtime")])
def test_a_soft_rule_is_found_by_its_name_in_the_report_and_one_of_overtime_where_it_binds(name):
    parts = {"soft": "optimizer/search/soft_rules.py", "overtime": "optimizer/desk/cover.py"}
    assert f'"{name}"' in source(parts[RULES[name].kind])


def test_the_checker_knows_no_rule_without_words():
    named = re.findall(r'\bbreach\(\s*"(\w+)"', source(*CHECKER))
    assert len(named) > 15
    assert set(named) <= set(RULES)


def test_a_breach_names_badge_and_day_and_translates_codes():
    told = breach("leave", "1001", date(2026, 12, 7), 1, given="standby")
    assert told.message.en == "badge 1001 on 2026-12-07: standby on a day of leave"
    assert told.message.zh == "工号 1001，2026-12-07：休假日排了 待命"
    together = breach("seat_limit", "", date(2026, 12, 7), 2, over=2, limit=60)
    assert together.message.en == "2026-12-07: 2 more people than the 60 seats"


def test_the_roster_page_lists_every_rule_by_its_name_and_words():
    page = source("docs/roster.md")
    for rule in RULES.values():
        assert f"| `{rule.name}` | {rule.label.zh} | {rule.label.en} |" in page
