"""Files that appear whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlsxwriter


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the path to write to, beside `path`; what was written is put in its place at the end, unless it failed.

    The folder is made where there is none. Nobody ever reads half of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)


@contextmanager
def whole_workbook(path: Path, *, title: str = "") -> Iterator[xlsxwriter.Workbook]:
    """Give a workbook that appears whole at `path`; text in it is text, whatever formula or link it looks like."""
    import xlsxwriter

    plain = {"strings_to_formulas": False, "strings_to_urls": False}
    with whole_file(path) as part, xlsxwriter.Workbook(str(part), plain) as book:
        # A fixed date: the same figures give the same bytes.
        book.set_properties({"title": title, "comments": "huawu", "created": datetime(2000, 1, 1)})  # noqa: DTZ001
        yield book


def write_whole_text(path: Path, text: str) -> Path:
    """Write `text` as UTF-8 and return `path`."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")
    return path


def write_whole_bytes(path: Path, content: bytes) -> Path:
    """Write `content` and return `path`."""
    with whole_file(path) as part:
        part.write_bytes(content)
    return path
