"""What is refused, in Chinese beside the English of whoever refused it (words: `data/config/refusals.toml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from api.intake.errors import InputError
from api.intake.toml_file import read_toml
from api.site import CONFIG

WORDS = read_toml(CONFIG / "refusals.toml")
CHINESE: Mapping[str, str] = WORDS["refusals"]
NAMES: Mapping[str, str] = WORDS["names"]
FIELDS: Mapping[str, str] = WORDS["fields"]
FIELD = "{}"
DEEPEST = 4  # a refusal inside a refusal inside …


def refusal_in_chinese(error: Exception | str) -> str:
    """Return what `error` says, in Chinese; what has no Chinese is passed on as it is, and said to be so.

    An error that brings Chinese of its own has it in `zh`.
    """
    if isinstance(error, InputError):
        return _of_input(error)
    own = getattr(error, "zh", "")
    return own or text_in_chinese(str(error)) or f"服务器说：{error}"


def text_in_chinese(text: str) -> str | None:
    """Return the Chinese of a refusal's text, None where there is none."""
    return _said(" ".join(text.split()), DEEPEST)


def field_in_chinese(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a field of a request, as its validator told it."""
    where = ".".join(NAMES.get(str(part), str(part)) for part in error.get("loc", ()) if part != "body")
    context = {key: str(value) for key, value in (error.get("ctx") or {}).items()}
    if error.get("type") in ("value_error", "assertion_error"):
        english = context.get("error") or str(error.get("msg", "")).removeprefix("Value error, ")
        said = text_in_chinese(english) or english
    else:
        said = FIELDS.get(str(error.get("type")), "不合要求").format_map(_Blank(context))
    return f"{where}：{said}" if where else said


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _of_input(error: InputError) -> str:
    place = _name(_without_suffix(error.file)) + (f"，第 {error.row} 行" if error.row is not None else "")
    if error.column and (error.row is not None or error.column not in NAMES):  # what is missing is no place
        place += f"，“{NAMES.get(error.column, error.column)}”列"
    value = "" if error.value is None else _quoted(error.shown.strip()) + " "
    said = error.zh or text_in_chinese(error.message) or error.message
    way_out = "" if not error.way_out else "；" + (text_in_chinese(error.way_out) or error.way_out)
    return f"{place}：{value}{said}{way_out}"


def _without_suffix(file: str) -> str:
    return file.removesuffix(".csv") if file in NAMES else file


def _said(text: str, depth: int) -> str | None:
    """Return the Chinese of a text that is known whole, or as `message; way out`, or as `place: message`."""
    if depth == 0:
        return None
    if text in CHINESE:
        return CHINESE[text]
    for mark, joined in (("", ""), ("; ", "；"), (": ", "：")):
        if not mark:
            if whole := _filled(text, "((?:(?!: |; ).)+?)", depth):
                return whole
            continue
        for at in (match.start() for match in re.finditer(mark, text)):
            after = _said(text[at + 2 :], depth - 1)
            before = _said(text[:at], depth - 1) if mark == "; " else _value(text[:at], depth - 1)
            if before and after:
                return before + joined + after
    return _filled(text, "(.+?)", depth)


def _filled(text: str, field: str, depth: int) -> str | None:
    """Return the Chinese of the sentence that `text` is, its values put in; `field` is the pattern of a value."""
    for pattern, chinese in _patterns(field):
        if found := pattern.fullmatch(text):
            return chinese.format(*(_value(value, depth - 1) for value in found.groups()))
    return None


def _value(text: str, depth: int) -> str:
    return _said(text, depth) or _quoted(_name(text))


def _name(text: str) -> str:
    """Return a value as it is called in Chinese; a list of known words word by word."""
    bare = text.strip("'")
    if bare in NAMES:
        return NAMES[bare]
    parts = bare.split(", ")
    return "、".join(NAMES[part] for part in parts) if len(parts) > 1 and all(p in NAMES for p in parts) else text


def _quoted(text: str) -> str:
    return f"“{text[1:-1]}”" if len(text) > 1 and text[0] == text[-1] == "'" else text


@lru_cache(maxsize=2)
def _patterns(field: str) -> list[tuple[re.Pattern[str], str]]:
    """Return every sentence with values as a pattern, in the order in which they are tried.

    Those that begin with words come before those that begin with a value, and of each the longest first: the sentence
    that says most is the one that is meant.
    """
    known = [(english, chinese) for english, chinese in CHINESE.items() if FIELD in english]
    known.sort(key=lambda pair: (pair[0].startswith(FIELD), -len(pair[0].replace(FIELD, ""))))
    parts = [(map(re.escape, english.split(FIELD)), chinese) for english, chinese in known]
    return [(re.compile(field.join(part), re.DOTALL), chinese) for part, chinese in parts]
