"""How a file writes numbers: which sign stands before decimals and which between thousands, decided for all of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SIGNS = re.compile(r"[+-]?\d+(?P<rest>(?:[.,'\u2019\s]\d+)+)")
SPACES = str.maketrans("", "", " \u00a0\u202f'\u2019")
UNIT_BEHIND = re.compile(r"(?<=\d)\s*(次|通|个|個|人|席|件|秒|s|sec|secs|calls?)$", re.IGNORECASE)


@dataclass(frozen=True)
class NumberStyle:
    """The sign before decimals (`.` or `,`); the other parts thousands. `why` is the text that told, "" if none did.

    clash
        A text that contradicts it.
    unsure
        A text that could be a thousand or a decimal, and nothing tells which.
    """

    decimal: str = "."
    why: str = ""
    clash: str = ""
    unsure: str = ""

    def plain(self, text: str) -> str:
        """Return a number's text with a point before its decimals and nothing between its thousands."""
        text = text.translate(SPACES)
        thousands = "," if self.decimal == "." else "."
        return text.replace(thousands, "").replace(self.decimal, ".")


@dataclass(frozen=True)
class NumberColumn:
    """The texts of one column that is read as numbers; `counts`: whether it counts whole things."""

    texts: Iterable[str]
    counts: bool


def style_of(columns: Iterable[NumberColumn], *, delimiter: str = ",") -> NumberStyle:
    """Return the style of a file's numbers, from all of its columns of numbers.

    A sign that stands last behind another, or before other than three digits, is before decimals; one that stands twice
    in a number is between thousands. Where only numbers such as `1.024` are there, those of a column of counts are
    thousands; if so, or if a `;` parts the columns, a comma is before decimals.
    """
    decimal: dict[str, str] = {}
    thousands: dict[str, str] = {}
    either: dict[str, list[tuple[str, bool, bool]]] = {".": [], ",": []}
    for column in columns:
        found = [(text, _signs(text)) for text in column.texts]
        small = [int(text) for text, signs in found if signs == "" and text.isdigit()]
        below = not small or max(small) < 1000
        for text, signs in found:
            if not signs:
                continue
            last = signs[-1]
            digits = len(re.split(r"[.,]", text.translate(SPACES))[-1])
            if len(set(signs)) == 2:
                decimal.setdefault(last, text)
                thousands.setdefault(signs[0], text)
            elif len(signs) > 1:
                thousands.setdefault(last, text)
            elif digits != 3 or re.match(r"[+-]?0", text) or re.match(r"[+-]?\d{4,}", text):
                decimal.setdefault(last, text)
            else:
                either[last].append((text, column.counts, below))
    for sign, other in ((".", ","), (",", ".")):
        if sign in decimal or other in thousands:
            why = decimal.get(sign) or thousands[other]
            return NumberStyle(sign, why, clash=decimal.get(other) or thousands.get(sign) or "")
    return _by_the_rest(either, delimiter)


def _by_the_rest(either: dict[str, list[tuple[str, bool, bool]]], delimiter: str) -> NumberStyle:
    """Return the style where every number with a sign has three digits behind it."""
    points, commas = either["."], either[","]
    if points and commas:
        return NumberStyle(unsure=points[0][0])
    if commas:
        decimals = delimiter == ";" and not any(counts for _, counts, _ in commas)
        return NumberStyle("," if decimals else ".", commas[0][0])
    if not points:
        return NumberStyle()
    counted = [(text, below) for text, counts, below in points if counts]
    if not counted:
        return NumberStyle("," if delimiter == ";" else ".", points[0][0])
    if all(below for _, below in counted):
        return NumberStyle(",", counted[0][0])
    return NumberStyle(unsure=counted[0][0])


def _signs(text: str) -> str:
    """Return the signs in a number, its blanks and apostrophes left out; "" where it has none or is no number."""
    text = UNIT_BEHIND.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text)).strip(" %")
    if not SIGNS.fullmatch(text):
        return ""
    return re.sub(r"[^.,]", "", text)
