"""Files that appear whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole_text(path: Path, text: str) -> Path:
    """Write `text` as UTF-8 beside `path`, put it in its place, and return `path`: nobody ever reads half of it."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path
