"""Settings as people write them: TOML, with or without a byte order mark."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from api.intake.errors import InputError
from api.intake.sentences import say
from forecaster.messages import Words


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the tables in a file.

    Raises
    ------
    InputError
        If the file is missing, cannot be read, or is not TOML.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(path, say("file.none")) from None
    except OSError as error:
        raise InputError(path, say("file.unreadable", why=error.strerror)) from None
    except UnicodeDecodeError as error:
        raise InputError(path, say("toml.encoding", cause=error)) from None
    return parse_toml(text, source=path)


def fault_of(error: tomllib.TOMLDecodeError) -> Words:
    """Return what is wrong with a TOML text, and where."""
    at = re.search(r"at line (\d+), column (\d+)", str(error))
    zh = f"第 {at.group(1)} 行第 {at.group(2)} 列写法有误" if at else "文末写法有误"
    return Words(zh, str(error))


def parse_toml(text: str, *, source: str | Path) -> dict[str, Any]:
    """Return the tables in `text`; `source` is named where it is not TOML.

    Raises
    ------
    InputError
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(source, say("toml.invalid", cause=fault_of(error))) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets in brackets
        raise InputError(source, say("toml.absurd")) from None


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return plain values and lists of tables as the text of a TOML file; what is None or an empty list is left out."""
    plain = {key: value for key, value in tables.items() if not _is_tables(value)}
    lines = [f"{key} = {_toml(value)}" for key, value in plain.items() if value not in (None, [])]
    for kind, entries in tables.items():
        if _is_tables(entries):
            for entry in entries:
                told = (f"{key} = {_toml(value)}" for key, value in entry.items() if value not in (None, []))
                lines += ["", f"[[{kind}]]", *told]
    return "\n".join(lines).lstrip("\n") + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False)  # TOML escapes as JSON does
