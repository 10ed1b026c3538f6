"""The pages call roles, orders, modes and columns as files, reports and orders do: by the one table."""

from __future__ import annotations

import json
import re
from pathlib import Path

from api.web.pages import STATIC
from forecaster.names import DECISION_WORDS, FIGURE_WORDS, GROUP_WORDS, LADDERS, MODE_WORDS, ORDER_STATUS, PHASES, UNITS
from optimizer.law.rule_words import RULES

NAMES = {
    "role.": GROUP_WORDS,
    "order.status.": ORDER_STATUS,
    "mode.": MODE_WORDS,
    "ladder.": LADDERS,
    "unit.": UNITS,
    "decision.": DECISION_WORDS,
    "phase.": PHASES,
    "column.": FIGURE_WORDS,
    "head.": FIGURE_WORDS,
}
WORD = re.compile(r"^\s*'([^']+)': \['((?:[^'\\]|\\.)*)', '((?:[^'\\]|\\.)*)'\]", re.MULTILINE)
CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"


def words() -> dict[str, tuple[str, str]]:
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(STATIC).glob("words*.js"))
    return {key: (zh, en) for key, zh, en in WORD.findall(texts)}


def test_the_pages_are_given_every_name_of_the_table(client):
    answer = client.get("/static/names.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    told = json.loads(answer.text.removeprefix("export const NAMES = ").rstrip().removesuffix(";"))
    for start, table in NAMES.items():
        for code, name in table.items():
            zh, en = told.pop(start + code)
            assert (zh, en.casefold()) == (name.zh, name.en.casefold())
    assert told == {}


def test_the_pages_have_no_name_of_their_own_for_what_the_table_names():
    own = words()
    assert len(own) > 400, "the words are read"
    assert [start + code for start, table in NAMES.items() for code in table if start + code in own] == []


def test_the_pages_chinese_is_punctuated_in_full_width():
    half = re.compile(rf"[{CHINESE}][,;:!?]|[,;!?:][{CHINESE}]|\([^()]*[{CHINESE}][^()]*\)")
    assert {key: zh for key, (zh, _) in words().items() if half.search(zh)} == {}


def test_every_unit_of_a_rule_and_every_phase_of_long_work_has_a_name(root):
    assert {rule.unit for rule in RULES.values()} == set(UNITS)
    texts = [path.read_text(encoding="utf-8") for room in ("api/jobs", "api", "optimizer/search")
             for path in (root / room).glob("*.py")]  # fmt: skip
    told = {
        name for text in texts for name in re.findall(r'(?:"phase": "|\.keep\("|progress\("(?=\w+",))([a-z ]+)"', text)
    }
    said = {name for text in texts for name in re.findall(r'"phase": "(\w+)" if \w+\(\) else "(\w+)"', text)}
    assert told | {name for pair in said for name in pair} == set(PHASES)
