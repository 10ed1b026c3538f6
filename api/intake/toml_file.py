"""Settings as people write them: TOML, with or without a byte order mark."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from api.intake.errors import InputError


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
        raise InputError(path, "there is no such file") from None
    except OSError as error:
        raise InputError(path, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(path, f"is not valid TOML: {error}", way_out="save it as UTF-8") from None
    return parse_toml(text, source=path)


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
        raise InputError(source, f"is not valid TOML: {error}") from None
