"""The pages call roles, orders, modes and columns as files, reports and orders do: by the one table."""

from __future__ import annotations

import json
import re
from pathlib import Path

from api.web.pages import STATIC
from forecaster.names import FIGURES, GROUPS, LADDERS, MODES, ORDER_STATUS

NAMES = {
    "role.": GROUPS,
    "order.status.": ORDER_STATUS,
    "mode.": MODES,
    "ladder.": LADDERS,
    "column.": FIGURES,
    "head.": FIGURES,
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
