"""Text on its way into a table that a spreadsheet opens: what it would run as a formula is defused, and back."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import pandas as pd

FORMULA = r"[=+\-@\t\r]"
NUMBER = r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?%?$"
DANGEROUS = re.compile(f"(?!{NUMBER}){FORMULA}")
LONGEST_SHEET_NAME = 31
DEFUSED = re.compile(f"'(?={FORMULA})")


def defused(value: Any) -> Any:
    """Return a cell as a file may hold it: text that begins as a formula does gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and DANGEROUS.match(value) else value


def defused_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with every cell of its text columns as a file may hold it; instants as ISO 8601 text."""
    out = frame.copy()
    for name in out.columns:
        if not (pd.api.types.is_object_dtype(out[name]) or pd.api.types.is_string_dtype(out[name])):
            continue
        place, values = pd.factorize(out[name], use_na_sentinel=True)  # few distinct texts, many rows
        written = [one.isoformat() if isinstance(one, pd.Timestamp) else defused(one) for one in values]
        out[name] = pd.Series([*written, None], dtype=object).take(place).to_numpy()
    return out


def sheet_name(text: str, taken: Collection[str] = ()) -> str:
    """Return a text as a sheet beside those `taken` may be called: without the signs that no name has, and short."""
    allowed = "".join(" " if sign in "[]:*?/\\" else sign for sign in text)
    name = plain = allowed.strip(" '")[:LONGEST_SHEET_NAME].rstrip(" '")
    number = 1
    while name.casefold() in {one.casefold() for one in taken}:
        number += 1
        name = f"{plain[: LONGEST_SHEET_NAME - 5]} ({number})"
    return name


def restored(text: str) -> str:
    """Return a text as it was before `defused`."""
    return DEFUSED.sub("", text, count=1) if DEFUSED.match(text) else text
