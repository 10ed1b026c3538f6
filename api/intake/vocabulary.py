"""What the words in other people's files mean: headings, outcomes, media, totals, weekdays, months.

All of them are data, in 28 languages: `data/config/headings.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from api.intake.toml_file import read_toml

HEADINGS_FILE = Path(__file__).resolve().parent.parent.parent / "data" / "config" / "headings.toml"
SIMPLIFIED = str.maketrans(
    "時間話務統計開總數進線來電隊組員編號崗週處長聽應棄損簽業熱點鐘請願類別體結現場專質檢後臺導備註說轉續戶單據實際預測",
    "时间话务统计开总数进线来电队组员编号岗周处长听应弃损签业热点钟请愿类别体结现场专质检后台导备注说转续户单据实际预测",
)
STROKES = str.maketrans("łøđı", "lodi")  # letters that no accent parts from their plain ones
UNIT = re.compile(
    r"[(\[](s|sec|secs|seconds?|秒|min|mins|minutes?|分|分钟|ms|毫秒|次|个|人|h?h:mm:ss|y\s*/\s*n|是\s*/\s*否|"
    r"utc|gmt|local( time)?)[)\]]"
)
PIVOT = re.compile(
    r"^(ø\s|⌀|求和项|计数项|平均值项|sum of|count of|average of|suma de|somme de|summe von|somma di)\s*:?"
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
SCRIPTS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+|[^\W_\u3040-\u30ff\u3400-\u9fff]+")
ENDS = {"answered", "handled", "connected", "accepted", "abandoned", "missed"}  # within others: Agent answered
DENIES = {"not", "no", "never", "without"}
LONGEST_LABEL = 40
UNITS_OF_TIME = {  # behind or in a heading
    "seconds", "second", "sec", "secs", "s", "minutes", "minute", "mins", "min", "ms", "milliseconds", "segundos",
    "seg", "secondes", "sekunden", "sek", "secondi", "сек", "мин", "minuten", "minutos", "hh", "mm", "ss", "秒",
    "分钟", "毫秒",
}  # fmt: skip


@cache
def words_of_file() -> Mapping[str, Any]:
    """Return the tables of `headings.toml`."""
    return read_toml(HEADINGS_FILE)


@cache
def aliases(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return the headings known for each column of a `kind` of file: history, call_log, people or readings."""
    tables = words_of_file()[kind]
    return {
        name: tuple(word for words in by_language.values() for word in words) for name, by_language in tables.items()
    }


def folded(text: str) -> str:
    """Return a text without case, width and accents; traditional characters count as their simplified ones."""
    if text.isascii():
        return text.casefold()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold())
    return "".join(c for c in text if not unicodedata.combining(c)).translate(STROKES)


@cache
def plain(heading: str) -> str:
    """Return a heading without case, width, accents, spaces and punctuation: two spellings of it compare equal."""
    text = folded(heading).replace("\ufeff", "").replace("%", "percent")
    return re.sub(r"[\W_]+", "", UNIT.sub("", PIVOT.sub("", text.strip())))


def in_both_languages(heading: str) -> tuple[str, str]:
    """Return the Chinese and the Latin part of a heading, plain; "" where it has none."""
    chinese, latin = re.findall(r"[\u3400-\u9fff]+", heading), re.findall(r"[A-Za-z]+", heading)
    return plain("".join(chinese)), plain(" ".join(latin))


@cache
def tokens(heading: str) -> frozenset[str]:
    """Return the words of a heading without fillers and units of time: `CallsAHT (sec)` is {aht}."""
    text = CAMEL.sub(" ", unicodedata.normalize("NFKC", heading)).replace("%", " percent ")
    return frozenset(_words(text)) - _fillers() - UNITS_OF_TIME


def _words(text: str) -> list[str]:
    return list(SCRIPTS.findall(PIVOT.sub("", folded(text).strip())))


@cache
def _fillers() -> frozenset[str]:
    """Return the words of a heading that say nothing: of, number, total, calls."""
    return frozenset(folded(word) for words in words_of_file()["filler"].values() for word in words)


def names_calls(heading: str) -> bool:
    """Return whether a heading has a word for calls in it: calls, llamadas, 呼入."""
    text = CAMEL.sub(" ", unicodedata.normalize("NFKC", heading))
    of_calls = {folded(word) for word in words_of_file()["filler"]["calls"]}
    return bool(of_calls & set(_words(text))) or bool(
        re.search(r"话务|呼入|来电|进线|入电|着信|呼数|受电", folded(text))
    )


@cache
def _meanings(table: str) -> Mapping[str, str]:
    kinds = words_of_file()[table]
    return {
        plain(word): kind for kind, by_language in kinds.items() for words in by_language.values() for word in words
    }


def outcome_of(text: str) -> str | None:
    """Return `answered`, `abandoned` or `no_call` of a word for how a call ended; None of another."""
    found = _meanings("outcomes").get(plain(text))
    if found is None and len(words := text.split()) > 1:  # Inbound missed
        found = _meanings("outcomes").get(plain(" ".join(word for word in words if direction_of(word) is None)))
        kinds = {_meanings("outcomes")[word] for word in map(plain, words) if word in ENDS}
        found = found or (kinds.pop() if len(kinds) == 1 and not DENIES & set(map(plain, words)) else None)
    return found or _put_together(folded(text))


def _put_together(text: str) -> str | None:
    """Return how a call ended by the known word of two to four signs that ends a Chinese one: 队列放弃.

    Of one that denies (无人应答), nothing.
    """
    if not re.fullmatch(r"[\u3040-\u30ff\u3400-\u9fff]{3,12}", text):
        return None
    known = _meanings("outcomes")
    found = next((known[text[-n:]] for n in (4, 3, 2) if text[-n:] in known), None)
    return None if found == "answered" and re.search("[未无不没非拒]", text) else found


def direction_of(text: str) -> str | None:
    """Return `inbound` or `other` of a word for where a call came from; None of another."""
    return _meanings("directions").get(plain(text))


def medium_of(text: str) -> str | None:
    """Return `voice` or `other` of a word for a medium; None of another."""
    return _meanings("media").get(plain(text))


@cache
def _listed(table: str) -> Mapping[str, int]:
    return {plain(word): n for words in words_of_file()[table].values() for n, word in enumerate(words)}


@cache
def weekday_named(text: str) -> int | None:
    """Return the weekday that a text is, Monday 0, or None."""
    return _listed("weekdays").get(plain(text))


def month_named(word: str) -> int | None:
    """Return the month, 1 to 12, that a word names, or None."""
    found = _listed("months").get(plain(word))
    return None if found is None else found + 1


@cache
def is_total(text: str) -> bool:
    """Return whether a cell names a sum or a mean of others: 合计, 小计:, 1月合计, Grand Total, Totaux."""
    word = plain(text)
    if not word:
        return False
    return word in _totals() or re.fullmatch(r".{0,14}(合计|总计|小计|汇总|平均|均值)", word) is not None


@cache
def sums_up(text: str) -> bool:
    """Return whether a label says that its row is a sum or a mean of others: a total's name, or one with words beside.

    05 Jan Total, All queues, Total Sales, 周一合计: of a row's label alone, where no heading such as Total Calls is.
    """
    if is_total(text):
        return True
    words = _words(text) if len(text) <= LONGEST_LABEL else []
    return bool(words) and bool({words[0], words[-1]} & _summing())


@cache
def _summing() -> frozenset[str]:
    return frozenset(folded(word) for words in words_of_file()["summing"].values() for word in words)


@cache
def is_planned(heading: str) -> bool:
    """Return whether a heading says that its numbers were planned, and did not come: Forecast Calls, 预测话务量."""
    text = CAMEL.sub(" ", unicodedata.normalize("NFKC", heading))
    planned = {folded(word) for words in words_of_file()["planned"].values() for word in words}
    cjk = [word for word in planned if not word.isascii() and SCRIPTS.fullmatch(word) and word[0] > "\u3000"]
    return bool(set(_words(text)) & planned) or any(word in folded(text) for word in cjk)


@cache
def answer_of(text: str) -> bool | None:
    """Return what a word for yes or no says, None of another."""
    word = folded(text)
    for says, told in words_of_file()["answers"].items():
        if any(word == folded(one) for words in told.values() for one in words):
            return bool(says == "yes")
    return None


@cache
def _totals() -> frozenset[str]:
    return frozenset(plain(word) for words in words_of_file()["totals"].values() for word in words)


def unit_seconds(heading: str) -> float | None:
    """Return how many seconds one unit of a duration column is, where its heading says so; None where it does not."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    if re.search(r"毫秒|[(\[_ ]ms\b|millis|milisegundos", text):
        return 0.001
    if re.search(r"分钟|\(分\)|\bminutes?\b|[(\[_ ]mins?\b|minutos|minuten\b|minuti\b|минут|\(мин\)|分\)", text):
        return 60.0
    return 1.0 if re.search(r"秒|[(\[_ ]s(ec(ond)?s?)?\b|second|segundos|sekunden|secondi|секунд", text) else None
